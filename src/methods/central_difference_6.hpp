// 3/2·D₁ − 3/5·D₂ + 1/10·D₃ with D_k = (f(x+kh) − f(x−kh)) / 2kh: 6n + 1 evaluations, error O(h⁶).
#pragma once

#include "objective/finite_difference.hpp"

namespace gradlane {
struct central_difference_6 : finite_difference<6> {};
}  // namespace gradlane
