// Evaluates objectives with SIMD inside: a register holds W neighbouring components of x. The same sums as everywhere
// (reduce.hpp), value only or with one tangent, in the calling thread: finite differences and forward mode split the
// directions over threads.
#pragma once

#include "ad/dual.hpp"
#include "dense.hpp"
#include "objective/language.hpp"
#include "reduce.hpp"

namespace gradlane {

/// x alone: kernels see registers.
template <class X>
struct element_values {
  using T = typename X::element;
  using active = X;         // what a kernel computes with
  using total = scalar<T>;  // what a sum is
  static constexpr std::size_t arrays = 1;
  const T* x;
  template <class IO>
  GRADLANE_INLINE X at(std::size_t i, IO io) const {
    return io.load(x + i);
  }
  static GRADLANE_INLINE total wrap(T sum) { return total(sum); }
  /// Rows of a product: their dots, by array.
  void rows(const T* a, std::size_t cols, std::size_t count, std::size_t offset, T (*z)[row_step<T>]) const {
    dot_rows<X>(a, cols, count, x + offset, z[0]);
  }
  /// A tile of a product of two matrices of x.
  template <class Matmul>
  void tiles(const Matmul& a, const tile& t, T (*z)[tile_height * panel_width<T>]) const {
    add_product_tile<X>(factors_in(a, x), t, z[0]);
  }
  template <std::size_t N>
  static GRADLANE_INLINE X row_at(const T (*z)[N], std::size_t i, auto io) {
    return io.load(z[0] + i);
  }
};

/// x and a tangent: kernels see duals of registers.
template <class X>
struct element_tangents {
  using T = typename X::element;
  using active = dual<X>;
  using total = dual<scalar<T>>;
  static constexpr std::size_t arrays = 2;
  const T *x, *d;
  template <class IO>
  GRADLANE_INLINE active at(std::size_t i, IO io) const {
    active a;
    a.v = io.load(x + i);
    a.d[0] = io.load(d + i);
    return a;
  }
  static GRADLANE_INLINE total wrap(total sum) { return sum; }
  void rows(const T* a, std::size_t cols, std::size_t count, std::size_t offset, T (*z)[row_step<T>]) const {
    dot_rows<X>(a, cols, count, x + offset, z[0]);
    dot_rows<X>(a, cols, count, d + offset, z[1]);
  }
  /// d(UV) = U·dV + dU·V.
  template <class Matmul>
  void tiles(const Matmul& a, const tile& t, T (*z)[tile_height * panel_width<T>]) const {
    const factors<T> f = factors_in(a, x), df = factors_in(a, d);
    add_product_tile<X>(f, t, z[0]);
    add_product_tile<X>({f.u, df.v, f.rows, f.rank, f.cols}, t, z[1]);
    add_product_tile<X>({df.u, f.v, f.rows, f.rank, f.cols}, t, z[1]);
  }
  template <std::size_t N>
  static GRADLANE_INLINE active row_at(const T (*z)[N], std::size_t i, auto io) {
    active a;
    a.v = io.load(z[0] + i);
    a.d[0] = io.load(z[1] + i);
    return a;
  }
};

template <class X, class Source>
class element_evaluator {
 public:
  using T = typename X::element;
  using A = typename Source::active;
  using total = typename Source::total;

  explicit element_evaluator(Source x) : x_(x) {}

  template <class Kernel, class... Args>
  GRADLANE_INLINE total sum(const Args&... args) {
    if constexpr ((is_matmul<Args> || ...))
      return Source::wrap(sum_of_tiles<Kernel>(args...));
    else
      return Source::wrap(sum_of_blocks<Kernel>(args...));
  }

  template <class Slice>
  GRADLANE_INLINE scalar<T> max(const Slice& s) {
    const T* const x = x_.x + s.offset();
    T best = max_block<X>(x, 0, std::min(block_size, s.size()));
    for (std::size_t b = block_size; b < s.size(); b += block_size) {
      const T next = max_block<X>(x, b, std::min(b + block_size, s.size()));
      best = next > best || next != next ? next : best;
    }
    return scalar<T>(best);
  }

  template <class Problem, class Data>
  GRADLANE_INLINE total run(std::size_t n, const Data& data) {
    return Problem::value(slice<element_evaluator>{this, n}, data);
  }

 private:
  template <class Arg, class IO>
  static GRADLANE_INLINE auto read(const Source& x, const Arg& a, std::size_t i, IO io) {
    if constexpr (is_slice<Arg>)
      return x.at(a.offset() + i, io);
    else if constexpr (is_passive_array<Arg>)
      return io.load(a.p + i);
    else
      return X(a);
  }
  /// Term i, which element `at` of z belongs to.
  template <class Arg, std::size_t N, class IO>
  static GRADLANE_INLINE auto read_row(const Source& x, const Arg& a, const T (*z)[N], std::size_t at, std::size_t i,
                                       IO io) {
    if constexpr (is_product<Arg> || is_matmul<Arg>)
      return Source::row_at(z, at, io);
    else
      return read(x, a, i, io);
  }

  template <class Kernel, class... Args>
  GRADLANE_INLINE auto sum_of_blocks(const Args&... args) {
    return sum_over_blocks(
        length_of(args...), [&](std::size_t begin, std::size_t end) __attribute__((always_inline)) {
          if constexpr ((is_product<Args> || ...))
            return sum_rows<Kernel>(begin, end, args...);
          else
            return sum_block<X, A>(
                begin, end, [ =, x = x_ ](std::size_t i, auto io) __attribute__((always_inline)) {
                  return A(Kernel{}(read(x, args, i, io)...));
                });
        });
  }
  template <class Kernel, class... Args>
  GRADLANE_INLINE auto sum_rows(std::size_t begin, std::size_t end, const Args&... args) {
    using S = decltype(sum_lanes(A(X(0))));
    S sum = sum_lanes(A(X(0)));
    T z[Source::arrays][row_step<T>] = {};
    for (std::size_t r = begin; r < end; r += row_step<T>) {
      const std::size_t count = std::min(row_step<T>, end - r);
      (fill(args, r, count, z), ...);
      sum = sum + sum_block<X, A>(
                      0, count, [&, r ](std::size_t i, auto io) __attribute__((always_inline)) {
                        return A(Kernel{}(read_row(x_, args, z, i, r + i, io)...));
                      });
    }
    return sum;
  }
  template <class Arg>
  GRADLANE_INLINE void fill(const Arg& a, std::size_t r, std::size_t count, T (*z)[row_step<T>]) {
    if constexpr (is_product<Arg>) x_.rows(a.matrix.row(r), a.matrix.cols, count, a.x.offset(), z);
  }

  template <class Kernel, class... Args>
  GRADLANE_INLINE auto sum_of_tiles(const Args&... args) {
    const auto& a = std::get<matmul_index<Args...>()>(std::tie(args...));
    const std::size_t cols = a.right.cols;
    return sum_over_tiles(0, a.left.rows, cols, panel_width<T>, [&](const tile& t) {
      alignas(64) T z[Source::arrays][tile_height * panel_width<T>] = {};
      x_.tiles(a, t, z);
      return sum_tile<X, A>(
          t, [&](std::size_t i, std::size_t j, auto io) __attribute__((always_inline)) {
            const std::size_t at = i * panel_width<T> + j, term = (t.row + i) * cols + t.col + j;
            return A(Kernel{}(read_row(x_, args, z, at, term, io)...));
          });
    });
  }

  Source x_;
};

/// The objective's value on arrays of components, a function of its own like objective_at.
template <class Problem, class X, class Source, class Data>
__attribute__((noinline, flatten)) typename Source::total objective_on_elements(Source x, std::size_t n,
                                                                                const Data& data) {
  return element_evaluator<X, Source>(x).template run<Problem>(n, data);
}

}  // namespace gradlane
