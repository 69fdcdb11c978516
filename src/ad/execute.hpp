// Executes a recorded list on registers: one C++ statement a node, unrolled over an index_sequence, all values in a
// bank of named members that the compiler keeps in registers.
#pragma once

#include "ad/program.hpp"
#include "math.hpp"
#include "reduce.hpp"

namespace gradlane {

/// One node's operation on numbers or registers a, b, c (those it does not have are ignored).
template <op Code, class X>
GRADLANE_INLINE X apply(X a, X b, X c) {
  if constexpr (Code == op::add)
    return a + b;
  else if constexpr (Code == op::sub)
    return a - b;
  else if constexpr (Code == op::mul)
    return a * b;
  else if constexpr (Code == op::div)
    return a / b;
  else if constexpr (Code == op::neg)
    return -a;
  else if constexpr (Code == op::fma)
    return fma(a, b, c);
  else if constexpr (Code == op::fms)
    return fms(a, b, c);
  else if constexpr (Code == op::fnma)
    return fnma(a, b, c);
  else if constexpr (Code == op::exp)
    return exp(a);
  else if constexpr (Code == op::log)
    return log(a);
  else if constexpr (Code == op::log1p)
    return log1p(a);
  else if constexpr (Code == op::expm1)
    return expm1(a);
  else if constexpr (Code == op::sqrt)
    return sqrt(a);
  else if constexpr (Code == op::sin)
    return sin(a);
  else if constexpr (Code == op::cos)
    return cos(a);
  else if constexpr (Code == op::tanh)
    return tanh(a);
  else if constexpr (Code == op::exp_minus_abs)
    return exp_minus_abs(a);
  else if constexpr (Code == op::softplus_from)
    return softplus_from(a, b);
  else if constexpr (Code == op::sigmoid_from)
    return sigmoid_from(a, b);
  else
    static_assert(Code == op::add, "an operation without an execution rule");
}

/// A program as a type: `static constexpr program list`. Registers are those of X.
template <class Program, class X>
class executor {
  static constexpr const program& list = Program::list;
  using bank = register_bank<X, static_cast<std::size_t>(list.size)>;

 public:
  template <class... Inputs>
  explicit GRADLANE_INLINE executor(Inputs... inputs) {
    static_assert(sizeof...(Inputs) == static_cast<std::size_t>(list.inputs));
    set_inputs(std::make_index_sequence<sizeof...(Inputs)>{}, inputs...);
    run(std::make_index_sequence<static_cast<std::size_t>(list.size - list.inputs)>{});
  }

  /// Output 0 is the value, 1 … are the derivatives.
  template <std::size_t K>
  GRADLANE_INLINE X output() const {
    return get<static_cast<std::size_t>(list.output(static_cast<int>(K)))>(values_);
  }

 private:
  template <std::size_t... I, class... Inputs>
  GRADLANE_INLINE void set_inputs(std::index_sequence<I...>, Inputs... inputs) {
    ((get<I>(values_) = input<I>(inputs)), ...);
  }
  /// An input that is a derivative too (a factor of a product) is loaded once (linear/reverse_fused: 1.5 × faster).
  template <std::size_t I>
  static GRADLANE_INLINE X input(X x) {
    if constexpr (is_output(I))
      return lanes::in_register(x);
    else
      return x;
  }
  static constexpr bool is_output(std::size_t i) {
    for (int k = 0; k < list.output_count; ++k)
      if (list.output(k) == static_cast<int>(i)) return true;
    return false;
  }
  template <std::size_t... I>
  GRADLANE_INLINE void run(std::index_sequence<I...>) {
    (step<I + static_cast<std::size_t>(list.inputs)>(), ...);
  }
  template <std::size_t I>
  GRADLANE_INLINE void step() {
    constexpr node n = list.nodes[I];
    if constexpr (n.code == op::constant)
      get<I>(values_) = X(n.constant);
    else
      get<I>(values_) = apply<n.code, X>(operand<n.operand[0]>(), operand<n.operand[1]>(), operand<n.operand[2]>());
  }
  template <int Index>
  GRADLANE_INLINE X operand() const {
    if constexpr (Index < 0)
      return X{};
    else
      return get<static_cast<std::size_t>(Index)>(values_);
  }

  bank values_;
};

}  // namespace gradlane
