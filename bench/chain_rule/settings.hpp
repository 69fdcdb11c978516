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
  std::optional<std::string> parts, start, depths, widths;
  std::optional<double> case_seconds;
};
std::vector<own_flag> flags_of(own_flags& own);

struct settings : chosen_parts {
  std::vector<double> start;  ///< empty: the chapter's for its kernel, drawn for the others
  std::vector<std::size_t> depths, widths;
  double case_seconds = 0;
};

/// Throws usage_error: one line for the first flag that makes no sense, or that belongs to another driver. That includes a
/// problem that nobody knows, a start of another length than its kernel's, and a kernel too large to be drawn where one
/// was asked for by name.
settings checked(const own_flags& own, const options& given);

}  // namespace gradlane::bench
