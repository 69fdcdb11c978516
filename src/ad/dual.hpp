// Forward mode: a value and N registers of tangents, v + Σ d_k ε_k with ε² = 0. V is the value's type, D the tangents':
// both scalar (one tangent), both registers (one tangent of each of W points or elements), or a scalar value with
// registers of W tangents each (a chunk of N·W directions). V and D may be duals themselves: a dual of duals
// v + aε + bε′ + cεε′ carries second derivatives exactly, ∂²f/∂ε∂ε′ in c.
#pragma once

#include "ad/elementary.hpp"
#include "simd.hpp"

namespace gradlane {

/// The number that has no tangents at any level.
template <class X>
struct without_tangents {
  using type = X;
};
template <class X>
requires requires { typename X::passive; }
struct without_tangents<X> {
  using type = typename X::passive;
};

template <class V, class D = V, std::size_t N = 1>
struct dual {
  using passive = typename without_tangents<V>::type;
  V v;
  D d[N];

  /// As an array of numbers: the value's, then the tangents'.
  using element = typename V::element;
  static constexpr std::size_t width = V::width + N * D::width;
  static GRADLANE_INLINE dual load(const element* p) {
    dual y;
    y.v = V::load(p);
    for (std::size_t k = 0; k < N; ++k) y.d[k] = D::load(p + V::width + k * D::width);
    return y;
  }
  GRADLANE_INLINE void store(element* p) const {
    v.store(p);
    for (std::size_t k = 0; k < N; ++k) d[k].store(p + V::width + k * D::width);
  }

  dual() = default;
  /// A constant: all tangents zero.
  explicit GRADLANE_INLINE dual(V value) : v(value) {
    for (std::size_t k = 0; k < N; ++k) d[k] = D(0);
  }
  explicit GRADLANE_INLINE dual(passive value) requires(!std::is_same_v<V, passive>) : dual(V(value)) {}

  /// f(a) with slope f′(a).
  static GRADLANE_INLINE dual chain(V value, V slope, const dual& a) {
    dual y;
    y.v = value;
    const D s(slope);
    for (std::size_t k = 0; k < N; ++k) y.d[k] = s * a.d[k];
    return y;
  }
  /// The same with a passive slope.
  static GRADLANE_INLINE dual scaled(V value, passive slope, const dual& a) requires(!std::is_same_v<V, passive>) {
    dual y;
    y.v = value;
    for (std::size_t k = 0; k < N; ++k) y.d[k] = slope * a.d[k];
    return y;
  }
  static GRADLANE_INLINE dual scaled(V value, passive slope, const dual& a) requires(std::is_same_v<V, passive>) {
    return chain(value, slope, a);
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
  friend GRADLANE_INLINE dual operator-(const dual& a) { return scaled(-a.v, passive(-1), a); }
  GRADLANE_INLINE dual& operator+=(const dual& b) {
    v += b.v;
    for (std::size_t k = 0; k < N; ++k) d[k] += b.d[k];
    return *this;
  }

  // with a passive number (literals convert to it)
  friend GRADLANE_INLINE dual operator+(dual a, passive b) { return a.v = a.v + b, a; }
  friend GRADLANE_INLINE dual operator+(passive a, dual b) { return b.v = a + b.v, b; }
  friend GRADLANE_INLINE dual operator-(dual a, passive b) { return a.v = a.v - b, a; }
  friend GRADLANE_INLINE dual operator-(passive a, const dual& b) { return scaled(a - b.v, passive(-1), b); }
  friend GRADLANE_INLINE dual operator*(const dual& a, passive b) { return scaled(a.v * b, b, a); }
  friend GRADLANE_INLINE dual operator*(passive a, const dual& b) { return scaled(a * b.v, a, b); }
  friend GRADLANE_INLINE dual operator/(const dual& a, passive b) { return scaled(a.v / b, 1 / b, a); }
  friend GRADLANE_INLINE dual operator/(passive a, const dual& b) {
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

// With these the rules of elementary.hpp hold for duals too, so that the slope of a dual of duals is a dual. e^−|x| only
// occurs in what is a smooth function of x, which brings its own slope: it counts as a constant.
template <class V, class D, std::size_t N>
GRADLANE_INLINE dual<V, D, N> exp_minus_abs(const dual<V, D, N>& a) {
  return dual<V, D, N>(exp_minus_abs(a.v));
}
template <class V, class D, std::size_t N>
GRADLANE_INLINE dual<V, D, N> softplus_from(const dual<V, D, N>& a, const dual<V, D, N>& e) {
  return dual<V, D, N>::chain(softplus_from(a.v, e.v), sigmoid_from(a.v, e.v), a);
}
template <class V, class D, std::size_t N>
GRADLANE_INLINE dual<V, D, N> sigmoid_from(const dual<V, D, N>& a, const dual<V, D, N>& e) {
  const V y = sigmoid_from(a.v, e.v);
  return dual<V, D, N>::chain(y, y * (1 - y), a);
}
/// a·b + c in every component.
template <class V, class D, std::size_t N>
GRADLANE_INLINE dual<V, D, N> fma(const dual<V, D, N>& a, const dual<V, D, N>& b, const dual<V, D, N>& c) {
  dual<V, D, N> y;
  y.v = fma(a.v, b.v, c.v);
  const D av(a.v), bv(b.v);
  for (std::size_t k = 0; k < N; ++k) y.d[k] = fma(a.d[k], bv, fma(av, b.d[k], c.d[k]));
  return y;
}
template <class V, class D, std::size_t N>
GRADLANE_INLINE dual<V, D, N> fnma(const dual<V, D, N>& a, const dual<V, D, N>& b, const dual<V, D, N>& c) {
  return fma(-a, b, c);
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
