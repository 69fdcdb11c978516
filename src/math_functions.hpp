// The elementary functions of math.hpp as a list, each with the bound that it is held to: for whoever goes over all.
#pragma once

#include "math.hpp"

namespace gradlane {

/// visit(name, bound, f) for each: `bound` is the largest error in ulp over all numbers of either precision, on every
/// instruction set, with FMA or without; f takes a register of any width. They stand a little above the largest errors
/// measured (math.hpp). softplus near 0 is log 2: an ulp of e^−|x|, halved by the slope of log(1 + e), half an ulp of the
/// final sum, and the roundings of log1p_unit, one more without FMA. 2.53 were seen there.
template <class Visit>
constexpr void for_each_function(Visit&& visit) {
  visit("exp", 1.05, [](auto x) { return exp(x); });
  visit("log", 1.0, [](auto x) { return log(x); });
  visit("log1p", 1.0, [](auto x) { return log1p(x); });
  visit("expm1", 2.0, [](auto x) { return expm1(x); });
  visit("sin", 2.5, [](auto x) { return sin(x); });
  visit("cos", 2.5, [](auto x) { return cos(x); });
  visit("tanh", 2.0, [](auto x) { return tanh(x); });
  visit("sigmoid", 2.5, [](auto x) { return sigmoid(x); });
  visit("softplus", 3.0, [](auto x) { return softplus(x); });
}

}  // namespace gradlane
