// The table of a backend under construction: each generated unit adds its problem's entries.
#pragma once

#include <vector>

#include "backend/backend.h"
#include "problem_names.hpp"

namespace gradlane::backend {

struct table {
  std::vector<gradlane_implementation> implementations;
  std::vector<gradlane_absence> absences;
};

#define GRADLANE_DECLARE(problem)      \
  void add_##problem##_scalar(table&); \
  void add_##problem##_simd(table&);
GRADLANE_FOR_EACH_PROBLEM_NAME(GRADLANE_DECLARE)
#undef GRADLANE_DECLARE

}  // namespace gradlane::backend
