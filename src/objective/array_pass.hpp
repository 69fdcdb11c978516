// One sum of an objective, its recorded list executed one operation at a time over whole arrays, as the tensor
// frameworks do: every node is a loop that reads its operands from memory and writes its result there. Buffers are
// reused once their last reader is done. The pass behind reverse_array; what fusing saves is the distance to it.
#pragma once

#include "objective/fused_pass.hpp"

namespace gradlane {

namespace detail {

/// For each node of a program: does it vary with i, and in which buffer does it lie.
struct array_layout {
  std::array<bool, program::capacity> varies{};
  std::array<int, program::capacity> buffer{};
  int buffers = 0;
};
constexpr array_layout lay_out(const program& p, activity varying_inputs) {
  array_layout l{.varies = varying_nodes(p, varying_inputs)};
  std::array<int, program::capacity> last_use{};
  for (int i = 0; i < p.size; ++i) {
    l.buffer[static_cast<std::size_t>(i)] = -1;
    for (int k = 0; k < operand_count(p.at(i).code); ++k)
      last_use[static_cast<std::size_t>(p.at(i).operand[static_cast<std::size_t>(k)])] = i;
  }
  for (int k = 0; k < p.output_count; ++k) last_use[static_cast<std::size_t>(p.output(k))] = p.size;
  std::array<int, program::capacity> busy_until{};
  for (int i = p.inputs; i < p.size; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (!l.varies[at]) continue;
    int b = 0;  // in place is fine: element i is read before it is written
    while (b < l.buffers && busy_until[static_cast<std::size_t>(b)] > i) ++b;
    l.buffers = b == l.buffers ? b + 1 : l.buffers;
    busy_until[static_cast<std::size_t>(b)] = last_use[at];
    l.buffer[at] = b;
  }
  return l;
}

}  // namespace detail

template <class X>
class array_pass : public fused_pass<X> {
  using base = fused_pass<X>;

 public:
  using element = typename X::element;
  using T = element;

  array_pass(const T* x, T* g, block_team<T>& team, row_team<T>* rows, std::vector<T>& workspace)
      : base(x, g, team, rows), workspace_(workspace) {}

  template <class Leaf>
  T value(const Leaf& leaf) {
    return std::apply(
        [&]<class... Args>(const Args&... args) {
          using list = unfused_value_list<typename Leaf::kernel, sizeof...(Args)>;
          return execution<list, Args...>(*this, T(1), args...).value();
        },
        leaf.args);
  }
  template <class Leaf, bool Seeded, bool Accumulate>
  T gradient(const Leaf& leaf, T seed) {
    return std::apply(
        [&]<class... Args>(const Args&... args) {
          using list = unfused_gradient_list<typename Leaf::kernel, sizeof...(Args), activity_of<Args...>(), Seeded>;
          execution<list, Args...> run(*this, seed, args...);
          run.template store_gradient<Accumulate>(args...);
          return run.value();
        },
        leaf.args);
  }

 private:
  template <class List, class... Args>
  class execution {
    static constexpr const program& code = List::list;
    static constexpr std::size_t count = sizeof...(Args);
    static constexpr detail::array_layout layout = detail::lay_out(code, varying_arguments<Args...>());
    static constexpr bool has_product = ((is_product<Args> || is_matmul<Args>) || ...);
    static constexpr std::size_t nodes = static_cast<std::size_t>(code.size);

   public:
    execution(array_pass& pass, T seed, const Args&... args) : pass_(pass), length_(length_of(args...)) {
      const std::size_t arrays = static_cast<std::size_t>(layout.buffers) + (has_product ? 1 : 0);
      if (pass.workspace_.size() < arrays * length_) pass.workspace_.resize(arrays * length_);
      if constexpr (code.inputs > static_cast<int>(count)) numbers_[count] = X(seed);
      std::size_t k = 0;
      (bind(k++, args), ...);
      run(std::make_index_sequence<nodes - static_cast<std::size_t>(code.inputs)>{});
    }

    T value() {
      constexpr auto out = static_cast<std::size_t>(code.output(0));
      return pass_.team_.sum(length_, [&](std::size_t begin, std::size_t end) {
        return sum_block<X>(
            begin,
            end, [v = operand<out>()](std::size_t i, auto io) __attribute__((always_inline)) { return v.at(i, io); });
      });
    }

    template <bool Accumulate>
    void store_gradient(const Args&... args) {
      if constexpr (!Accumulate) (clear_part(args), ...);
      store(std::make_index_sequence<count>{}, args...);
    }

   private:
    T* buffer(int b) { return pass_.workspace_.data() + static_cast<std::size_t>(b) * length_; }

    template <class A>
    void bind(std::size_t k, const A& a) {
      if constexpr (is_slice<A>) {
        arrays_[k] = pass_.x_ + a.offset();
      } else if constexpr (is_passive_array<A>) {
        arrays_[k] = a.p;
      } else if constexpr (is_product<A>) {
        T* const z = buffer(layout.buffers);
        arrays_[k] = z;
        const T* const x = pass_.x_ + a.x.offset();
        parallel_for(pass_.team_.threads(), (length_ + row_step<T> - 1) / row_step<T>,
                     row_step<T> * a.matrix.cols * sizeof(T), [&](std::size_t first, std::size_t last, int) {
                       const std::size_t begin = first * row_step<T>, end = std::min(length_, last * row_step<T>);
                       dot_rows<X>(a.matrix.row(begin), a.matrix.cols, end - begin, x, z + begin);
                     });
      } else if constexpr (is_matmul<A>) {
        T* const z = buffer(layout.buffers);
        arrays_[k] = z;
        multiply<X>(factors_in(a, pass_.x_), z, pass_.team_.threads());
      } else {
        numbers_[k] = X(a);
      }
    }

    template <std::size_t... I>
    void run(std::index_sequence<I...>) {
      (step<I + static_cast<std::size_t>(code.inputs)>(), ...);
    }
    template <std::size_t I>
    void step() {
      constexpr node n = code.nodes[I];
      if constexpr (n.code == op::constant) {
        numbers_[I] = X(n.constant);
      } else if constexpr (!layout.varies[I]) {
        numbers_[I] = apply<n.code, X>(number<n.operand[0]>(), number<n.operand[1]>(), number<n.operand[2]>());
      } else {
        T* const to = buffer(layout.buffer[I]);
        arrays_[I] = to;
        loop<n.code>(to, operand<index(n.operand[0])>(), operand<index(n.operand[1])>());
      }
    }
    static constexpr std::size_t index(int operand) { return operand < 0 ? nodes : static_cast<std::size_t>(operand); }
    template <int Index>
    X number() const {
      if constexpr (Index < 0)
        return X(0);
      else
        return numbers_[Index];
    }
    /// Operand I as something that is read at i: an array or a number.
    template <std::size_t I>
    auto operand() const {
      if constexpr (I == nodes)
        return number_argument<X>{X(0)};
      else if constexpr (layout.varies[I])
        return array_argument<X>{arrays_[I]};
      else
        return number_argument<X>{numbers_[I]};
    }
    /// One operation over the whole array. Not inlined: a node costs a loop, as it does in a framework.
    template <op Code, class A, class B>
    __attribute__((noinline)) void loop(T* to, A a, B b) {
      pass_.team_.run(length_, [=](std::size_t begin, std::size_t end) {
        for_each_register<X>(
            begin, end, [=](std::size_t i, auto io) __attribute__((always_inline)) {
              io.store(apply<Code, X>(a.at(i, io), b.at(i, io), X(0)), to + i);
            });
      });
    }

    template <class A>
    void clear_part(const A& a) {
      if constexpr (is_slice<A>) clear_part_of(a);
      if constexpr (is_product<A>) clear_part_of(a.x);
      if constexpr (is_matmul<A>) clear_part_of(a.left.x), clear_part_of(a.right.x);
    }
    template <class Slice>
    void clear_part_of(const Slice& s) {
      pass_.team_.run(s.base_size(), [g = pass_.g_ + s.base()](std::size_t begin, std::size_t end) {
        std::fill(g + begin, g + end, T(0));
      });
    }
    template <std::size_t... k>
    void store(std::index_sequence<k...>, const Args&... args) {
      (store_one<k>(args), ...);
    }
    template <std::size_t k, class A>
    void store_one(const A& a) {
      if constexpr (is_active<A>) {
        constexpr auto out = static_cast<std::size_t>(code.output(static_cast<int>(1 + active_index<Args...>(k))));
        if constexpr (is_slice<A>)
          add(pass_.g_ + a.offset(), operand<out>());
        else if constexpr (is_matmul<A>)
          add_to_factors(a, operand<out>());
        else
          add_transposed(a, operand<out>());
      }
    }
    template <class D>
    void add(T* g, D d) {
      pass_.team_.run(length_, [=](std::size_t begin, std::size_t end) {
        for_each_register<X>(
            begin, end, [=](std::size_t i, auto io) __attribute__((always_inline)) {
              io.store(io.load(g + i) + d.at(i, io), g + i);
            });
      });
    }
    template <class Product, class D>
    void add_transposed(const Product& a, D d) {
      const std::size_t cols = a.matrix.cols;
      pass_.rows_->sum(length_, cols, pass_.g_ + a.x.offset(), true, [&](std::size_t begin, std::size_t end, T* g) {
        T p[row_step<T>];
        for (std::size_t r = begin; r < end; r += row_step<T>) {
          const std::size_t rows = std::min(row_step<T>, end - r);
          for_each_register<X>(0, rows, [&](std::size_t i, auto io) { io.store(d.at(r + i, io), p + i); });
          add_rows<X>(a.matrix.row(r), cols, rows, p, g);
        }
        return T(0);
      });
    }
    template <class Matmul, class D>
    void add_to_factors(const Matmul& a, D d) {
      const factors<T> f = factors_in(a, pass_.x_);
      T *const gu = pass_.g_ + a.left.x.offset(), *const all_gv = pass_.g_ + a.right.x.offset();
      pass_.rows_->sum(f.rows, f.rank * f.cols, all_gv, true, [=](std::size_t begin, std::size_t end, T* gv) {
        return sum_over_tiles(begin, end, f.cols, panel_width<T>, [=](const tile& t) {
          alignas(64) T p[tile_height * panel_width<T>] = {};
          for (std::size_t i = 0; i < t.height; ++i)
            for_each_register<X>(0, t.width, [=, to = p + i * panel_width<T>](std::size_t j, auto io) {
              io.store(d.at((t.row + i) * f.cols + t.col + j, io), to + j);
            });
          add_gradient_of_tile<X>(f, t, p, gu, gv);
          return T(0);
        });
      });
    }

    array_pass& pass_;
    std::size_t length_;
    std::array<const T*, nodes> arrays_{};
    std::array<X, nodes> numbers_{};
  };

  std::vector<T>& workspace_;
};

}  // namespace gradlane
