// The matrix building blocks of dense.hpp where a component of x is one number, or W points side by side: the matrix is
// passive, so each of its elements is spread over the lanes. R rows run side by side, which gives as many chains and
// reads x once for all of them.
#pragma once

#include <cstddef>
#include <utility>

#include "objective/column.hpp"
#include "reduce.hpp"
#include "simd.hpp"

namespace gradlane {

namespace detail {
template <bool Dot, bool Add, class X, class T, std::size_t... r>
GRADLANE_INLINE void column_tile(const T* a, std::size_t n, column<X> x, mutable_column<X> g,
                                 register_bank<X, sizeof...(r)>& z, const register_bank<X, sizeof...(r)>& p,
                                 std::index_sequence<r...>) {
  if constexpr (Dot) ((get<r>(z) = X(0)), ...);
  for (std::size_t j = 0; j < n; ++j) {
    const register_bank<X, sizeof...(r)> aj{{X(a[r * n + j])}...};
    if constexpr (Dot) {
      const X xj = x[j];
      ((get<r>(z) = fma(get<r>(aj), xj, get<r>(z))), ...);
    }
    if constexpr (Add) {
      X gj = g[j];
      ((gj = fma(get<r>(p), get<r>(aj), gj)), ...);
      g.set(j, gj);
    }
  }
}
}  // namespace detail

/// For R rows of n elements from `a` on: z = A x, g += Aᵀ p, or both.
template <std::size_t R, class X, class T>
GRADLANE_INLINE register_bank<X, R> dot_columns(const T* a, std::size_t n, column<X> x) {
  register_bank<X, R> z;
  detail::column_tile<true, false, X>(a, n, x, mutable_column<X>{}, z, z, std::make_index_sequence<R>{});
  return z;
}
template <std::size_t R, class X, class T>
GRADLANE_INLINE void add_columns(const T* a, std::size_t n, const register_bank<X, R>& p, mutable_column<X> g) {
  register_bank<X, R> none;
  detail::column_tile<false, true, X>(a, n, column<X>{}, g, none, p, std::make_index_sequence<R>{});
}
template <std::size_t R, class X, class T>
GRADLANE_INLINE register_bank<X, R> dot_add_columns(const T* a, std::size_t n, column<X> x,
                                                    const register_bank<X, R>& p, mutable_column<X> g) {
  register_bank<X, R> z;
  detail::column_tile<true, true, X>(a, n, x, g, z, p, std::make_index_sequence<R>{});
  return z;
}

}  // namespace gradlane
