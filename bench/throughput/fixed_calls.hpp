// How many calls each case makes, fixed beforehand: a comparison of two builds calibrates once and then measures the same
// work in every process.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "throughput/answer_bits.hpp"

namespace gradlane::bench {

struct shard;

struct fixed_calls {
  std::int64_t each = 0;                        ///< of every case, where one number was given
  std::map<std::string, std::int64_t> by_case;  ///< or by name; what is not named is not measured
  std::map<std::string, answer_bits> known;     ///< of cases whose answers another process has checked

  bool given() const { return each > 0 || !by_case.empty(); }
  /// Of a case that is measured.
  std::int64_t of(const std::string& name) const { return each > 0 ? each : by_case.at(name); }
  answer_bits known_of(const std::string& name) const {
    const auto found = known.find(name);
    return found == known.end() ? answer_bits{} : found->second;
  }
  /// As it stands in the results: the numbers of calls.
  nlohmann::ordered_json to_json() const;
};

/// What --iterations says: a whole number, or a JSON file {"CASE": NUMBER, …}, where {"calls": NUMBER, "answer_bits": […]}
/// may stand for a number: the bits as a row of the results has them. usage_error for anything else.
fixed_calls parse_fixed_calls(const std::string& text);

/// Keeps the cases that are counted, references too only where they are. usage_error for a counted case that is not there.
std::vector<shard> keep_counted(std::vector<shard> shards, const fixed_calls& fixed);

}  // namespace gradlane::bench
