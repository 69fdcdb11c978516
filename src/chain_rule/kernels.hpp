// The kernels of all problems (the terms of their sums) as recorded lists, with the operations of their derivatives
// counted at compile time, and code that executes these lists for a clock.
//
// That code runs on single numbers, on the instructions that every processor of its kind has, an operation of the list
// after the other: the compiler may neither leave out an operation that it has seen before nor reorder formulas, so that
// what is timed is what was counted. Times compare with each other, not with those of the modules.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "ad/chain_rule.hpp"

namespace gradlane {

/// Operations. `expanded` and `forward` have one number for each active input.
struct chain_rule_counts {
  int primal = 0;
  std::vector<double> expanded;  ///< the partial derivative's formula
  std::vector<int> forward;      ///< a sweep: the value and this derivative
  int backward = 0;              ///< the value and all derivatives
};

/// Reads a point, writes what it computes: the value, or derivatives; `times` times over, for a clock.
using executed_list = void (*)(const double* x, double* out, std::size_t times);

struct kernel_facts {
  std::string_view problem;
  int index = 0;        ///< among the sums of the problem
  program list;         ///< output 0: the value
  activity active = 0;  ///< bit k: input k is one that is differentiated
  chain_rule_counts counts;
  executed_list primal = nullptr, forward = nullptr, backward = nullptr;
  executed_list expanded = nullptr;  ///< null where a formula is too long to be compiled
  int inputs() const { return list.inputs; }
  std::vector<int> active_inputs() const;
};

/// Of every problem, in the order of their names.
std::span<const kernel_facts> all_kernels();

}  // namespace gradlane
