// One sum of an objective with its second derivatives along a direction v: the pass of reverse mode over dual numbers
// x + εv. Adjoints become g + εh with h = ∇²L·v, and the scalars over the sums are duals too, whose tangents bring in what
// the sums do to one another (log Σ exp: −ppᵀ). The kernel's list, its gradient and the tangents of both are one recorded
// list (ad/tangent.hpp), which runs in registers as in fused_pass.hpp; each element of g and h is stored once.
#pragma once

#include "ad/dual.hpp"
#include "objective/directional_list.hpp"
#include "objective/method.hpp"

namespace gradlane {

/// What a pass needs besides x, v and the outputs, made once for a plan.
template <class Problem, class T>
struct directional_workspace {
  using N = dual<scalar<T>>;
  block_team<T> blocks;
  block_team<N> sums;
  std::vector<row_team<T>> rows;  ///< none or one
  std::vector<T> side_by_side;    ///< of a product: its share of g, of h and of the sum's tangent, see dense_gradient

  explicit directional_workspace(const shape& s) : blocks(s.n, s.threads), sums(s.n, s.threads) {
    if constexpr (Problem::facts.dense) {
      std::size_t most = s.n;
      for (const array_spec& a : Problem::arrays(s.n)) most = std::max(most, a.rows);
      side_by_side.resize(2 * apart(s.n) + 1);
      rows.emplace_back(most, side_by_side.size(), s.threads);
    }
  }
  /// No multiple of 4096 bytes, and whole registers.
  static constexpr std::size_t apart(std::size_t n) { return (n + 15) / 16 * 16 + 16; }
  std::size_t bytes() const {
    return blocks.bytes() + sums.bytes() + (rows.empty() ? 0 : rows.front().bytes()) +
           side_by_side.capacity() * sizeof(T);
  }
};

template <class X, class Workspace>
class directional_pass : fused_pass<X> {
  using base = fused_pass<X>;

 public:
  using T = typename X::element;
  using element = dual<scalar<T>>;
  using N = element;

  directional_pass(const T* x, const T* v, T* g, T* h, Workspace& w)
      : base(x, g, w.blocks, nullptr), v_(v), h_(h), work_(w) {}

  using base::max;

  template <class Leaf>
  GRADLANE_INLINE N value(const Leaf& leaf) {
    return std::apply([&](const auto&... args) { return value_of<typename Leaf::kernel>(args...); }, leaf.args);
  }
  template <class Leaf, bool Seeded, bool Accumulate>
  GRADLANE_INLINE N gradient(const Leaf& leaf, N seed) {
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
  /// Multiplies the stored partials of a sum, and their tangents, by its adjoint: (g + εh)·(a + εȧ).
  template <class Leaf>
  GRADLANE_INLINE void scale(const Leaf& leaf, N factor) {
    detail::for_each_part<Leaf>(base::input_size(leaf.args), [&](std::size_t first, std::size_t size) {
      work_.blocks.run(size, [=, g = g_ + first, h = h_ + first](std::size_t begin, std::size_t end) {
        const X a(factor.v), da(factor.d[0]);
        for_each_register<X>(
            begin, end, [=](std::size_t i, auto io) __attribute__((always_inline)) {
              const X gi = io.load(g + i);
              io.store(gi * a, g + i);
              io.store(fma(gi, da, io.load(h + i) * a), h + i);
            });
      });
    });
  }
  GRADLANE_INLINE void clear_gradient(std::size_t n) {
    work_.blocks.run(n, [g = g_, h = h_](std::size_t begin, std::size_t end) {
      std::fill(g + begin, g + end, T(0));
      std::fill(h + begin, h + end, T(0));
    });
  }

 private:
  using base::g_;
  using base::x_;

  // ---- sums over slices ------------------------------------------------------------------------------------------

  /// An executed list, asked for an output of argument k: its derivative, or (First = tangents) the tangent of that.
  template <class List, std::size_t First, class... Args>
  struct outputs_of {
    const executor<List, X>& run;
    template <std::size_t k>
    GRADLANE_INLINE X of() const {
      return run.template output<First + 1 + active_index<Args...>(k)>();
    }
  };
  template <class List, bool Seeded, class... Moving>
  static GRADLANE_INLINE executor<List, X> execute(const dual<X>& seed, std::size_t i, auto io, Moving... args) {
    if constexpr (Seeded)
      return executor<List, X>(args.value.at(i, io)..., seed.v, args.tangent.at(i, io)..., seed.d[0]);
    else
      return executor<List, X>(args.value.at(i, io)..., args.tangent.at(i, io)...);
  }
  template <class List>
  static GRADLANE_INLINE dual<X> sum_term(const executor<List, X>& run) {
    dual<X> term;
    term.v = run.template output<0>();
    term.d[0] = run.template output<List::tangents>();
    return term;
  }
  static GRADLANE_INLINE dual<X> spread(const N& seed) {
    dual<X> s;
    s.v = X(seed.v);
    s.d[0] = X(seed.d[0]);
    return s;
  }

  template <class Kernel, class... Args>
  GRADLANE_INLINE N value_of(const Args&... args) {
    if constexpr ((is_product<Args> || ...)) {
      return dense_value<Kernel>(args...);
    } else if constexpr ((is_matmul<Args> || ...)) {
      return matmul_value<Kernel>(args...);
    } else {
      using list = directional_value_list<Kernel, sizeof...(Args), activity_of<Args...>()>;
      return work_.sums.sum(length_of(args...), [&, x = x_, v = v_](std::size_t begin, std::size_t end) {
        return sum_values<list>(begin, end, resolve_moving<X>(args, x, v)...);
      });
    }
  }
  template <class List, class... Moving>
  static GRADLANE_INLINE N sum_values(std::size_t begin, std::size_t end, Moving... args) {
    return sum_block<X, dual<X>>(
        begin, end, [=](std::size_t i, auto io) __attribute__((always_inline)) {
          return sum_term<List>(execute<List, false>({}, i, io, args...));
        });
  }

  template <class Kernel, bool Seeded, bool Accumulate, class... Args>
  GRADLANE_INLINE N gradient_of(N seed, const Args&... args) {
    using list = directional_list<Kernel, sizeof...(Args), activity_of<Args...>(), Seeded>;
    using layout = detail::groups<Args...>;
    using writer = detail::gradient_writer<X, Accumulate, Args...>;
    static_assert(layout::largest_shift() <= X::width, "slices of one sum may be shifted by at most the lane count");
    constexpr bool carries = layout::largest_shift() > 0;
    const std::size_t terms = length_of(args...);
    return work_.sums.sum(terms, [=, x = x_, v = v_, g = g_, h = h_](std::size_t begin, std::size_t end) {
      const dual<X> s = spread(seed);
      writer to_g(g, args...), to_h(h, args...);
      if (carries && begin > 0) {
        const auto before = execute<list, Seeded>(s, begin - X::width, whole<X>{}, resolve_moving<X>(args, x, v)...);
        to_g.remember(outputs_of<list, 0, Args...>{before});
        to_h.remember(outputs_of<list, list::tangents, Args...>{before});
      }
      const N total = sum_gradient<list, Seeded, Args...>(begin, end, s, to_g, to_h, resolve_moving<X>(args, x, v)...);
      if (end == terms) {
        const std::size_t lanes = terms == 0 ? 0 : (terms - 1) % X::width + 1;
        to_g.flush(terms, lanes);
        to_h.flush(terms, lanes);
      }
      return total;
    });
  }
  template <class List, bool Seeded, class... Args, class Writer, class... Moving>
  static GRADLANE_INLINE N sum_gradient(std::size_t begin, std::size_t end, const dual<X>& seed, Writer& to_g,
                                        Writer& to_h, Moving... args) {
    return sum_block<X, dual<X>>(
        begin, end, [ =, &to_g, &to_h ](std::size_t i, auto io) __attribute__((always_inline)) {
          const executor<List, X> done = execute<List, Seeded>(seed, i, io, args...);
          to_g.write(i, io, outputs_of<List, 0, Args...>{done});
          to_h.write(i, io, outputs_of<List, List::tangents, Args...>{done});
          return sum_term<List>(done);
        });
  }

  // ---- sums over the rows of a product -------------------------------------------------------------------------
  // As in fused_pass, with z = A x and ż = A v of a step of rows, and both transposed updates while they are in cache:
  // the matrix is read from memory once, as for a gradient. The two gradients of a group of rows, and the tangent of its
  // sum, lie in one array, so that row_team adds all of them by its tree.

  template <class Kernel, class... Args>
  GRADLANE_INLINE N dense_value(const Args&... args) {
    using list = directional_value_list<Kernel, sizeof...(Args), activity_of<Args...>()>;
    const auto& product = std::get<base::template product_index<Args...>()>(std::tie(args...));
    const std::size_t cols = product.matrix.cols, shift = product.x.offset();
    N sum;
    T tangent = 0;
    sum.v = work_.rows.front().sum(product.size(), 1, &tangent, false,
                                   [&, x = x_, v = v_](std::size_t begin, std::size_t end, T* moved) {
                                     N total(0);
                                     T z[row_step<T>] = {}, dz[row_step<T>] = {};
                                     for (std::size_t r = begin; r < end; r += row_step<T>) {
                                       const std::size_t count = std::min(row_step<T>, end - r);
                                       dot_rows<X>(product.matrix.row(r), cols, count, x + shift, z);
                                       dot_rows<X>(product.matrix.row(r), cols, count, v + shift, dz);
                                       total += sum_values<list>(0, count, resolve_moving<X>(args, x, v, z, dz, r)...);
                                     }
                                     *moved += total.d[0].r;
                                     return total.v.r;
                                   });
    sum.d[0] = tangent;
    return sum;
  }

  template <class Kernel, bool Seeded, class... Args>
  GRADLANE_INLINE N dense_gradient(bool accumulate, N seed, const Args&... args) {
    using list = directional_list<Kernel, sizeof...(Args), activity_of<Args...>(), Seeded>;
    constexpr std::size_t product_at = base::template product_index<Args...>();
    constexpr std::size_t by_z = 1 + active_index<Args...>(product_at);
    // The derivative by z does not depend on z: then neither does its tangent, and dots and update share each load.
    constexpr bool bilinear = !depends_on(output_list<list, by_z>::list, static_cast<int>(product_at));
    const auto& product = std::get<product_at>(std::tie(args...));
    const std::size_t n = product.x.n, cols = product.matrix.cols, shift = product.x.offset();
    const std::size_t apart = Workspace::apart(n);
    T* const both = work_.side_by_side.data();

    N sum;
    sum.v = work_.rows.front().sum(
        product.size(), 2 * apart + 1, both, false, [&, x = x_, v = v_](std::size_t begin, std::size_t end, T* part) {
          const dual<X> s = spread(seed);
          T *const g = part, *const h = part + apart;
          N total(0);
          T z[row_step<T>] = {}, dz[row_step<T>] = {}, p[row_step<T>], dp[row_step<T>];
          const auto weights = [&](std::size_t i, auto io, const auto& run) __attribute__((always_inline)) {
            io.store(run.template output<by_z>(), p + i);
            io.store(run.template output<list::tangents + by_z>(), dp + i);
          };
          for (std::size_t r = begin; r < end; r += row_step<T>) {
            const std::size_t count = std::min(row_step<T>, end - r);
            const T* const row = product.matrix.row(r);
            if constexpr (bilinear) {
              for_each_register<X>(
                  0, count, [&](std::size_t i, auto io) __attribute__((always_inline)) {
                    weights(i, io, execute<list, Seeded>(s, i, io, resolve_moving<X>(args, x, v, z, dz, r)...));
                  });
              dot_add_rows<X>(row, cols, count, x + shift, p, z, g + shift);
              dot_add_rows<X>(row, cols, count, v + shift, dp, dz, h + shift);
            } else {
              dot_rows<X>(row, cols, count, x + shift, z);
              dot_rows<X>(row, cols, count, v + shift, dz);
            }
            total += sum_block<X, dual<X>>(
                0, count, [&](std::size_t i, auto io) __attribute__((always_inline)) {
                  const auto run = execute<list, Seeded>(s, i, io, resolve_moving<X>(args, x, v, z, dz, r)...);
                  if constexpr (!bilinear) weights(i, io, run);
                  add_slices(outputs_of<list, 0, Args...>{run}, g + r + i, io, args...);
                  add_slices(outputs_of<list, list::tangents, Args...>{run}, h + r + i, io, args...);
                  return sum_term<list>(run);
                });
            if constexpr (!bilinear) {
              add_rows<X>(row, cols, count, p, g + shift);
              add_rows<X>(row, cols, count, dp, h + shift);
            }
          }
          part[2 * apart] += total.d[0].r;
          return total.v.r;
        });
    return take_over(both, n, accumulate, g_, h_, sum);
  }
  template <class Outputs, class... Args>
  static GRADLANE_INLINE void add_slices(const Outputs& outputs, T* g, auto io, const Args&... args) {
    add_slices(outputs, g, io, std::index_sequence_for<Args...>{}, args...);
  }
  template <class Outputs, std::size_t... k, class... Args>
  static GRADLANE_INLINE void add_slices(const Outputs& outputs, T* g, auto io, std::index_sequence<k...>,
                                         const Args&... args) {
    const auto one = [&]<std::size_t index, class A>(std::integral_constant<std::size_t, index>, const A& a)
        __attribute__((always_inline)) {
      if constexpr (is_slice<A>) detail::put<true>(outputs.template of<index>(), g + a.offset(), io);
    };
    (one(std::integral_constant<std::size_t, k>{}, args), ...);
  }

  /// The sums over the groups lie side by side: n numbers of g, as many of h, the tangent of the sum.
  static N take_over(const T* both, std::size_t n, bool accumulate, T* g, T* h, N sum) {
    const std::size_t apart = Workspace::apart(n);
    hand_over(n, accumulate, both, g);
    hand_over(n, accumulate, both + apart, h);
    sum.d[0] = both[2 * apart];
    return sum;
  }
  static void hand_over(std::size_t n, bool accumulate, const T* from, T* to) {
    for_each_register<X>(
        0, n, [=](std::size_t i, auto io) __attribute__((always_inline)) {
          const X share = io.load(from + i);
          io.store(accumulate ? io.load(to + i) + share : share, to + i);
        });
  }

  // ---- sums over the elements of a product of two matrices ----------------------------------------------------
  // As in fused_pass, a tile of Z = U·V at a time, and of its tangent Ż = U̇·V + U·V̇. With the tile's derivatives p and
  // their tangents ṗ the gradient takes pVᵀ and Uᵀp, and h takes ṗVᵀ + pV̇ᵀ and Uᵀṗ + U̇ᵀp: nine products of one size
  // where a gradient has three.

  struct product_tiles {
    alignas(64) T z[tile_height * panel_width<T>] = {}, dz[tile_height * panel_width<T>] = {};
  };
  /// The factors at x, and with one of them along v.
  struct moving_factors {
    factors<T> at, left, right;
  };
  template <class Matmul>
  GRADLANE_INLINE moving_factors moving(const Matmul& a) const {
    const factors<T> at = factors_in(a, x_), along = factors_in(a, v_);
    return {at, {along.u, at.v, at.rows, at.rank, at.cols}, {at.u, along.v, at.rows, at.rank, at.cols}};
  }
  static GRADLANE_INLINE void fill(product_tiles& p, const moving_factors& f, const tile& t) {
    add_product_tile<X>(f.at, t, p.z);
    add_product_tile<X>(f.left, t, p.dz);
    add_product_tile<X>(f.right, t, p.dz);
  }
  /// Row i of a tile: terms (row + i)·cols + col and on.
  template <class List, bool Seeded, class... Args>
  static GRADLANE_INLINE executor<List, X> execute_tile(const dual<X>& seed, const T* x, const T* v,
                                                        const product_tiles& p, std::size_t cols, const tile& t,
                                                        std::size_t i, std::size_t j, auto io, const Args&... args) {
    const std::size_t at = i * panel_width<T>, term = (t.row + i) * cols + t.col;
    return execute<List, Seeded>(seed, j, io, resolve_moving<X>(args, x, v, p.z + at, p.dz + at, term)...);
  }

  template <class Kernel, class... Args>
  GRADLANE_INLINE N matmul_value(const Args&... args) {
    using list = directional_value_list<Kernel, sizeof...(Args), activity_of<Args...>()>;
    const moving_factors f = moving(std::get<matmul_index<Args...>()>(std::tie(args...)));
    const std::size_t cols = f.at.cols;
    N sum;
    T tangent = 0;
    sum.v = work_.rows.front().sum(
        f.at.rows, 1, &tangent, false, [=, x = x_, v = v_](std::size_t begin, std::size_t end, T* moved) {
          const N total = sum_over_tiles(begin, end, cols, panel_width<T>, [=](const tile& t) {
            product_tiles p;
            fill(p, f, t);
            return sum_tile<X, dual<X>>(
                t, [&](std::size_t i, std::size_t j, auto io) __attribute__((always_inline)) {
                  return sum_term<list>(execute_tile<list, false>({}, x, v, p, cols, t, i, j, io, args...));
                });
          });
          *moved += total.d[0].r;
          return total.v.r;
        });
    sum.d[0] = tangent;
    return sum;
  }

  template <class Kernel, bool Seeded, class... Args>
  GRADLANE_INLINE N matmul_gradient(bool accumulate, N seed, const Args&... args) {
    using list = directional_list<Kernel, sizeof...(Args), activity_of<Args...>(), Seeded>;
    const auto& product = std::get<matmul_index<Args...>()>(std::tie(args...));
    const moving_factors f = moving(product);
    const std::size_t left = product.left.x.offset(), right = product.right.x.offset();
    const std::size_t n = f.at.rank * f.at.cols, apart = Workspace::apart(n);
    T* const both = work_.side_by_side.data();
    N sum;
    sum.v = work_.rows.front().sum(
        f.at.rows, 2 * apart + 1, both, false,
        [=, x = x_, v = v_, gu = g_ + left, hu = h_ + left](std::size_t begin, std::size_t end, T* part) {
          T *const gv = part, *const hv = part + apart;
          if (!accumulate)
            for (T* const to : {gu, hu}) std::fill(to + begin * f.at.rank, to + end * f.at.rank, T(0));
          const N total = sum_over_tiles(begin, end, f.at.cols, panel_width<T>, [=](const tile& t) {
            product_tiles p;
            fill(p, f, t);
            const N of_tile = sum_tile<X, dual<X>>(
                t, [&, s = spread(seed) ](std::size_t i, std::size_t j, auto io) __attribute__((always_inline)) {
                  const auto run = execute_tile<list, Seeded>(s, x, v, p, f.at.cols, t, i, j, io, args...);
                  io.store(run.template output<1>(), p.z + i * panel_width<T> + j);
                  io.store(run.template output<list::tangents + 1>(), p.dz + i * panel_width<T> + j);
                  return sum_term<list>(run);
                });
            add_gradient_of_tile<X>(f.at, t, p.z, gu, gv);
            add_gradient_of_tile<X>(f.at, t, p.dz, hu, hv);
            add_gradient_of_tile<X>({f.left.u, f.right.v, f.at.rows, f.at.rank, f.at.cols}, t, p.z, hu, hv);
            return of_tile;
          });
          part[2 * apart] += total.d[0].r;
          return total.v.r;
        });
    return take_over(both, n, accumulate, g_ + right, h_ + right, sum);
  }

  const T* v_;
  T* h_;
  Workspace& work_;
};

}  // namespace gradlane
