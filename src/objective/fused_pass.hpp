// One sum of an objective, value and gradient fused: the recorded list runs in registers, W terms a step, and each
// gradient element is stored once. The pass behind reverse_fused.
#pragma once

#include "ad/execute.hpp"
#include "dense.hpp"
#include "objective/gradient_list.hpp"
#include "objective/overlap.hpp"
#include "objective/parts.hpp"

namespace gradlane {

// Arguments of a sum, resolved before the loop to a pointer or a register: xsimd's stores may alias anything, so what
// a loop body reads through a reference is read again after each store (chain: 2 × slower).
template <class X>
struct array_argument {
  const typename X::element* p;
  template <class IO>
  GRADLANE_INLINE X at(std::size_t i, IO io) const {
    return io.load(p + i);
  }
};
template <class X>
struct number_argument {
  X value;
  template <class IO>
  GRADLANE_INLINE X at(std::size_t, IO) const {
    return value;
  }
};
/// `z` holds the rows of a product, or a row of a tile, and other arrays begin with term `first`.
template <class X, class A, class T = typename X::element>
GRADLANE_INLINE auto resolve(const A& a, const T* x, const T* z = nullptr, std::size_t first = 0) {
  if constexpr (is_slice<A>)
    return array_argument<X>{x + a.offset() + first};
  else if constexpr (is_product<A> || is_matmul<A>)
    return array_argument<X>{z};
  else if constexpr (is_passive_array<A>)
    return array_argument<X>{a.p + first};
  else
    return number_argument<X>{X(a)};
}

template <class X>
class fused_pass {
 public:
  using element = typename X::element;
  using T = element;

  fused_pass(const T* x, T* g, block_team<T>& team, row_team<T>* rows) : x_(x), g_(g), team_(team), rows_(rows) {}

  template <class Leaf>
  GRADLANE_INLINE T value(const Leaf& leaf) {
    return std::apply([&](const auto&... args) { return value_of<typename Leaf::kernel>(args...); }, leaf.args);
  }
  template <class Leaf, bool Seeded, bool Accumulate>
  GRADLANE_INLINE T gradient(const Leaf& leaf, T seed) {
    return std::apply(
        [&](const auto&... args) {
          using kernel = typename Leaf::kernel;
          if constexpr ((is_product<std::remove_cvref_t<decltype(args)>> || ...))
            return dense_gradient<kernel, Seeded>(Accumulate, seed, args...);
          else if constexpr ((is_matmul<std::remove_cvref_t<decltype(args)>> || ...))
            return matmul_gradient<kernel, Seeded>(Accumulate, seed, args...);
          else
            return gradient_of<kernel, Seeded, Accumulate>(seed, args...);
        },
        leaf.args);
  }
  /// Multiplies the stored partials of a sum by its adjoint.
  template <class Leaf>
  GRADLANE_INLINE void scale(const Leaf& leaf, T factor) {
    detail::for_each_part<Leaf>(input_size(leaf.args), [&](std::size_t first, std::size_t size) {
      team_.run(size, [=, g = g_ + first, f = X(factor)](std::size_t begin, std::size_t end) {
        for_each_register<X>(
            begin,
            end, [=](std::size_t i, auto io) __attribute__((always_inline)) { io.store(io.load(g + i) * f, g + i); });
      });
    });
  }
  GRADLANE_INLINE void clear_gradient(std::size_t n) {
    team_.run(n, [g = g_](std::size_t begin, std::size_t end) { std::fill(g + begin, g + end, T(0)); });
  }
  template <class Slice>
  GRADLANE_INLINE T max(const Slice& s) {
    const T* const x = x_ + s.offset();
    return team_.max(s.size(), [=](std::size_t b, std::size_t e) { return max_block<X>(x, b, e); });
  }

 protected:
  template <class... Args>
  static GRADLANE_INLINE std::size_t input_size(const std::tuple<Args...>& args) {
    std::size_t n = 0;
    const auto take = [&](const auto& a) {
      if constexpr (is_slice<std::remove_cvref_t<decltype(a)>>) n = a.n;
      if constexpr (is_product<std::remove_cvref_t<decltype(a)>>) n = a.x.n;
      if constexpr (is_matmul<std::remove_cvref_t<decltype(a)>>) n = a.left.x.n;
    };
    std::apply([&](const auto&... a) { (take(a), ...); }, args);
    return n;
  }

  // ---- sums over slices ------------------------------------------------------------------------------------------

  template <class Kernel, class... Args>
  GRADLANE_INLINE T value_of(const Args&... args) {
    if constexpr ((is_product<Args> || ...)) {
      return dense_value<Kernel>(args...);
    } else if constexpr ((is_matmul<Args> || ...)) {
      return matmul_value<Kernel>(args...);
    } else {
      using list = value_list<Kernel, sizeof...(Args)>;
      return team_.sum(length_of(args...), [&, x = x_](std::size_t begin, std::size_t end) {
        return sum_values<list>(begin, end, resolve<X>(args, x)...);
      });
    }
  }

  /// An executed list, asked for the derivative of argument k.
  template <class List, class... Args>
  struct executed {
    executor<List, X> run;
    template <std::size_t k>
    GRADLANE_INLINE X of() const {
      return run.template output<1 + active_index<Args...>(k)>();
    }
  };

  template <class List, bool Seeded, class... Resolved>
  static GRADLANE_INLINE executor<List, X> execute(X seed, std::size_t i, auto io, Resolved... args) {
    if constexpr (Seeded)
      return executor<List, X>(args.at(i, io)..., seed);
    else
      return executor<List, X>(args.at(i, io)...);
  }
  template <class List, class... Resolved>
  static GRADLANE_INLINE T sum_values(std::size_t begin, std::size_t end, Resolved... args) {
    return sum_block<X>(
        begin, end, [=](std::size_t i, auto io) __attribute__((always_inline)) {
          return execute<List, false>(X(0), i, io, args...).template output<0>();
        });
  }

  template <class Kernel, bool Seeded, bool Accumulate, class... Args>
  GRADLANE_INLINE T gradient_of(T seed, const Args&... args) {
    using list = gradient_list<Kernel, sizeof...(Args), activity_of<Args...>(), Seeded>;
    using layout = detail::groups<Args...>;
    static_assert(layout::largest_shift() <= X::width, "slices of one sum may be shifted by at most the lane count");
    constexpr bool carries = layout::largest_shift() > 0;
    const std::size_t terms = length_of(args...);
    return team_.sum(terms, [=, x = x_, g = g_](std::size_t begin, std::size_t end) {
      const X s(seed);
      detail::gradient_writer<X, Accumulate, Args...> writer(g, args...);
      const auto run = [=](std::size_t i, auto io, auto... resolved) __attribute__((always_inline)) {
        return execute<list, Seeded>(s, i, io, resolved...);
      };
      if (carries && begin > 0)
        writer.remember(executed<list, Args...>{run(begin - X::width, whole<X>{}, resolve<X>(args, x)...)});
      const T total = sum_gradient<list, Args...>(begin, end, run, writer, resolve<X>(args, x)...);
      if (end == terms) writer.flush(terms, terms == 0 ? 0 : (terms - 1) % X::width + 1);
      return total;
    });
  }
  template <class List, class... Args, class Run, class Writer, class... Resolved>
  static GRADLANE_INLINE T sum_gradient(std::size_t begin, std::size_t end, Run run, Writer& writer, Resolved... args) {
    return sum_block<X>(
        begin, end, [ =, &writer ](std::size_t i, auto io) __attribute__((always_inline)) {
          const executor<List, X> done = run(i, io, args...);
          writer.write(i, io, executed<List, Args...>{done});
          return done.template output<0>();
        });
  }

  // ---- sums over the rows of a product -------------------------------------------------------------------------
  // A step of rows at a time: their dots z, the kernel with its derivatives p by z, and the transposed update while
  // the rows are in cache. Where p does not depend on z (a bilinear kernel), dots and update share each load.

  template <class... Args>
  static constexpr std::size_t product_index() {
    const bool product[] = {is_product<Args>...};
    std::size_t index = 0, count = 0;
    for (std::size_t k = 0; k < sizeof...(Args); ++k)
      if (product[k]) index = k, ++count;
    if (count != 1) throw std::logic_error("a sum takes one product");
    return index;
  }
  template <class Kernel, class... Args>
  GRADLANE_INLINE T dense_value(const Args&... args) {
    using list = value_list<Kernel, sizeof...(Args)>;
    const auto& product = std::get<product_index<Args...>()>(std::tie(args...));
    const std::size_t cols = product.matrix.cols;
    return rows_->sum_values(product.size(), cols, [&, x = x_](std::size_t begin, std::size_t end) {
      T total = 0, z[row_step<T>] = {};
      for (std::size_t r = begin; r < end; r += row_step<T>) {
        const std::size_t count = std::min(row_step<T>, end - r);
        dot_rows<X>(product.matrix.row(r), product.matrix.cols, count, x + product.x.offset(), z);
        total += sum_values<list>(0, count, resolve<X>(args, x, z, r)...);
      }
      return total;
    });
  }

  template <class Kernel, bool Seeded, class... Args>
  GRADLANE_INLINE T dense_gradient(bool accumulate, T seed, const Args&... args) {
    using list = gradient_list<Kernel, sizeof...(Args), activity_of<Args...>(), Seeded>;
    constexpr std::size_t product_at = product_index<Args...>();
    constexpr std::size_t by_z = 1 + active_index<Args...>(product_at);
    using weight_list = output_list<list, by_z>;
    constexpr bool bilinear = !depends_on(weight_list::list, static_cast<int>(product_at));
    const auto& product = std::get<product_at>(std::tie(args...));
    const std::size_t n = product.x.n, cols = product.matrix.cols, shift = product.x.offset();

    return rows_->sum(product.size(), n, g_, accumulate, [&, x = x_](std::size_t begin, std::size_t end, T* g) {
      const X s(seed);
      T total = 0, z[row_step<T>] = {}, p[row_step<T>];
      for (std::size_t r = begin; r < end; r += row_step<T>) {
        const std::size_t count = std::min(row_step<T>, end - r);
        const T* const row = product.matrix.row(r);
        if constexpr (bilinear) {
          for_each_register<X>(
              0, count, [&](std::size_t i, auto io) __attribute__((always_inline)) {
                io.store(execute<weight_list, Seeded>(s, i, io, resolve<X>(args, x, z, r)...).template output<0>(),
                         p + i);
              });
          dot_add_rows<X>(row, cols, count, x + shift, p, z, g + shift);
        } else {
          dot_rows<X>(row, cols, count, x + shift, z);
        }
        total += sum_block<X>(
            0, count, [&](std::size_t i, auto io) __attribute__((always_inline)) {
              const auto run = execute<list, Seeded>(s, i, io, resolve<X>(args, x, z, r)...);
              if constexpr (!bilinear) io.store(run.template output<by_z>(), p + i);
              add_slices<list>(run, g, r + i, io, std::index_sequence_for<Args...>{}, args...);
              return run.template output<0>();
            });
        if constexpr (!bilinear) add_rows<X>(row, cols, count, p, g + shift);
      }
      return total;
    });
  }
  /// Derivatives by slices beside the product are added one after the other, so that these may overlap.
  template <class List, std::size_t... k, class... Args>
  static GRADLANE_INLINE void add_slices(const executor<List, X>& run, T* g, std::size_t i, auto io,
                                         std::index_sequence<k...>, const Args&... args) {
    const auto one = [&]<std::size_t index, class A>(std::integral_constant<std::size_t, index>, const A& a)
        __attribute__((always_inline)) {
      if constexpr (is_slice<A>)
        detail::put<true>(run.template output<1 + active_index<Args...>(index)>(), g + a.offset() + i, io);
    };
    (one(std::integral_constant<std::size_t, k>{}, args), ...);
  }

  // ---- sums over the elements of a product of two matrices ----------------------------------------------------
  // A tile of elements at a time: the kernel leaves its derivatives by them in their place, and both factors' gradients
  // take their share. The rows of the left factor belong to one group of rows each; the right factor's gradient is
  // summed over the groups.

  /// Row i of a tile: terms (row + i)·cols + col and on.
  template <class List, bool Seeded, class... Args>
  static GRADLANE_INLINE executor<List, X> execute_tile(X seed, const T* x, const T* z, std::size_t cols, const tile& t,
                                                        std::size_t i, std::size_t j, auto io, const Args&... args) {
    return execute<List, Seeded>(seed, j, io,
                                 resolve<X>(args, x, z + i * panel_width<T>, (t.row + i) * cols + t.col)...);
  }

  template <class Kernel, class... Args>
  GRADLANE_INLINE T matmul_value(const Args&... args) {
    using list = value_list<Kernel, sizeof...(Args)>;
    const factors<T> f = factors_in(std::get<matmul_index<Args...>()>(std::tie(args...)), x_);
    return rows_->sum_values(f.rows, f.rank * f.cols, [=, x = x_](std::size_t begin, std::size_t end) {
      return sum_over_tiles(begin, end, f.cols, panel_width<T>, [=](const tile& t) {
        alignas(64) T z[tile_height * panel_width<T>] = {};
        add_product_tile<X>(f, t, z);
        return sum_tile<X>(
            t, [ =, p = &z[0] ](std::size_t i, std::size_t j, auto io) __attribute__((always_inline)) {
              return execute_tile<list, false>(X(0), x, p, f.cols, t, i, j, io, args...).template output<0>();
            });
      });
    });
  }

  template <class Kernel, bool Seeded, class... Args>
  GRADLANE_INLINE T matmul_gradient(bool accumulate, T seed, const Args&... args) {
    using list = gradient_list<Kernel, sizeof...(Args), activity_of<Args...>(), Seeded>;
    const auto& product = std::get<matmul_index<Args...>()>(std::tie(args...));
    const factors<T> f = factors_in(product, x_);
    T *const gu = g_ + product.left.x.offset(), *const all_gv = g_ + product.right.x.offset();
    return rows_->sum(
        f.rows, f.rank * f.cols, all_gv, accumulate, [=, x = x_](std::size_t begin, std::size_t end, T* gv) {
          if (!accumulate) std::fill(gu + begin * f.rank, gu + end * f.rank, T(0));
          return sum_over_tiles(begin, end, f.cols, panel_width<T>, [=](const tile& t) {
            alignas(64) T z[tile_height * panel_width<T>] = {};
            add_product_tile<X>(f, t, z);
            const T sum = sum_tile<X>(
                t, [ =, s = X(seed), p = &z[0] ](std::size_t i, std::size_t j, auto io) __attribute__((always_inline)) {
                  const auto run = execute_tile<list, Seeded>(s, x, p, f.cols, t, i, j, io, args...);
                  io.store(run.template output<1>(), p + i * panel_width<T> + j);
                  return run.template output<0>();
                });
            add_gradient_of_tile<X>(f, t, z, gu, gv);
            return sum;
          });
        });
  }

  const T* x_;
  T* g_;
  block_team<T>& team_;
  row_team<T>* rows_;
};

}  // namespace gradlane
