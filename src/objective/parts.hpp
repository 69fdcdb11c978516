// Which parts of the input the sums of an objective write to, at compile time: whether a sum writes alone, and whether
// all sums together leave nothing out.
#pragma once

#include <array>
#include <stdexcept>

#include "objective/outer.hpp"

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
      if constexpr (is_matmul<A>) {
        list.add({decltype(A::left.x)::blocks, decltype(A::left.x)::block});
        list.add({decltype(A::right.x)::blocks, decltype(A::right.x)::block});
      }
      using slice_type = typename decltype(slice_type_of<A>())::type;
      if constexpr (!std::is_void_v<slice_type>) list.add({slice_type::blocks, slice_type::block});
    };
    (take(std::type_identity<Args>{}), ...);
    return list;
  }();
};
template <class Leaf>
inline constexpr part_list parts_of = parts_of_args<typename Leaf::arguments>::value;

/// f(first, size) for each part of the n inputs that the sum writes to.
template <class Leaf, class F>
GRADLANE_INLINE void for_each_part(std::size_t n, F&& f) {
  constexpr part_list parts = parts_of<Leaf>;
  for (std::size_t p = 0; p < parts.count; ++p) {
    bool repeated = false;
    for (std::size_t q = 0; q < p; ++q) repeated = repeated || parts.of[q] == parts.of[p];
    const std::size_t size = n / parts.of[p].blocks;
    if (!repeated) f(size * parts.of[p].block, size);
  }
}

/// Whether two parts of one sum are always the same or disjoint. A product of a part beside a slice of the whole is
/// not: its share of the gradient would be scaled twice when the adjoint is known late.
constexpr bool disjoint_or_equal(const part_list& list) {
  for (std::size_t i = 0; i < list.count; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (list.of[i].overlaps(list.of[j]) && !(list.of[i] == list.of[j])) return false;
  return true;
}

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

}  // namespace gradlane
