// Reverse mode over whole objectives: runs the sums in an order that writes each gradient element as seldom as can be.
//   - A sum whose adjoint is known beforehand runs once, value and gradient together.
//   - A sum under a nonlinear scalar (log) that alone touches its part of x stores its partials in the gradient and
//     scales them once the adjoint is known.
//   - Any other is run for its value first and again, with its adjoint as the seed, when that is known.
// Where several sums touch one part of x, or none does, the gradient is cleared first and they add to it.
#pragma once

#include <array>
#include <cstring>
#include <stdexcept>

#include "objective/outer.hpp"
#include "reduce.hpp"

namespace gradlane {

namespace detail {

/// The part of the input that a slice lies in, as a fraction [from/blocks, (from+1)/blocks).
struct part {
  std::size_t blocks, block;
  constexpr bool overlaps(const part& o) const {
    return block * o.blocks < (o.block + 1) * blocks && o.block * blocks < (block + 1) * o.blocks;
  }
  constexpr bool operator==(const part&) const = default;
};

template <class A>
constexpr auto slice_type_of() {
  if constexpr (is_slice<A>)
    return std::type_identity<A>{};
  else if constexpr (is_product<A>)
    return std::type_identity<decltype(A::x)>{};
  else
    return std::type_identity<void>{};
}

/// The parts a sum writes to, repetitions included, as (parts, count).
struct part_list {
  std::array<part, 16> of{};
  std::size_t count = 0;
  constexpr void add(part p) {
    if (count == of.size()) throw std::length_error("too many active arguments in one sum");
    of[count++] = p;
  }
  constexpr bool overlaps(const part_list& o) const {
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = 0; j < o.count; ++j)
        if (of[i].overlaps(o.of[j])) return true;
    return false;
  }
};
template <class Args>
struct parts_of_args;
template <class... Args>
struct parts_of_args<std::tuple<Args...>> {
  static constexpr part_list value = [] {
    part_list list;
    const auto take = [&]<class A>(std::type_identity<A>) {
      using slice_type = typename decltype(slice_type_of<A>())::type;
      if constexpr (!std::is_void_v<slice_type>) list.add({slice_type::blocks, slice_type::block});
    };
    (take(std::type_identity<Args>{}), ...);
    return list;
  }();
};
template <class Leaf>
inline constexpr part_list parts_of = parts_of_args<typename Leaf::arguments>::value;

/// Whether no other leaf of the tree writes where this one does. The leaf itself is in the list once.
template <class Leaf, class Leaves>
inline constexpr bool writes_alone = false;
template <class Leaf, class... All>
inline constexpr bool writes_alone<Leaf, outer::leaf_list<All...>> =
    (static_cast<int>(parts_of<Leaf>.overlaps(parts_of<All>)) + ...) == 1;

/// How often the leaf's type occurs: more than once may mean one sum used twice.
template <class Leaf, class Leaves>
inline constexpr int occurrences = 0;
template <class Leaf, class... All>
inline constexpr int occurrences<Leaf, outer::leaf_list<All...>> = (static_cast<int>(std::is_same_v<Leaf, All>) + ...);

/// Whether the leaves' parts, each written by one leaf alone, make up the whole input.
template <class Leaves>
inline constexpr bool covers_alone = false;
template <class... All>
inline constexpr bool covers_alone<outer::leaf_list<All...>> = [] {
  if (!(writes_alone<All, outer::leaf_list<All...>> && ...)) return false;
  // Distinct parts are disjoint or equal here (a sum's slices come from one split), so their sizes add up to 1.
  part_list seen;
  double covered = 0;
  const auto take = [&](const part_list& list) {
    for (std::size_t i = 0; i < list.count; ++i) {
      bool known = false;
      for (std::size_t j = 0; j < seen.count; ++j) known = known || seen.of[j] == list.of[i];
      if (!known) seen.add(list.of[i]), covered += 1.0 / static_cast<double>(list.of[i].blocks);
    }
  };
  (take(parts_of<All>), ...);
  return covered > 0.999999;
}();

}  // namespace detail

/// The evaluator of reverse mode. Pass runs one sum: `Pass::value<Leaf>`, `Pass::gradient<Leaf, Seeded, Accumulate>`.
template <class Pass>
class reverse_evaluator {
 public:
  using T = typename Pass::element;
  static constexpr std::size_t max_sums = 16;

  explicit reverse_evaluator(Pass& pass) : pass_(pass) {}

  template <class Kernel, class... Args>
  GRADLANE_INLINE auto sum(const Args&... args) {
    if (count_ == max_sums) throw std::length_error("an objective of more than 16 sums");
    return outer::sum_leaf<T, Kernel, Args...>{count_++, {args...}};
  }
  template <class Slice>
  GRADLANE_INLINE scalar<T> max(const Slice& s) {
    return scalar<T>(pass_.max(s));
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
