// e^x and what is built on its reduction. Included by math.hpp.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "simd.hpp"

namespace gradlane {

namespace detail {

/// C[First] + C[First+1]·x + … (Count coefficients) by Estrin's scheme: halves are combined with powers x, x², x⁴, …
/// which shortens the dependency chain to log2(Count) fma. powers: x^1, x^2, x^4, x^8.
template <const auto& C, std::size_t First, std::size_t Count, any_real X>
GRADLANE_INLINE X estrin(X x, X x2, X x4, X x8) {
  if constexpr (Count == 1) {
    return X(C[First]);
  } else {
    constexpr std::size_t half = Count > 8 ? 8 : Count > 4 ? 4 : Count > 2 ? 2 : 1;
    const X power = half == 8 ? x8 : half == 4 ? x4 : half == 2 ? x2 : x;
    return fma(power, estrin<C, First + half, Count - half>(x, x2, x4, x8), estrin<C, First, half>(x, x2, x4, x8));
  }
}
template <const auto& C, any_real X>
GRADLANE_INLINE X polynomial(X x) {
  const X x2 = x * x, x4 = x2 * x2, x8 = x4 * x4;  // unused powers vanish
  return estrin<C, 0, std::size(C)>(x, x2, x4, x8);
}

/// Per precision: the reduction x = k·ln2 + r and q(r) ≈ (e^r − 1 − r)/r², |r| ≤ ln2/2.
///
/// ln2 = ln2_hi + ln2_lo; ln2_hi has so many trailing zeros that k·ln2_hi is exact for every k, even without FMA.
/// Adding `round` = 1.5·2^52 (1.5·2^23) rounds to an integer and leaves it in the low bits.
template <class T>
struct exp_constants;
template <>
struct exp_constants<double> {
  static constexpr double round = 0x1.8p52, log2e = 0x1.71547652b82fep0;
  static constexpr double ln2_hi = 0x1.62e42fefa3800p-1, ln2_lo = 0x1.ef35793c76730p-45;
  static constexpr double lowest = -746, highest = 710;
  static constexpr int fraction_bits = 52;
  static constexpr std::int64_t one_bits = 0x3ff0'0000'0000'0000;
  // Remez, weight r²·e^(-r): 2^-57.9 before, 2^-56.4 after rounding the coefficients to double.
  static constexpr double q[] = {0x1.000000000000ap-1,  0x1.55555555554f9p-3,  0x1.555555555083ep-5,
                                 0x1.1111111127d10p-7,  0x1.6c16c18438b84p-10, 0x1.a01a012a0eeb0p-13,
                                 0x1.a01999e24fa53p-16, 0x1.71df25b383d61p-19, 0x1.28ad9b964f933p-22,
                                 0x1.ad7f3e5c6e47dp-26};
};
template <>
struct exp_constants<float> {
  static constexpr float round = 0x1.8p23f, log2e = 0x1.715476p0f;
  static constexpr float ln2_hi = 0x1.62e4p-1f, ln2_lo = 0x1.7f7d1cp-20f;
  static constexpr float lowest = -104, highest = 89;
  static constexpr int fraction_bits = 23;
  static constexpr std::int32_t one_bits = 0x3f80'0000;
  // Remez, the same weight: 2^-28.3 before, 2^-28.0 after rounding the coefficients to float.
  static constexpr float q[] = {0x1.fffffcp-2f, 0x1.555492p-3f, 0x1.5558f2p-5f, 0x1.1239f2p-7f, 0x1.6a242ep-10f};
};

/// e^x for lowest ≤ x ≤ highest or NaN, a result that is subnormal or overflows included.
///
/// k = round(x/ln2), r = x − k·ln2, e^x = 2^k·(1 + r + r²·q(r)). k reaches from −1076 to 1024 (−151 to 128), more than
/// one exponent field holds, so 2^k is applied as 2^k1·2^k2 with k1 = round(k/2): the first product is exact, the
/// second rounds once, into a subnormal number too.
template <any_real X>
GRADLANE_INLINE X exp_clamped(X x) {
  using T = typename X::element;
  using integer = typename X::integer;
  using constant = exp_constants<T>;
  const X round(constant::round);
  const X shifted = fma(x, X(constant::log2e), round);
  const X k = shifted - round;
  X r = fnma(k, X(constant::ln2_hi), x);
  r = fnma(k, X(constant::ln2_lo), r);
  const X p = X(1) + fma(r * r, polynomial<constant::q>(r), r);
  const integer k1 = to_bits(fma(k, X(.5), round)), k2 = to_bits(shifted) - k1;
  const integer one(constant::one_bits);
  const X scale1 = from_bits<X>(shift_left<constant::fraction_bits>(k1) + one);
  const X scale2 = from_bits<X>(shift_left<constant::fraction_bits>(k2) + one);
  return p * scale1 * scale2;
}

}  // namespace detail

/// e^x.
template <any_real X>
GRADLANE_INLINE X exp(X x) {
  if constexpr (X::width == 1) {
    return X(std::exp(x.r));
  } else {
    using constant = detail::exp_constants<typename X::element>;
    // Comparisons with NaN are false: it passes through.
    x = select(x < X(constant::lowest), X(constant::lowest), x);
    x = select(x > X(constant::highest), X(constant::highest), x);
    return detail::exp_clamped(x);
  }
}

/// e^(−|x|), in [0, 1]: the exponential that softplus and sigmoid share.
template <any_real X>
GRADLANE_INLINE X exp_minus_abs(X x) {
  if constexpr (X::width == 1) {
    return X(std::exp(-std::fabs(x.r)));
  } else {
    const X lowest(detail::exp_constants<typename X::element>::lowest);
    x = -abs(x);
    return detail::exp_clamped(select(x < lowest, lowest, x));
  }
}

}  // namespace gradlane
