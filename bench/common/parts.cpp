#include "common/parts.hpp"

#include <algorithm>

namespace gradlane::bench {

void chosen_parts::choose(const std::optional<std::string>& flag, std::span<const std::string> known) {
  parts.assign(known.begin(), known.end());
  if (flag) parts = parse_names("--part", *flag);
  require_known("--part", parts, known);
}

bool chosen_parts::does(std::string_view part) const {
  return std::find(parts.begin(), parts.end(), part) != parts.end();
}

void common_findings::leave_out(const json& case_of, const std::string& part, const std::string& reason) {
  json row = case_of;
  row["part"] = part;
  row["reason"] = reason;
  skipped.push_back(std::move(row));
}

void common_findings::fail(const json& case_of, const std::string& part, const std::string& reason) {
  leave_out(case_of, part, reason);
  complaints.push_back(part + " of " + case_of.dump() + ": " + reason);
}

}  // namespace gradlane::bench
