// 4/3·D₁ − 1/3·D₂ with D_k = (f(x+kh) − f(x−kh)) / 2kh: 4n + 1 evaluations, error O(h⁴).
#pragma once

#include "objective/finite_difference.hpp"

namespace gradlane {
struct central_difference_4 : finite_difference<4> {};
}  // namespace gradlane
