// Forward mode: a value and N registers of tangents, v + Σ d_k ε_k with ε² = 0. V is the value's type, D the tangents':
// both scalar (one tangent), both registers (one tangent of each of W points or elements), or a scalar value with
// registers of W tangents each (a chunk of N·W directions).
#pragma once

#include "ad/elementary.hpp"
#include "simd.hpp"

namespace gradlane {

template <class V, class D = V, std::size_t N = 1>
struct dual {
  using passive = V;
  V v;
  D d[N];

  dual() = default;
  /// A constant: all tangents zero.
  explicit GRADLANE_INLINE dual(V value) : v(value) {
    for (std::size_t k = 0; k < N; ++k) d[k] = D(0);
  }

  /// f(a) with slope f′(a).
  static GRADLANE_INLINE dual chain(V value, V slope, const dual& a) {
    dual y;
    y.v = value;
    const D s(slope);
    for (std::size_t k = 0; k < N; ++k) y.d[k] = s * a.d[k];
    return y;
  }

  friend GRADLANE_INLINE dual operator+(const dual& a, const dual& b) {
    dual y;
    y.v = a.v + b.v;
    for (std::size_t k = 0; k < N; ++k) y.d[k] = a.d[k] + b.d[k];
    return y;
  }
  friend GRADLANE_INLINE dual operator-(const dual& a, const dual& b) {
    dual y;
    y.v = a.v - b.v;
    for (std::size_t k = 0; k < N; ++k) y.d[k] = a.d[k] - b.d[k];
    return y;
  }
  friend GRADLANE_INLINE dual operator*(const dual& a, const dual& b) {
    dual y;
    y.v = a.v * b.v;
    const D av(a.v), bv(b.v);
    for (std::size_t k = 0; k < N; ++k) y.d[k] = fma(a.d[k], bv, av * b.d[k]);
    return y;
  }
  friend GRADLANE_INLINE dual operator/(const dual& a, const dual& b) {
    dual y;
    y.v = a.v / b.v;
    const D q(y.v), inverse(1 / b.v);
    for (std::size_t k = 0; k < N; ++k) y.d[k] = fnma(q, b.d[k], a.d[k]) * inverse;
    return y;
  }
  friend GRADLANE_INLINE dual operator-(const dual& a) { return chain(-a.v, V(-1), a); }
  GRADLANE_INLINE dual& operator+=(const dual& b) {
    v += b.v;
    for (std::size_t k = 0; k < N; ++k) d[k] += b.d[k];
    return *this;
  }

  // with a passive number (literals convert to V)
  friend GRADLANE_INLINE dual operator+(dual a, V b) { return a.v += b, a; }
  friend GRADLANE_INLINE dual operator+(V a, dual b) { return b.v = a + b.v, b; }
  friend GRADLANE_INLINE dual operator-(dual a, V b) { return a.v -= b, a; }
  friend GRADLANE_INLINE dual operator-(V a, const dual& b) { return chain(a - b.v, V(-1), b); }
  friend GRADLANE_INLINE dual operator*(const dual& a, V b) { return chain(a.v * b, b, a); }
  friend GRADLANE_INLINE dual operator*(V a, const dual& b) { return chain(a * b.v, a, b); }
  friend GRADLANE_INLINE dual operator/(const dual& a, V b) { return chain(a.v / b, 1 / b, a); }
  friend GRADLANE_INLINE dual operator/(V a, const dual& b) {
    const V y = a / b.v;
    return chain(y, -(y / b.v), b);
  }
};

#define GRADLANE_DUAL(name)                                    \
  template <class V, class D, std::size_t N>                   \
  GRADLANE_INLINE dual<V, D, N> name(const dual<V, D, N>& a) { \
    const auto [value, slope] = name##_with_slope(a.v);        \
    return dual<V, D, N>::chain(value, slope, a);              \
  }
GRADLANE_ELEMENTARY(GRADLANE_DUAL)
#undef GRADLANE_DUAL
template <class V, class D, std::size_t N>
GRADLANE_INLINE dual<V, D, N> square(const dual<V, D, N>& a) {
  return dual<V, D, N>::chain(a.v * a.v, 2 * a.v, a);
}

// Sums over lanes (reduce.hpp) of duals whose value and tangents are registers.
template <class X, std::size_t N>
GRADLANE_INLINE dual<X, X, N> keep_first(dual<X, X, N> a, std::size_t count) {
  a.v = keep_first(a.v, count);
  for (std::size_t k = 0; k < N; ++k) a.d[k] = keep_first(a.d[k], count);
  return a;
}
template <class X, std::size_t N, class S = scalar<typename X::element>>
GRADLANE_INLINE dual<S, S, N> sum_lanes(const dual<X, X, N>& a) {
  dual<S, S, N> y;
  y.v = S(sum_lanes(a.v));
  for (std::size_t k = 0; k < N; ++k) y.d[k] = S(sum_lanes(a.d[k]));
  return y;
}

}  // namespace gradlane
