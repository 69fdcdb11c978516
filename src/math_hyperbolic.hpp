// e^x − 1 and tanh x, on the reduction of exp. Included by math.hpp.
#pragma once

#include <cmath>

#include "math_exp.hpp"
#include "simd.hpp"

namespace gradlane {

namespace detail {

/// y with its sign bit set where x has it set: for odd functions, whose y has x's sign or is +0.
template <any_real X>
GRADLANE_INLINE X with_sign(X y, X x) {
  return from_bits<X>(to_bits(y) | (to_bits(x) & to_bits(X(typename X::element(-0.)))));
}

/// Per precision: tanh x = x + x³·N(x²)/D(x²) for |x| ≤ 0.5625.
template <class T>
struct tanh_constants;
template <>
struct tanh_constants<double> {
  // Rational Remez, relative to tanh x, the coefficients rounded to double: 2^-58.7.
  static constexpr double n[] = {-0x1.5555555555555p-2, -0x1.4fde7791fa3e9p-6, -0x1.a1cd219121c90p-13};
  static constexpr double d[] = {0x1p0, 0x1.d8935004f87f6p-2, 0x1.7da09e2632778p-6, 0x1.b13be9c0e29fbp-13};
  static constexpr double saturated = 20;  // 1 − tanh x < 2^-54 from 19.1 on
};
template <>
struct tanh_constants<float> {
  // 2^-28.3.
  static constexpr float n[] = {-0x1.55554cp-2f, -0x1.9654cep-10f};
  static constexpr float d[] = {0x1p0f, 0x1.9e5a72p-2f};
  static constexpr float saturated = 10;
};

}  // namespace detail

/// e^x − 1 = ((2^k − 1) + 2^k·r) + 2^k·r²·q. The inner sum is exact where it matters, at k = 1 and r near −ln2/2;
/// rounding r + r²·q before it is scaled up, as exp does, would cost half an ulp there.
template <any_real X>
GRADLANE_INLINE X expm1(X x) {
  if constexpr (X::width == 1) {
    return X(std::expm1(x.r));
  } else {
    const auto ordinary = abs(x) <= X(detail::exp_constants<typename X::element>::ordinary);
    const detail::exp_parts<X> e = detail::exp_reduce(x);
    const X scale = detail::power_of_two<X>(to_bits(e.shifted));
    const X unsigned_zero = fma(scale, e.r * e.r * e.q, fma(scale, e.r, scale - X(1)));
    X y = detail::with_sign(unsigned_zero, x);  // −0 stays −0
    if (!all(ordinary)) [[unlikely]]
      y = select(ordinary, y, detail::exp_any(x) - X(1));
    return y;
  }
}

/// tanh x, odd: on |x| the rational function near 0, 1 − 2/(e^(2|x|) + 1) elsewhere, with one division for both. They
/// meet above artanh(1/2), where the subtrahend has fallen below 1/2 and its error counts half.
template <any_real X>
GRADLANE_INLINE X tanh(X x) {
  if constexpr (X::width == 1) {
    return X(std::tanh(x.r));
  } else {
    using constant = detail::tanh_constants<typename X::element>;
    const X one(1), saturated(constant::saturated), a = abs(x), z = a * a;
    const auto near_zero = a < X(.5625);
    const X power = detail::exp_ordinary(X(2) * min(saturated, a));  // NaN stays
    const X numerator = select(near_zero, a * z * detail::polynomial<constant::n>(z), X(-2));
    const X denominator = select(near_zero, detail::polynomial<constant::d>(z), power + one);
    return detail::with_sign(select(near_zero, a, one) + numerator / denominator, x);
  }
}

}  // namespace gradlane
