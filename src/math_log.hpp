// log x, log(1 + x), softplus and its derivative, the sigmoid. Included by math.hpp.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "math_exp.hpp"
#include "simd.hpp"

namespace gradlane {

namespace detail {

/// Per precision: the polynomial P of log, N/D of log1p_unit, and what takes x apart into 2^k·m.
template <class T>
struct log_constants;
template <>
struct log_constants<double> {
  // Remez, weight z, on z ≤ 0.0295: 2^-59.0 of the logarithm with the coefficients rounded to double.
  static constexpr double p[] = {0x1.5555555555593p-1, 0x1.999999997f850p-2, 0x1.24924942437a6p-2, 0x1.c71c51c1f8254p-3,
                                 0x1.74664e6deed96p-3, 0x1.39a014aef6035p-3, 0x1.2f16d026b9b54p-3};
  // Rational Remez, weight e²/log(1+e), on 0 ≤ e ≤ 1: 2^-57.5 of the logarithm with the coefficients rounded.
  static constexpr double unit_n[] = {0x1.0000000000000p-1, 0x1.3bc8fadd9297ap+0, 0x1.1a2d74de4f9c8p+0,
                                      0x1.bb1bfcce46037p-2, 0x1.2432c43e46804p-4, 0x1.e22525449e1bbp-9,
                                      0x1.448d95ae851a8p-20};
  static constexpr double unit_d[] = {0x1.0000000000000p+0, 0x1.911e5032e7eb6p+1, 0x1.e596ffaaea933p+1,
                                      0x1.1d250a148f6a6p+1, 0x1.4d60e68800c34p-1, 0x1.6113be6d32de8p-4,
                                      0x1.ef3b33c4cc12ep-9};
  static constexpr std::int64_t sqrt_half_bits = 0x3fe6'a09e'667f'3bcd;
  static constexpr std::int64_t fraction_mask = 0x000f'ffff'ffff'ffff;
  static constexpr std::int64_t integer_bits = 0x4330'0000'0000'0000;  // of 2^52: its low bits count ones
  static constexpr double exponent_bias = 0x1p52 + 1023;
  static constexpr double subnormal_scale = 0x1p54, subnormal_exponent = 54;
};
template <>
struct log_constants<float> {
  // 2^-29.9.
  static constexpr float p[] = {0x1.55557ap-1f, 0x1.995e78p-2f, 0x1.31ea78p-2f};
  // 2^-29.5, the rounded coefficients searched in steps of an ulp.
  static constexpr float unit_n[] = {0x1.fffffap-2f, 0x1.cd8dbcp-2f, 0x1.27f3a8p-4f};
  static constexpr float unit_d[] = {0x1p0f, 0x1.917136p0f, 0x1.614492p-1f, 0x1.3613ccp-4f};
  static constexpr std::int32_t sqrt_half_bits = 0x3f35'04f3;
  static constexpr std::int32_t fraction_mask = 0x007f'ffff;
  static constexpr std::int32_t integer_bits = 0x4b00'0000;
  static constexpr float exponent_bias = 0x1p23f + 127;
  static constexpr float subnormal_scale = 0x1p25f, subnormal_exponent = 25;
};

/// x = 2^k·m with √½ ≤ m < √2.
template <any_real X>
struct split_number {
  X minus_k, m;
  typename X::integer biased_exponent;  // k's, in its place
};
/// For normal positive x; bias = exponent_bias. Other x give garbage, but do not trap.
template <any_real X>
GRADLANE_INLINE split_number<X> split_exponent(X x, X bias) {
  using integer = typename X::integer;
  using constant = log_constants<typename X::element>;
  using exponent = exp_constants<typename X::element>;
  // Adding 1 − √½ to the bits carries into the exponent exactly when the fraction is at least that of √2.
  const integer bits = to_bits(x) + integer(exponent::one_bits - constant::sqrt_half_bits);
  const integer fraction = bits & integer(constant::fraction_mask);
  const integer k = shift_right<exponent::fraction_bits>(bits) | integer(constant::integer_bits);
  return {bias - from_bits<X>(k), from_bits<X>(fraction + integer(constant::sqrt_half_bits)), bits - fraction};
}

/// f − log(1 + f) − low for √½ ≤ 1 + f < √2, by log(1 + f) = 2·atanh(s), s = f/(2 + f), z = s². With R = z·P(z) =
/// 2·atanh(s)/s − 2 the sum 2s + s·R is regrouped into f − (f²/2 − s·(f²/2 + R)), since 2s = f − s·f and
/// s·f = f²/2 − s·f²/2: the leading f is exact, the quotient's rounding only touches the small rest.
template <any_real X>
GRADLANE_INLINE X log_rest(X f, X low) {
  const X s = f / (X(2) + f), z = s * s, half_square = X(.5) * f * f;
  const X inner = fma(z, polynomial<log_constants<typename X::element>::p>(z), half_square);
  return half_square - fma(s, inner, low);
}

}  // namespace detail

/// log x = k·ln2 + log m. log(±0) = −inf, log of a negative number is NaN.
template <any_real X>
GRADLANE_INLINE X log(X x) {
  if constexpr (X::width == 1) {
    return X(std::log(x.r));
  } else {
    using limits = std::numeric_limits<typename X::element>;
    using constant = detail::log_constants<typename X::element>;
    using exponent = detail::exp_constants<typename X::element>;
    const X smallest(limits::min()), infinity(limits::infinity());
    const bool special = !all((x >= smallest) & (x < infinity));
    X scaled = x, bias(constant::exponent_bias);
    if (special) [[unlikely]] {
      const auto subnormal = x < smallest;
      scaled = select(subnormal, x * X(constant::subnormal_scale), x);
      bias = select(subnormal, bias + X(constant::subnormal_exponent), bias);
    }
    const auto [minus_k, m, unused] = detail::split_exponent(scaled, bias);
    const X f = m - X(1);
    const X rest = detail::log_rest(f, minus_k * X(-exponent::ln2_lo));
    const X y = fnma(minus_k, X(exponent::ln2_hi), f - rest);
    if (special) [[unlikely]] {
      const X not_positive = select(x == X(0), -infinity, X(limits::quiet_NaN()));
      return select(x > X(0), select(x == infinity, x, y), not_positive);
    }
    return y;
  }
}

/// log(1 + x). log1p(±0) = ±0, log1p(−1) = −inf, below that NaN.
///
/// With u = 1 + x rounded, e the rounding error (exact, by Knuth's TwoSum) and u = 2^k·m, f = m − 1:
/// log(u + e) = k·ln2 + log(1 + f) + e/u. |e/u| ≤ 2^-53 (2^-24), so e/u = e·2^-k/(1 + f) needs two digits only: a
/// polynomial of second degree. Where k = 0, f = x is the whole argument and e drops out.
template <any_real X>
GRADLANE_INLINE X log1p(X x) {
  if constexpr (X::width == 1) {
    return X(std::log1p(x.r));
  } else {
    using T = typename X::element;
    using limits = std::numeric_limits<T>;
    using exponent = detail::exp_constants<T>;
    const X one(1), zero(0), huge(1 / (limits::epsilon() * limits::epsilon()));
    const bool special = !all((x > -one) & (x < huge));
    const X u = one + x, u_minus_one = u - one;
    X e = (one - (u - u_minus_one)) + (x - u_minus_one);
    const auto [minus_k, m, biased] = detail::split_exponent(u, X(detail::log_constants<T>::exponent_bias));
    X two_to_minus_k = from_bits<X>(typename X::integer(2 * exponent::one_bits) - biased);
    if (special) [[unlikely]]  // from `huge` on, e is nothing beside the result, and 2^-k may not exist
      two_to_minus_k = select(x < huge, two_to_minus_k, zero);
    const auto whole = minus_k == zero;
    const X f = select(whole, x, m - one);
    e = select(whole, zero, e * two_to_minus_k);
    const X reciprocal = fma(f, fma(f, X(0x1.d4p-1), X(-0x1.15p0)), X(0x1.014p0));  // 1/(1 + f) to 1 %
    const X rest = detail::log_rest(f, fnma(minus_k, X(exponent::ln2_lo), e * reciprocal));
    const X y = fnma(minus_k, X(exponent::ln2_hi), f - rest);  // −0·ln2 keeps the sign of f = −0
    if (special) [[unlikely]] {
      const X too_small = select(x == -one, X(-limits::infinity()), X(limits::quiet_NaN()));
      return select(x > -one, select(x == X(limits::infinity()), x, y), too_small);
    }
    return y;
  }
}

namespace detail {
/// log(1 + e) for 0 ≤ e ≤ 1 or NaN, as e − e²·N(e)/D(e): no special cases, and nothing underflows before e does.
template <any_real X>
GRADLANE_INLINE X log1p_unit(X e) {
  if constexpr (X::width == 1) {
    return X(std::log1p(e.r));
  } else {
    using constant = log_constants<typename X::element>;
    return fnma(e, e * (polynomial<constant::unit_n>(e) / polynomial<constant::unit_d>(e)), e);
  }
}
}  // namespace detail

/// max(x, 0) + log(1 + e), where e = exp_minus_abs(x).
template <any_real X>
GRADLANE_INLINE X softplus_from(X x, X e) {
  return max(x, X(0)) + detail::log1p_unit(e);  // NaN in x is NaN in e
}

/// log(1 + e^x) without overflow.
template <any_real X>
GRADLANE_INLINE X softplus(X x) {
  return softplus_from(x, exp_minus_abs(x));
}

/// 1/(1 + e^(−x)), the derivative of softplus, without cancellation; e = exp_minus_abs(x).
template <any_real X>
GRADLANE_INLINE X sigmoid_from(X x, X e) {
  return select(x >= X(0), X(1), e) / (X(1) + e);
}
template <any_real X>
GRADLANE_INLINE X sigmoid(X x) {
  return sigmoid_from(x, exp_minus_abs(x));
}

}  // namespace gradlane
