// The differentiable functions, each with its derivative, written once for numbers, registers, the recorder and
// (through them) duals, complex steps and tapes. To add one: a rule here, its name in GRADLANE_ELEMENTARY, an
// operation code in program.hpp and the number's own version in math.hpp.
#pragma once

#include "math.hpp"

namespace gradlane {

#define GRADLANE_ELEMENTARY(M) M(exp) M(log) M(log1p) M(expm1) M(sqrt) M(sin) M(cos) M(tanh) M(softplus) M(sigmoid)

/// f(x) and f′(x), computed together so that what they share (an exponential) is computed once.
template <class X>
struct value_and_slope {
  X value, slope;
};

// X is a number, a register or a recorded value; the functions themselves are found by argument-dependent lookup.
template <class X>
GRADLANE_INLINE constexpr value_and_slope<X> exp_with_slope(X x) {
  const X y = exp(x);
  return {y, y};
}
template <class X>
GRADLANE_INLINE constexpr value_and_slope<X> log_with_slope(X x) {
  return {log(x), 1 / x};
}
template <class X>
GRADLANE_INLINE constexpr value_and_slope<X> log1p_with_slope(X x) {
  return {log1p(x), 1 / (1 + x)};
}
template <class X>
GRADLANE_INLINE constexpr value_and_slope<X> expm1_with_slope(X x) {
  const X y = expm1(x);
  return {y, y + 1};
}
template <class X>
GRADLANE_INLINE constexpr value_and_slope<X> sqrt_with_slope(X x) {
  const X y = sqrt(x);
  return {y, 0.5 / y};
}
template <class X>
GRADLANE_INLINE constexpr value_and_slope<X> sin_with_slope(X x) {
  return {sin(x), cos(x)};
}
template <class X>
GRADLANE_INLINE constexpr value_and_slope<X> cos_with_slope(X x) {
  return {cos(x), -sin(x)};
}
template <class X>
GRADLANE_INLINE constexpr value_and_slope<X> tanh_with_slope(X x) {
  const X y = tanh(x);
  return {y, 1 - y * y};
}
/// log(1 + eˣ) and its derivative 1/(1 + e⁻ˣ) share e^−|x|, which never overflows.
template <class X>
GRADLANE_INLINE constexpr value_and_slope<X> softplus_with_slope(X x) {
  const X e = exp_minus_abs(x);
  return {softplus_from(x, e), sigmoid_from(x, e)};
}
template <class X>
GRADLANE_INLINE constexpr value_and_slope<X> sigmoid_with_slope(X x) {
  const X y = sigmoid_from(x, exp_minus_abs(x));
  return {y, y * (1 - y)};
}

/// Each function as a type, for expression trees: `function::exp::both(x)`.
namespace function {
#define GRADLANE_FUNCTION(name)                                     \
  struct name {                                                     \
    template <class X>                                              \
    static GRADLANE_INLINE constexpr value_and_slope<X> both(X x) { \
      return name##_with_slope(x);                                  \
    }                                                               \
  };
GRADLANE_ELEMENTARY(GRADLANE_FUNCTION)
#undef GRADLANE_FUNCTION
}  // namespace function

}  // namespace gradlane
