// Forward mode with a chunk of tangents in the lanes: inputs begin … begin+count−1 carry the unit tangents of the
// chunk, one a lane, all others none. Terms of a sum that read no input of the chunk have zero tangents: only the others
// are evaluated on duals, and the sum's value comes from all terms, W a step, without tangents. That skips work on zeros
// and asks nothing of the objective's structure. Values are scalars, tangents R registers of W lanes.
#pragma once

#include "ad/dual.hpp"
#include "objective/elements.hpp"
#include "reduce.hpp"

namespace gradlane {

template <class X, std::size_t R>
class tangent_chunk {
 public:
  using T = typename X::element;
  using V = scalar<T>;
  using A = dual<V, X, R>;
  static constexpr std::size_t length = R * X::width;

  tangent_chunk(const T* x, std::size_t begin, std::size_t count) : x_(x), begin_(begin), count_(count) {}

  template <class Kernel, class... Args>
  A sum(const Args&... args) {
    A total = sum_over_blocks(length_of(args...), [&](std::size_t begin, std::size_t end) {
      A some{V(0)};
      for (std::size_t i = begin; i < end;) {
        // Up to `next` the same arguments are active.
        const std::size_t next = std::min({end, next_change(args, i)...});
        if ((is_active_at(args, i) || ...))
          for (; i < next; ++i) some += A(Kernel{}(read_active(args, i)...));
        i = next;
      }
      return some;
    });
    // Where a chunk ends depends on the lanes, the bits of the value must not. Every term has a product's row: it is there.
    if constexpr (!(is_product<Args> || ...)) total.v = values().template sum<Kernel>(args...);
    return total;
  }

  template <class Slice>
  V max(const Slice& s) {
    return values().max(s);
  }

  template <class Problem, class Data>
  A run(std::size_t n, const Data& data) {
    return Problem::value(slice<tangent_chunk>{this, n}, data);
  }

 private:
  element_evaluator<X, element_values<X>> values() const { return element_evaluator<X, element_values<X>>({x_}); }

  /// Whether inputs from `offset` on, `size` of them, meet the chunk.
  bool meets(std::size_t offset, std::size_t size) const { return offset < begin_ + count_ && begin_ < offset + size; }
  template <class Arg>
  bool is_active_at(const Arg& a, std::size_t i) const {
    if constexpr (is_slice<Arg>)
      return meets(a.offset() + i, 1);
    else if constexpr (is_product<Arg>)
      return meets(a.x.offset(), a.x.size());
    else if constexpr (is_matmul<Arg>)
      return meets_row(a, i / a.right.cols) || columns_from(a, i % a.right.cols) == 0;
    else
      return false;
  }
  /// Whether the chunk holds an input of row r of a matmul's left factor.
  template <class Matmul>
  bool meets_row(const Matmul& a, std::size_t r) const {
    return meets(a.left.x.offset() + r * a.left.cols, a.left.cols);
  }
  /// How many columns from column c on are none of those of the right factor that the chunk holds an input of. These lie
  /// one behind the other, but for the end of a row.
  template <class Matmul>
  std::size_t columns_from(const Matmul& a, std::size_t c) const {
    const std::size_t offset = a.right.x.offset(), cols = a.right.cols;
    const std::size_t from = std::max(begin_, offset), to = std::min(begin_ + count_, offset + a.right.x.size());
    if (from >= to) return cols;
    const std::size_t first = (from - offset) % cols,
                      behind = (c + cols - first) % cols;  // c is so far behind the first
    return behind < to - from ? 0 : cols - behind;
  }
  template <class Arg>
  std::size_t next_change(const Arg& a, std::size_t i) const {
    if constexpr (is_slice<Arg>) {
      const std::size_t at = a.offset() + i;
      if (at < begin_) return i + (begin_ - at);
      if (at < begin_ + count_) return i + (begin_ + count_ - at);
    } else if constexpr (is_matmul<Arg>) {
      const std::size_t c = i % a.right.cols, left = a.right.cols - c;
      if (meets_row(a, i / a.right.cols)) return i + left;
      return i + std::max<std::size_t>(1, std::min(left, columns_from(a, c)));
    }
    return static_cast<std::size_t>(-1);
  }

  template <class Arg>
  GRADLANE_INLINE auto read_active(const Arg& a, std::size_t i) const {
    if constexpr (is_slice<Arg>)
      return seeded(a.offset() + i);
    else if constexpr (is_product<Arg>)
      return row(a, i);
    else if constexpr (is_matmul<Arg>)
      return element(a, i);
    else if constexpr (is_passive_array<Arg>)
      return V(a.p[i]);
    else
      return V(a);
  }

  /// Input j with its unit tangent, or with none. The tangent is cut out of a row of zeros with a single 1.
  GRADLANE_INLINE A seeded(std::size_t j) const {
    A a;
    a.v = V(x_[j]);
    const bool in_chunk = j >= begin_ && j < begin_ + count_;
    const T* const from = unit_row + length - (in_chunk ? j - begin_ : length);
    for (std::size_t k = 0; k < R; ++k) a.d[k] = X::load(from + k * X::width);
    return a;
  }
  static constexpr std::array<T, 2 * length + 1> make_unit_row() {
    std::array<T, 2 * length + 1> row{};
    row[length] = 1;
    return row;
  }
  static constexpr std::array<T, 2 * length + 1> unit_row_storage = make_unit_row();
  static constexpr const T* unit_row = unit_row_storage.data();

  /// Row r of a product. Its tangents along unit vectors are the matrix elements themselves.
  template <class Product>
  V row_value(const Product& a, std::size_t r) const {
    const T *const row = a.matrix.row(r), *const x = x_ + a.x.offset();
    V s0(0), s1(0), s2(0), s3(0);
    std::size_t j = 0;
    for (; j + 4 <= a.matrix.cols; j += 4) {
      s0 = fma(V(row[j]), V(x[j]), s0);
      s1 = fma(V(row[j + 1]), V(x[j + 1]), s1);
      s2 = fma(V(row[j + 2]), V(x[j + 2]), s2);
      s3 = fma(V(row[j + 3]), V(x[j + 3]), s3);
    }
    for (; j < a.matrix.cols; ++j) s0 = fma(V(row[j]), V(x[j]), s0);
    return (s0 + s2) + (s1 + s3);
  }
  template <class Product>
  A row(const Product& a, std::size_t r) const {
    A z;
    z.v = row_value(a, r);
    const T* const row = a.matrix.row(r);
    const std::size_t offset = a.x.offset(), cols = a.matrix.cols;
    if (begin_ >= offset && begin_ + length <= offset + cols && count_ == length) {
      for (std::size_t k = 0; k < R; ++k) z.d[k] = X::load(row + (begin_ - offset) + k * X::width);
      return z;
    }
    T tangents[length];
    for (std::size_t l = 0; l < length; ++l) {
      const std::size_t j = begin_ + l;
      tangents[l] = l < count_ && j >= offset && j < offset + cols ? row[j - offset] : T(0);
    }
    for (std::size_t k = 0; k < R; ++k) z.d[k] = X::load(tangents + k * X::width);
    return z;
  }

  /// Element i of a matmul: U_rk has the tangent V_kc, V_kc has U_rk.
  template <class Matmul>
  A element(const Matmul& a, std::size_t i) const {
    const std::size_t cols = a.right.cols, rank = a.left.cols, r = i / cols, c = i % cols;
    const std::size_t u = a.left.x.offset() + r * rank, v = a.right.x.offset() + c;
    A z;
    z.v = V(0);
    for (std::size_t k = 0; k < rank; ++k) z.v = fma(V(x_[u + k]), V(x_[v + k * cols]), z.v);
    T tangents[length] = {};
    for (std::size_t k = first_in_chunk(u, 1); k < rank && u + k < begin_ + count_; ++k)
      tangents[u + k - begin_] = x_[v + k * cols];
    for (std::size_t k = first_in_chunk(v, cols); k < rank && v + k * cols < begin_ + count_; ++k)
      tangents[v + k * cols - begin_] = x_[u + k];
    for (std::size_t k = 0; k < R; ++k) z.d[k] = X::load(tangents + k * X::width);
    return z;
  }
  /// The least k with offset + k·stride in the chunk or behind it.
  std::size_t first_in_chunk(std::size_t offset, std::size_t stride) const {
    return offset >= begin_ ? 0 : (begin_ - offset + stride - 1) / stride;
  }

  const T* x_;
  std::size_t begin_, count_;
};

}  // namespace gradlane
