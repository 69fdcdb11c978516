// Dot products for the oracle, exact enough that a gradient in f64 can be measured against them.
#pragma once

#include <cmath>
#include <cstddef>

namespace gradlane {

/// Σ a_i b_i of n elements, `stride` apart, as a Q of at least 100 bits.
///
/// In Q a multiply-add takes about 50 ns, too long for n² of them. Above 2000 elements the sum is kept as an
/// unevaluated pair of doubles (Dot2 of Ogita, Rump and Oishi): the product is p + e exactly (e by fma; in f32 p itself
/// is exact), s + p is t + d exactly (TwoSum), and the errors e + d are summed aside. The error is at most about
/// n²·2⁻¹⁰⁶·Σ|a_i b_i|, at n = 10⁴ 10⁻²⁴ of that sum: a 10⁸th of an ulp in f64.
/// `most_in_q`: for many shorter ones.
inline constexpr std::size_t long_dot = 2000;
template <class Q, class T>
Q exact_dot(const T* a, std::size_t stride_a, const T* b, std::size_t stride_b, std::size_t n,
            std::size_t most_in_q = long_dot) {
  if (n <= most_in_q) {
    Q sum(0);
    for (std::size_t i = 0; i < n; ++i) sum = sum + Q(a[i * stride_a]) * Q(b[i * stride_b]);
    return sum;
  }
  double high = 0, low = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = a[i * stride_a], y = b[i * stride_b];
    const double p = x * y, e = sizeof(T) < sizeof(double) ? 0 : std::fma(x, y, -p);
    const double t = high + p, v = t - high, d = (high - (t - v)) + (p - v);
    high = t;
    low += e + d;
  }
  // With an infinity or a NaN among the terms `low` is NaN, though the sum may be an infinity.
  return std::isfinite(high) ? Q(high) + Q(low) : Q(high);
}

}  // namespace gradlane
