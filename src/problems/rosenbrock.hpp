// Σ 100(x_{i+1} − x_i²)² + (1 − x_i)² over i < n−1, the curved valley that descent methods are tried on: its minimum 0
// is at (1, …, 1). Neighbouring terms share an input, so most of the gradient has two contributions.
#pragma once

#include "objective/column.hpp"
#include "objective/language.hpp"
#include "oracle/sum.hpp"
#include "reduce.hpp"

namespace gradlane {

struct rosenbrock {
  static constexpr problem_facts facts{.formula = "Σ 100(x_{i+1}−x_i²)²+(1−x_i)²", .least = 2};
  template <class T>
  using data = no_data;
  static std::vector<array_spec> arrays(std::size_t n) { return no_arrays(n); }

  template <class Vector>
  static constexpr auto value(const Vector& x, const no_data&) {
    return sum([](auto a, auto b) { return 100 * square(b - a * a) + square(1 - a); }, drop_last<1>(x),
               drop_first<1>(x));
  }

  /// Term i with a = x_i, b = x_{i+1}, t = b − a², h = 100t, u = 1 − a: value ht + u², ∂/∂b = 2h, ∂/∂a = −2(2ah + u).
  /// Halves are handed on, since g_i = 2(h_{i−1} − (2ah + u)) takes one subtraction and one exact doubling; doublings
  /// are additions, which have units of their own beside the multiplications.
  template <class X>
  struct terms {
    X value, minus_half_by_a, half_by_b;
  };
  template <class X>
  static GRADLANE_INLINE X half_by_b(X a, X b) {
    return 100 * fnma(a, a, b);
  }
  template <class X>
  static GRADLANE_INLINE terms<X> at(X a, X b) {
    const X t = fnma(a, a, b), h = 100 * t, u = 1 - a;
    return {fma(h, t, u * u), fma(a + a, h, u), h};
  }
  template <class X>
  static GRADLANE_INLINE X twice(X x) {
    return x + x;
  }

  /// Hand-written, serial: what term i−1 adds to g_i is carried over.
  template <class X>
  static X gradient(column<X> x, mutable_column<X> g, std::size_t n, const no_data&) {
    X a = x[0], carry(0);
    const X value = sum_over_blocks(
        n - 1, [&](std::size_t begin, std::size_t end) __attribute__((always_inline)) {
          X total(0);
          for (std::size_t i = begin; i < end; ++i) {
            const X b = x[i + 1];
            const terms<X> t = at(a, b);
            g.set(i, twice(carry - t.minus_half_by_a));
            total += t.value;
            a = b, carry = t.half_by_b;
          }
          return total;
        });
    g.set(n - 1, twice(carry));
    return value;
  }

  /// Hand-written SIMD, W terms a step: the register of ∂/∂b moves on by one lane, filled up from the step before. A
  /// block recomputes what the term before it adds, so that blocks are independent; the last block stores g_{n−1},
  /// which no term has as its a.
  template <class X, class T = typename X::element>
  static T gradient(const T* x, T* g, std::size_t n, const no_data&, block_team<T>& team) {
    const std::size_t m = n - 1;
    return team.sum(m, [=](std::size_t begin, std::size_t end) {
      const auto from = [=](std::size_t i) { return half_by_b(scalar<T>(x[i]), scalar<T>(x[i + 1])); };
      X carry(begin == 0 ? scalar<T>(0) : from(begin - 1));
      if (end == m) twice(from(m - 1)).store(g + m);
      return sum_block<X>(
          begin, end, [ =, &carry ](std::size_t i, auto io) __attribute__((always_inline)) {
            const terms<X> t = at<X>(io.load(x + i), io.load(x + i + 1));
            io.store(twice(shift_in<1>(carry, t.half_by_b) - t.minus_half_by_a), g + i);
            carry = t.half_by_b;
            return t.value;
          });
    });
  }

  template <class Q, class T>
  struct oracle {
    const T* x;
    std::size_t n;
    Q value;
    oracle(const T* x_, std::size_t n_, const no_data&) : x(x_), n(n_) {
      value = exact_sum<Q>(n - 1, [this](std::size_t i) {
        const Q a(x[i]), t = Q(x[i + 1]) - a * a, u = 1 - a;
        return 100 * t * t + u * u;
      });
    }
    Q component(std::size_t i) const {
      const Q a(x[i]);
      Q sum(0);
      if (i > 0) sum += 200 * (a - Q(x[i - 1]) * Q(x[i - 1]));
      if (i + 1 < n) sum += -400 * a * (Q(x[i + 1]) - a * a) - 2 * (1 - a);
      return sum;
    }
    /// The Hessian is tridiagonal: term i has ∂²/∂a² = 1200a² − 400b + 2, ∂²/∂a∂b = −400a and ∂²/∂b² = 200.
    struct along {
      const oracle& at;
      const T* v;
      Q component(std::size_t i) const {
        const Q a(at.x[i]), by_a(v[i]);
        Q sum(0);
        if (i > 0) sum += 200 * by_a - 400 * Q(at.x[i - 1]) * Q(v[i - 1]);
        if (i + 1 < at.n) sum += (1200 * a * a - 400 * Q(at.x[i + 1]) + 2) * by_a - 400 * a * Q(v[i + 1]);
        return sum;
      }
    };
  };
};

}  // namespace gradlane
