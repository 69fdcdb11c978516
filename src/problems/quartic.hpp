// Σ 3x⁴ − 4x³ − 12x², the chapter's example of critical points: each coordinate has them at −1 (a minimum, −5),
// 0 (a maximum, 0) and 2 (the global minimum, −32).
#pragma once

#include "objective/column.hpp"
#include "objective/language.hpp"
#include "oracle/sum.hpp"
#include "reduce.hpp"

namespace gradlane {

struct quartic {
  static constexpr problem_facts facts{.formula = "Σ 3x⁴−4x³−12x²"};
  template <class T>
  using data = no_data;
  static std::vector<array_spec> arrays(std::size_t n) { return no_arrays(n); }

  template <class Vector>
  static constexpr auto value(const Vector& x, const no_data&) {
    return sum([](auto xi) { return xi * xi * ((3 * xi - 4) * xi - 12); }, x);
  }

  /// Hand-written, serial: x²(3x² − 4x − 12) and 12x(x² − x − 2).
  template <class X>
  static X gradient(column<X> x, mutable_column<X> g, std::size_t n, const no_data&) {
    return sum_over_blocks(
        n, [=](std::size_t begin, std::size_t end) __attribute__((always_inline)) {
          X total(0);
          for (std::size_t i = begin; i < end; ++i) {
            const X xi = x[i];
            g.set(i, 12 * xi * ((xi - 1) * xi - 2));
            total += xi * xi * ((3 * xi - 4) * xi - 12);
          }
          return total;
        });
  }

  /// Hand-written SIMD, W elements a step.
  template <class X, class T = typename X::element>
  static T gradient(const T* x, T* g, std::size_t n, const no_data&, block_team<T>& team) {
    return team.sum(n, [=](std::size_t begin, std::size_t end) {
      return sum_block<X>(
          begin, end, [=](std::size_t i, auto io) __attribute__((always_inline)) {
            const X xi = io.load(x + i), square = xi * xi;
            io.store(12 * xi * (fma(xi, xi, -xi) - 2), g + i);
            return square * fma(X(3), square, fms(X(-4), xi, X(12)));
          });
    });
  }

  template <class Q, class T>
  struct oracle {
    const T* x;
    Q value;
    oracle(const T* x_, std::size_t n, const no_data&) : x(x_) {
      value = exact_sum<Q>(n, [this](std::size_t i) {
        const Q xi(x[i]);
        return xi * xi * (3 * xi * xi - 4 * xi - 12);
      });
    }
    Q component(std::size_t i) const {
      const Q xi(x[i]);
      return 12 * xi * xi * xi - 12 * xi * xi - 24 * xi;
    }
    /// The Hessian is diagonal, 36x² − 24x − 24.
    struct along {
      const oracle& at;
      const T* v;
      Q component(std::size_t i) const {
        const Q xi(at.x[i]);
        return (36 * xi * xi - 24 * xi - 24) * Q(v[i]);
      }
    };
  };
};

}  // namespace gradlane
