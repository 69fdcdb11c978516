// ‖X − UV‖² for a square matrix X, with respect to both factors: x holds the entries of V, then those of U, each row after
// row. With the residual E = X − UV the differential is −2⟨E, dU·V + U·dV⟩, so ∂/∂V = −2UᵀE and ∂/∂U = −2EVᵀ.
//
// n fixes the shapes: U and V have n/2 entries each, U is m × r and V is r × m. The rank r is the largest divisor of n/2
// with r ≤ m/8 (at most 1024), or 1: n = 64 is 16 × 16 of rank 2, n = 1024 is 64 × 64 of rank 8, n = 2²⁰ is 2048 × 2048 of
// rank 256, where X has 4n entries. An n whose half is a prime has rank 1, and X has n²/4.
#pragma once

#include "dense.hpp"
#include "matmul.hpp"
#include "objective/column.hpp"
#include "objective/language.hpp"
#include "oracle/dot.hpp"
#include "oracle/sum.hpp"

namespace gradlane {

struct matrix_factorization {
  static constexpr problem_facts facts{
      .formula = "‖X−UV‖²", .least = 2, .multiple = 2, .dense = true, .multiplies = true};
  struct dimensions {
    std::size_t size, rank;  ///< X is size × size
  };
  static constexpr dimensions dimensions_of(std::size_t n) {
    std::size_t rank = 1;
    for (std::size_t r = 2; r <= 1024 && 8 * r * r <= n / 2; ++r)
      if (n / 2 % r == 0) rank = r;
    return {n / 2 / rank, rank};
  }
  template <class T>
  struct data {
    vector_view<T> entries;  ///< of X
    std::size_t size, rank;
    static data bind(const array_source<T>& source, std::size_t n) {
      const auto [m, r] = dimensions_of(n);
      return {{source.matrix("matrix", m, m).p, m * m}, m, r};
    }
    factors<T> split(const T* x) const { return {x + size * rank, x, size, rank, size}; }
  };
  static std::vector<array_spec> arrays(std::size_t n) {
    const std::size_t m = dimensions_of(n).size;
    return {{.name = "matrix", .rows = m, .cols = m}};
  }

  template <class Vector, class T>
  static constexpr auto value(const Vector& x, const data<T>& d) {
    const auto v = as_matrix(block<0, 2>(x), d.rank, d.size);
    const auto u = as_matrix(block<1, 2>(x), d.size, d.rank);
    return sum([](auto xij, auto pij) { return square(xij - pij); }, d.entries, matmul(u, v));
  }

  /// Hand-written, serial: four columns of a row side by side, and what their −2E adds to both factors' gradients.
  template <class X, class T = typename X::element>
  static X gradient(column<X> x, mutable_column<X> g, std::size_t n, const data<T>& d) {
    for (std::size_t i = 0; i < n; ++i) g.set(i, X(0));
    X total(0);
    for (std::size_t i = 0; i < d.size; ++i) {
      std::size_t j = 0;
      for (; j + 4 <= d.size; j += 4) total += columns(x, g, d, i, j, std::make_index_sequence<4>{});
      for (; j < d.size; ++j) total += columns(x, g, d, i, j, std::make_index_sequence<1>{});
    }
    return total;
  }

  /// Hand-written SIMD: a tile of UV, its residual, and both updates while it is in cache. The rows of ∂/∂U belong to one
  /// group of rows each, ∂/∂V is summed over the groups.
  template <class X, class T = typename X::element>
  static T gradient(const T* x, T* g, std::size_t, const data<T>& d, row_team<T>& team) {
    const factors<T> f = d.split(x);
    T* const gu = g + d.size * d.rank;
    return team.sum(d.size, d.size * d.rank, g, false,
                    [=, entries = d.entries.p](std::size_t begin, std::size_t end, T* gv) {
                      std::fill(gu + begin * f.rank, gu + end * f.rank, T(0));
                      return sum_over_tiles(begin, end, f.cols, panel_width<T>, [=](const tile& t) {
                        alignas(64) T z[tile_height * panel_width<T>] = {};
                        add_product_tile<X>(f, t, z);
                        const T squares = sum_tile<X>(
                            t, [ =, p = &z[0] ](std::size_t i, std::size_t j, auto io) __attribute__((always_inline)) {
                              T* const here = p + i * panel_width<T> + j;
                              const X e = io.load(entries + (t.row + i) * f.cols + t.col + j) - io.load(here);
                              io.store(-2 * e, here);
                              return e * e;
                            });
                        add_gradient_of_tile<X>(f, t, z, gu, gv);
                        return squares;
                      });
                    });
  }

  /// All of E is kept. Where it has many entries, or long ones, they are pairs of doubles on the way (oracle/dot.hpp).
  template <class Q, class T>
  struct oracle {
    const T *v, *u;
    std::size_t m, r;
    std::vector<Q> residual;
    Q value;
    oracle(const T* x, std::size_t n, const data<T>& d)
        : v(x), u(x + n / 2), m(d.size), r(d.rank), residual(m * m), value(0) {
      const std::size_t most_in_q = m * n < (std::size_t{1} << 24) ? long_dot : 0;
      parallel_for(m * n < 4096 ? 1 : oracle_threads(), m, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t i = begin; i < end; ++i)
          for (std::size_t j = 0; j < m; ++j)
            residual[i * m + j] = Q(d.entries.p[i * m + j]) - exact_dot<Q>(u + i * r, 1, v + j, m, r, most_in_q);
      });
      value = exact_sum<Q>(m * m, [this](std::size_t k) { return residual[k] * residual[k]; });
    }
    Q component(std::size_t i) const {
      Q sum(0);
      if (i < m * r) {
        for (std::size_t k = 0; k < m; ++k) sum += Q(u[k * r + i / m]) * residual[k * m + i % m];
      } else {
        const std::size_t row = (i - m * r) / r, column = (i - m * r) % r;
        for (std::size_t k = 0; k < m; ++k) sum += residual[row * m + k] * Q(v[column * m + k]);
      }
      return -2 * sum;
    }
    /// Along (V̇, U̇) the residual changes by Ė = −(U̇V + UV̇), and the gradient by −2(U̇ᵀE + UᵀĖ) and −2(ĖVᵀ + EV̇ᵀ).
    struct along {
      const oracle& at;
      const T *dv, *du;
      std::vector<Q> moved;  ///< Ė
      along(const oracle& o, const T* direction, std::size_t n)
          : at(o), dv(direction), du(direction + n / 2), moved(o.m * o.m) {
        for (std::size_t i = 0; i < at.m; ++i)
          for (std::size_t j = 0; j < at.m; ++j)
            moved[i * at.m + j] = -(exact_dot<Q>(du + i * at.r, 1, at.v + j, at.m, at.r) +
                                    exact_dot<Q>(at.u + i * at.r, 1, dv + j, at.m, at.r));
      }
      Q component(std::size_t i) const {
        const std::size_t m = at.m, r = at.r;
        Q sum(0);
        if (i < m * r) {
          const std::size_t row = i / m, column = i % m;
          for (std::size_t k = 0; k < m; ++k)
            sum += Q(du[k * r + row]) * at.residual[k * m + column] + Q(at.u[k * r + row]) * moved[k * m + column];
        } else {
          const std::size_t row = (i - m * r) / r, column = (i - m * r) % r;
          for (std::size_t k = 0; k < m; ++k)
            sum += moved[row * m + k] * Q(at.v[column * m + k]) + at.residual[row * m + k] * Q(dv[column * m + k]);
        }
        return -2 * sum;
      }
    };
  };

 private:
  template <class X, class T, std::size_t... c>
  static GRADLANE_INLINE X columns(column<X> x, mutable_column<X> g, const data<T>& d, std::size_t i, std::size_t j,
                                   std::index_sequence<c...>) {
    const std::size_t m = d.size, u = (m + i) * d.rank;
    register_bank<X, sizeof...(c)> e{{X(d.entries.p[i * m + j + c])}...};
    for (std::size_t k = 0; k < d.rank; ++k) {
      const X uk = x[u + k];
      ((get<c>(e) = fnma(uk, x[k * m + j + c], get<c>(e))), ...);
    }
    const register_bank<X, sizeof...(c)> p{{-2 * get<c>(e)}...};
    for (std::size_t k = 0; k < d.rank; ++k) {
      const X uk = x[u + k];
      X to_u = g[u + k];
      ((to_u = fma(get<c>(p), x[k * m + j + c], to_u)), ...);
      g.set(u + k, to_u);
      (g.set(k * m + j + c, fma(get<c>(p), uk, g[k * m + j + c])), ...);
    }
    return ((get<c>(e) * get<c>(e)) + ...);
  }
};

}  // namespace gradlane
