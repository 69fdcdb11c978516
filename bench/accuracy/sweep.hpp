// What is examined: from the command line to shards, each one problem in one precision.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/module.hpp"
#include "common/options.hpp"
#include "common/selection.hpp"
#include "common/worker.hpp"
#include "oracle/catalogue.hpp"

namespace gradlane::bench {

/// The driver's own flags beside the shared ones.
struct settings {
  bool full = false;
  double max_case_seconds = 0.25;  ///< what is left out takes longer
  isolation isolated;
};

struct shard {
  const catalogue_entry* problem = nullptr;
  std::string dtype;
  std::vector<implementation> implementations;
  std::vector<std::size_t> dims;        ///< for gradient errors, ascending
  std::vector<std::size_t> curve_dims;  ///< for remainders and steps
  /// Without folder or extension: log_sum_exp-f64
  std::string file_stem() const { return std::string(problem->name) + "-" + dtype; }
};

/// Notes about what was asked for and is left out go to stderr. usage_error as size_check has it, or if nothing is left.
std::vector<shard> make_sweep(const options& given, const settings& own, const module_set& modules);

/// Points that an ensemble is checked at by default: full registers of every lane count up to 16, and a tail.
inline constexpr std::size_t default_points = 19;
inline constexpr std::size_t most_inputs_for_points = 1024;
/// The numbers of points that an implementation is checked at, and of threads that all are.
std::vector<std::size_t> points_of(const implementation& i, const options& given);
std::vector<int> threads_of(const options& given);

}  // namespace gradlane::bench
