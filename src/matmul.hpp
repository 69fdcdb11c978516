// Products of two matrices, Z = U·V, and their gradient: with p = ∂L/∂Z the chain rule gives ∂L/∂U = p·Vᵀ and ∂L/∂V = Uᵀp,
// three products of one size. Z is worked off in tiles, as high as a block of rows and as wide as a panel of V: the
// tile's elements, what the objective makes of them, and both updates while they are in cache. So neither Z nor p is
// ever stored as a whole, and nothing is allocated.
//
// All three are c += A·B in one micro-kernel: R rows of c by U registers, each of A's elements spread over the lanes. Six
// rows by two registers are twelve independent chains (latency 4 times two fma a cycle need eight) and fit the sixteen
// registers of AVX2. B's rows must lie close together: a power of two apart they share a set of the nearest
// cache, so panels of V are copied. How large the blocks are follows K. Goto, R. van de Geijn, Anatomy of
// high-performance matrix multiplication, ACM Trans. Math. Softw. 34 (2008).
//
// An element of c is one chain of fma in ascending order of the inner index, wherever lanes, tiles and blocks end: the
// bits do not depend on them. Error: at most inner·u·Σ|terms|.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "parallel.hpp"
#include "reduce.hpp"
#include "simd.hpp"

namespace gradlane {

/// A panel of V is 128 bytes wide on every instruction set, a whole step of sum_block; a tile is so wide and this high.
template <class T>
inline constexpr std::size_t panel_width = virtual_lanes<T>;
inline constexpr std::size_t tile_height = 64;

/// U, rows × rank, and V, rank × cols, without padding.
template <class T>
struct factors {
  const T *u, *v;
  std::size_t rows, rank, cols;
};
/// Elements row … row+height−1 × col … col+width−1 of U·V.
struct tile {
  std::size_t row, height, col, width;
};
/// A matrix whose element (i, k) is p[i·row + k·inner].
template <class T>
struct strided_matrix {
  const T* p;
  std::size_t row, inner;
};

namespace detail {

inline constexpr std::size_t inner_block = 192;  // panels of so many rows fit the nearest cache: 24 KiB
template <class X>
inline constexpr std::size_t rows_at_once = X::width * sizeof(typename X::element) == 64 ? 8 : 6;

/// c += A·B for R rows and U registers of columns.
template <class X, std::size_t R, std::size_t U>
struct product_tile {
  using T = typename X::element;
  using row_of_c = register_bank<X, U>;
  using rows = std::make_index_sequence<R>;
  using columns = std::make_index_sequence<U>;
  register_bank<row_of_c, R> acc;

  template <class IO>
  GRADLANE_INLINE void run(strided_matrix<T> a, const T* b, std::size_t ldb, std::size_t inner, T* c, std::size_t ldc,
                           IO io) {
    each(
        [&](X & x, std::size_t r, std::size_t u)
            __attribute__((always_inline)) { x = io.load(c + r * ldc + u * X::width); },
        rows{});
    for (std::size_t k = 0; k < inner; ++k, a.p += a.inner, b += ldb) step(a, loaded(b, columns{}), rows{});
    each(
        [&](X & x, std::size_t r, std::size_t u)
            __attribute__((always_inline)) { io.store(x, c + r * ldc + u * X::width); },
        rows{});
  }

 private:
  template <std::size_t... u>
  static GRADLANE_INLINE row_of_c loaded(const T* b, std::index_sequence<u...>) {
    return {{lanes::in_register(X::load(b + u * X::width))}...};
  }
  template <std::size_t... r>
  GRADLANE_INLINE void step(strided_matrix<T> a, const row_of_c& b, std::index_sequence<r...>) {
    (update(get<r>(acc), X(a.p[r * a.row]), b, a.p, columns{}), ...);
  }
  template <std::size_t... u>
  static GRADLANE_INLINE void update(row_of_c& to, X a, const row_of_c& b, const T*& next, std::index_sequence<u...>) {
    ((get<u>(to) = fma(a, get<u>(b), get<u>(to))), ...);
    next = lanes::read_after(next, get<U - 1>(to));
  }
  template <class F, std::size_t... r>
  GRADLANE_INLINE void each(F f, std::index_sequence<r...>) {
    (each_of_row<r>(f, columns{}), ...);
  }
  template <std::size_t r, class F, std::size_t... u>
  GRADLANE_INLINE void each_of_row(F f, std::index_sequence<u...>) {
    (f(get<u>(get<r>(acc)), r, u), ...);
  }
};

template <std::size_t R>
inline constexpr std::size_t fewer_rows = R == 6 ? 4 : R / 2;
/// The rows of one strip of columns, R at a time, the rest fewer.
template <class X, std::size_t R, std::size_t U, class T, class IO>
inline void product_strip(strided_matrix<T> a, std::size_t rows, const T* b, std::size_t ldb, std::size_t inner, T* c,
                          std::size_t ldc, IO io) {
  std::size_t r = 0;
  for (; r + R <= rows; r += R)
    product_tile<X, R, U>{}.run({a.p + r * a.row, a.row, a.inner}, b, ldb, inner, c + r * ldc, ldc, io);
  if constexpr (R > 1) {
    if (r < rows)
      product_strip<X, fewer_rows<R>, U>({a.p + r * a.row, a.row, a.inner}, rows - r, b, ldb, inner, c + r * ldc, ldc,
                                         io);
  }
}

}  // namespace detail

/// c += A·B for a c of rows × cols; B has `inner` rows, and each may be read to the end of the register that `cols`
/// ends in.
template <class X, class T = typename X::element>
__attribute__((noinline)) void add_product(strided_matrix<T> a, std::size_t rows, const T* b, std::size_t ldb,
                                           std::size_t inner, T* c, std::size_t ldc, std::size_t cols) {
  constexpr std::size_t W = X::width;
  std::size_t j = 0;
  for (; j + 2 * W <= cols; j += 2 * W)
    detail::product_strip<X, detail::rows_at_once<X>, 2>(a, rows, b + j, ldb, inner, c + j, ldc, whole<X>{});
  for (; j < cols; j += W)
    detail::product_strip<X, detail::rows_at_once<X>, 1>(a, rows, b + j, ldb, inner, c + j, ldc,
                                                         partial<X>{std::min(W, cols - j)});
}

/// z += the tile's elements of U·V, one row of the panel behind the other.
template <class X, class T = typename X::element>
void add_product_tile(const factors<T>& f, const tile& t, T* z) {
  constexpr std::size_t width = panel_width<T>;
  alignas(64) T panel[detail::inner_block * width];
  for (std::size_t k = 0; k < f.rank; k += detail::inner_block) {
    const std::size_t inner = std::min(detail::inner_block, f.rank - k);
    for (std::size_t l = 0; l < inner; ++l) {
      const T* const from = f.v + (k + l) * f.cols + t.col;
      T* const to = panel + l * width;
      if (t.width == width)
        for (std::size_t j = 0; j < width; j += X::width) X::load(from + j).store(to + j);
      else
        std::fill(std::copy_n(from, t.width, to), to + width, T(0));
    }
    add_product<X>({f.u + t.row * f.rank + k, f.rank, 1}, t.height, panel, width, inner, z, width, width);
  }
}

/// gu += p·Vᵀ and gv += Uᵀp for the p of one tile, laid out as its z is. gu and gv are as large as U and V.
template <class X, class T = typename X::element>
void add_gradient_of_tile(const factors<T>& f, const tile& t, const T* p, T* gu, T* gv) {
  constexpr std::size_t width = panel_width<T>, ld = detail::inner_block + width;
  add_product<X>({f.u + t.row * f.rank, 1, f.rank}, f.rank, p, width, t.height, gv + t.col, f.cols, t.width);
  alignas(64) T transposed[width * ld];
  for (std::size_t k = 0; k < f.rank; k += detail::inner_block) {
    const std::size_t inner = std::min(detail::inner_block, f.rank - k);
    const std::size_t padded = (inner + X::width - 1) / X::width * X::width;
    for (std::size_t l = 0; l < inner; ++l)
      for (std::size_t j = 0; j < t.width; ++j) transposed[j * ld + l] = f.v[(k + l) * f.cols + t.col + j];
    for (std::size_t j = 0; j < t.width; ++j)
      std::fill(transposed + j * ld + inner, transposed + j * ld + padded, T(0));
    add_product<X>({p, width, 1}, t.height, transposed, ld, t.width, gu + t.row * f.rank + k, f.rank, inner);
  }
}

// A backend's units share one copy of these loops, compiled with entries.cpp: they are long.
#ifdef GRADLANE_SHARED_DENSE
#define GRADLANE_MATMUL(linkage, X, T)                                                                            \
  linkage template void add_product<X, T>(strided_matrix<T>, std::size_t, const T*, std::size_t, std::size_t, T*, \
                                          std::size_t, std::size_t);                                              \
  linkage template void add_product_tile<X, T>(const factors<T>&, const tile&, T*);                               \
  linkage template void add_gradient_of_tile<X, T>(const factors<T>&, const tile&, const T*, T*, T*);
GRADLANE_MATMUL(extern, pack<float>, float)
GRADLANE_MATMUL(extern, pack<double>, double)
#endif

/// Σ over the tiles of rows begin … end−1 of f(tile), row block after row block.
template <class F>
auto sum_over_tiles(std::size_t begin, std::size_t end, std::size_t cols, std::size_t width, F&& f) {
  using sum_type = decltype(f(tile{}));
  sum_type total(0);
  for (std::size_t row = begin; row < end; row += tile_height) {
    sum_type of_rows(0);
    for (std::size_t col = 0; col < cols; col += width)
      of_rows = of_rows + f(tile{row, std::min(tile_height, end - row), col, std::min(width, cols - col)});
    total = total + of_rows;
  }
  return total;
}

namespace detail {
template <class X, class Term, class Body, std::size_t... U>
GRADLANE_INLINE auto sum_tile(const tile& t, Body& body, std::index_sequence<U...>) {
  constexpr std::size_t W = X::width, count = sizeof...(U);
  register_bank<Term, count> acc;
  ((get<U>(acc) = Term(X(0))), ...);
  const auto some = [&]<std::size_t u>(std::integral_constant<std::size_t, u>, std::size_t i)
      __attribute__((always_inline)) {
    if ((u + 1) * W <= t.width)
      get<u>(acc) = get<u>(acc) + body(i, u * W, whole<X>{});
    else if (u * W < t.width)
      get<u>(acc) = get<u>(acc) + keep_first(body(i, u * W, partial<X>{t.width - u * W}), t.width - u * W);
  };
  if (t.width == count * W)
    for (std::size_t i = 0; i < t.height; ++i) ((get<U>(acc) = get<U>(acc) + body(i, U * W, whole<X>{})), ...);
  else
    for (std::size_t i = 0; i < t.height; ++i) (some(std::integral_constant<std::size_t, U>{}, i), ...);
  fold_bank<count, count, Term>(acc);
  return sum_lanes(get<0>(acc));
}
}  // namespace detail

/// Σ over the elements (i, j) of a tile, from its corner, of what body(i, j, io) returns for the W elements from (i, j) on,
/// as sum_block does. Element (i, j) belongs to virtual lane j.
template <class X, class Term = X, class Body>
GRADLANE_INLINE auto sum_tile(const tile& t, Body&& body) {
  return detail::sum_tile<X, Term>(t, body, std::make_index_sequence<panel_width<typename X::element> / X::width>{});
}

/// z = U·V, rows × cols.
template <class X, class T = typename X::element>
void multiply(const factors<T>& f, T* z, int threads) {
  const std::size_t blocks = (f.rows + tile_height - 1) / tile_height;
  parallel_for(threads, blocks, tile_height * (f.rank + 1) * f.cols * sizeof(T),
               [&](std::size_t first, std::size_t last, int) {
                 sum_over_tiles(first * tile_height, std::min(f.rows, last * tile_height), f.cols, panel_width<T>,
                                [&](const tile& t) {
                                  alignas(64) T part[tile_height * panel_width<T>] = {};
                                  add_product_tile<X>(f, t, part);
                                  for (std::size_t i = 0; i < t.height; ++i)
                                    std::copy_n(part + i * panel_width<T>, t.width, z + (t.row + i) * f.cols + t.col);
                                  return 0;
                                });
               });
}

}  // namespace gradlane
