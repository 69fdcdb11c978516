// Σ|terms|: how large the numbers are that a result is made of. A closed form evaluated with magnitudes instead of
// quads tells, without knowing the problem, how large an error rounding may cause.
//
// A magnitude is a value v and a scale s ≥ |v| such that the rounding error of v, where every operation rounds once, is
// about eps·s. With the errors of the operands to first order (and minus what would count v itself twice):
//   a + b     s_a + s_b
//   a · b     |a|·s_b + |b|·s_a − |a·b|
//   a / b     the same with s_b/b² for 1/b
//   f(a)      max(|f(a)|, |f'(a)|·s_a)
// Without cancellation s = |v|. Where terms cancel, s stays as large as they were: (w+x−y−z)⁸ near 0 is bad by the
// factor 8 (|w|+|x|+|y|+|z|)/|w+x−y−z|, not by its eighth power. Numbers that come from outside are exact, s = |v|.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <type_traits>

#include "oracle/dot.hpp"
#include "oracle/quad.hpp"

namespace gradlane {

struct magnitude {
  double v = 0, s = 0;

  magnitude() = default;
  template <class U>
  requires std::is_arithmetic_v<U> magnitude(U u) : v(static_cast<double>(u)), s(std::abs(v)) {}
  magnitude(double value, double scale) : v(value), s(scale) {}
  template <class U>
  requires std::is_arithmetic_v<U>
  explicit operator U() const { return static_cast<U>(v); }

  friend magnitude operator+(magnitude a, magnitude b) { return {a.v + b.v, a.s + b.s}; }
  friend magnitude operator-(magnitude a, magnitude b) { return {a.v - b.v, a.s + b.s}; }
  friend magnitude operator*(magnitude a, magnitude b) {
    const double p = a.v * b.v;
    return {p, std::abs(a.v) * b.s + std::abs(b.v) * a.s - std::abs(p)};
  }
  friend magnitude operator/(magnitude a, magnitude b) { return a * magnitude(1 / b.v, b.s / (b.v * b.v)); }
  friend magnitude operator-(magnitude a) { return {-a.v, a.s}; }
  magnitude& operator+=(magnitude b) { return *this = *this + b; }
  magnitude& operator-=(magnitude b) { return *this = *this - b; }
  magnitude& operator*=(magnitude b) { return *this = *this * b; }
  magnitude& operator/=(magnitude b) { return *this = *this / b; }
  friend bool operator<(magnitude a, magnitude b) { return a.v < b.v; }
  friend bool operator>(magnitude a, magnitude b) { return a.v > b.v; }
  friend bool operator<=(magnitude a, magnitude b) { return a.v <= b.v; }
  friend bool operator>=(magnitude a, magnitude b) { return a.v >= b.v; }
  friend bool operator==(magnitude a, magnitude b) { return a.v == b.v; }

  friend magnitude exp(magnitude a) { return a.through(std::exp(a.v), std::exp(a.v)); }
  friend magnitude expm1(magnitude a) { return a.through(std::expm1(a.v), std::exp(a.v)); }
  friend magnitude log(magnitude a) { return a.through(std::log(a.v), 1 / a.v); }
  friend magnitude log1p(magnitude a) { return a.through(std::log1p(a.v), 1 / (1 + a.v)); }
  friend magnitude sqrt(magnitude a) { return a.through(std::sqrt(a.v), 0.5 / std::sqrt(a.v)); }
  friend magnitude sin(magnitude a) { return a.through(std::sin(a.v), std::cos(a.v)); }
  friend magnitude cos(magnitude a) { return a.through(std::cos(a.v), std::sin(a.v)); }
  friend magnitude tanh(magnitude a) {
    const double t = std::tanh(a.v);
    return a.through(t, 1 - t * t);
  }
  friend magnitude abs(magnitude a) { return {std::abs(a.v), a.s}; }

 private:
  magnitude through(double f, double slope) const { return {f, std::max(std::abs(f), std::abs(slope) * s)}; }
};

/// Long dot products (dot.hpp keeps those in pairs of doubles, where the terms' scale would be lost).
template <std::same_as<magnitude> Q, class T>
Q exact_dot(const T* a, std::size_t stride_a, const T* b, std::size_t stride_b, std::size_t n,
            std::size_t /*most_in_q*/ = long_dot) {
  double v = 0, s = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double p = static_cast<double>(a[i * stride_a]) * static_cast<double>(b[i * stride_b]);
    v += p;
    s += std::abs(p);
  }
  return {v, s};
}

/// Dot products of numbers that are quads themselves, as in the oracle at a point between those of T.
template <std::same_as<quad> Q>
Q exact_dot(const quad* a, std::size_t stride_a, const quad* b, std::size_t stride_b, std::size_t n,
            std::size_t /*most_in_q*/ = long_dot) {
  Q sum(0);
  for (std::size_t i = 0; i < n; ++i) sum += a[i * stride_a] * b[i * stride_b];
  return sum;
}

}  // namespace gradlane
