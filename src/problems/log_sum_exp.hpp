// log Σ exp(x_i), the smooth maximum; its gradient is the softmax. The chapter shows the first-order approximation
// on it at (0, log 2): value log 3, gradient (1/3, 2/3).
#pragma once

#include "math.hpp"
#include "objective/column.hpp"
#include "objective/language.hpp"
#include "oracle/sum.hpp"
#include "reduce.hpp"

namespace gradlane {

struct log_sum_exp {
  static constexpr problem_facts facts{.formula = "log Σ exp(x_i)"};
  template <class T>
  using data = no_data;
  static std::vector<array_spec> arrays(std::size_t n) { return no_arrays(n); }

  /// The shift by the maximum keeps exp in range; an infinite maximum must not shift (∞ − ∞ is NaN).
  template <class Vector>
  static constexpr auto value(const Vector& x, const no_data&) {
    const auto shift = finite_or_zero(max(x));
    return shift + log(sum([](auto xi, auto m) { return exp(xi - m); }, x, shift));
  }

  /// In a function of its own: in the one below the maximum lives on across calls of exp, so g++ keeps it on the stack, and
  /// each step of this loop waits for a store (with the C library's exp the whole took 1.6 times as long).
  template <class X>
  [[gnu::noinline]] static X largest(column<X> x, std::size_t n) {
    X found = x[0];
    for (std::size_t i = 1; i < n; ++i) found = max(x[i], found);
    return found;
  }

  /// Hand-written, serial: maximum, exponentials kept in g, one scaling pass.
  template <class X>
  static X gradient(column<X> x, mutable_column<X> g, std::size_t n, const no_data&) {
    const X shift = finite_or_zero(largest(x, n));
    const X total = sum_over_blocks(
        n, [=](std::size_t begin, std::size_t end) __attribute__((always_inline)) {
          X sum(0);
          for (std::size_t i = begin; i < end; ++i) {
            const X e = exp(x[i] - shift);
            g.set(i, e);
            sum += e;
          }
          return sum;
        });
    const X scale = 1 / total;
    for (std::size_t i = 0; i < n; ++i) g.set(i, g[i] * scale);
    return shift + log(total);
  }

  /// Hand-written SIMD, W elements a step, the same three passes.
  template <class X, class T = typename X::element>
  static T gradient(const T* x, T* g, std::size_t n, const no_data&, block_team<T>& team) {
    const scalar<T> largest(team.max(n, [=](std::size_t b, std::size_t e) { return max_block<X>(x, b, e); }));
    const scalar<T> shift = finite_or_zero(largest);
    const scalar<T> total(team.sum(n, [=](std::size_t begin, std::size_t end) {
      return sum_block<X>(
          begin, end, [ =, s = X(shift) ](std::size_t i, auto io) __attribute__((always_inline)) {
            const X e = exp(io.load(x + i) - s);
            io.store(e, g + i);
            return e;
          });
    }));
    team.run(n, [=, s = X(1 / total)](std::size_t begin, std::size_t end) {
      for_each_register<X>(begin, end, [=](std::size_t i, auto io) { io.store(io.load(g + i) * s, g + i); });
    });
    return (shift + log(total)).r;
  }

  template <class Q, class T>
  struct oracle {
    const T* x;
    Q value;
    oracle(const T* x_, std::size_t n, const no_data&) : x(x_) {
      T most = x[0];
      for (std::size_t i = 1; i < n; ++i) most = x[i] > most ? x[i] : most;
      const Q largest(most);
      value = largest + log(exact_sum<Q>(n, [=, this](std::size_t i) { return exp(Q(x[i]) - largest); }));
    }
    Q component(std::size_t i) const { return exp(Q(x[i]) - value); }
    /// With the softmax p the Hessian is diag(p) − ppᵀ, a diagonal and a matrix of rank one.
    struct along {
      const oracle& at;
      const T* v;
      Q mean;
      along(const oracle& o, const T* v_, std::size_t n) : at(o), v(v_) {
        mean = exact_sum<Q>(n, [this](std::size_t i) { return at.component(i) * Q(v[i]); });
      }
      Q component(std::size_t i) const { return at.component(i) * (Q(v[i]) - mean); }
    };
  };
};

}  // namespace gradlane
