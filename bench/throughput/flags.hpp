// Google Benchmark's flags. It runs once a shard here, so what concerns the run as a whole (filter, list, output) is
// taken over by the driver, with the same meaning; the rest is handed on.
#pragma once

#include <string>
#include <vector>

namespace gradlane::bench {

struct benchmark_flags {
  std::string filter;
  std::string format = "console", out, out_format = "json";
  bool list_tests = false;
  bool show_repetitions = false;  ///< --benchmark_display_aggregates_only=false
  /// Given by the user, they override what the driver would choose.
  bool sets_repetitions = false, sets_min_time = false;
  std::vector<std::string> passed_on;
};

/// Takes what is the driver's and hands the rest to benchmark::Initialize, with random interleaving as the default.
/// usage_error for a flag that Google Benchmark does not know.
benchmark_flags initialise_benchmark(const std::vector<std::string>& flags);

}  // namespace gradlane::bench
