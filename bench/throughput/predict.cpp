#include "throughput/predict.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>

namespace gradlane::bench {

namespace {

// From here on a prediction is worth more than a try; below it the cost of a call does not show how it will grow.
constexpr std::size_t least_telling_n = 64;
constexpr std::size_t harmless_n = 256;
constexpr double harmless_work = 0x1p20;     // 10 ms at 10 ns
constexpr std::size_t points_in_lanes = 16;  // of the widest registers: fewer take as long
constexpr std::size_t most_points_probed = 64;
constexpr double probe_seconds = 0.02;  // as much as a probe may be predicted to take
constexpr double probe_bytes = 0x1p28;  // and its plan to hold
constexpr std::size_t probe_growth = 8;

}  // namespace

std::string seconds_text(double seconds) {
  struct unit {
    double size;
    const char* name;
  };
  char text[40];
  for (const unit u : {unit{86400, "days"}, {3600, "h"}, {60, "min"}, {1, "s"}, {1e-3, "ms"}, {1e-6, "us"}})
    if (seconds >= u.size) {
      std::snprintf(text, sizeof text, "%.2g %s", seconds / u.size, u.name);
      return seconds / u.size >= 99.5 ? std::to_string(std::llround(seconds / u.size)) + " " + u.name : text;
    }
  std::snprintf(text, sizeof text, "%.0f ns", seconds * 1e9);
  return text;
}

int predictor::exponent(const measured_case& c) const {
  return (problems_.at(std::string(c.what.problem())).dense ? 2 : 1) + (c.what.has(GRADLANE_SWEEPS) ? 1 : 0);
}

/// In evaluations of a term: a difference of order 8 needs eight values a component.
double predictor::work(const measured_case& c) const {
  return std::pow(static_cast<double>(c.n), exponent(c)) * static_cast<double>(c.points) *
         std::max(1, static_cast<int>(c.what.entry().order));
}

double predictor::scale(const measured_case& c, const sample& from) const {
  return std::pow(static_cast<double>(c.n) / static_cast<double>(from.n), exponent(c)) * static_cast<double>(c.points) /
         static_cast<double>(from.points);
}

std::string predictor::key(const measured_case& c) const { return c.what.name() + "/" + std::to_string(c.threads); }

const predictor::sample* predictor::nearest_below(const measured_case& c) const {
  const auto known = samples_.find(key(c));
  if (known == samples_.end()) return nullptr;
  for (auto at = known->second.upper_bound(c.n); at != known->second.begin();) {
    const sample& s = (--at)->second;
    if (s.n < std::min(c.n, least_telling_n)) return nullptr;
    if (s.points >= std::min(c.points, points_in_lanes)) return &s;  // fewer say little of a register of points
  }
  return nullptr;
}

/// As many as are cheap, but enough to fill the lanes.
std::size_t predictor::points_to_probe(const measured_case& probe) const {
  measured_case one = probe;
  one.points = 1;
  const double cheap = harmless_work / work(one);
  return std::min(probe.points,
                  static_cast<std::size_t>(std::clamp(cheap, double{points_in_lanes}, double{most_points_probed})));
}

/// Probes at 64, 512, 4096, … as long as the next probe is cheap and much less work than the case in question; of a
/// smaller n there is one, at that n with fewer points.
void predictor::climb(const measured_case& c) {
  const problem_entry& p = problems_.at(std::string(c.what.problem()));
  for (std::size_t n = std::min(c.n, least_telling_n); n <= c.n; n *= probe_growth) {
    measured_case probe = c;
    for (probe.n = n; probe.n < n + least_telling_n && !p.valid(probe.n);) ++probe.n;
    if (!p.valid(probe.n) || probe.n > c.n) return;
    probe.points = points_to_probe(probe);
    if (2 * work(probe) > work(c)) return;
    if (const sample* s = nearest_below(probe);
        s && (s->cost.seconds * scale(probe, *s) > probe_seconds || bytes_at(probe, *s) > probe_bytes))
      return;
    learn(probe, run_(probe));
  }
}

std::optional<predictor::prediction> predictor::predict(const measured_case& c) {
  if (c.n <= harmless_n && work(c) <= harmless_work) return std::nullopt;
  if (!nearest_below(c)) climb(c);
  const sample* s = nearest_below(c);
  if (!s) return std::nullopt;
  std::string basis = seconds_text(s->cost.seconds) + " at n = " + std::to_string(s->n);
  if (s->points > 1) basis += " and " + std::to_string(s->points) + " points";
  return prediction{s->cost.seconds * scale(c, *s), bytes_at(c, *s),
                    basis + ", growing as n^" + std::to_string(exponent(c)) + (c.points > 1 ? " x points" : "")};
}

/// On the line through the two largest n known below, in n or, beside a matrix, in n²: a plan has a part that does not grow.
double predictor::bytes_at(const measured_case& c, const sample& last) const {
  const auto size = [power = problems_.at(std::string(c.what.problem())).dense ? 2 : 1](std::size_t n) {
    return std::pow(static_cast<double>(n), power);
  };
  const std::map<std::size_t, sample>& known = samples_.at(key(c));
  const auto at = known.find(last.n);
  if (at == known.begin()) return last.cost.bytes * size(c.n) / size(last.n);
  const sample& before = std::prev(at)->second;
  const double slope = (last.cost.bytes - before.cost.bytes) / (size(last.n) - size(before.n));
  return last.cost.bytes + std::max(0.0, slope) * (size(c.n) - size(last.n));
}

void predictor::learn(const measured_case& c, call_cost cost) { samples_[key(c)][c.n] = {c.n, c.points, cost}; }

}  // namespace gradlane::bench
