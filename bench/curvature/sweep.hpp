// What is measured: from the command line to shards, each the methods of second derivatives of one problem, in f64.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "common/module.hpp"
#include "curvature/settings.hpp"
#include "oracle/catalogue.hpp"

namespace gradlane::bench {

/// A method, with what it is held against: of the same module value and gradient by the method that it extends to second
/// derivatives, and the value alone with an evaluation point a lane.
struct candidate {
  curvature method;
  std::optional<implementation> gradient, primal;
};

struct shard {
  const catalogue_entry* problem = nullptr;
  std::vector<candidate> candidates;
  std::vector<std::size_t> product_dims, hessian_dims, remainder_dims, model_dims;
  /// Without folder or extension: log_sum_exp-f64
  std::string file_stem() const { return std::string(problem->name) + "-f64"; }
};

inline constexpr std::size_t largest_hessian = 1024, largest_model = 8;

/// Notes about what was asked for and is left out go to stderr. usage_error for names that no module has, for an n that a
/// named problem does not take, or if nothing is left.
std::vector<shard> make_sweep(const options& given, const settings& own, const module_set& modules);

void print_curvatures(std::ostream& out, const options& given, const module_set& modules);

}  // namespace gradlane::bench
