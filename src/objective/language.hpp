// The language that objectives are written in: sums of kernels over slices of x, the maximum, products with a matrix,
// and ordinary arithmetic on the resulting scalars. Everything is lazy about *how*: each method brings an evaluator
// that decides what the elements of x are (numbers, registers, duals, taped variables, a recorder) and how a sum runs.
//
//   sum(kernel, args...)   Σ_i kernel(arg_0[i], arg_1[i], …)
//   max(x)                 the largest element; passive: no derivative flows through it; NaN if an element is NaN
//   product(A, x)          the vector A·x, as an argument of one sum; never stored as a whole
//   matmul(U, V)           the elements of U·V, one row behind the other, likewise; as_matrix(block<k, K>(x), rows, cols)
//                          makes a matrix of a part of x. U and V lie in different parts, passive arguments beside them
//   block<k, K>(x)         the k-th of K equal consecutive parts
//   drop_first<d>(x), drop_last<d>(x)
//
// Kernels are stateless generic lambdas, straight-line, of numbers: arguments of a sum are slices of x and products
// (active), vector_views (passive arrays) and single numbers (passive, the same for every i).
#pragma once

#include <cassert>
#include <cstddef>
#include <type_traits>

#include "matmul.hpp"
#include "objective/data.hpp"
#include "simd.hpp"

namespace gradlane {

/// Elements First … n/Blocks − Last − 1 of the Block-th of Blocks equal parts of the input. Which elements a sum
/// touches is thus known at compile time up to n: overlaps and first writes are settled there.
template <class Evaluator, std::size_t Blocks = 1, std::size_t Block = 0, std::size_t First = 0, std::size_t Last = 0>
struct slice {
  static constexpr std::size_t blocks = Blocks, block = Block, first = First, last = Last;
  using evaluator_type = Evaluator;

  Evaluator* evaluator;
  std::size_t n;  ///< length of the whole input

  constexpr std::size_t base() const { return n / Blocks * Block; }  ///< where the part begins in x
  constexpr std::size_t base_size() const { return n / Blocks; }     ///< length of the part
  constexpr std::size_t offset() const { return base() + First; }    ///< where the slice begins in x
  constexpr std::size_t size() const { return n / Blocks - First - Last; }
};

template <std::size_t K, std::size_t Count, class E>
constexpr slice<E, Count, K> block(const slice<E>& x) {
  static_assert(K < Count, "block<k, K>: k counts from 0 to K−1");
  return {x.evaluator, x.n};
}
template <std::size_t D, class E, std::size_t N, std::size_t K, std::size_t F, std::size_t L>
constexpr slice<E, N, K, F + D, L> drop_first(const slice<E, N, K, F, L>& x) {
  return {x.evaluator, x.n};
}
template <std::size_t D, class E, std::size_t N, std::size_t K, std::size_t F, std::size_t L>
constexpr slice<E, N, K, F, L + D> drop_last(const slice<E, N, K, F, L>& x) {
  return {x.evaluator, x.n};
}

/// A·x, row by row when a sum asks for it.
template <class T, class Slice>
struct product_of {
  matrix_view<T> matrix;
  Slice x;
  constexpr std::size_t size() const { return matrix.rows; }
};
template <class T, class E, std::size_t N, std::size_t K, std::size_t F, std::size_t L>
constexpr product_of<T, slice<E, N, K, F, L>> product(const matrix_view<T>& matrix, const slice<E, N, K, F, L>& x) {
  return {matrix, x};
}

/// A part of x as a matrix, row after row.
template <class E, std::size_t N, std::size_t K>
struct active_matrix {
  slice<E, N, K> x;
  std::size_t rows, cols;
};
template <class E, std::size_t N, std::size_t K>
constexpr active_matrix<E, N, K> as_matrix(const slice<E, N, K>& x, std::size_t rows, std::size_t cols) {
  assert(rows * cols == x.size());
  return {x, rows, cols};
}

/// The elements of left·right, row after row, when a sum asks for them.
template <class Left, class Right>
struct matmul_of;
template <class E, std::size_t N, std::size_t K, std::size_t M, std::size_t L>
struct matmul_of<slice<E, N, K>, slice<E, M, L>> {
  static_assert((K + 1) * M <= L * N || (L + 1) * N <= K * M, "the factors of matmul lie in different parts of x");
  active_matrix<E, N, K> left;
  active_matrix<E, M, L> right;
  constexpr std::size_t size() const { return left.rows * right.cols; }
};
template <class E, std::size_t N, std::size_t K, std::size_t M, std::size_t L>
constexpr matmul_of<slice<E, N, K>, slice<E, M, L>> matmul(const active_matrix<E, N, K>& left,
                                                           const active_matrix<E, M, L>& right) {
  assert(left.cols == right.rows);
  return {left, right};
}

// ---- what an argument of a sum is --------------------------------------------------------------------------------

template <class A>
inline constexpr bool is_slice = false;
template <class E, std::size_t N, std::size_t K, std::size_t F, std::size_t L>
inline constexpr bool is_slice<slice<E, N, K, F, L>> = true;
template <class A>
inline constexpr bool is_product = false;
template <class T, class S>
inline constexpr bool is_product<product_of<T, S>> = true;
template <class A>
inline constexpr bool is_matmul = false;
template <class L, class R>
inline constexpr bool is_matmul<matmul_of<L, R>> = true;
template <class A>
inline constexpr bool is_active_matrix = false;
template <class E, std::size_t N, std::size_t K>
inline constexpr bool is_active_matrix<active_matrix<E, N, K>> = true;
template <class A>
inline constexpr bool is_passive_array = false;
template <class T>
inline constexpr bool is_passive_array<vector_view<T>> = true;
template <class A>
inline constexpr bool is_active = is_slice<A> || is_product<A> || is_matmul<A>;
template <class A>
inline constexpr bool is_passive_scalar = any_real<A> || literal<A>;

template <class A>
concept sum_argument = is_active<A> || is_passive_array<A> || is_passive_scalar<A>;

namespace detail {
constexpr auto* evaluator_of() { return static_cast<void*>(nullptr); }
template <class First, class... Rest>
constexpr auto* evaluator_of(const First& first, const Rest&... rest) {
  if constexpr (is_slice<First>)
    return first.evaluator;
  else if constexpr (is_product<First>)
    return first.x.evaluator;
  else if constexpr (is_matmul<First>)
    return first.left.x.evaluator;
  else
    return evaluator_of(rest...);
}
}  // namespace detail

/// Which argument of a sum is its matmul.
template <class... Args>
constexpr std::size_t matmul_index() {
  const bool found[] = {is_matmul<Args>...};
  std::size_t k = 0;
  while (!found[k]) ++k;
  return k;
}
/// The factors of a matmul within an input, or within anything laid out as one.
template <class T, class L, class R>
constexpr factors<T> factors_in(const matmul_of<L, R>& a, const T* x) {
  return {x + a.left.x.offset(), x + a.right.x.offset(), a.left.rows, a.left.cols, a.right.cols};
}

/// Number of terms of a sum over these arguments: the common length of its arrays.
template <class... Args>
constexpr std::size_t length_of(const Args&... args) {
  std::size_t length = static_cast<std::size_t>(-1);
  auto take = [&](const auto& a) {
    using A = std::remove_cvref_t<decltype(a)>;
    std::size_t mine = length;
    if constexpr (is_active<A>)
      mine = a.size();
    else if constexpr (is_passive_array<A>)
      mine = a.size;
    assert(length == static_cast<std::size_t>(-1) || mine == length);
    length = mine;
  };
  (take(args), ...);
  return length;
}

// ---- the verbs ---------------------------------------------------------------------------------------------------

template <class Kernel, class... Args>
GRADLANE_INLINE constexpr auto sum(Kernel, const Args&... args) {
  static_assert(std::is_empty_v<Kernel>, "a kernel captures nothing: pass passive values as arguments of the sum");
  static_assert((sum_argument<Args> && ...),
                "arguments of a sum: slices of x, products, matmuls, vector_views, numbers");
  static_assert((is_active<Args> || ...), "a sum needs at least one active argument");
  static_assert(!(is_matmul<Args> || ...) || (static_cast<int>(is_active<Args>) + ...) == 1,
                "beside a matmul the arguments of a sum are passive");
  return detail::evaluator_of(args...)->template sum<Kernel>(args...);
}

template <class E, std::size_t N, std::size_t K, std::size_t F, std::size_t L>
GRADLANE_INLINE constexpr auto max(const slice<E, N, K, F, L>& x) {
  return x.evaluator->max(x);
}

}  // namespace gradlane
