// The driver's own flags.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/parts.hpp"

namespace gradlane::bench {

/// As given on the command line.
struct own_flags {
  bool full = false;
  std::optional<std::string> parts, at;
  std::optional<double> case_seconds;
};
std::vector<own_flag> flags_of(own_flags& own);

struct settings : chosen_parts {
  bool full = false;
  std::vector<double> at;  ///< the point of the quadratic model; empty: drawn
  double case_seconds = 0.05;
};

/// Throws usage_error: one line for the first flag that makes no sense, or that belongs to another driver.
settings checked(const own_flags& own, const options& given);

}  // namespace gradlane::bench
