// Rows of the results, and what is counted over them.
#pragma once

#include <cstddef>
#include <string>

#include "accuracy/sweep.hpp"
#include "common/parts.hpp"

namespace gradlane::bench {

struct findings : common_findings {
  json gradient_errors = json::array(), remainders = json::array(), steps = json::array(),
       own_estimates = json::array();
  std::size_t right = 0, without_digits = 0;

  /// Says in the row too that it failed.
  void fail(const json& case_of, const std::string& part, const std::string& reason);
};
/// The rows and complaints, without what is counted.
json to_json(const findings& found);

/// The four parts, and what rows of what is left out call them.
inline constexpr const char gradient_error_part[] = "gradient error", remainder_part[] = "remainder",
                            step_part[] = "step", own_estimate_part[] = "own estimate";
void add_gradient_errors(const shard& s, const run_context& run, findings& found);
void add_remainders(const shard& s, const run_context& run, findings& found);
void add_steps(const shard& s, const run_context& run, findings& found);
void add_own_estimates(const shard& s, const run_context& run, findings& found);
/// Whether the last of them has something to say of an implementation.
inline bool gives_own_estimate(const implementation& i) { return i.method() == "ridders"; }

/// How long a shard is expected to take.
double expected_seconds(const shard& s, const options& given, const settings& own);

}  // namespace gradlane::bench
