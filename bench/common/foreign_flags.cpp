#include "common/foreign_flags.hpp"

namespace gradlane::bench {

void refuse_benchmark_flags(const options& given, const std::string& why) {
  if (!given.benchmark_flags.empty())
    throw usage_error("'" + given.benchmark_flags.front() + "' is for throughput: " + why);
}

void refuse_check_only(const options& given, const std::string& why) {
  if (given.check_only) throw usage_error("--check-only is for throughput and accuracy: " + why);
}

void refuse_threads(const options& given, const std::string& why) {
  for (const int threads : given.threads)
    if (threads != 1) throw usage_error("--threads: " + why);
}

}  // namespace gradlane::bench
