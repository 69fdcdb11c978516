// Reverse mode on one point and a chunk of directions, which lie in the lanes: a number of the objective's scalars is a
// value with R registers of tangents, term i of a sum takes its values once, as single numbers, and for each register of
// directions what the list of second derivatives has behind them (ad/execute_along.hpp). The products h = ∇²L·v are
// columns beside one another, a row a component. Nothing is split over threads here: chunks are.
#pragma once

#include "ad/dual.hpp"
#include "ad/execute_along.hpp"
#include "dense.hpp"
#include "dense_columns.hpp"
#include "objective/directional_list.hpp"
#include "objective/elements.hpp"

namespace gradlane {

template <class X, std::size_t R>
class direction_chunk {
 public:
  using T = typename X::element;
  using S = scalar<T>;
  using element = dual<S, X, R>;
  using N = element;
  static constexpr std::size_t W = X::width;

  static constexpr std::size_t length = R * W;  ///< directions

  /// n numbers in x and g; v and h have a row of `length` numbers a component.
  direction_chunk(std::size_t n, const T* x, const T* v, T* g, T* h) : n_(n), x_(x), v_(v), g_(g), h_(h) {
    std::fill_n(g, n, T(0));
    std::fill_n(h, n * length, T(0));
  }

  GRADLANE_INLINE void clear_gradient(std::size_t) {}  // what sums write is added up here always
  template <class Slice>
  GRADLANE_INLINE T max(const Slice& s) {
    return element_evaluator<X, element_values<X>>({x_}).max(s).r;
  }

  template <class Leaf>
  GRADLANE_INLINE N value(const Leaf& leaf) {
    return std::apply(
        [&](const auto&... args) {
          using list = directional_value_list<typename Leaf::kernel, sizeof...(args),
                                              activity_of<std::remove_cvref_t<decltype(args)>...>()>;
          return run<list, false, false>(N(0), args...);
        },
        leaf.args);
  }
  template <class Leaf, bool Seeded, bool Accumulate>
  GRADLANE_INLINE N gradient(const Leaf& leaf, const N& seed) {
    return std::apply(
        [&](const auto&... args) {
          using list = directional_list<typename Leaf::kernel, sizeof...(args),
                                        activity_of<std::remove_cvref_t<decltype(args)>...>(), Seeded>;
          return run<list, Seeded, true>(seed, args...);
        },
        leaf.args);
  }
  template <class Leaf>
  GRADLANE_INLINE void scale(const Leaf&, const N& factor) {
    detail::for_each_part<Leaf>(n_, [&](std::size_t first, std::size_t size) {
      for (std::size_t i = first; i < first + size; ++i) {
        const X gi(g_[i]), a(factor.v);
        for (std::size_t r = 0; r < R; ++r) {
          T* const h = h_ + i * length + r * W;
          fma(gi, factor.d[r], X::load(h) * a).store(h);
        }
        g_[i] *= factor.v.r;
      }
    });
  }

 private:
  /// Σ over the terms; with Write their derivatives are added to g and h.
  template <class List, bool Seeded, bool Write, class... Args>
  GRADLANE_INLINE N run(const N& seed, const Args&... args) {
    return sum_over_blocks(length_of(args...), [&](std::size_t begin, std::size_t end) {
      N total(0);
      if constexpr ((is_product<Args> || ...)) {
        std::size_t r = begin;
        for (; r + 4 <= end; r += 4) rows<4, List, Seeded, Write>(r, seed, total, args...);
        for (; r < end; ++r) rows<1, List, Seeded, Write>(r, seed, total, args...);
      } else if constexpr ((is_matmul<Args> || ...)) {
        const std::size_t cols = std::get<matmul_index<Args...>()>(std::tie(args...)).right.cols;
        for (std::size_t i = begin, next; i < end; i = next) {
          next = std::min(end, i - i % cols + cols);  // the end of the row
          for (; i + 4 <= next; i += 4) elements<4, List, Seeded, Write>(i, seed, total, args...);
          for (; i < next; ++i) elements<1, List, Seeded, Write>(i, seed, total, args...);
        }
      } else {
        for (std::size_t i = begin; i < end; ++i) term<List, Seeded, Write>(i, seed, total, nullptr, nullptr, args...);
      }
      return total;
    });
  }

  /// What a product's row, or element, is and takes: z and its tangents before the term, the derivatives by them behind it.
  struct row {
    T z, p;
    T dz[length], dp[length];
  };

  template <class A>
  GRADLANE_INLINE S value_at(const A& a, std::size_t i, const row* z) const {
    if constexpr (is_slice<A>)
      return S(x_[a.offset() + i]);
    else if constexpr (is_product<A> || is_matmul<A>)
      return S(z->z);
    else if constexpr (is_passive_array<A>)
      return S(a.p[i]);
    else
      return S(a);
  }
  template <class A>
  GRADLANE_INLINE X tangent_at(const A& a, std::size_t i, std::size_t r, const row* z) const {
    if constexpr (is_slice<A>)
      return X::load(v_ + (a.offset() + i) * length + r * W);
    else if constexpr (is_product<A> || is_matmul<A>)
      return X::load(z->dz + r * W);
    else
      return X(0);
  }

  template <class List, bool Seeded, class... Args>
  GRADLANE_INLINE executor_along<List, X> values(std::size_t i, const N& seed, const row* z, const Args&... args) {
    if constexpr (Seeded)
      return executor_along<List, X>(value_at(args, i, z)..., seed.v);
    else
      return executor_along<List, X>(value_at(args, i, z)...);
  }
  template <bool Seeded, class Values, class... Args>
  GRADLANE_INLINE auto tangents(const Values& once, std::size_t i, std::size_t r, const N& seed, const row* z,
                                const Args&... args) {
    if constexpr (Seeded)
      return once.along(tangent_at(args, i, r, z)..., seed.d[r]);
    else
      return once.along(tangent_at(args, i, r, z)...);
  }
  template <class List, bool Seeded, bool Write, class... Args>
  GRADLANE_INLINE void term(std::size_t i, const N& seed, N& total, const row* z, row* to, const Args&... args) {
    const executor_along<List, X> once = values<List, Seeded>(i, seed, z, args...);
    total.v += once.template output<0>();
    if constexpr (Write) add_values<List>(i, once, to, std::index_sequence_for<Args...>{}, args...);
    for (std::size_t r = 0; r < R; ++r) {
      const auto moved = tangents<Seeded>(once, i, r, seed, z, args...);
      total.d[r] += moved.template output<List::tangents>();
      if constexpr (Write) add_tangents<List>(i, r, moved, to, std::index_sequence_for<Args...>{}, args...);
    }
  }
  template <class List, class Once, std::size_t... k, class... Args>
  GRADLANE_INLINE void add_values(std::size_t i, const Once& once, row* to, std::index_sequence<k...>,
                                  const Args&... args) {
    const auto one = [&]<std::size_t index, class A>(std::integral_constant<std::size_t, index>, const A& a)
        __attribute__((always_inline)) {
      if constexpr (is_slice<A>)
        g_[a.offset() + i] += once.template output<1 + active_index<Args...>(index)>().r;
      else if constexpr (is_product<A> || is_matmul<A>)
        to->p = once.template output<1 + active_index<Args...>(index)>().r;
    };
    (one(std::integral_constant<std::size_t, k>{}, args), ...);
  }
  template <class List, class Moved, std::size_t... k, class... Args>
  GRADLANE_INLINE void add_tangents(std::size_t i, std::size_t r, const Moved& moved, row* to,
                                    std::index_sequence<k...>, const Args&... args) {
    const auto one = [&]<std::size_t index, class A>(std::integral_constant<std::size_t, index>, const A& a)
        __attribute__((always_inline)) {
      if constexpr (is_slice<A>)
        detail::put<true>(moved.template output<List::tangents + 1 + active_index<Args...>(index)>(),
                          h_ + (a.offset() + i) * length + r * W, whole<X>{});
      else if constexpr (is_product<A> || is_matmul<A>)
        moved.template output<List::tangents + 1 + active_index<Args...>(index)>().store(to->dp + r * W);
    };
    (one(std::integral_constant<std::size_t, k>{}, args), ...);
  }

  /// The dots of Count rows with x and with the directions, their terms, and both transposed updates.
  template <std::size_t Count, class List, bool Seeded, bool Write, class... Args>
  GRADLANE_INLINE void rows(std::size_t first, const N& seed, N& total, const Args&... args) {
    using all = std::make_index_sequence<Count>;
    constexpr std::size_t at = product_index<Args...>();
    const auto& product = std::get<at>(std::tie(args...));
    const T* const a = product.matrix.row(first);
    const std::size_t cols = product.matrix.cols, offset = product.x.offset();
    row z[Count];
    T dots[Count], weights[Count];
    dot_rows<X>(a, cols, Count, x_ + offset, dots);
    for (std::size_t k = 0; k < Count; ++k) z[k].z = dots[k];
    for (std::size_t r = 0; r < R; ++r)
      store_rows(dot_columns<Count>(a, cols, column<X>{v_ + offset * length + r * W, length}), z, r, all{});
    for (std::size_t k = 0; k < Count; ++k) term<List, Seeded, Write>(first + k, seed, total, z + k, z + k, args...);
    if constexpr (Write) {
      for (std::size_t k = 0; k < Count; ++k) weights[k] = z[k].p;
      add_rows<X>(a, cols, Count, weights, g_ + offset);
      for (std::size_t r = 0; r < R; ++r)
        add_columns<Count>(a, cols, load_rows(z, r, all{}), mutable_column<X>{h_ + offset * length + r * W, length});
    }
  }
  template <std::size_t... k>
  static GRADLANE_INLINE void store_rows(const register_bank<X, sizeof...(k)>& dots, row* z, std::size_t r,
                                         std::index_sequence<k...>) {
    (get<k>(dots).store(z[k].dz + r * W), ...);
  }
  template <std::size_t... k>
  static GRADLANE_INLINE register_bank<X, sizeof...(k)> load_rows(const row* z, std::size_t r,
                                                                  std::index_sequence<k...>) {
    return {{X::load(z[k].dp + r * W)}...};
  }

  /// Count elements of U·V side by side from element `first` on, z = Σ_k u_k v_k and ż = Σ_k u̇_k v_k + u_k v̇_k, their
  /// terms, and what these add to both factors: p v_k and p u_k to g, ṗ v_k + p v̇_k and ṗ u_k + p u̇_k to h.
  template <std::size_t Count, class List, bool Seeded, bool Write, class... Args>
  GRADLANE_INLINE void elements(std::size_t first, const N& seed, N& total, const Args&... args) {
    using all = std::make_index_sequence<Count>;
    const auto& a = std::get<matmul_index<Args...>()>(std::tie(args...));
    const std::size_t cols = a.right.cols, rank = a.left.cols;
    const std::size_t u = a.left.x.offset() + first / cols * rank, v = a.right.x.offset() + first % cols;
    row z[Count];
    for (std::size_t c = 0; c < Count; ++c) {
      z[c].z = 0;
      for (std::size_t k = 0; k < rank; ++k) z[c].z = fma(S(x_[u + k]), S(x_[v + k * cols + c]), S(z[c].z)).r;
    }
    for (std::size_t r = 0; r < R; ++r) store_rows(moved_elements(u, v, rank, cols, r, all{}), z, r, all{});
    for (std::size_t c = 0; c < Count; ++c) term<List, Seeded, Write>(first + c, seed, total, z + c, z + c, args...);
    if constexpr (Write) {
      for (std::size_t k = 0; k < rank; ++k)
        for (std::size_t c = 0; c < Count; ++c) {
          g_[u + k] += z[c].p * x_[v + k * cols + c];
          g_[v + k * cols + c] += z[c].p * x_[u + k];
        }
      for (std::size_t r = 0; r < R; ++r)
        for (std::size_t k = 0; k < rank; ++k)
          update_elements(u + k, v + k * cols, r, z, load_rows(z, r, all{}), all{});
    }
  }
  template <std::size_t... c>
  GRADLANE_INLINE register_bank<X, sizeof...(c)> moved_elements(std::size_t u, std::size_t v, std::size_t rank,
                                                                std::size_t cols, std::size_t r,
                                                                std::index_sequence<c...>) const {
    register_bank<X, sizeof...(c)> dz;
    ((get<c>(dz) = X(0)), ...);
    for (const std::size_t end = u + rank; u < end; ++u, v += cols) {
      const X at(x_[u]), moved = X::load(v_ + u * length + r * W);
      ((get<c>(dz) = fma(moved, X(x_[v + c]), fma(at, X::load(v_ + (v + c) * length + r * W), get<c>(dz)))), ...);
    }
    return dz;
  }
  template <std::size_t... c>
  GRADLANE_INLINE void update_elements(std::size_t u, std::size_t v, std::size_t r, const row* z,
                                       const register_bank<X, sizeof...(c)>& dp, std::index_sequence<c...>) {
    const X at(x_[u]), moved = X::load(v_ + u * length + r * W);
    T* const hu = h_ + u * length + r * W;
    X to_u = X::load(hu);
    const auto one = [&](std::size_t k, X dpk) __attribute__((always_inline)) {
      const X p(z[k].p);
      T* const hv = h_ + (v + k) * length + r * W;
      to_u = fma(dpk, X(x_[v + k]), fma(p, X::load(v_ + (v + k) * length + r * W), to_u));
      fma(dpk, at, fma(p, moved, X::load(hv))).store(hv);
    };
    (one(c, get<c>(dp)), ...);
    to_u.store(hu);
  }

  template <class... Args>
  static constexpr std::size_t product_index() {
    const bool product[] = {is_product<Args>...};
    std::size_t k = 0;
    while (!product[k]) ++k;
    return k;
  }

  std::size_t n_;
  const T *x_, *v_;
  T *g_, *h_;
};

}  // namespace gradlane
