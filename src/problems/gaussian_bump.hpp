// Σ x exp(−x²−y²) over n/2 pairs: x is the first half of the input, y the second. Its critical points are
// (±1/√2, 0), the maximum and the minimum ±1/√(2e).
#pragma once

#include "math.hpp"
#include "objective/column.hpp"
#include "objective/language.hpp"
#include "oracle/sum.hpp"
#include "reduce.hpp"

namespace gradlane {

struct gaussian_bump {
  static constexpr problem_facts facts{.formula = "Σ x exp(−x²−y²)", .least = 2, .multiple = 2};
  template <class T>
  using data = no_data;
  static std::vector<array_spec> arrays(std::size_t n) { return no_arrays(n); }

  template <class Vector>
  static constexpr auto value(const Vector& inputs, const no_data&) {
    return sum([](auto x, auto y) { return x * exp(-(x * x) - y * y); }, block<0, 2>(inputs), block<1, 2>(inputs));
  }

  /// With e = exp(−x²−y²): ∂/∂x = (1 − 2x²) e and ∂/∂y = −2xy e; 1 − 2x² in one rounding, since it cancels at the
  /// critical points.
  template <class X>
  struct terms {
    X value, by_x, by_y;
  };
  template <class X>
  static GRADLANE_INLINE terms<X> at(X x, X y) {
    const X e = exp(-fma(x, x, y * y)), value = x * e, twice = 2 * x;
    return {value, fnma(twice, x, X(1)) * e, -2 * y * value};
  }

  /// Hand-written, serial.
  template <class X>
  static X gradient(column<X> x, mutable_column<X> g, std::size_t n, const no_data&) {
    const std::size_t m = n / 2;
    return sum_over_blocks(
        m, [=](std::size_t begin, std::size_t end) __attribute__((always_inline)) {
          X total(0);
          for (std::size_t i = begin; i < end; ++i) {
            const terms<X> t = at(x[i], x[m + i]);
            g.set(i, t.by_x);
            g.set(m + i, t.by_y);
            total += t.value;
          }
          return total;
        });
  }

  /// Hand-written SIMD, W pairs a step.
  template <class X, class T = typename X::element>
  static T gradient(const T* x, T* g, std::size_t n, const no_data&, block_team<T>& team) {
    const std::size_t m = n / 2;
    return team.sum(m, [=](std::size_t begin, std::size_t end) {
      return sum_block<X>(
          begin, end, [=](std::size_t i, auto io) __attribute__((always_inline)) {
            const terms<X> t = at<X>(io.load(x + i), io.load(x + m + i));
            io.store(t.by_x, g + i);
            io.store(t.by_y, g + m + i);
            return t.value;
          });
    });
  }

  template <class Q, class T>
  struct oracle {
    const T* x;
    std::size_t m;
    Q value;
    Q bell(std::size_t i) const {
      const Q a(x[i]), b(x[m + i]);
      return exp(-(a * a + b * b));
    }
    oracle(const T* x_, std::size_t n, const no_data&) : x(x_), m(n / 2) {
      value = exact_sum<Q>(m, [this](std::size_t i) { return Q(x[i]) * bell(i); });
    }
    Q component(std::size_t i) const {
      const std::size_t k = i % m;
      const Q a(x[k]), b(x[m + k]);
      return (i < m ? 1 - 2 * a * a : -2 * a * b) * bell(k);
    }
    /// With e = exp(−x²−y²): ∂²/∂x² = (4x³ − 6x) e, ∂²/∂x∂y = −2y (1 − 2x²) e, ∂²/∂y² = x (4y² − 2) e, pair by pair.
    struct along {
      const oracle& at;
      const T* v;
      Q component(std::size_t i) const {
        const std::size_t m = at.m, k = i % m;
        const Q a(at.x[k]), b(at.x[m + k]), by_x(v[k]), by_y(v[m + k]), mixed = -2 * b * (1 - 2 * a * a);
        return (i < m ? (4 * a * a * a - 6 * a) * by_x + mixed * by_y : mixed * by_x + a * (4 * b * b - 2) * by_y) *
               at.bell(k);
      }
    };
  };
};

}  // namespace gradlane
