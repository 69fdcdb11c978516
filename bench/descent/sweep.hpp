// What is followed: from the command line to shards, each one problem in one precision.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/module.hpp"
#include "descent/landscape.hpp"
#include "descent/settings.hpp"
#include "oracle/catalogue.hpp"

namespace gradlane::bench {

struct shard {
  const catalogue_entry* problem = nullptr;
  std::string dtype;
  std::vector<implementation> implementations;  ///< without primals
  std::vector<std::size_t> direction_dims, descent_dims, start_dims, closed_form_dims;
  std::string absent;  ///< why it has no minimum to go to; empty where it has
  bool descends = true;
  bool one_variable = false;  ///< it may be had at n = 1, which critical points are of
  /// Without folder or extension: log_sum_exp-f64
  std::string file_stem() const { return std::string(problem->name) + "-" + dtype; }
};

/// Points at once, and how wide they are scattered: components in [−2, 2), so that all minima of the chapter's quartic
/// are within reach.
inline constexpr std::size_t default_starts = 4096, most_inputs_for_starts = 1024;
inline constexpr double start_range = 2;

/// Notes about what was asked for and is left out go to stderr. usage_error for an n that a named problem does not take,
/// for a named problem without a minimum where nothing but descents was asked for, or if nothing is left.
std::vector<shard> make_sweep(const options& given, const settings& own, const module_set& modules);

}  // namespace gradlane::bench
