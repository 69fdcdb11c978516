// How long a run will take. Most of it goes into the oracle: quad arithmetic in software, and above all the derivatives
// that the bounds of finite differences ask for.
#include <algorithm>
#include <cmath>
#include <set>

#include "accuracy/rows.hpp"
#include "oracle/oracle.hpp"

namespace gradlane::bench {

namespace {

constexpr double quad_multiply_add = 50e-9;                                 // seconds
constexpr double term_in_scalar = 2e-9, term_in_lanes = 0.4e-9;             // seconds of evaluating a kernel once
constexpr double most_derivative_work = 0x1p21, most_points_work = 0x1p21;  // as in oracle/derivatives.cpp, target.hpp
constexpr double seconds_a_row = 5e-4, seconds_a_curve = 0.02, seconds_a_process = 0.05;

double power(std::size_t n, int exponent) { return std::pow(static_cast<double>(n), exponent); }

/// Quad multiply-adds of one exact gradient and of the derivatives up to those orders.
double oracle_work(const catalogue_entry& problem, std::size_t n, const std::set<int>& orders) {
  const double value = value_work(problem, n);
  double work = 2 * value + std::min(value, component_work(problem, n) * 65536);
  for (const int order : orders) {
    const double component = (order + 1) * value, components = std::min(64.0, static_cast<double>(n));
    work += std::max(component, std::min(component * components, most_derivative_work) / available_cores());
  }
  return work;
}

double call_seconds(const catalogue_entry& problem, const implementation& i, std::size_t n, std::size_t points) {
  const int exponent = (problem.facts.dense ? 2 : 1) + (i.has(GRADLANE_SWEEPS) ? 1 : 0);
  return (i.lanes() == "scalar" ? term_in_scalar : term_in_lanes) * power(n, exponent) * static_cast<double>(points) *
         std::max(1, static_cast<int>(i.entry().order));
}

/// The gradients of a shard at one n with one number of points: they share the exact ones, but for those in a process of
/// their own.
double seconds_at(const shard& s, std::size_t n, std::size_t points, bool ensembles, const settings& own) {
  const double exact_points = points > 2 && value_work(*s.problem, n) <= most_points_work ? 3 : 1;
  const auto exact_seconds = [&](const std::set<int>& orders) {
    return exact_points * quad_multiply_add * oracle_work(*s.problem, n, orders);
  };
  std::set<int> orders;
  double seconds = 0;
  std::size_t sharing = 0;
  for (const implementation& i : s.implementations) {
    if (i.has(GRADLANE_POINTS) != ensembles) continue;
    const double call = call_seconds(*s.problem, i, n, points);
    if (call > own.max_case_seconds) continue;
    seconds += call + seconds_a_row;
    std::set<int> own_order;
    if (i.entry().order > 0) own_order.insert(i.entry().order);
    if (own.isolated.applies_to(i)) {
      seconds += seconds_a_process + exact_seconds(own_order);
    } else {
      orders.merge(own_order);
      ++sharing;
    }
  }
  return sharing == 0 ? seconds : seconds + exact_seconds(orders);
}

}  // namespace

double expected_seconds(const shard& s, const options& given, const settings& own) {
  double seconds = 0;
  for (const std::size_t n : s.dims) {
    seconds += seconds_at(s, n, 1, false, own);
    if (n > most_inputs_for_points) continue;
    for (const std::size_t points : given.points.empty() ? std::vector<std::size_t>{default_points} : given.points)
      seconds += seconds_at(s, n, points, true, own);
  }
  seconds *= static_cast<double>(threads_of(given).size());
  if (given.check_only) return seconds;
  return seconds +
         seconds_a_curve * static_cast<double>(s.curve_dims.size() * one_lane_a_method(s.implementations).size());
}

}  // namespace gradlane::bench
