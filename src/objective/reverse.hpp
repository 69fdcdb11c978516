// Reverse mode over whole objectives: runs the sums in an order that writes each gradient element as seldom as can be.
//   - A sum whose adjoint is known beforehand runs once, value and gradient together.
//   - A sum under a nonlinear scalar (log) that alone touches its part of x stores its partials in the gradient and
//     scales them once the adjoint is known.
//   - Any other is run for its value first and again, with its adjoint as the seed, when that is known.
// Where several sums touch one part of x, or none does, the gradient is cleared first and they add to it.
#pragma once

#include <array>
#include <stdexcept>

#include "objective/outer.hpp"
#include "objective/parts.hpp"

namespace gradlane {

namespace detail {
/// An argument without the way back to its evaluator. The loops of a sum are functions of their own; while they are
/// handed a pointer to the evaluator, it and the pass live in memory (log_sum_exp, n = 4: 60 ns against 35).
struct no_evaluator {};
template <class A>
GRADLANE_INLINE A detached(const A& a) {
  return a;
}
template <class E, std::size_t N, std::size_t K, std::size_t F, std::size_t L>
GRADLANE_INLINE slice<no_evaluator, N, K, F, L> detached(const slice<E, N, K, F, L>& s) {
  return {nullptr, s.n};
}
template <class T, class S>
GRADLANE_INLINE auto detached(const product_of<T, S>& p) {
  return product_of<T, decltype(detached(p.x))>{p.matrix, detached(p.x)};
}
template <class L, class R>
GRADLANE_INLINE auto detached(const matmul_of<L, R>& p) {
  return matmul(as_matrix(detached(p.left.x), p.left.rows, p.left.cols),
                as_matrix(detached(p.right.x), p.right.rows, p.right.cols));
}
}  // namespace detail

/// The evaluator of reverse mode. Pass runs one sum: `Pass::value<Leaf>`, `Pass::gradient<Leaf, Seeded, Accumulate>`.
/// Its `element` is what a sum is: a number, or a dual where the pass carries tangents.
template <class Pass>
class reverse_evaluator {
 public:
  using T = typename Pass::element;
  static constexpr std::size_t max_sums = 16;

  explicit reverse_evaluator(Pass& pass) : pass_(pass) {}

  template <class Kernel, class... Args>
  GRADLANE_INLINE auto sum(const Args&... args) {
    using leaf = outer::sum_leaf<T, Kernel, decltype(detail::detached(args))...>;
    static_assert(detail::disjoint_or_equal(detail::parts_of<leaf>),
                  "the active arguments of one sum lie in the same part of x or in disjoint ones: split this sum");
    if (count_ == max_sums) throw std::length_error("an objective of more than 16 sums");
    return leaf{count_++, {detail::detached(args)...}};
  }
  template <class Slice>
  GRADLANE_INLINE auto max(const Slice& s) {
    const auto most = pass_.max(s);
    return scalar<std::remove_cv_t<decltype(most)>>(most);
  }

  /// Value and gradient of Problem at the pass's x.
  template <class Problem, class Data>
  GRADLANE_INLINE T run(std::size_t n, const Data& data) {
    auto tree = Problem::value(slice<reverse_evaluator>{this, n}, data);
    using leaves = typename decltype(tree)::leaves;
    if constexpr (!detail::covers_alone<leaves>) pass_.clear_gradient(n);
    context<leaves> c{pass_};
    const T value = tree.forward(c, outer::unit_seed{});
    if (c.waiting) {
      tree.backward(c, T(1));
      tree.finish(c);
    }
    return value;
  }

 private:
  enum class state : unsigned char { untouched, valued, stored, done };

  template <class Leaves>
  struct context {
    Pass& pass;
    std::array<T, max_sums> value{}, adjoint{};
    std::array<state, max_sums> states{};
    bool waiting = false;

    template <class Leaf>
    static constexpr bool alone = detail::writes_alone<Leaf, Leaves>;
    template <class Leaf>
    static constexpr bool once = detail::occurrences<Leaf, Leaves> == 1;

    template <class Leaf>
    GRADLANE_INLINE T run(const Leaf& leaf, outer::unit_seed) {
      if constexpr (once<Leaf>)
        return pass.template gradient<Leaf, false, !alone<Leaf>>(leaf, T(1));
      else
        return run(leaf, outer::unknown_seed{});
    }
    template <class Leaf>
    GRADLANE_INLINE T run(const Leaf& leaf, outer::known_seed<T> seed) {
      if constexpr (once<Leaf>)
        return pass.template gradient<Leaf, true, !alone<Leaf>>(leaf, seed.value);
      else
        return run(leaf, outer::unknown_seed{});
    }
    template <class Leaf>
    GRADLANE_INLINE T run(const Leaf& leaf, outer::unknown_seed) {
      waiting = true;
      if constexpr (once<Leaf> && alone<Leaf>) {
        states[leaf.slot] = state::stored;
        return pass.template gradient<Leaf, false, false>(leaf, T(1));
      } else {
        if (states[leaf.slot] == state::untouched) {
          value[leaf.slot] = pass.template value<Leaf>(leaf);
          states[leaf.slot] = state::valued;
        }
        return value[leaf.slot];
      }
    }
    template <class Leaf>
    GRADLANE_INLINE void add_adjoint(const Leaf& leaf, T a) {
      adjoint[leaf.slot] += a;
    }
    template <class Leaf>
    GRADLANE_INLINE void finish(const Leaf& leaf) {
      if constexpr (once<Leaf> && alone<Leaf>) {
        if (states[leaf.slot] == state::stored) pass.template scale<Leaf>(leaf, adjoint[leaf.slot]);
      } else if (states[leaf.slot] == state::valued) {
        pass.template gradient<Leaf, true, !alone<Leaf>>(leaf, adjoint[leaf.slot]);
      }
      states[leaf.slot] = state::done;
    }
  };

  Pass& pass_;
  std::size_t count_ = 0;
};

}  // namespace gradlane
