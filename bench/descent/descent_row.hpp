// What a method's way down was, and its row in the results.
#pragma once

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <vector>

#include "descent/descend.hpp"
#include "descent/parts.hpp"

namespace gradlane::bench {

/// One method's way down.
template <class T>
struct followed {
  implementation method;
  step_rule rule;
  double rate = 0;
  gradient_check check{};
  descent_end end{};
  std::size_t gradient_calls = 0, value_calls = 0, product_calls = 0;
  std::vector<double> loss{}, norm{};  ///< at every iterate, as the method has them
  std::vector<std::vector<T>> kept{};
  std::vector<std::size_t> iteration{};  ///< of the iterates kept
  std::vector<double> seconds{};         ///< when they were reached
  double error_at_end = 0;               ///< ‖ĝ − ∇L‖ at the last iterate
};

/// As many as a chart needs: the first few, then some evenly and some in equal ratios, since what happens early is over
/// long before a method that stalls has ended.
inline std::vector<std::size_t> kept_iterations(std::size_t last) {
  constexpr std::size_t first_kept = 8, kept_each_way = 16;
  std::set<std::size_t> kept;
  for (std::size_t k = 0; k <= std::min(last, first_kept); ++k) kept.insert(k);
  for (std::size_t j = 1; last > first_kept && j <= kept_each_way; ++j) {
    const double share = static_cast<double>(j) / kept_each_way, first = first_kept, end = static_cast<double>(last);
    kept.insert(static_cast<std::size_t>(std::lround(first + share * (end - first))));
    kept.insert(static_cast<std::size_t>(std::lround(first * std::pow(end / first, share))));
  }
  return {kept.begin(), kept.end()};
}

/// Between iterates that were timed, in proportion.
template <class T>
double seconds_at(const followed<T>& way, std::size_t k) {
  const auto after = std::lower_bound(way.iteration.begin(), way.iteration.end(), k);
  const auto j = static_cast<std::size_t>(after - way.iteration.begin());
  if (way.iteration[j] == k) return way.seconds[j];
  const double share =
      static_cast<double>(k - way.iteration[j - 1]) / static_cast<double>(way.iteration[j] - way.iteration[j - 1]);
  return way.seconds[j - 1] + share * (way.seconds[j] - way.seconds[j - 1]);
}

/// When L − least had first shrunk to each share of what it was at the start.
template <class T>
json reached(const followed<T>& way, double least) {
  json list = json::array();
  for (const double share : {1e-2, 1e-4, 1e-6, 1e-8}) {
    json row{{"share", share}, {"iterations", nullptr}, {"seconds", nullptr}};
    for (std::size_t k = 0; k < way.loss.size(); ++k)
      if (way.loss[k] - least <= share * (way.loss.front() - least)) {
        row["iterations"] = k;
        row["seconds"] = seconds_at(way, k);
        break;
      }
    list.push_back(std::move(row));
  }
  return list;
}

template <class T>
void add_trace(json& row, const followed<T>& way, const landscape<T>& at) {
  std::vector<double> loss, norm;
  for (const std::size_t k : way.iteration) loss.push_back(way.loss[k]), norm.push_back(way.norm[k]);
  row["iteration"] = way.iteration;
  put(row, "seconds", way.seconds);
  row["loss"] = all_digits(loss);
  put(row, "gradient_norm", norm);
  if (way.kept.empty()) return;
  std::vector<double> exact_loss, exact_norm;
  for (const std::vector<T>& w : way.kept) {
    const exact_state exact = at.exact(w.data());
    exact_loss.push_back(exact.loss);
    exact_norm.push_back(exact.gradient_norm);
  }
  row["exact_loss"] = all_digits(exact_loss);
  put(row, "exact_gradient_norm", exact_norm);
  put(row, "gradient_error_at_end", way.error_at_end);
}

/// `least`: the lowest loss that any method came to by the same rule.
template <class T>
json descent_row(const followed<T>& way, const landscape<T>& at, double least) {
  json row = case_row(way.method, at.n, 1, 1);
  row["order"] = way.method.entry().order;
  row["verdict"] = text(way.check.result);
  put(row, "gradient_error", way.check.relative);
  row["rule"] = text(way.rule);
  row["rate"] = way.rate;
  row["lambda"] = at.lambda;
  row["stop"] = text(way.end.why);
  row["iterations"] = way.end.iterations;
  row["gradient_calls"] = way.gradient_calls;
  row["value_calls"] = way.value_calls;
  row["product_calls"] = way.product_calls;
  put(row, "last_loss", way.loss.back());
  put(row, "least_loss", least);
  if (way.seconds.empty()) throw std::logic_error(way.method.name() + ": a descent took another way when timed");
  row["reached"] = reached(way, least);
  add_trace(row, way, at);
  return row;
}

}  // namespace gradlane::bench
