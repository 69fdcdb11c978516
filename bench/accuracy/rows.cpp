#include "accuracy/rows.hpp"

namespace gradlane::bench {

void findings::leave_out(const json& case_of, const std::string& what, const std::string& reason) {
  json row = case_of;
  row["part"] = what;
  row["reason"] = reason;
  skipped.push_back(std::move(row));
  ++left_out;
}

}  // namespace gradlane::bench
