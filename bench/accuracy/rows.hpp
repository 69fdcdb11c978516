// Rows of the results, and what is counted over them.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "accuracy/sweep.hpp"
#include "common/case_row.hpp"

namespace gradlane::bench {

/// problem/method/lanes/dtype/backend/n:64, from a row's leading fields.
std::string label(const json& row);

/// What a shard came to.
struct findings {
  json gradient_errors = json::array(), remainders = json::array(), steps = json::array(),
       own_estimates = json::array(), skipped = json::array();
  std::size_t right = 0, without_digits = 0, left_out = 0;
  std::vector<std::string> complaints;  ///< one line each; any makes the run fail

  /// A row that has no figures, and why.
  void leave_out(const json& case_of, const std::string& what, const std::string& reason);
  /// The same, where that is a fault of the implementation: the run fails.
  void fail(const json& case_of, const std::string& what, const std::string& reason);
};

/// What the parts of a run share.
struct run_context {
  const options& given;
  const settings& own;
  /// Called as each case is started; throws `interrupted_run` when the user wants to stop.
  std::function<void(const std::string& label)> starts;
  int threads = 1;
};

/// The four parts, and what rows of what is left out call them; each is complete by itself.
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
