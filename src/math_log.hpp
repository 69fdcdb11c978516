// log x, log(1 + x) and what is built on them. Included by math.hpp.
//
// All rest on log(1 + f) = 2·atanh(s), s = f/(2 + f). With z = s² and R(z) = z·P(z) = 2·atanh(s)/s − 2,
//   log(1 + f) = 2s + s·R = f − (f²/2 − s·(f²/2 + R)),   since f − 2s = s·f and s·(f + f²/2) = f²/2 + … exactly;
// in this form the leading term f is exact and the quotient's rounding error only enters through the small rest.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "math_exp.hpp"
#include "simd.hpp"

namespace gradlane {

namespace detail {

/// Per precision: P on the two ranges of s in use, and what takes x apart into 2^k·m, √½ ≤ m < √2.
template <class T>
struct log_constants;
template <>
struct log_constants<double> {
  // Remez on z ≤ 0.0295 (√½ ≤ 1 + f ≤ √2), weight z: 2^-59.5 of 2s before, 2^-59.0 after rounding the coefficients.
  static constexpr double near_one[] = {0x1.5555555555593p-1, 0x1.999999997f850p-2, 0x1.24924942437a6p-2,
                                        0x1.c71c51c1f8254p-3, 0x1.74664e6deed96p-3, 0x1.39a014aef6035p-3,
                                        0x1.2f16d026b9b54p-3};
  // Remez on z ≤ 1/9 (1 ≤ 1 + f ≤ 2), weight z: 2^-59.4 before, 2^-57.9 after.
  static constexpr double one_to_two[] = {0x1.5555555555535p-1, 0x1.99999999a085cp-2, 0x1.24924920848aap-2,
                                          0x1.c71c742004f84p-3, 0x1.745cb38a1e954p-3, 0x1.3b1de4a1f21b5p-3,
                                          0x1.10675463f6f0fp-3, 0x1.efdecc4234563p-4, 0x1.55968b4fda562p-4,
                                          0x1.5c8fd1fc85950p-3};
  static constexpr std::int64_t sqrt_half_bits = 0x3fe6'a09e'667f'3bcd;
  static constexpr std::int64_t fraction_mask = 0x000f'ffff'ffff'ffff;
  static constexpr double integer_offset = 0x1p52;  // its low bits read as an integer
  static constexpr double exponent_bias = 1023;
  static constexpr double subnormal_scale = 0x1p54, subnormal_exponent = 54;
};
template <>
struct log_constants<float> {
  // 2^-30.2 before, 2^-29.9 after.
  static constexpr float near_one[] = {0x1.55557ap-1f, 0x1.995e78p-2f, 0x1.31ea78p-2f};
  // 2^-33.1 before, 2^-30.4 after.
  static constexpr float one_to_two[] = {0x1.555558p-1f, 0x1.9996a8p-2f, 0x1.25097cp-2f, 0x1.b6d5aep-3f,
                                         0x1.f1b2d0p-3f};
  static constexpr std::int32_t sqrt_half_bits = 0x3f35'04f3;
  static constexpr std::int32_t fraction_mask = 0x007f'ffff;
  static constexpr float integer_offset = 0x1p23f;
  static constexpr float exponent_bias = 127;
  static constexpr float subnormal_scale = 0x1p25f, subnormal_exponent = 25;
};

/// x = 2^k·m with √½ ≤ m < √2, for normal positive x.
template <any_real X>
struct split_number {
  X k, m;
  typename X::integer biased_exponent;  // of 2^k, in its place
};
template <any_real X>
GRADLANE_INLINE split_number<X> split_exponent(X x, X bias) {
  using T = typename X::element;
  using integer = typename X::integer;
  using constant = log_constants<T>;
  // Adding 1 − √½ to the bits carries into the exponent exactly when the fraction is at least that of √2.
  const integer bits = to_bits(x) + integer(exp_constants<T>::one_bits - constant::sqrt_half_bits);
  const integer fraction = bits & integer(constant::fraction_mask);
  const integer offset(std::bit_cast<decltype(constant::fraction_mask + 0)>(constant::integer_offset));
  const X k = from_bits<X>(shift_right<exp_constants<T>::fraction_bits>(bits) | offset) - bias;
  return {k, from_bits<X>(fraction + integer(constant::sqrt_half_bits)), bits - fraction};
}

}  // namespace detail

/// log x. log(±0) = −inf, log of a negative number is NaN.
template <any_real X>
GRADLANE_INLINE X log(X x) {
  if constexpr (X::width == 1) {
    return X(std::log(x.r));
  } else {
    using T = typename X::element;
    using limits = std::numeric_limits<T>;
    using constant = detail::log_constants<T>;
    constexpr T bias = constant::integer_offset + constant::exponent_bias;
    const auto subnormal = x < X(limits::min());
    const auto [k, m, unused] =
        detail::split_exponent(select(subnormal, x * X(constant::subnormal_scale), x),
                               select(subnormal, X(bias + constant::subnormal_exponent), X(bias)));
    const X f = m - X(1);
    const X s = f / (X(2) + f), z = s * s, half_square = X(.5) * f * f;
    const X rest = s * fma(z, detail::polynomial<constant::near_one>(z), half_square);
    const X low = fma(k, X(detail::exp_constants<T>::ln2_lo), rest);
    const X y = fma(k, X(detail::exp_constants<T>::ln2_hi), f - (half_square - low));
    const X infinity(limits::infinity());
    const X not_positive = select(x == X(0), -infinity, X(limits::quiet_NaN()));
    return select(x > X(0), select(x == infinity, x, y), not_positive);
  }
}

/// log(1 + x), exact to the last bits where 1 + x is not. log1p(−1) = −inf, below that NaN.
///
/// With u = 1 + x rounded, e the exact rounding error and u = 2^k·m: log(u + e) = k·ln2 + log(1 + f) + e/u where
/// f = m − 1. |e/u| ≤ 2^-53 (2^-24), so its factor 2^-k/m = 2^-k·(1 − s)/(1 + s) ≈ 2^-k·(1 − 2s + 2s²) is good
/// enough to 1 %. For k = 0, f = x is the whole argument and e drops out.
template <any_real X>
GRADLANE_INLINE X log1p(X x) {
  if constexpr (X::width == 1) {
    return X(std::log1p(x.r));
  } else {
    using T = typename X::element;
    using integer = typename X::integer;
    using limits = std::numeric_limits<T>;
    using constant = detail::log_constants<T>;
    constexpr auto one_bits = detail::exp_constants<T>::one_bits;
    const X one(1), zero(0);
    const X u = one + x, u_minus_one = u - one;
    const X rounding = (one - (u - u_minus_one)) + (x - u_minus_one);
    const auto [k, m, biased] = detail::split_exponent(u, X(constant::integer_offset + constant::exponent_bias));
    const auto whole = k == zero;
    const X f = select(whole, x, m - one);
    // 2^-k; x ≥ 1/epsilon² needs no correction, and its 2^-k may not exist.
    const X scale = from_bits<X>(integer(2 * one_bits) - biased);
    const X e = select(x < X(1 / (limits::epsilon() * limits::epsilon())), select(whole, zero, rounding * scale), zero);
    const X s = f / (X(2) + f), z = s * s, half_square = X(.5) * f * f;
    const X rest = s * fma(z, detail::polynomial<constant::near_one>(z), half_square);
    const X correction = e * fma(X(-2) * s, one - s, one);
    const X low = fma(k, X(detail::exp_constants<T>::ln2_lo), rest + correction);
    const X y = fma(k, X(detail::exp_constants<T>::ln2_hi), f - (half_square - low));
    // x = x + x holds for ±0, whose sign is kept, and for the infinities.
    const X infinity(limits::infinity());
    const X too_small = select(x == -one, -infinity, X(limits::quiet_NaN()));
    return select(x > -one, select(x == x + x, x, y), too_small);
  }
}

namespace detail {
/// log(1 + e) for 0 ≤ e ≤ 1 or NaN: f = e itself is exact, so k and its special cases fall away.
template <any_real X>
GRADLANE_INLINE X log1p_unit(X e) {
  if constexpr (X::width == 1) {
    return X(std::log1p(e.r));
  } else {
    const X s = e / (X(2) + e), z = s * s, half_square = X(.5) * e * e;
    const X rest = s * fma(z, polynomial<log_constants<typename X::element>::one_to_two>(z), half_square);
    return e - (half_square - rest);
  }
}
}  // namespace detail

/// max(x, 0) + log(1 + e), where e = exp_minus_abs(x).
template <any_real X>
GRADLANE_INLINE X softplus_from(X x, X e) {
  return select(x > X(0), x, X(0)) + detail::log1p_unit(e);  // NaN in x is NaN in e
}

/// log(1 + e^x) without overflow.
template <any_real X>
GRADLANE_INLINE X softplus(X x) {
  return softplus_from(x, exp_minus_abs(x));
}

/// 1/(1 + e^(−x)), where e = exp_minus_abs(x). Its derivative in x, and that of softplus: no cancellation on either side.
template <any_real X>
GRADLANE_INLINE X sigmoid_from(X x, X e) {
  return select(x >= X(0), X(1), e) / (X(1) + e);
}
template <any_real X>
GRADLANE_INLINE X sigmoid(X x) {
  return sigmoid_from(x, exp_minus_abs(x));
}

}  // namespace gradlane
