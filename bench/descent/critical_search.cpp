#include "descent/critical_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace gradlane::bench {

namespace {

constexpr double eps_of_search = std::numeric_limits<double>::epsilon();
/// Of the largest curvature among the starts: below, a point counts as degenerate. A zero that the slope touches is met to
/// within √eps of the interval only, and so is its curvature.
constexpr double flat_share = 1e-6;

}  // namespace

critical_search::critical_search(curve_sampler sample, double from, double to, std::size_t starts)
    : began(starts),
      x(starts),
      value(starts),
      slope(starts),
      curvature(starts),
      ends(starts, start_end::running),
      sample_(std::move(sample)),
      from_(from),
      to_(to),
      brackets_(starts) {
  for (std::size_t k = 0; k < starts; ++k)
    began[k] = from + (to - from) * (static_cast<double>(k) / static_cast<double>(starts - 1));
  x = began;
}

void critical_search::run() {
  begin();
  for (rounds = 1; rounds < most_rounds; ++rounds) {
    for (std::size_t k = 0; k < x.size(); ++k)
      if (ends[k] == start_end::running) advance(k);
    if (std::find(ends.begin(), ends.end(), start_end::running) == ends.end()) break;
    sample_(x.data(), value.data(), slope.data(), curvature.data());
  }
  for (start_end& end : ends)
    if (end == start_end::running) end = start_end::not_converged;
  gather();
  classify();
}

void critical_search::begin() {
  sample_(x.data(), value.data(), slope.data(), curvature.data());
  first_value = value, first_slope = slope, first_curvature = curvature;
  double steepest = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (std::isfinite(slope[k])) steepest = std::max(steepest, std::abs(slope[k]));
    if (std::isfinite(curvature[k])) steepest_bend_ = std::max(steepest_bend_, std::abs(curvature[k]));
    brackets_[k] = {x[k], x[k], false, to_ - from_, x[k], slope[k]};
  }
  noise = 4 * eps_of_search * steepest;
  for (std::size_t k = 0; k + 1 < x.size(); ++k)
    if (slope[k] * slope[k + 1] < 0) brackets_[k] = {x[k], x[k + 1], slope[k] < 0, x[k + 1] - x[k], x[k], slope[k]};
}

/// The point to go to from `at`, inside the bracket: Newton's where it is inside and converges, else the middle.
double critical_search::step_within(bracket& b, double at, double newton) const {
  const double next = at + newton;
  const bool good = next > b.low && next < b.high && std::abs(newton) < std::abs(b.last_step) / 2;
  return good ? next : b.low + (b.high - b.low) / 2;
}

void critical_search::advance(std::size_t k) {
  bracket& b = brackets_[k];
  const double at = x[k], here = slope[k];
  const auto end = [&](start_end why) { ends[k] = why; };
  if (!std::isfinite(here) || !std::isfinite(curvature[k])) return end(start_end::not_finite);
  if (here == 0) return end(start_end::converged);
  if (b.low == b.high && here * b.last_slope < 0) {
    const bool forwards = b.last_x < at;
    b = {std::min(at, b.last_x), std::max(at, b.last_x), forwards == (here > 0), at - b.last_x, at, here};
  }
  b.last_x = at, b.last_slope = here;
  const double newton = -here / curvature[k];
  double next = at + newton;
  if (b.low < b.high) {
    ((here < 0) == b.rises ? b.low : b.high) = at;
    next = step_within(b, at, newton);
  } else {
    if (!std::isfinite(newton)) return end(steepest_bend_ == 0 ? start_end::straight : start_end::not_converged);
    const double longest = (to_ - from_) / 16;
    next = at + std::clamp(newton, -longest, longest);
    if (next < from_ || next > to_) return end(start_end::left);
  }
  const double step = next - at;
  const bool spent = std::abs(here) <= noise && std::abs(step) >= std::abs(b.last_step) / 2;
  b.last_step = step;
  if (spent || next == at || std::abs(step) <= 2 * eps_of_search * std::abs(at)) return end(start_end::converged);
  x[k] = next;
}

/// Starts that ended at the same point are one. A point is known to the spacing of x and to the noise of its slope over its
/// curvature; where that is nothing, to the spacing of the starts.
void critical_search::gather() {
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < x.size(); ++k)
    if (ends[k] == start_end::converged) order.push_back(k);
  std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  const auto flat = [this](std::size_t k) { return std::abs(curvature[k]) <= flat_share * steepest_bend_; };
  const auto known_to = [&](std::size_t k) {
    const double rounding = 8 * eps_of_search * std::max(std::abs(x[k]), to_ - from_);
    return flat(k) ? 1.01 * spacing() : rounding + 2 * noise / std::abs(curvature[k]);
  };
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first, best = first;
    while (last + 1 < order.size() &&
           x[order[last + 1]] - x[order[last]] <= std::max(known_to(order[last]), known_to(order[last + 1])))
      ++last;
    for (std::size_t k = first; k <= last; ++k)
      if (std::abs(slope[order[k]]) < std::abs(slope[order[best]])) best = k;
    const std::size_t b = order[best];
    critical_point p{x[b], value[b], slope[b], curvature[b]};
    p.degenerate = flat(b);
    p.from = x[order[first]], p.to = x[order[last]];
    p.starts = last - first + 1;
    found.push_back(p);
    first = last + 1;
  }
}

/// By the curvature; where that is zero, by the slopes a start's spacing to the left and to the right.
void critical_search::classify() {
  const std::size_t lanes = x.size();
  std::vector<double> at(lanes, from_), unused(lanes), beside(lanes), bend(lanes);
  const auto slopes_beside = [&](double offset) {
    for (std::size_t j = 0; j < found.size(); ++j)
      at[j] = std::clamp((offset < 0 ? found[j].from : found[j].to) + offset, from_, to_);
    sample_(at.data(), unused.data(), beside.data(), bend.data());
    return beside;
  };
  const std::vector<double> left = slopes_beside(-spacing()), right = slopes_beside(spacing());
  for (std::size_t j = 0; j < found.size(); ++j) {
    critical_point& p = found[j];
    if (!p.degenerate)
      p.kind = p.curvature > 0 ? critical_kind::minimum : critical_kind::maximum;
    else if (std::abs(left[j]) <= noise && std::abs(right[j]) <= noise)
      p.kind = critical_kind::flat;
    else if (left[j] * right[j] >= 0)
      p.kind = critical_kind::inflection;
    else
      p.kind = left[j] < 0 ? critical_kind::minimum : critical_kind::maximum;
  }
}

}  // namespace gradlane::bench
