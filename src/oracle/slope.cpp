#include "oracle/slope.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace gradlane {
namespace {

struct point {
  double epsilon, remainder;
};

std::vector<point> ascending(std::span<const double> epsilon, std::span<const double> remainder) {
  std::vector<point> points;
  for (std::size_t k = 0; k < std::min(epsilon.size(), remainder.size()); ++k)
    points.push_back({epsilon[k], remainder[k]});
  std::sort(points.begin(), points.end(), [](point a, point b) { return a.epsilon < b.epsilon; });
  return points;
}

double theil_sen(std::span<const point> points) {
  std::vector<double> slopes;
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t j = i + 1; j < points.size(); ++j)
      slopes.push_back(std::log(points[j].remainder / points[i].remainder) /
                       std::log(points[j].epsilon / points[i].epsilon));
  const auto middle = slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2);
  std::nth_element(slopes.begin(), middle, slopes.end());
  if (slopes.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(slopes.begin(), middle)) / 2;
}

std::string_view judge_slope(double slope, int order) {
  const double beyond = slope - order;  // 1 where the remainder is what it should be
  if (beyond >= 0.9 && beyond <= 1.1) return "ok";
  if (beyond <= 0.5) return "wrong";
  return beyond < 1.9 ? "unclear" : order == 1 ? "no curvature" : "next term vanishes";
}

double power(double epsilon, int order) { return std::pow(epsilon, order + 1); }

/// c of the points that follow c·ε^(order+1).
double median_factor(std::span<const point> points, int order) {
  std::vector<double> ratios;
  for (const point& p : points) ratios.push_back(p.remainder / power(p.epsilon, order));
  const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
  std::nth_element(ratios.begin(), middle, ratios.end());
  return *middle;
}

/// `all` and `fitted` ascend. A single point may stray, where R changes its sign.
slope_fit::range useful_range(std::span<const point> all, std::span<const point> fitted, int order) {
  constexpr double factor = 1.5;
  const double c = median_factor(fitted, order);
  const auto follows = [&](std::size_t k) {
    const double ratio = all[k].remainder / (c * power(all[k].epsilon, order));
    return ratio >= 1 / factor && ratio <= factor;
  };
  std::size_t first = 0;
  while (all[first].epsilon < fitted[fitted.size() / 2].epsilon) ++first;
  std::size_t last = first;
  while (first > 0 && (follows(first - 1) || (first > 1 && follows(first - 2)))) --first;
  while (last + 1 < all.size() && (follows(last + 1) || (last + 2 < all.size() && follows(last + 2)))) ++last;
  return {all[first].epsilon, all[last].epsilon};
}

}  // namespace

slope_fit fit_slope(std::span<const double> epsilon, std::span<const double> remainder, double floor, double admissible,
                    int order, double admissible_product) {
  constexpr double largest = 0.125 * (1 + 1e-6);  // 1/8, though the step that was added is rounded
  const std::vector<point> all = ascending(epsilon, remainder);
  std::vector<point> kept = all;
  std::erase_if(kept, [=](point p) { return !(p.remainder > 100 * floor) || !std::isfinite(p.remainder); });
  if (kept.empty()) return {std::nullopt, "linear", std::nullopt};
  std::erase_if(kept, [=](point p) {
    const double off = p.epsilon * (admissible + p.epsilon / 2 * admissible_product);
    return p.epsilon > largest || !(p.remainder > 20 * off);
  });
  if (kept.size() < 4) return {std::nullopt, "too noisy", std::nullopt};
  kept.resize(std::min<std::size_t>(kept.size(), 12), kept.front());
  const double slope = theil_sen(kept);
  slope_fit fit{slope, judge_slope(slope, order), std::nullopt};
  if (fit.verdict == "ok") fit.useful = useful_range(all, kept, order);
  return fit;
}

double noise_floor(std::span<const double> epsilon, std::span<const double> remainder, std::size_t tail, double least) {
  const std::vector<point> points = ascending(epsilon, remainder);
  double largest = least;
  for (std::size_t k = 0; k < std::min(tail, points.size()); ++k)
    if (points[k].remainder > largest) largest = points[k].remainder;
  return largest;
}

}  // namespace gradlane
