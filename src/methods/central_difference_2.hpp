// (f(x+h) − f(x−h)) / 2h: 2n + 1 evaluations, error O(h²).
#pragma once

#include "objective/finite_difference.hpp"

namespace gradlane {
struct central_difference_2 : finite_difference<2> {};
}  // namespace gradlane
