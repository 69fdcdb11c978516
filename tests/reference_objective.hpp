// The value of an objective, read literally: sums in order, one term after the other, on numbers that are exact enough
// to be the reference (quad, MPFR) or that tell the size of rounding errors (magnitude). It shares the language with the
// methods under test and nothing else: no evaluator, no derivative of theirs, no number type.
#pragma once

#include <cstddef>

#include "objective/language.hpp"

namespace gradlane {

/// An N in the place of the language's numbers. Literals are those of T, as the methods under test see them.
template <class N, class T>
struct precise {
  N q;

  precise() = default;
  explicit precise(const N& n) : q(n) {}
  template <literal U>
  precise(U u) : q(static_cast<T>(u)) {}
  precise(scalar<T> passive) : q(passive.r) {}

  friend precise operator+(const precise& a, const precise& b) { return precise(a.q + b.q); }
  friend precise operator-(const precise& a, const precise& b) { return precise(a.q - b.q); }
  friend precise operator*(const precise& a, const precise& b) { return precise(a.q * b.q); }
  friend precise operator/(const precise& a, const precise& b) { return precise(a.q / b.q); }
  friend precise operator-(const precise& a) { return precise(-a.q); }

  friend precise exp(const precise& a) { return precise(exp(a.q)); }
  friend precise expm1(const precise& a) { return precise(expm1(a.q)); }
  friend precise log(const precise& a) { return precise(log(a.q)); }
  friend precise log1p(const precise& a) { return precise(log1p(a.q)); }
  friend precise sqrt(const precise& a) { return precise(sqrt(a.q)); }
  friend precise sin(const precise& a) { return precise(sin(a.q)); }
  friend precise cos(const precise& a) { return precise(cos(a.q)); }
  friend precise tanh(const precise& a) { return precise(tanh(a.q)); }
  friend precise square(const precise& a) { return precise(a.q * a.q); }
  friend precise sigmoid(const precise& a) { return precise(N(1) / (N(1) + exp(-a.q))); }
  friend precise softplus(const precise& a) { return precise(a.q > N(0) ? a.q + log1p(exp(-a.q)) : log1p(exp(a.q))); }
  /// Of finite numbers.
  friend precise finite_or_zero(const precise& a) { return a; }
};

template <class N, class T>
class reference_evaluator {
 public:
  using number = precise<N, T>;
  explicit reference_evaluator(const N* x) : x_(x) {}

  template <class Kernel, class... Args>
  number sum(const Args&... args) {
    number total(0);
    const std::size_t length = length_of(args...);
    for (std::size_t i = 0; i < length; ++i) total = total + number(Kernel{}(read(args, i)...));
    return total;
  }
  template <class Slice>
  number max(const Slice& s) {
    N best = x_[s.offset()];
    for (std::size_t i = 1; i < s.size(); ++i)
      if (x_[s.offset() + i] > best) best = x_[s.offset() + i];
    return number(best);
  }

 private:
  template <class Arg>
  number read(const Arg& a, std::size_t i) const {
    if constexpr (is_slice<Arg>) {
      return number(x_[a.offset() + i]);
    } else if constexpr (is_product<Arg>) {
      N dot(0);
      for (std::size_t j = 0; j < a.matrix.cols; ++j) dot += N(a.matrix.row(i)[j]) * x_[a.x.offset() + j];
      return number(dot);
    } else if constexpr (is_matmul<Arg>) {
      N dot(0);
      const N *const u = x_ + a.left.x.offset() + i / a.right.cols * a.left.cols, *const v = x_ + a.right.x.offset();
      for (std::size_t k = 0; k < a.left.cols; ++k) dot += u[k] * v[k * a.right.cols + i % a.right.cols];
      return number(dot);
    } else if constexpr (is_passive_array<Arg>) {
      return number(a.p[i]);
    } else {
      return number(a);
    }
  }
  const N* x_;
};
template <class N, class T>
inline constexpr bool is_passive_scalar<precise<N, T>> = true;

/// Problem's value at x, with data in T.
template <class Problem, class T, class N>
N reference_value(const N* x, std::size_t n, const typename Problem::template data<T>& data) {
  using evaluator = reference_evaluator<N, T>;
  evaluator e(x);
  return typename evaluator::number(Problem::value(slice<evaluator>{&e, n}, data)).q;
}

/// Component j of its gradient, (8 D₁ − D₂) / 12h with D_k = f(x + kh) − f(x − kh) and h = 2⁻ᵏ: off by h⁴/30·∂⁵f and by
/// a few roundings of N over h. x is as before when it returns.
template <class Problem, class T, class N>
N reference_component(N* x, std::size_t n, const typename Problem::template data<T>& data, std::size_t j, double h) {
  const N centre = x[j];
  const auto at = [&](double steps) {
    x[j] = centre + N(steps * h);
    return reference_value<Problem, T, N>(x, n, data);
  };
  const N near = at(1) - at(-1), far = at(2) - at(-2);
  x[j] = centre;
  return (N(8) * near - far) / N(12 * h);
}

}  // namespace gradlane
