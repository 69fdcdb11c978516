#include "common/case_row.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "common/results.hpp"

namespace gradlane::bench {

namespace {

std::string name_of(double number) { return std::isnan(number) ? "NaN" : number > 0 ? "infinity" : "-infinity"; }

double six_digits(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", number);
  return std::strtod(text, nullptr);
}

}  // namespace

std::string label(const json& row) {
  const auto field = [&](const char* key) { return row[key].get<std::string>(); };
  return field("problem") + "/" + field("method") + "/" + field("lanes") + "/" + field("dtype") + "/" +
         field("backend") + "/n:" + row["n"].dump();
}

void put(json& row, const std::string& key, double number) {
  row[key] = finite_or_null(number);
  if (!std::isfinite(number)) row[key + "_text"] = name_of(number);
}

void put(json& row, const std::string& key, const std::vector<double>& numbers) {
  json list = json::array();
  for (const double number : numbers) list.push_back(finite_or_null(six_digits(number)));
  row[key] = std::move(list);
  const auto lost = std::count_if(numbers.begin(), numbers.end(), [](double x) { return !std::isfinite(x); });
  if (lost > 0)
    row[key + "_text"] = std::to_string(lost) + " of " + std::to_string(numbers.size()) + " values are not finite";
}

json all_digits(const std::vector<double>& numbers) {
  json list = json::array();
  for (const double number : numbers) list.push_back(finite_or_null(number));
  return list;
}

}  // namespace gradlane::bench
