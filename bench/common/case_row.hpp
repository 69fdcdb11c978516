// What the rows of different drivers have in common.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/module.hpp"

namespace gradlane::bench {

using json = nlohmann::ordered_json;

/// Which implementation, at which n: the leading fields of every row.
template <class Entry>
json case_row(const table_entry<Entry>& i, std::size_t n) {
  return {{"problem", i.problem()}, {"method", i.method()},   {"lanes", i.lanes()},
          {"dtype", i.dtype()},     {"backend", i.backend()}, {"n", n}};
}
template <class Entry>
json case_row(const table_entry<Entry>& i, std::size_t n, std::size_t points, int threads) {
  json row = case_row(i, n);
  row["points"] = points;
  row["threads"] = threads;
  return row;
}
/// problem/method/lanes/dtype/backend/n:64, from those fields.
std::string label(const json& row);

/// JSON has no infinities and no NaN: null, with what it was under KEY_text.
void put(json& row, const std::string& key, double number);
/// A list of numbers to six digits, as a chart needs them; null where one is not finite, KEY_text says how many.
void put(json& row, const std::string& key, const std::vector<double>& numbers);
/// A list as it is.
json all_digits(const std::vector<double>& numbers);

}  // namespace gradlane::bench
