// The driver's own flags.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/parts.hpp"

namespace gradlane::bench {

/// As given on the command line.
struct own_flags {
  bool full = false;
  std::optional<std::string> parts, start, move, interval, iterations;
  std::optional<double> rate, lambda, tolerance, epsilon, case_seconds;
};
std::vector<own_flag> flags_of(own_flags& own);

struct settings : chosen_parts {
  bool full = false;
  std::vector<double> start;                  ///< empty: drawn
  std::vector<double> move;                   ///< of the first-order approximation; empty: the chapter's
  std::pair<double, double> interval{-3, 3};  ///< where critical points are looked for
  std::optional<double> rate;                 ///< the fixed step η, and the first that backtracking tries
  std::optional<double> lambda;               ///< of the term λ‖w‖², instead of the problem's own
  std::optional<double> tolerance;
  std::optional<double> epsilon;  ///< length of the steps whose direction is varied
  std::size_t iterations = 1000;
  double case_seconds = 0.05;
};

/// Throws usage_error: one line for the first flag that makes no sense, or that belongs to another driver.
settings checked(const own_flags& own, const options& given);

}  // namespace gradlane::bench
