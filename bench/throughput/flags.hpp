// Google Benchmark's flags. It runs once a shard here, so what concerns the run as a whole (filter, list, output) is
// taken over by the driver, with the same meaning; what concerns the timed loops is handed on. The rest is refused: a
// flag that is accepted has an effect.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gradlane::bench {

struct benchmark_flags {
  std::string filter;
  std::string format = "console", out, out_format = "json";
  std::string time_unit = "ns";
  std::optional<bool> colour;  ///< unset: where somebody watches
  bool tabular_counters = false;
  bool list_tests = false;
  bool show_repetitions = false;  ///< --benchmark_display_aggregates_only=false
  /// Given by the user, they override what the driver would choose.
  bool sets_repetitions = false, sets_min_time = false;
  std::vector<std::string> passed_on;
};

/// Takes what is the driver's and hands the rest to benchmark::Initialize, with random interleaving as the default.
/// usage_error for a flag that does not exist or has no effect here, and for a value that it does not take: Google
/// Benchmark itself would end the process, or go on with another value.
benchmark_flags initialise_benchmark(const std::vector<std::string>& flags);

/// Which flags work, for --help.
std::string benchmark_flags_help();

}  // namespace gradlane::bench
