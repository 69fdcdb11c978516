#include "throughput/flags.hpp"

#include <benchmark/benchmark.h>

#include <optional>
#include <string_view>

#include "common/options.hpp"

namespace gradlane::bench {

namespace {

/// The value of --benchmark_NAME=VALUE or --benchmark_NAME, if that is the flag.
std::optional<std::string> value_of(const std::string& flag, std::string_view name) {
  const std::string full = "--benchmark_" + std::string(name);
  if (flag == full) return "true";
  if (flag.starts_with(full + "=")) return flag.substr(full.size() + 1);
  return std::nullopt;
}

bool truth(const std::string& value) { return value != "false" && value != "0" && value != "no" && value != "off"; }

bool take(const std::string& flag, benchmark_flags& own) {
  const auto text = [&](const char* name, std::string& into) {
    const auto value = value_of(flag, name);
    if (value) into = *value;
    return value.has_value();
  };
  if (text("filter", own.filter) || text("format", own.format) || text("out_format", own.out_format) ||
      text("out", own.out))
    return true;
  if (const auto value = value_of(flag, "list_tests")) {
    own.list_tests = truth(*value);
    return true;
  }
  for (const char* aggregates : {"report_aggregates_only", "display_aggregates_only"})
    if (const auto value = value_of(flag, aggregates)) {
      own.show_repetitions = !truth(*value);
      return true;
    }
  own.sets_repetitions |= value_of(flag, "repetitions").has_value();
  own.sets_min_time |= value_of(flag, "min_time").has_value();
  return false;
}

}  // namespace

benchmark_flags initialise_benchmark(const std::vector<std::string>& flags) {
  benchmark_flags own;
  // Repetitions of all the cases of a shard in random order: a drift of the machine then hits all of them alike.
  static std::vector<std::string> rest;  // static: Google Benchmark keeps a pointer to the program's name
  rest = {"throughput", "--benchmark_enable_random_interleaving=true"};
  for (const std::string& flag : flags)
    if (!take(flag, own)) own.passed_on.push_back(flag);
  rest.insert(rest.end(), own.passed_on.begin(), own.passed_on.end());
  for (const std::string& format : {own.format, own.out_format})
    if (format != "console" && format != "json")
      throw usage_error("--benchmark_format: '" + format + "' is not console or json");
  std::vector<char*> argv;
  for (std::string& argument : rest) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int argc = static_cast<int>(rest.size());
  benchmark::Initialize(&argc, argv.data());
  if (argc > 1) throw usage_error(std::string("unknown argument '") + argv[1] + "'");
  return own;
}

}  // namespace gradlane::bench
