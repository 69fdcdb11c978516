// Executes a list of with_tangents on one number and many directions at a time: what the outputs are is computed once, on
// single numbers, how they change for each register of directions. The second part is what the list has behind it, a few
// fused products that read the first part's numbers.
#pragma once

#include "ad/execute.hpp"

namespace gradlane {

template <class Program, class X>
class executor_along {
  static constexpr const program& list = Program::list;
  static constexpr std::size_t size = static_cast<std::size_t>(list.size);
  static constexpr int half = list.inputs / 2;  ///< inputs; as many tangents follow
  static constexpr auto moves = varying_nodes(list, ((1u << half) - 1) << half);
  using S = scalar<typename X::element>;

 public:
  /// The first half of the inputs.
  template <class... Inputs>
  explicit GRADLANE_INLINE executor_along(Inputs... inputs) {
    static_assert(sizeof...(Inputs) == static_cast<std::size_t>(half));
    set<0>(still_, std::index_sequence_for<Inputs...>{}, inputs...);
    run(std::make_index_sequence<size - static_cast<std::size_t>(list.inputs)>{});
  }
  template <std::size_t K>
  GRADLANE_INLINE S output() const {
    return get<index_of<K>>(still_);
  }

  /// Some directions, given the other half of the inputs.
  class moved {
   public:
    template <std::size_t K>
    GRADLANE_INLINE X output() const {
      return operand<static_cast<int>(index_of<K>)>();
    }

   private:
    friend executor_along;
    explicit GRADLANE_INLINE moved(const executor_along& all) : still_(all.still_) {}

    template <std::size_t... I>
    GRADLANE_INLINE void run(std::index_sequence<I...>) {
      (step<I + static_cast<std::size_t>(list.inputs)>(), ...);
    }
    template <std::size_t I>
    GRADLANE_INLINE void step() {
      constexpr node n = list.nodes[I];
      if constexpr (moves[I])
        get<I>(moving_) = apply<n.code, X>(operand<n.operand[0]>(), operand<n.operand[1]>(), operand<n.operand[2]>());
    }
    template <int Index>
    GRADLANE_INLINE X operand() const {
      if constexpr (Index < 0)
        return X{};
      else if constexpr (moves[static_cast<std::size_t>(Index)])
        return get<static_cast<std::size_t>(Index)>(moving_);
      else
        return X(get<static_cast<std::size_t>(Index)>(still_));
    }

    const register_bank<S, size>& still_;
    register_bank<X, size> moving_;
  };
  template <class... Tangents>
  GRADLANE_INLINE moved along(Tangents... tangents) const {
    moved m(*this);
    set<static_cast<std::size_t>(half)>(m.moving_, std::index_sequence_for<Tangents...>{}, tangents...);
    m.run(std::make_index_sequence<size - static_cast<std::size_t>(list.inputs)>{});
    return m;
  }

 private:
  template <std::size_t K>
  static constexpr std::size_t index_of = static_cast<std::size_t>(list.output(static_cast<int>(K)));

  template <std::size_t First, class Bank, std::size_t... I, class... Inputs>
  static GRADLANE_INLINE void set(Bank& bank, std::index_sequence<I...>, Inputs... inputs) {
    ((get<First + I>(bank) = inputs), ...);
  }
  template <std::size_t... I>
  GRADLANE_INLINE void run(std::index_sequence<I...>) {
    (step<I + static_cast<std::size_t>(list.inputs)>(), ...);
  }
  template <std::size_t I>
  GRADLANE_INLINE void step() {
    constexpr node n = list.nodes[I];
    if constexpr (n.code == op::constant)
      get<I>(still_) = S(n.constant);
    else if constexpr (!moves[I])
      get<I>(still_) = apply<n.code, S>(operand<n.operand[0]>(), operand<n.operand[1]>(), operand<n.operand[2]>());
  }
  template <int Index>
  GRADLANE_INLINE S operand() const {
    if constexpr (Index < 0)
      return S{};
    else
      return get<static_cast<std::size_t>(Index)>(still_);
  }

  register_bank<S, size> still_;
};

}  // namespace gradlane
