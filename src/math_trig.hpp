// sin x and cos x. Included by math.hpp.
#pragma once

#include <cmath>
#include <cstddef>
#include <iterator>

#include "math_exp.hpp"
#include "simd.hpp"

namespace gradlane {

namespace detail {

#if defined(__FMA__) || defined(__aarch64__)
inline constexpr bool fma_rounds_once = true;
#else
inline constexpr bool fma_rounds_once = false;
#endif

/// Per precision: π = pi[0] + pi[1] + …, and the largest |x| for which r = x − k·π is right to the last bits, x near a
/// multiple of π included. The first difference must be exact. With FMA the parts may be full numbers: x − k·pi[0] is a
/// multiple of pi[0]'s last bit and below 2. Without it each part but the last leaves room for k's bits. The later
/// differences round to an ulp of r. All parts are positive: −0 − 0·pi stays −0.
template <class T, bool Fma = fma_rounds_once>
struct trig_constants;
template <>
struct trig_constants<double, true> {
  static constexpr double pi[] = {0x1.921fb54442d18p+1, 0x1.1a62633145c06p-53, 0x1.c1cd129024e09p-106};
  static constexpr double largest = 0x1p22;
};
template <>
struct trig_constants<double, false> {
  static constexpr double pi[] = {0x1.921fb54440000p+1, 0x1.68c234c4c0000p-38, 0x1.98a2e03707345p-76};
  static constexpr double largest = 0x1p17;
};
template <>
struct trig_constants<float, true> {
  static constexpr float pi[] = {0x1.921fb4p+1f, 0x1.4442dp-23f, 0x1.84698ap-47f};
  static constexpr float largest = 0x1p18f;
};
template <>
struct trig_constants<float, false> {
  static constexpr float pi[] = {0x1.9218p+1f, 0x1.ed5p-13f, 0x1.10bp-29f, 0x1.184698p-43f};
  static constexpr float largest = 0x1p10f;
};
/// S in sin r = r + r³·S(r²), |r| ≤ π/2.
template <class T>
struct sine_constants;
template <>
struct sine_constants<double> {
  // Remez in z = r², relative to sin r, the coefficients rounded to double: 2^-57.4.
  static constexpr double s[] = {-0x1.5555555555555p-3,  0x1.11111111110c1p-7,   -0x1.a01a01a0148b9p-13,
                                 0x1.71de3a5287b06p-19,  -0x1.ae6454cb4cb91p-26, 0x1.6123cb265b617p-33,
                                 -0x1.ae431ce7ae814p-41, 0x1.8829905113c3fp-49};
};
template <>
struct sine_constants<float> {
  // 2^-28.2, the rounded coefficients searched in steps of an ulp.
  static constexpr float s[] = {-0x1.555556p-3f, 0x1.111112p-7f, -0x1.a017e2p-13f, 0x1.71707p-19f, -0x1.9a686ap-26f};
};

/// c − k·π, part by part.
template <std::size_t I = 0, any_real X>
GRADLANE_INLINE X minus_multiple_of_pi(X k, X c) {
  constexpr auto& pi = trig_constants<typename X::element>::pi;
  if constexpr (I == std::size(pi))
    return c;
  else
    return minus_multiple_of_pi<I + 1>(k, fnma(k, X(pi[I]), c));
}
/// (−1)^k·sin r for |r| ≤ π/2, k in the low bits of `shifted`. On |r|, so that −0 is kept and no result exceeds 1.
template <any_real X>
GRADLANE_INLINE X signed_sine(X r, X shifted) {
  const X a = abs(r), z = a * a, one(1);
  const X y = fma(a, z * polynomial<sine_constants<typename X::element>::s>(z), a);
  const auto odd = shift_left<8 * sizeof(typename X::element) - 1>(to_bits(shifted));
  const auto sign = to_bits(r) ^ to_bits(a) ^ odd;
  return from_bits<X>(to_bits(min(one, y)) ^ sign);
}
/// y, but f(x) lane by lane where |x| is too large for the reduction.
template <any_real X, class F>
GRADLANE_INLINE X replace_large(X y, X x, F f) {
  using T = typename X::element;
  const auto small = abs(x) <= X(trig_constants<T>::largest);
  if (!all(small)) [[unlikely]] {
    T lanes[X::width];
    x.store(lanes);
    for (T& lane : lanes) lane = f(lane);
    y = select(small, y, X::load(lanes));
  }
  return y;
}

}  // namespace detail

/// sin x = (−1)^k·sin(x − k·π), k = round(x/π).
template <any_real X>
GRADLANE_INLINE X sin(X x) {
  if constexpr (X::width == 1) {
    return X(std::sin(x.r));
  } else {
    using T = typename X::element;
    const X round(detail::exp_constants<T>::round);
    const X shifted = fma(x, X(T(0x1.45f306dc9c883p-2)), round);
    const X r = detail::minus_multiple_of_pi(shifted - round, x);
    return detail::replace_large(detail::signed_sine(r, shifted), x, [](T t) { return std::sin(t); });
  }
}

/// cos x = sin(x + π/2) = (−1)^j·sin(x − (j − ½)·π), j = round(x/π + ½).
template <any_real X>
GRADLANE_INLINE X cos(X x) {
  if constexpr (X::width == 1) {
    return X(std::cos(x.r));
  } else {
    using T = typename X::element;
    const X round(detail::exp_constants<T>::round), half(.5);
    const X shifted = fma(x, X(T(0x1.45f306dc9c883p-2)), half) + round;
    const X r = detail::minus_multiple_of_pi(shifted - round - half, x);
    return detail::replace_large(detail::signed_sine(r, shifted), x, [](T t) { return std::cos(t); });
  }
}

}  // namespace gradlane
