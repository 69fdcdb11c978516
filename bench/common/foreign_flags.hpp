// Flags that all drivers read and not all have a use for. usage_error where the user gave one; `why` is the end of the line.
#pragma once

#include <string>

#include "common/options.hpp"

namespace gradlane::bench {

/// --benchmark_*: Google Benchmark runs in throughput only.
void refuse_benchmark_flags(const options& given, const std::string& why);
void refuse_check_only(const options& given, const std::string& why);
/// --threads, unless it says 1.
void refuse_threads(const options& given, const std::string& why);

}  // namespace gradlane::bench
