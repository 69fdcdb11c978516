// xᵀAx with a dense matrix that is not symmetric; its gradient is (A + Aᵀ)x. The work is one pass over the matrix.
#pragma once

#include "dense.hpp"
#include "dense_columns.hpp"
#include "objective/column.hpp"
#include "objective/language.hpp"
#include "oracle/dot.hpp"

namespace gradlane {

struct quadratic_form {
  static constexpr problem_facts facts{.formula = "xᵀAx", .dense = true};
  template <class T>
  struct data {
    matrix_view<T> matrix;
    static data bind(const array_source<T>& source, std::size_t n) { return {source.matrix("matrix", n, n)}; }
  };
  static std::vector<array_spec> arrays(std::size_t n) { return {{.name = "matrix", .rows = n, .cols = n}}; }

  template <class Vector, class T>
  static constexpr auto value(const Vector& x, const data<T>& d) {
    return sum([](auto xi, auto zi) { return xi * zi; }, x, product(d.matrix, x));
  }

  /// Hand-written, serial: the row's dot z_r = A_r·x gives the value x_r z_r and goes to g_r, the row itself goes to
  /// all of g with the factor x_r. Both in one pass, four rows side by side.
  template <class X, class T = typename X::element>
  static X gradient(column<X> x, mutable_column<X> g, std::size_t n, const data<T>& d) {
    for (std::size_t i = 0; i < n; ++i) g.set(i, X(0));
    X total(0);
    std::size_t r = 0;
    for (; r + 4 <= n; r += 4) total += rows(x, g, n, d.matrix.row(r), r, std::make_index_sequence<4>{});
    for (; r < n; ++r) total += rows(x, g, n, d.matrix.row(r), r, std::make_index_sequence<1>{});
    return total;
  }

  /// Hand-written SIMD: the same with W columns a step.
  template <class X, class T = typename X::element>
  static T gradient(const T* x, T* g, std::size_t n, const data<T>& d, row_team<T>& team) {
    return team.sum(n, n, g, false, [=, a = d.matrix](std::size_t begin, std::size_t end, T* partial) {
      scalar<T> total(0);
      T z[row_step<T>];
      for (std::size_t r = begin; r < end; r += row_step<T>) {
        const std::size_t count = std::min(row_step<T>, end - r);
        dot_add_rows<X>(a.row(r), n, count, x, x + r, z, partial);
        total += scalar<T>(sum_block<X>(
            0, count, [ =, &z ](std::size_t i, auto io) __attribute__((always_inline)) {
              const X zi = io.load(z + i);
              io.store(io.load(partial + r + i) + zi, partial + r + i);
              return io.load(x + r + i) * zi;
            }));
      }
      return total.r;
    });
  }

  template <class Q, class T>
  struct oracle {
    const T* x;
    std::size_t n;
    const T* a;
    std::vector<Q> by_row;
    Q value;
    oracle(const T* x_, std::size_t n_, const data<T>& d) : x(x_), n(n_), a(d.matrix.p), value(0) {
      for (std::size_t r = 0; r < n; ++r) {
        by_row.push_back(exact_dot<Q>(a + r * n, 1, x, 1, n));
        value += Q(x[r]) * by_row[r];
      }
    }
    Q component(std::size_t i) const { return by_row[i] + exact_dot<Q>(a + i, n, x, 1, n); }
    /// The Hessian is A + Aᵀ.
    struct along {
      const oracle& at;
      const T* v;
      Q component(std::size_t i) const {
        return exact_dot<Q>(at.a + i * at.n, 1, v, 1, at.n) + exact_dot<Q>(at.a + i, at.n, v, 1, at.n);
      }
    };
  };

 private:
  template <class X, class T, std::size_t... k>
  static GRADLANE_INLINE X rows(column<X> x, mutable_column<X> g, std::size_t n, const T* a, std::size_t r,
                                std::index_sequence<k...>) {
    const register_bank<X, sizeof...(k)> p{{x[r + k]}...};
    const auto z = dot_add_columns<sizeof...(k)>(a, n, x, p, g);
    (g.set(r + k, g[r + k] + get<k>(z)), ...);
    return ((get<k>(p) * get<k>(z)) + ...);
  }
};

}  // namespace gradlane
