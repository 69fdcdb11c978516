#include "accuracy/rows.hpp"

namespace gradlane::bench {

std::string label(const json& row) {
  const auto field = [&](const char* key) { return row[key].get<std::string>(); };
  return field("problem") + "/" + field("method") + "/" + field("lanes") + "/" + field("dtype") + "/" +
         field("backend") + "/n:" + row["n"].dump();
}

void findings::leave_out(const json& case_of, const std::string& what, const std::string& reason) {
  json row = case_of;
  row["part"] = what;
  row["reason"] = reason;
  skipped.push_back(std::move(row));
  ++left_out;
}

void findings::fail(const json& case_of, const std::string& what, const std::string& reason) {
  leave_out(case_of, what, reason);
  skipped.back()["failed"] = true;
  complaints.push_back(label(case_of) + ": " + what + ": " + reason);
}

}  // namespace gradlane::bench
