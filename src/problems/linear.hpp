// βᵀx: its gradient is β wherever x is. The cheapest objective there is: what remains is what a method costs by itself.
#pragma once

#include "objective/column.hpp"
#include "objective/language.hpp"
#include "oracle/sum.hpp"
#include "reduce.hpp"

namespace gradlane {

struct linear {
  static constexpr problem_facts facts{.formula = "βᵀx"};
  template <class T>
  struct data {
    vector_view<T> weights;
    static data bind(const array_source<T>& source, std::size_t n) { return {source.vector("weights", n)}; }
  };
  static std::vector<array_spec> arrays(std::size_t n) { return {{.name = "weights", .rows = n}}; }

  template <class Vector, class T>
  static constexpr auto value(const Vector& x, const data<T>& d) {
    return sum([](auto beta, auto xi) { return beta * xi; }, d.weights, x);
  }

  /// Hand-written, serial.
  template <class X, class T = typename X::element>
  static X gradient(column<X> x, mutable_column<X> g, std::size_t n, const data<T>& d) {
    return sum_over_blocks(
        n, [ =, weights = d.weights.p ](std::size_t begin, std::size_t end) __attribute__((always_inline)) {
          X total(0);
          for (std::size_t i = begin; i < end; ++i) {
            const X beta(weights[i]);
            g.set(i, beta);
            total += beta * x[i];
          }
          return total;
        });
  }

  /// Hand-written SIMD, W elements a step.
  template <class X, class T = typename X::element>
  static T gradient(const T* x, T* g, std::size_t n, const data<T>& d, block_team<T>& team) {
    return team.sum(n, [=, weights = d.weights.p](std::size_t begin, std::size_t end) {
      return sum_block<X>(
          begin, end, [=](std::size_t i, auto io) __attribute__((always_inline)) {
            const X beta = io.load(weights + i);
            io.store(beta, g + i);
            return beta * io.load(x + i);
          });
    });
  }

  template <class Q, class T>
  struct oracle {
    const T* weights;
    Q value;
    oracle(const T* x, std::size_t n, const data<T>& d) : weights(d.weights.p) {
      value = exact_sum<Q>(n, [this, x](std::size_t i) { return Q(weights[i]) * Q(x[i]); });
    }
    Q component(std::size_t i) const { return Q(weights[i]); }
    /// The Hessian is 0.
    struct along {
      const oracle& at;
      const T* v;
      Q component(std::size_t) const { return Q(0); }
    };
  };
};

}  // namespace gradlane
