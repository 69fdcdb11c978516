// Storing the derivatives of a sum's slices, each gradient element once.
//
// Slices of one part of x form a group; those that start `shift` elements later add their derivative of term i to the
// element `shift` places further on. The group's register at term i is therefore Σ shift_in<shift>(before, here), the
// register before being kept from the last step. Adding into memory instead would load what was just stored at another
// offset, which the store buffer cannot forward: 9 × slower.
#pragma once

#include "objective/language.hpp"
#include "reduce.hpp"

namespace gradlane::detail {

/// Where argument k's slice lies and which group it belongs to.
struct placed {
  bool active_slice = false;
  std::size_t blocks = 1, block = 0, first = 0, last = 0;
};
template <class A>
constexpr placed place() {
  if constexpr (is_slice<A>)
    return {true, A::blocks, A::block, A::first, A::last};
  else
    return {};
}

template <class... Args>
struct groups {
  static constexpr std::size_t count = sizeof...(Args);
  static constexpr placed at[count] = {place<Args>()...};

  static constexpr bool same(std::size_t i, std::size_t j) {
    return at[i].active_slice && at[j].active_slice && at[i].blocks == at[j].blocks && at[i].block == at[j].block;
  }
  /// The first argument of the group leads it.
  static constexpr bool leads(std::size_t k) {
    if (!at[k].active_slice) return false;
    for (std::size_t i = 0; i < k; ++i)
      if (same(i, k)) return false;
    return true;
  }
  static constexpr std::size_t least_first(std::size_t leader) {
    std::size_t least = at[leader].first;
    for (std::size_t i = 0; i < count; ++i)
      if (same(i, leader) && at[i].first < least) least = at[i].first;
    return least;
  }
  static constexpr std::size_t largest_shift(std::size_t leader) {
    std::size_t most = 0;
    for (std::size_t i = 0; i < count; ++i)
      if (same(i, leader)) most = at[i].first > most ? at[i].first : most;
    return most - least_first(leader);
  }
  static constexpr std::size_t shift(std::size_t k, std::size_t leader) { return at[k].first - least_first(leader); }
  static constexpr std::size_t largest_shift() {
    std::size_t most = 0;
    for (std::size_t k = 0; k < count; ++k)
      if (at[k].active_slice && largest_shift(k) > most) most = largest_shift(k);
    return most;
  }
  /// Elements of the part behind the last one that the group reaches.
  static constexpr std::size_t behind(std::size_t leader) {
    return at[leader].first + at[leader].last - least_first(leader) - largest_shift(leader);
  }
};

/// g[0 …] = x or += x, for the lanes that io has.
template <bool Accumulate, class X, class IO>
GRADLANE_INLINE void put(X x, typename X::element* g, IO io) {
  if constexpr (Accumulate)
    io.store(io.load(g) + x, g);
  else
    io.store(x, g);
}

/// Stores the derivatives of one block of a sum. `derivatives` hands out the register of argument k.
template <class X, bool Accumulate, class... Args>
class gradient_writer {
  using T = typename X::element;
  using layout = groups<Args...>;
  static constexpr std::size_t W = X::width, count = sizeof...(Args);

 public:
  GRADLANE_INLINE gradient_writer(T* g, const Args&... args) { start(g, std::make_index_sequence<count>{}, args...); }

  /// The derivatives of terms i … i+W−1, or of the last few.
  template <class Derivatives, class IO>
  GRADLANE_INLINE void write(std::size_t i, IO io, const Derivatives& derivatives) {
    write(i, io, derivatives, std::make_index_sequence<count>{});
  }
  /// Only remembers them: the terms before a block, whose last ones reach into it.
  template <class Derivatives>
  GRADLANE_INLINE void remember(const Derivatives& derivatives) {
    remember(derivatives, std::make_index_sequence<count>{});
  }
  /// Behind the last term, `lanes` (1 … W) of whose register were in use: what shifted slices have left over.
  GRADLANE_INLINE void flush(std::size_t terms, std::size_t lanes) {
    flush(terms, lanes, std::make_index_sequence<count>{});
  }

 private:
  template <std::size_t... k>
  GRADLANE_INLINE void start(T* g, std::index_sequence<k...>, const Args&... args) {
    ((get<k>(before_) = X(0)), ...);
    ((get<k>(part_) = start_of<k>(g, args)), ...);
  }
  template <std::size_t k, class A>
  static GRADLANE_INLINE T* start_of(T* g, const A& a) {
    if constexpr (layout::leads(k))
      return g + a.base() + layout::least_first(k);
    else
      return nullptr;
  }
  template <class IO, class Derivatives, std::size_t... k>
  GRADLANE_INLINE void write(std::size_t i, IO io, const Derivatives& d, std::index_sequence<k...> all) {
    (write_group<k>(i, io, d, all), ...);
  }
  template <class Derivatives, std::size_t... k>
  GRADLANE_INLINE void remember(const Derivatives& d, std::index_sequence<k...>) {
    (remember_one<k>(d), ...);
  }
  template <std::size_t k, class Derivatives>
  GRADLANE_INLINE void remember_one(const Derivatives& d) {
    if constexpr (layout::at[k].active_slice) get<k>(before_) = d.template of<k>();
  }

  template <std::size_t Leader, class IO, class Derivatives, std::size_t... k>
  GRADLANE_INLINE void write_group(std::size_t i, IO io, const Derivatives& d, std::index_sequence<k...>) {
    if constexpr (layout::leads(Leader)) {
      constexpr std::size_t reach = layout::largest_shift(Leader);
      T* const to = get<Leader>(part_) + i;
      X total;
      bool first = true;
      (member<Leader, k>(total, first, io, d), ...);
      if constexpr (reach == 0 || std::is_same_v<IO, whole<X>>) {
        put<Accumulate>(total, to, io);
      } else if (io.lanes + reach < W) {
        put<Accumulate>(total, to, partial<X>{io.lanes + reach});
      } else {
        put<Accumulate>(total, to, whole<X>{});
      }
    }
  }
  template <std::size_t Leader, std::size_t k, class IO, class Derivatives>
  GRADLANE_INLINE void member(X& total, bool& first, IO io, const Derivatives& d) {
    if constexpr (layout::same(k, Leader)) {
      constexpr std::size_t shift = layout::shift(k, Leader), reach = layout::largest_shift(Leader);
      X here = d.template of<k>();
      if constexpr (reach > 0) here = io.keep(here);
      X placed_here = here;
      if constexpr (shift > 0) {
        placed_here = shift_in<shift>(get<k>(before_), here);
        get<k>(before_) = here;
      }
      total = first ? placed_here : total + placed_here;
      first = false;
    }
  }

  template <std::size_t... k>
  GRADLANE_INLINE void flush(std::size_t terms, std::size_t lanes, std::index_sequence<k...> all) {
    (flush_group<k>(terms, lanes, all), ...);
  }
  template <std::size_t Leader, std::size_t... k>
  GRADLANE_INLINE void flush_group(std::size_t terms, std::size_t lanes, std::index_sequence<k...>) {
    if constexpr (layout::leads(Leader)) {
      constexpr std::size_t reach = layout::largest_shift(Leader), first = layout::least_first(Leader);
      T* const part = get<Leader>(part_);
      if constexpr (reach > 0) {
        if (lanes + reach > W) {
          X total(0);
          (leftover<Leader, k>(total), ...);
          T* const to = part + terms + (W - lanes);
          const std::size_t left = lanes + reach - W;
          if (left == W)
            put<Accumulate>(total, to, whole<X>{});
          else
            put<Accumulate>(total, to, partial<X>{left});
        }
      }
      if constexpr (!Accumulate) {  // what no slice of the group reaches, or no term at all
        if (terms == 0)
          for (std::size_t j = 0; j < reach; ++j) part[j] = 0;
        for (std::size_t j = 0; j < first; ++j) (part - first)[j] = 0;
        for (std::size_t j = 0; j < layout::behind(Leader); ++j) part[terms + reach + j] = 0;
      }
    }
  }
  template <std::size_t Leader, std::size_t k>
  GRADLANE_INLINE void leftover(X& total) {
    if constexpr (layout::same(k, Leader) && layout::shift(k, Leader) > 0)
      total = total + shift_in<layout::shift(k, Leader)>(get<k>(before_), X(0));
  }

  register_bank<X, count> before_;  ///< of shifted slices: their derivatives in the step before
  register_bank<T*, count> part_;   ///< of each leader: where term 0 is stored
};

}  // namespace gradlane::detail
