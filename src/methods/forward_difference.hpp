// (f(x+h) − f(x)) / h: n + 1 evaluations, error O(h).
#pragma once

#include "objective/finite_difference.hpp"

namespace gradlane {
struct forward_difference : finite_difference<1> {};
}  // namespace gradlane
