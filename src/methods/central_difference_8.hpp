// 8/5·D₁ − 4/5·D₂ + 8/35·D₃ − 1/35·D₄ with D_k = (f(x+kh) − f(x−kh)) / 2kh: 8n + 1 evaluations, error O(h⁸).
#pragma once

#include "objective/finite_difference.hpp"

namespace gradlane {
struct central_difference_8 : finite_difference<8> {};
}  // namespace gradlane
