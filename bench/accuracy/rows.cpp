#include "accuracy/rows.hpp"

namespace gradlane::bench {

void findings::fail(const json& case_of, const std::string& part, const std::string& reason) {
  leave_out(case_of, part, reason);
  skipped.back()["failed"] = true;
  complaints.push_back(label(case_of) + ": " + part + ": " + reason);
}

json to_json(const findings& found) {
  return {
      {"gradient_errors", found.gradient_errors}, {"remainders", found.remainders}, {"steps", found.steps},
      {"own_estimates", found.own_estimates},     {"skipped", found.skipped},       {"complaints", found.complaints}};
}

}  // namespace gradlane::bench
