// What is measured: from the command line to shards, each the cases of one (problem, dtype, n, points, threads).
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "common/module.hpp"
#include "common/options.hpp"
#include "common/worker.hpp"
#include "throughput/fixed_calls.hpp"

namespace gradlane::bench {

struct measured_case {
  implementation what;
  std::size_t n = 0, points = 1;
  int threads = 1;
  bool reference =
      false;  ///< the scalar primal, measured because cost over the primal needs it, not because it was selected
  /// problem/method/lanes/dtype/backend/n:…/points:…/threads:…
  std::string name() const;
};

/// The driver's own flags beside the shared ones.
struct settings {
  bool full = false;
  /// Time spent in the timed loops of one case; what is around it makes about 0.2 s of 0.15.
  double case_seconds = 0.15;
  /// A case whose single call takes longer is skipped.
  double max_case_seconds = 0.25;
  /// Unless the user says otherwise a call may take this long an input, however many there are.
  double seconds_per_input = 4e-9;
  /// Where given, nothing is calibrated, predicted or skipped for its time.
  fixed_calls fixed;
  isolation isolated;

  double most_seconds(const measured_case& c) const {
    if (fixed.given()) return std::numeric_limits<double>::infinity();
    return std::max(max_case_seconds, seconds_per_input * static_cast<double>(c.n) * static_cast<double>(c.points));
  }
  /// So is one whose plan would hold more: 500 bytes an input at the largest n of the full sweep.
  static constexpr double most_plan_bytes = 0x1p31;
};

struct shard {
  std::string problem, dtype;
  std::size_t n = 0, points = 1;
  int threads = 1;
  std::vector<measured_case> cases;
  /// Without folder or extension: log_sum_exp-f64-n1024-points1-threads1
  std::string file_stem() const;
};

/// What the sweep needs to know about a problem.
struct problem_entry {
  std::string name;
  bool dense = false;
  std::function<bool(std::size_t)> valid;
};

/// Points that are evaluated at once by default: n·P near 65536.
std::size_t default_points(std::size_t n);
/// Above this n an ensemble is no longer one of small problems, and `points` is not measured.
inline constexpr std::size_t most_inputs_for_points = 1024;

/// Shards by problem, dtype, n, points, threads, each led by its reference primal. Notes about what was asked for and is
/// left out go to stderr. usage_error as size_check has it, or if nothing is left.
std::vector<shard> make_sweep(const options& given, const settings& own, const module_set& modules,
                              const std::vector<problem_entry>& problems);
/// Keeps the cases whose name matches Google Benchmark's --benchmark_filter (a leading '-' negates).
std::vector<shard> filter_by_name(std::vector<shard> shards, const std::string& filter);

}  // namespace gradlane::bench
