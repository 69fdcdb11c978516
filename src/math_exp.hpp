// e^x and what is built on its reduction. Included by math.hpp.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "simd.hpp"

namespace gradlane {

namespace detail {

/// C[I] + C[I+Step]·x + … by Horner's rule.
template <const auto& C, std::size_t I, std::size_t Step, any_real X>
GRADLANE_INLINE X horner(X x) {
  if constexpr (I + Step >= std::size(C))
    return X(C[I]);
  else
    return fma(x, horner<C, I + Step, Step>(x), X(C[I]));
}
/// C[0] + C[1]·x + C[2]·x² + …: a long one as two chains, the even and the odd powers, side by side. Measured against
/// Estrin's scheme, whose shorter dependencies the processor's window does not need in a loop: its extra products cost
/// registers, and for small x their underflow is slow.
template <const auto& C, any_real X>
GRADLANE_INLINE X polynomial(X x) {
  if constexpr (std::size(C) > 8) {
    const X x2 = x * x;
    return fma(x, horner<C, 1, 2>(x2), horner<C, 0, 2>(x2));
  } else {
    return horner<C, 0, 1>(x);
  }
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
  static constexpr double ordinary = 708;  // |x| up to which 2^k is a normal number
  static constexpr double lowest = -746, highest = 710;
  static constexpr int fraction_bits = 52;
  static constexpr std::int64_t one_bits = 0x3ff0'0000'0000'0000;
  // Remez, weight r²·e^(-r), the coefficients rounded and then searched in steps of an ulp: 2^-57.5.
  static constexpr double q[] = {0x1.000000000000ap-1,  0x1.55555555554fap-3,  0x1.5555555550807p-5,
                                 0x1.1111111127d0bp-7,  0x1.6c16c18438b84p-10, 0x1.a01a012a0eeb0p-13,
                                 0x1.a01999e24fa53p-16, 0x1.71df25b383d61p-19, 0x1.28ad9b964f933p-22,
                                 0x1.ad7f3e5c6e47dp-26};
};
template <>
struct exp_constants<float> {
  static constexpr float round = 0x1.8p23f, log2e = 0x1.715476p0f;
  static constexpr float ln2_hi = 0x1.62e4p-1f, ln2_lo = 0x1.7f7d1cp-20f;
  static constexpr float ordinary = 87;
  static constexpr float lowest = -104, highest = 89;
  static constexpr int fraction_bits = 23;
  static constexpr std::int32_t one_bits = 0x3f80'0000;
  // The same way: 2^-28.2.
  static constexpr float q[] = {0x1.fffffcp-2f, 0x1.555492p-3f, 0x1.5558d2p-5f, 0x1.1239d0p-7f, 0x1.6a242ap-10f};
};

/// x = k·ln2 + r with k = round(x/ln2), which stands in the low bits of `shifted` as well; e^r = 1 + r + r²·q.
template <any_real X>
struct exp_parts {
  X k, shifted, r, q;
};
template <any_real X>
GRADLANE_INLINE exp_parts<X> exp_reduce(X x) {
  using constant = exp_constants<typename X::element>;
  const X shifted = fma(x, X(constant::log2e), X(constant::round));
  const X k = shifted - X(constant::round);
  const X r = fnma(k, X(constant::ln2_lo), fnma(k, X(constant::ln2_hi), x));
  return {k, shifted, r, polynomial<constant::q>(r)};
}
/// 2^k for a k that stands in the low bits of `shifted`, if 2^k is a normal number.
template <any_real X>
GRADLANE_INLINE X power_of_two(typename X::integer shifted) {
  using constant = exp_constants<typename X::element>;
  return from_bits<X>(shift_left<constant::fraction_bits>(shifted) + typename X::integer(constant::one_bits));
}
/// e^x for |x| ≤ ordinary.
template <any_real X>
GRADLANE_INLINE X exp_ordinary(X x) {
  const exp_parts<X> e = exp_reduce(x);
  const X scale = power_of_two<X>(to_bits(e.shifted));
  return fma(scale, fma(e.r * e.r, e.q, e.r), scale);
}
/// e^x for any x, subnormal and overflowing results included. k reaches from −1076 to 1024 (−151 to 128), more than
/// one exponent field holds, so 2^k is applied as 2^k1·2^k2 with k1 = round(k/2): the first product rounds as it
/// does in exp_ordinary, the second is exact unless the result is subnormal.
template <any_real X>
GRADLANE_INLINE X exp_any(X x) {
  using constant = exp_constants<typename X::element>;
  x = min(X(constant::highest), max(X(constant::lowest), x));  // NaN, as the second operand, passes through
  const exp_parts<X> e = exp_reduce(x);
  const auto k1 = to_bits(fma(e.k, X(.5), X(constant::round)));
  const X scale = power_of_two<X>(k1);
  return fma(scale, fma(e.r * e.r, e.q, e.r), scale) * power_of_two<X>(to_bits(e.shifted) - k1);
}

}  // namespace detail

/// e^x. The detour for special lanes gives the ordinary ones the same bits.
template <any_real X>
GRADLANE_INLINE X exp(X x) {
  if constexpr (X::width == 1) {
    return X(std::exp(x.r));
  } else {
    if (!all(abs(x) <= X(detail::exp_constants<typename X::element>::ordinary))) [[unlikely]]
      return detail::exp_any(x);
    return detail::exp_ordinary(x);
  }
}

/// e^(−|x|), in [0, 1]: the exponential that softplus and sigmoid share.
template <any_real X>
GRADLANE_INLINE X exp_minus_abs(X x) {
  return exp(-abs(x));
}

}  // namespace gradlane
