// Dense matrices. Value and gradient of an objective of A·x need A twice, once by rows (z = A x) and once transposed
// (g += Aᵀ p); a matrix larger than the cache must be read from memory only once. So rows are taken a few at a time:
// their dots, what the objective makes of them, and their transposed update while they are in cache. Where p does not
// depend on z, dot_add_rows does both on the element in the register.
//
// The bits do not depend on lanes or threads. Element j of a row belongs to virtual lane j mod 8 (f64; 16 in f32),
// half as many as in reduce.hpp: several rows run side by side, which gives the independent chains. The lanes are added
// by halving. g_j is one chain of fma over ascending rows, so it does not matter how many rows a call takes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "parallel.hpp"
#include "reduce.hpp"
#include "simd.hpp"

namespace gradlane {

template <class T>
inline constexpr std::size_t dense_lanes = 64 / sizeof(T);

/// How many rows an objective takes at a time: one step of sum_block over their dots, and in cache for any n ≤ 2048.
template <class T>
inline constexpr std::size_t row_step = virtual_lanes<T>;

namespace detail {

// ---- the sums of R registers in one: R·(log2 W) shuffles and additions become about 3·R ---------------------------

/// The vectors a and b consist of segments of S lanes. In the result each segment is folded to its half.
template <std::size_t N, std::size_t S, class V, std::size_t... L>
GRADLANE_INLINE auto fold_segments(V a, V b, std::index_sequence<L...>) {
  constexpr std::size_t half = S / 2;
  return __builtin_shufflevector(a, b, (L / half * S + L % half)...) +
         __builtin_shufflevector(a, b, (L / half * S + L % half + half)...);
}
/// Rows First … First+Count−1, `Count` segments of W/Count lanes.
template <std::size_t First, std::size_t Count, class X, class Bank>
GRADLANE_INLINE auto interleave_rows(const Bank& rows) {
  if constexpr (Count == 1)
    return lanes::native(get<First>(rows));
  else
    return fold_segments<X::width, 2 * X::width / Count>(interleave_rows<First, Count / 2, X>(rows),
                                                         interleave_rows<First + Count / 2, Count / 2, X>(rows),
                                                         std::make_index_sequence<X::width>{});
}
template <std::size_t N, std::size_t R, class V>
GRADLANE_INLINE auto fold_to(V v) {
  if constexpr (N == R)
    return v;
  else
    return fold_to<N / 2, R>(fold_segments<N, N / R>(v, v, std::make_index_sequence<N / 2>{}));
}
/// z[r] = sum of the lanes of rows[r], by the tree of sum_lanes.
template <std::size_t R, class X, class T = typename X::element>
GRADLANE_INLINE void store_sums(const register_bank<X, R>& rows, T* z) {
  if constexpr (R == 1) {
    *z = sum_lanes(get<0>(rows));
  } else {
    const auto sums = fold_to<X::width, R>(interleave_rows<0, R, X>(rows));
    *reinterpret_cast<typename lanes::vector_of<T, R>::unaligned*>(z) = sums;
  }
}

// ---- R rows at a time ------------------------------------------------------------------------------------------

/// z = A x and g += Aᵀ p for R rows, either of them or both; A's element is loaded once. U registers a row and step.
template <class X, std::size_t R, std::size_t U, bool Dot, bool Add>
struct row_tile {
  using T = typename X::element;
  static constexpr std::size_t W = X::width;
  using rows = std::make_index_sequence<R>;

  const T *a, *x;
  T* g;
  std::size_t cols;
  register_bank<register_bank<X, U>, R> acc;
  register_bank<X, R> p;

  template <std::size_t u, std::size_t r, class IO>
  GRADLANE_INLINE void row(std::size_t j, IO io, X xj, X& gj) {
    X aj = io.load(a + r * cols + j);
    if constexpr (Dot && Add) aj = lanes::in_register(aj);
    if constexpr (Dot) get<u>(get<r>(acc)) = fma(aj, xj, get<u>(get<r>(acc)));
    if constexpr (Add) gj = fma(get<r>(p), aj, gj);
  }
  template <std::size_t u, class IO, std::size_t... r>
  GRADLANE_INLINE void column(std::size_t j, IO io, std::index_sequence<r...>) {
    X xj(0), gj(0);
    if constexpr (Dot) xj = io.load(x + j);
    if constexpr (Add) gj = io.load(g + j);
    (row<u, r>(j, io, xj, gj), ...);
    if constexpr (Add) io.store(gj, g + j);
  }
  template <std::size_t... u>
  GRADLANE_INLINE void columns(std::index_sequence<u...>) {
    std::size_t j = 0;
    for (; j + U * W <= cols; j += U * W) (column<u>(j + u * W, whole<X>{}, rows{}), ...);
    if (j == cols) return;
    for (std::size_t k = 0; k < U; ++k, j += W) {  // the tail, as in sum_block
      if (j + W <= cols)
        column<0>(j, whole<X>{}, rows{});
      else if (j < cols)
        column<0>(j, partial<X>{cols - j}, rows{});
      if constexpr (Dot && U > 1) rotate_rows(rows{});
    }
  }
  template <std::size_t... r>
  GRADLANE_INLINE void rotate_rows(std::index_sequence<r...>) {
    (rotate<X, U>(get<r>(acc), std::make_index_sequence<U - 1>{}), ...);
  }
  template <std::size_t... r, std::size_t... u>
  GRADLANE_INLINE void run(const T* weights, T* z, std::index_sequence<r...>, std::index_sequence<u...> all) {
    if constexpr (Dot) (clear(get<r>(acc), all), ...);
    if constexpr (Add) ((get<r>(p) = X(weights[r])), ...);
    columns(all);
    if constexpr (Dot) {
      (fold_bank<U, U, X>(get<r>(acc)), ...);
      register_bank<X, R> sums;
      ((get<r>(sums) = get<0>(get<r>(acc))), ...);
      store_sums<R, X>(sums, z);
    }
  }
  template <std::size_t... u>
  static GRADLANE_INLINE void clear(register_bank<X, U>& bank, std::index_sequence<u...>) {
    ((get<u>(bank) = X(0)), ...);
  }
};

template <class X, std::size_t R, std::size_t U, bool Dot, bool Add, class T>
inline void row_tiles(const T* a, std::size_t cols, std::size_t rows, const T* x, const T* p, T* z, T* g) {
  std::size_t r = 0;
  for (; r + R <= rows; r += R)
    row_tile<X, R, U, Dot, Add>{a + r * cols, x, g, cols, {}, {}}.run(
        p + (Add ? r : 0), z + (Dot ? r : 0), std::make_index_sequence<R>{}, std::make_index_sequence<U>{});
  if constexpr (R > 1) {
    if (r < rows)
      row_tiles<X, R / 2, U, Dot, Add>(a + r * cols, cols, rows - r, x, p + (Add ? r : 0), z + (Dot ? r : 0), g);
  }
}

/// Registers a row, and as many rows as make eight independent chains: latency 4 times two fma a cycle.
template <class X>
inline constexpr std::size_t dot_registers = dense_lanes<typename X::element> / X::width;
template <class X>
inline constexpr std::size_t dot_rows_at_once = std::max<std::size_t>(1, 8 / dot_registers<X>);

}  // namespace detail

/// z[r] = row r · x for `rows` rows of `cols` elements, the first at `a`.
template <class X, class T = typename X::element>
void dot_rows(const T* a, std::size_t cols, std::size_t rows, const T* x, T* z) {
  detail::row_tiles<X, detail::dot_rows_at_once<X>, detail::dot_registers<X>, true, false>(a, cols, rows, x, x, z, z);
}
/// g += Σ p[r] · row r.
template <class X, class T = typename X::element>
void add_rows(const T* a, std::size_t cols, std::size_t rows, const T* p, T* g) {
  detail::row_tiles<X, 8, 2, false, true>(a, cols, rows, p, p, g, g);
}
/// Both at once, the same bits as one after the other.
template <class X, class T = typename X::element>
void dot_add_rows(const T* a, std::size_t cols, std::size_t rows, const T* x, const T* p, T* z, T* g) {
  detail::row_tiles<X, detail::dot_rows_at_once<X>, detail::dot_registers<X>, true, true>(a, cols, rows, x, p, z, g);
}

// A backend's units share one copy of these loops, compiled with entries.cpp: they are long.
#ifdef GRADLANE_SHARED_DENSE
#define GRADLANE_DENSE(linkage, X, T)                                                     \
  linkage template void dot_rows<X, T>(const T*, std::size_t, std::size_t, const T*, T*); \
  linkage template void add_rows<X, T>(const T*, std::size_t, std::size_t, const T*, T*); \
  linkage template void dot_add_rows<X, T>(const T*, std::size_t, std::size_t, const T*, const T*, T*, T*);
GRADLANE_DENSE(extern, pack<float>, float)
GRADLANE_DENSE(extern, pack<double>, double)
#endif

// ---- threads ---------------------------------------------------------------------------------------------------

/// Threads and workspace for sums over the rows of a matrix whose gradient has one entry a column.
///
/// With a copy of the gradient for each thread the bits would depend on the number of threads. So the rows fall into
/// groups whose number depends on the matrix alone: one up to 256 rows, then one for every 64 rows, at most 16. Each
/// group has its own gradient; a fixed tree adds them at the end, 2·16·cols accesses beside rows·cols.
template <class T>
class row_team {
 public:
  row_team(std::size_t rows, std::size_t cols, int threads)
      : threads_(threads),
        // The distance of two groups' gradients is no multiple of 4096 bytes: no false conflicts of load and store.
        stride_((cols + 15) / 16 * 16 + 16),
        sums_(groups_of(rows)),
        gradients_(sums_.size() > 1 ? sums_.size() * stride_ : 0),
        blocks_(std::max(rows, cols), threads) {}

  static constexpr std::size_t groups_of(std::size_t rows) { return (rows + group_size(rows) - 1) / group_size(rows); }
  static constexpr std::size_t group_size(std::size_t rows) {
    if (rows <= 256) return rows == 0 ? 1 : rows;
    const std::size_t even = (rows + 15) / 16, step = row_step<T>;
    return std::max<std::size_t>(64, (even + step - 1) / step * step);
  }

  /// Σ over the groups of f(row_begin, row_end, partial), which adds its rows' share of the gradient to
  /// partial[0 … cols−1]. g takes their sum; with `accumulate` it is added to what g holds.
  template <class F>
  T sum(std::size_t rows, std::size_t cols, T* g, bool accumulate, F&& f) {
    const std::size_t size = group_size(rows), groups = groups_of(rows);
    if (groups <= 1) {
      if (!accumulate) std::fill_n(g, cols, T(0));
      return f(std::size_t{0}, rows, g);
    }
    parallel_for(threads_, groups, size * cols * sizeof(T), [&](std::size_t first, std::size_t last, int) {
      for (std::size_t k = first; k < last; ++k) {
        T* const partial = gradients_.data() + k * stride_;
        std::fill_n(partial, cols, T(0));
        sums_[k] = f(k * size, std::min(rows, (k + 1) * size), partial);
      }
    });
    constexpr std::size_t strip = 512;  // columns of all groups that fit the nearest caches
    parallel_for(threads_, (cols + strip - 1) / strip, groups * strip * sizeof(T),
                 [&](std::size_t first, std::size_t last, int) {
                   for (std::size_t s = first; s < last; ++s)
                     combine(groups, s * strip, std::min(cols, (s + 1) * strip), g, accumulate);
                 });
    return tree_sum(sums_.data(), groups);
  }

  /// The same sum without a gradient: f(row_begin, row_end).
  template <class F>
  T sum_values(std::size_t rows, std::size_t cols, F&& f) {
    const std::size_t size = group_size(rows), groups = groups_of(rows);
    if (groups <= 1) return f(std::size_t{0}, rows);
    parallel_for(threads_, groups, size * cols * sizeof(T), [&](std::size_t first, std::size_t last, int) {
      for (std::size_t k = first; k < last; ++k) sums_[k] = f(k * size, std::min(rows, (k + 1) * size));
    });
    return tree_sum(sums_.data(), groups);
  }

  /// For what the same objective sums over vectors.
  block_team<T>& blocks() { return blocks_; }
  int threads() const { return threads_; }
  std::size_t bytes() const { return (sums_.capacity() + gradients_.capacity()) * sizeof(T) + blocks_.bytes(); }

 private:
  void combine(std::size_t groups, std::size_t begin, std::size_t end, T* g, bool accumulate) {
    T* const p = gradients_.data();
    for (std::size_t step = 1; step < groups; step *= 2)
      for (std::size_t k = 0; k + step < groups; k += 2 * step)
        add(p + k * stride_, p + (k + step) * stride_, begin, end);
    if (accumulate)
      add(g, p, begin, end);
    else
      std::copy(p + begin, p + end, g + begin);
  }
  static void add(T* to, const T* from, std::size_t begin, std::size_t end) {
    for_each_register<pack<T>>(
        begin, end, [=](std::size_t j, auto io) __attribute__((always_inline)) {
          io.store(io.load(to + j) + io.load(from + j), to + j);
        });
  }

  int threads_;
  std::size_t stride_;
  std::vector<T> sums_, gradients_;
  block_team<T> blocks_;
};

}  // namespace gradlane
