// Sums whose bits do not depend on lanes or threads.
//
// Element i of a block belongs to virtual lane i mod V, V = 16 in f64 and 32 in f32 (two registers of the widest
// instruction set, four of AVX2: enough independent chains to hide the latency of an addition). A target with W lanes
// keeps U = V/W registers. At the end of a block of 4096 elements the V lanes are added by halving (l with l + V/2,
// then V/4, …), and the blocks' sums by a fixed binary tree. So on every target with FMA, for every number of
// threads, the same additions happen in the same order. Error: at most (4096/V + log2 V + log2(n/4096))·u·Σ|terms|.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "parallel.hpp"
#include "simd.hpp"

namespace gradlane {

inline constexpr std::size_t block_size = 4096;

template <class T>
inline constexpr std::size_t virtual_lanes = 128 / sizeof(T);

inline constexpr std::size_t blocks_of(std::size_t n) { return (n + block_size - 1) / block_size; }

/// N values of one type that live in registers. An array would do, but g++ 12 keeps accumulator arrays in memory
/// (3 × slower at -O2, 1.5 × at -O3); separate members are split into registers always.
template <std::size_t I, class X>
struct register_leaf {
  X value;
};
template <class X, class Indices>
struct register_bank_of;
template <class X, std::size_t... I>
struct register_bank_of<X, std::index_sequence<I...>> : register_leaf<I, X>... {};
template <class X, std::size_t N>
using register_bank = register_bank_of<X, std::make_index_sequence<N>>;

template <std::size_t I, class X>
GRADLANE_INLINE X& get(register_leaf<I, X>& leaf) {
  return leaf.value;
}
template <std::size_t I, class X>
GRADLANE_INLINE const X& get(const register_leaf<I, X>& leaf) {
  return leaf.value;
}

/// How a loop body touches memory: whole registers …
template <class X>
struct whole {
  using element = typename X::element;
  static GRADLANE_INLINE X load(const element* p) { return X::load(p); }
  static GRADLANE_INLINE void store(X x, element* p) { x.store(p); }
  static GRADLANE_INLINE X keep(X x) { return x; }
  static GRADLANE_INLINE std::size_t count() { return X::width; }
};
/// … or the first few lanes of one, at the end of an array. Nothing behind the end is read or written.
template <class X>
struct partial {
  using element = typename X::element;
  std::size_t lanes;
  GRADLANE_INLINE X load(const element* p) const { return load_first<X>(p, lanes); }
  GRADLANE_INLINE void store(X x, element* p) const { store_first(x, p, lanes); }
  GRADLANE_INLINE X keep(X x) const { return keep_first(x, lanes); }
  GRADLANE_INLINE std::size_t count() const { return lanes; }
};

namespace detail {

template <std::size_t Half, class X, std::size_t N, std::size_t... I>
GRADLANE_INLINE void fold_half(register_bank<X, N>& acc, std::index_sequence<I...>) {
  ((get<I>(acc) = get<I>(acc) + get<I + Half>(acc)), ...);
}
template <std::size_t N, std::size_t Total, class X>
GRADLANE_INLINE void fold_bank(register_bank<X, Total>& acc) {
  if constexpr (N > 1) {
    fold_half<N / 2, X, Total>(acc, std::make_index_sequence<N / 2>{});
    fold_bank<N / 2, Total, X>(acc);
  }
}

template <class X, std::size_t N, std::size_t... I>
GRADLANE_INLINE void rotate(register_bank<X, N>& acc, std::index_sequence<I...>) {
  const X first = get<0>(acc);
  ((get<I>(acc) = get<I + 1>(acc)), ...);
  get<N - 1>(acc) = first;
}

template <class X, class Term, class Body, std::size_t... U>
GRADLANE_INLINE auto sum_block(std::size_t begin, std::size_t end, Body& body, std::index_sequence<U...>) {
  constexpr std::size_t W = X::width, count = sizeof...(U);
  register_bank<Term, count> acc;
  ((get<U>(acc) = Term(X(0))), ...);
  std::size_t i = begin;
  for (; i + count * W <= end; i += count * W) ((get<U>(acc) = get<U>(acc) + body(i + U * W, whole<X>{})), ...);
  // The tail, one register at a time: rotating the bank gives each its own accumulator without indexing memory.
  if (i < end) {
    for (std::size_t u = 0; u < count; ++u, i += W) {
      if (i + W <= end)
        get<0>(acc) = get<0>(acc) + body(i, whole<X>{});
      else if (i < end)
        get<0>(acc) = get<0>(acc) + keep_first(body(i, partial<X>{end - i}), end - i);
      if constexpr (count > 1) rotate<Term, count>(acc, std::make_index_sequence<count - 1>{});
    }
  }
  fold_bank<count, count, Term>(acc);
  return sum_lanes(get<0>(acc));
}

}  // namespace detail

/// Σ over begin ≤ i < end, at most one block, of what body(i, io) returns for the W elements from i on. `io` is
/// whole<X> or partial<X>: the body reads with io.load(p + i) and writes with io.store(x, p + i); lanes behind the end
/// are dropped from the sum. The body is called in ascending order of i. Term is what it returns, a register or
/// something made of registers (a dual) that has +, keep_first and sum_lanes.
template <class X, class Term = X, class Body>
GRADLANE_INLINE auto sum_block(std::size_t begin, std::size_t end, Body&& body) {
  constexpr std::size_t count = virtual_lanes<typename X::element> / X::width;
  static_assert(count >= 1, "the register is wider than the virtual lanes: raise virtual_lanes");
  return detail::sum_block<X, Term>(begin, end, body, std::make_index_sequence<count>{});
}

/// The same loop without a sum.
template <class X, class Body>
GRADLANE_INLINE void for_each_register(std::size_t begin, std::size_t end, Body&& body) {
  std::size_t i = begin;
  for (; i + X::width <= end; i += X::width) body(i, whole<X>{});
  if (i < end) body(i, partial<X>{end - i});
}

/// Sum of p[0 … count−1] by a fixed binary tree: the left part is the largest power of two below count.
template <class V>
__attribute__((noinline)) V tree_sum(const V* p, std::size_t count) {
  if (count == 0) return V(0);
  if (count == 1) return p[0];
  std::size_t half = 1;
  while (2 * half < count) half *= 2;
  return tree_sum(p, half) + tree_sum(p + half, count - half);
}

/// The same tree for terms that come one after the other, without storing more than one a level.
template <class V>
class running_tree {
 public:
  void add(V term) {
    for (std::size_t k = count_++; k & 1; k >>= 1) term = levels_[--depth_] + term;
    levels_[depth_++] = term;
  }
  /// At least one term must have been added.
  V total() const {
    V sum = levels_[depth_ - 1];
    for (std::size_t k = depth_ - 1; k-- > 0;) sum = levels_[k] + sum;
    return sum;
  }

 private:
  V levels_[48];
  std::size_t count_ = 0, depth_ = 0;
};

/// Σ over the blocks of 0 … n−1 of f(begin, end), in order, in the calling thread.
template <class F>
GRADLANE_INLINE auto sum_over_blocks(std::size_t n, F&& f) {
  if (n <= block_size) return f(std::size_t{0}, n);
  running_tree<decltype(f(n, n))> tree;
  for (std::size_t b = 0; b < n; b += block_size) tree.add(f(b, std::min(n, b + block_size)));
  return tree.total();
}

/// Threads and the blocks' partial results: a plan's workspace for loops over blocks.
template <class T>
class block_team {
 public:
  block_team(std::size_t longest, int threads)
      : threads_(threads), partials_(longest > block_size ? blocks_of(longest) : 0) {}

  /// Σ over the blocks of 0 … n−1 of f(begin, end). The blocks run in parallel.
  template <class F>
  GRADLANE_INLINE T sum(std::size_t n, F&& f) {
    if (n <= block_size) return f(std::size_t{0}, n);
    each(n, f);
    return tree_sum(partials_.data(), blocks_of(n));
  }
  /// Largest f(begin, end) over the blocks; NaN if one is NaN.
  template <class F>
  GRADLANE_INLINE T max(std::size_t n, F&& f) {
    if (n <= block_size) return f(std::size_t{0}, n);
    each(n, f);
    T best = partials_[0];
    for (std::size_t b = 1; b < blocks_of(n); ++b)
      best = (partials_[b] > best || partials_[b] != partials_[b]) ? partials_[b] : best;
    return best;
  }
  /// f(begin, end) for every block, in parallel.
  template <class F>
  GRADLANE_INLINE void run(std::size_t n, F&& f) {
    if (n <= block_size) return f(std::size_t{0}, n);
    parallel_for(threads_, blocks_of(n), block_size * sizeof(T), [&](std::size_t first, std::size_t last, int) {
      for (std::size_t b = first; b < last; ++b) f(b * block_size, std::min(n, (b + 1) * block_size));
    });
  }

  int threads() const { return threads_; }
  std::size_t bytes() const { return partials_.capacity() * sizeof(T); }

 private:
  template <class F>
  void each(std::size_t n, F& f) {
    parallel_for(threads_, blocks_of(n), block_size * sizeof(T), [&](std::size_t first, std::size_t last, int) {
      for (std::size_t b = first; b < last; ++b) partials_[b] = f(b * block_size, std::min(n, (b + 1) * block_size));
    });
  }

  int threads_;
  std::vector<T> partials_;
};

/// Largest of x[begin … end−1]; NaN if one of them is NaN. x86's max drops a NaN on one side, hence the second
/// accumulator: it turns NaN when any element was, at one comparison for two registers.
template <class X>
GRADLANE_INLINE typename X::element max_block(const typename X::element* x, std::size_t begin, std::size_t end) {
  using T = typename X::element;
  constexpr std::size_t W = X::width;
  const X lowest = X(-std::numeric_limits<T>::infinity());
  X a = lowest, b = lowest, c = lowest, d = lowest;
  X nan = X(0);  // becomes NaN through NaN + anything
  std::size_t i = begin;
  for (; i + 4 * W <= end; i += 4 * W) {
    const X p = X::load(x + i), q = X::load(x + i + W), r = X::load(x + i + 2 * W), s = X::load(x + i + 3 * W);
    a = max(p, a), b = max(q, b), c = max(r, c), d = max(s, d);
    nan = select(p == p, nan, p), nan = select(q == q, nan, q);
    nan = select(r == r, nan, r), nan = select(s == s, nan, s);
  }
  const auto take = [&](X p) __attribute__((always_inline)) {
    a = max(p, a);
    nan = select(p == p, nan, p);
  };
  for (; i + W <= end; i += W) take(X::load(x + i));
  if (i < end) take(first_or(load_first<X>(x + i, end - i), end - i, lowest));
  const T best = max_lanes(max(max(a, b), max(c, d)));
  return any(is_nan(nan)) ? std::numeric_limits<T>::quiet_NaN() : best;
}

}  // namespace gradlane
