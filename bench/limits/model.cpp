#include "limits/model.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace gradlane::bench {

namespace {

struct share {
  double seconds = 0;
  std::string bound;
  void raise(double to, const std::string& by) {
    if (to > seconds) seconds = to, bound = by;
  }
};

struct arithmetic_rates {
  double fused, any;
  explicit arithmetic_rates(const roof_set& roofs)
      : fused(roofs.rate("multiply_add")),
        any(std::max({roofs.rate("add"), roofs.rate("multiply"), roofs.rate("add_multiply"), fused})) {}
  bool known() const { return fused > 0; }
};

double arithmetic_seconds(const gradlane_pass& p, const arithmetic_rates& rates) {
  return std::max(p.product / rates.fused, (p.additions + p.multiplications + p.fused) / rates.any);
}

template <class F>
void for_each_function(const gradlane_pass& p, F&& f) {
  for (const gradlane_function_count& c : p.functions) {
    if (c.name == nullptr) return;
    f(c);
  }
}

bool rates_known(const gradlane_pass& p, const roof_set& roofs) {
  bool known = true;
  for_each_function(p, [&](const gradlane_function_count& c) { known = known && roofs.rate(c.name) > 0; });
  return known;
}

double function_seconds(const gradlane_pass& p, const roof_set& roofs) {
  double seconds = 0;
  for_each_function(p, [&](const gradlane_function_count& c) { seconds += c.count / roofs.rate(c.name); });
  return seconds;
}

struct traffic {
  double read = 0, written = 0, updated = 0;  ///< bytes
};

/// The least time of that traffic where all of it goes to one level.
double traffic_seconds(const traffic& t, const std::string& level, const roof_set& roofs) {
  double seconds = 0;
  for (const roof& r : roofs.roofs) {
    if (r.level != level) continue;
    double times = std::numeric_limits<double>::infinity();  // how often the kernel's byte of each way fits in
    const auto way = [&](unsigned of_kernel, double of_pass) {
      if (of_kernel > 0) times = std::min(times, of_pass / of_kernel);
    };
    way(r.read, t.read), way(r.written, t.written), way(r.updated, t.updated);
    seconds = std::max(seconds, times * (r.read + r.written + 2 * r.updated) / r.rate);
  }
  return seconds;
}

/// Raises the time by every level that a part of the working set must lie in.
void add_traffic(share& time, const traffic& t, double working_set, const roof_set& roofs) {
  double nearer = 0;  // bytes that the caches before this level hold
  for (const memory_level& level : roofs.levels) {
    const double beyond = std::max(0.0, 1 - nearer / working_set);
    time.raise(beyond * traffic_seconds(t, level.name, roofs), level.name);
    nearer = static_cast<double>(level.bytes);
  }
}

void add_totals(limit& total, const gradlane_pass& p, const call_shape& shape, const roof_set& roofs) {
  const double points = static_cast<double>(shape.points);
  total.operations += points * (p.additions + p.multiplications + 2 * p.fused +
                                2 * roofs.rate("multiply_add") * function_seconds(p, roofs));
  total.bytes += points * (p.read + p.written + 2 * p.updated);
}

}  // namespace

std::optional<limit> limit_of(const std::vector<gradlane_pass>& passes, const call_shape& shape,
                              const roof_set& roofs) {
  const arithmetic_rates rates(roofs);
  if (!rates.known() || passes.empty()) return std::nullopt;
  const double points = static_cast<double>(shape.points), working_set = shape.working_set();
  limit total;
  std::map<std::string, double> by_bound;
  for (const gradlane_pass& p : passes) {
    if (!rates_known(p, roofs)) return std::nullopt;
    share time;
    time.raise(points * arithmetic_seconds(p, rates), "arithmetic");
    time.raise(points * function_seconds(p, roofs), "transcendental");
    if (shape.points == 1) add_traffic(time, {p.read, p.written, p.updated}, working_set, roofs);
    total.seconds += time.seconds;
    by_bound[time.bound] += time.seconds;
    add_totals(total, p, shape, roofs);
  }
  total.bound = std::max_element(by_bound.begin(), by_bound.end(), [](const auto& a, const auto& b) {
                  return a.second < b.second;
                })->first;
  if (shape.points > 1) {
    const traffic once{points * shape.point_bytes + shape.data_bytes, points * shape.point_bytes, 0};
    share time{total.seconds, total.bound};
    add_traffic(time, once, working_set, roofs);
    total.seconds = time.seconds, total.bound = time.bound;
    total.bytes = once.read + once.written;
  }
  return total;
}

}  // namespace gradlane::bench
