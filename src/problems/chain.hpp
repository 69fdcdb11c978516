// The chapter's chain rule: f = (u+v)², u = (a+b)², v = (a−b)², a = (w+x+y+z)², b = (w+x−y−z)², summed over n/4
// blocks whose w, x, y, z are the four quarters of the input. At (w,x,y,z) = (−1,0,−2,1) it is 1024 and every partial
// is −4096.
#pragma once

#include "objective/column.hpp"
#include "objective/language.hpp"
#include "oracle/sum.hpp"
#include "reduce.hpp"

namespace gradlane {

struct chain {
  static constexpr problem_facts facts{
      .formula = "Σ (u+v)², u=(a+b)², v=(a−b)², a=(w+x+y+z)², b=(w+x−y−z)²", .least = 4, .multiple = 4};
  template <class T>
  using data = no_data;
  static std::vector<array_spec> arrays(std::size_t n) { return no_arrays(n); }

  template <class Vector>
  static constexpr auto value(const Vector& inputs, const no_data&) {
    return sum(
        [](auto w, auto x, auto y, auto z) {
          // A declaration each: with some numbers these are expressions of different types.
          const auto a = square((w + x) + (y + z));
          const auto b = square((w + x) - (y + z));
          const auto u = square(a + b);
          const auto v = square(a - b);
          return square(u + v);
        },
        block<0, 4>(inputs), block<1, 4>(inputs), block<2, 4>(inputs), block<3, 4>(inputs));
  }

  /// With s = w+x+y+z, d = w+x−y−z, a = s², b = d²: u + v = 2(a²+b²), so f = 4c² with c = a²+b². Then ∂f/∂a = 16ac,
  /// ∂f/∂s = 32acs, ∂f/∂d = 32bcd; ∂f/∂w = ∂f/∂x is their sum, ∂f/∂y = ∂f/∂z their difference.
  template <class X>
  struct terms {
    X value, plus, minus;
  };
  template <class X>
  static GRADLANE_INLINE terms<X> at(X w, X x, X y, X z) {
    const X p = w + x, q = y + z, s = p + q, d = p - q;
    const X a = s * s, b = d * d;
    const X c = fma(a, a, b * b), c32 = 32 * c;
    const X from_a = c32 * (a * s), from_b = c32 * (b * d);
    return {4 * c * c, from_a + from_b, from_a - from_b};
  }

  /// Hand-written, serial.
  template <class X>
  static X gradient(column<X> x, mutable_column<X> g, std::size_t n, const no_data&) {
    const std::size_t m = n / 4;
    return sum_over_blocks(
        m, [=](std::size_t begin, std::size_t end) __attribute__((always_inline)) {
          X total(0);
          for (std::size_t i = begin; i < end; ++i) {
            const terms<X> t = at(x[i], x[m + i], x[2 * m + i], x[3 * m + i]);
            g.set(i, t.plus);
            g.set(m + i, t.plus);
            g.set(2 * m + i, t.minus);
            g.set(3 * m + i, t.minus);
            total += t.value;
          }
          return total;
        });
  }

  /// Hand-written SIMD, W blocks a step.
  template <class X, class T = typename X::element>
  static T gradient(const T* x, T* g, std::size_t n, const no_data&, block_team<T>& team) {
    const std::size_t m = n / 4;
    return team.sum(m, [=](std::size_t begin, std::size_t end) {
      return sum_block<X>(
          begin, end, [=](std::size_t i, auto io) __attribute__((always_inline)) {
            const terms<X> t =
                at<X>(io.load(x + i), io.load(x + m + i), io.load(x + 2 * m + i), io.load(x + 3 * m + i));
            io.store(t.plus, g + i);
            io.store(t.plus, g + m + i);
            io.store(t.minus, g + 2 * m + i);
            io.store(t.minus, g + 3 * m + i);
            return t.value;
          });
    });
  }

  template <class Q, class T>
  struct oracle {
    const T* x;
    std::size_t m;
    Q value;
    struct forward {
      Q s, d, a, b, u, v;
    };
    forward at(std::size_t i) const {
      const Q w(x[i]), x1(x[m + i]), y(x[2 * m + i]), z(x[3 * m + i]);
      const Q s = w + x1 + y + z, d = w + x1 - y - z, a = s * s, b = d * d;
      return {s, d, a, b, (a + b) * (a + b), (a - b) * (a - b)};
    }
    oracle(const T* x_, std::size_t n, const no_data&) : x(x_), m(n / 4) {
      value = exact_sum<Q>(m, [this](std::size_t i) {
        const forward f = at(i);
        return (f.u + f.v) * (f.u + f.v);
      });
    }
    Q component(std::size_t i) const {
      const forward f = at(i % m);
      const Q outer = 2 * (f.u + f.v);
      const Q by_a = outer * (2 * (f.a + f.b) + 2 * (f.a - f.b)), by_b = outer * (2 * (f.a + f.b) - 2 * (f.a - f.b));
      return by_a * 2 * f.s + (i < 2 * m ? Q(1) : Q(-1)) * (by_b * 2 * f.d);
    }
    /// In s and d the term is 4(s⁴ + d⁴)² = 4c²: ∂²/∂s² = 96s²c + 128s⁶, ∂²/∂d² likewise, ∂²/∂s∂d = 128s³d³. The direction
    /// moves s by the sum of its four parts and d by theirs with their signs, and each input moves both by ±1.
    struct along {
      const oracle& at;
      const T* v;
      Q component(std::size_t i) const {
        const std::size_t m = at.m, k = i % m;
        const forward f = at.at(k);
        const Q first = Q(v[k]) + Q(v[m + k]), second = Q(v[2 * m + k]) + Q(v[3 * m + k]);
        const Q by_s = first + second, by_d = first - second;
        const Q c = f.a * f.a + f.b * f.b, mixed = 128 * f.s * f.a * f.d * f.b;
        const Q s = (96 * f.a * c + 128 * f.a * f.a * f.a) * by_s + mixed * by_d;
        const Q d = mixed * by_s + (96 * f.b * c + 128 * f.b * f.b * f.b) * by_d;
        return s + (i < 2 * m ? Q(1) : Q(-1)) * d;
      }
    };
  };
};

}  // namespace gradlane
