// A shard is examined in parts, each complete by itself: which of them the user chose, what all of them are given, and what
// becomes of a case that one of them has no figures of.
#pragma once

#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/case_row.hpp"
#include "common/module.hpp"
#include "common/options.hpp"
#include "common/shards.hpp"

namespace gradlane::bench {

/// Among the settings of a driver with a flag --part.
struct chosen_parts {
  std::vector<std::string> parts;

  /// All of them where the flag was not given. usage_error for one that nobody knows.
  void choose(const std::optional<std::string>& flag, std::span<const std::string> known);
  bool does(std::string_view part) const;
};

struct settings;  // each driver's own

struct run_context {
  const options& given;
  const settings& own;
  case_start starts;
};

/// What there is beside the figures, which each driver adds.
struct common_findings {
  json skipped = json::array();
  std::vector<std::string> complaints;  ///< one line each; any makes the run fail

  /// A row that has no figures, and why.
  void leave_out(const json& case_of, const std::string& part, const std::string& reason);
  /// The same, where that is a fault of the implementation: the run fails.
  void fail(const json& case_of, const std::string& part, const std::string& reason);
};

/// Calls f, and turns a refusal by the implementation, or memory that is too small for what is compared, into a row that
/// says so. A refusal because of shape or memory is no failure of the run, any other is.
template <class Findings, class F>
void with_reasons(Findings& found, const json& case_of, const std::string& part, F&& f) {
  try {
    f();
  } catch (const call_error& e) {
    e.declined() ? found.leave_out(case_of, part, e.what()) : found.fail(case_of, part, e.what());
  } catch (const std::bad_alloc&) {
    found.leave_out(case_of, part, "out of memory");
  }
}

}  // namespace gradlane::bench
