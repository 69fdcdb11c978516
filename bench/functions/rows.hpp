// What was found of one function in one precision, as JSON and as text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "functions/errors.hpp"

namespace gradlane::bench {

struct finding {
  const candidate* of;
  error_report errors;
  std::vector<double> times;  ///< ns an element, a round each; empty: not timed
};

/// One backend's row.
nlohmann::ordered_json to_json(const finding& f);
/// For the console, without an end of line.
std::string to_text(const finding& f);
/// What breaks the promise of a function that has one, a line each: "avx2/f64/exp: ...".
std::vector<std::string> complaints(const finding& f);
/// avx2/f64/exp
std::string name_of(const candidate& c);

}  // namespace gradlane::bench
