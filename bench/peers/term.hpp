// A kernel on another library's numbers, as a user of that library would write it: what is used once is part of a larger
// expression, what is used more often is a variable of the library's active type. The recorder (ad/record.hpp) knows
// which is which.
//
// Everything is handed on to a continuation instead of being returned: expression templates hold references to their
// operands, even to constants, so that a returned expression would outlive what it refers to.
#pragma once

#include <cmath>
#include <tuple>
#include <type_traits>

#include "ad/record.hpp"

namespace gradlane::peers {

/// A recorded kernel as a type, with what its reader needs to know.
template <class Kernel, std::size_t Count>
struct kernel_list {
  static constexpr program list = without_dead_nodes(record<Kernel, Count>());

  /// softplus and sigmoid are written out for a library: of their operands only the first is one.
  static constexpr int operands(op code) {
    return code == op::exp_minus_abs                               ? 0
           : code == op::softplus_from || code == op::sigmoid_from ? 1
                                                                   : operand_count(code);
  }
  static constexpr bool is_named(int i) {
    if (i < list.inputs || list.at(i).code == op::constant || list.at(i).code == op::exp_minus_abs) return false;
    int uses = 0;
    for (int j = list.inputs; j < list.size; ++j)
      for (int k = 0; k < operands(list.at(j).code); ++k)
        uses += list.at(j).operand[static_cast<std::size_t>(k)] == i ? 1 : 0;
    return uses > 1;
  }
};

namespace detail {

/// The arguments, then the named intermediates, innermost last.
template <class... Args>
struct arguments {
  std::tuple<const Args&...> values;
  template <int I>
  GRADLANE_INLINE const auto& get() const {
    return std::get<static_cast<std::size_t>(I)>(values);
  }
};
template <int Index, class Value, class Outer>
struct with_name {
  const Value& value;
  const Outer& outer;
  template <int I>
  GRADLANE_INLINE const auto& get() const {
    if constexpr (I == Index)
      return value;
    else
      return outer.template get<I>();
  }
};

/// log(1 + eˣ): the library's own function if it has one, else written with what it has.
template <class E, class Consume>
GRADLANE_INLINE void with_softplus(const E& x, Consume&& consume) {
  using std::exp, std::log, std::log1p;
  if constexpr (requires { softplus(x); }) {
    consume(softplus(x));
  } else if constexpr (requires { log1p_exp(x); }) {
    consume(log1p_exp(x));
  } else {
    const auto& e = exp(x);
    // A library's number may convert to double, and std::log1p takes it.
    if constexpr (requires { requires std::is_arithmetic_v<E> || !std::is_arithmetic_v<decltype(log1p(e))>; }) {
      consume(log1p(e));
    } else {
      const double one = 1;
      const auto& sum = one + e;
      consume(log(sum));
    }
  }
}
/// 1/(1 + e^−x), likewise.
template <class E, class Consume>
GRADLANE_INLINE void with_sigmoid(const E& x, Consume&& consume) {
  using std::exp;
  if constexpr (requires { sigmoid(x); }) {
    consume(sigmoid(x));
  } else {
    const double one = 1;
    const auto& minus = -x;
    const auto& e = exp(minus);
    const auto& sum = one + e;
    consume(one / sum);
  }
}

/// Hands f(a) to `taker`.
template <op Code, class E, class Consume>
GRADLANE_INLINE void unary(const E& a, Consume&& taker) {
  const auto consume = [&](const auto& y) __attribute__((always_inline)) {
    static_assert(std::is_arithmetic_v<E> || !std::is_arithmetic_v<std::remove_cvref_t<decltype(y)>>,
                  "the library lacks this function: its number was converted to double");
    taker(y);
  };
  using std::cos, std::exp, std::expm1, std::log, std::log1p, std::sin, std::sqrt, std::tanh;
  if constexpr (Code == op::neg)
    consume(-a);
  else if constexpr (Code == op::exp)
    consume(exp(a));
  else if constexpr (Code == op::log)
    consume(log(a));
  else if constexpr (Code == op::log1p)
    consume(log1p(a));
  else if constexpr (Code == op::expm1)
    consume(expm1(a));
  else if constexpr (Code == op::sqrt)
    consume(sqrt(a));
  else if constexpr (Code == op::sin)
    consume(sin(a));
  else if constexpr (Code == op::cos)
    consume(cos(a));
  else if constexpr (Code == op::tanh)
    consume(tanh(a));
  else if constexpr (Code == op::softplus_from)
    with_softplus(a, consume);
  else if constexpr (Code == op::sigmoid_from)
    with_sigmoid(a, consume);
  else
    static_assert(Code == op::neg, "an operation that other libraries are not told");
}
template <op Code, class L, class R, class Consume>
GRADLANE_INLINE void binary(const L& l, const R& r, Consume&& consume) {
  if constexpr (Code == op::add)
    consume(l + r);
  else if constexpr (Code == op::sub)
    consume(l - r);
  else if constexpr (Code == op::mul)
    consume(l * r);
  else
    consume(l / r);
}

template <class A, class List>
struct reader {
  static constexpr const program& list = List::list;

  /// Hands node I to `consume`: an argument, a name, a constant, or an expression.
  template <int I, class Scope, class Consume>
  static GRADLANE_INLINE void with(const Scope& scope, Consume&& consume) {
    constexpr node n = list.at(I);
    if constexpr (n.code == op::input || List::is_named(I)) {
      consume(scope.template get<I>());
    } else if constexpr (n.code == op::constant) {
      const double c = n.constant;
      consume(c);
    } else {
      expression<I>(scope, consume);
    }
  }
  template <int I, class Scope, class Consume>
  static GRADLANE_INLINE void expression(const Scope& scope, Consume&& consume) {
    constexpr node n = list.at(I);
    with<n.operand[0]>(
        scope, [&](const auto& a) __attribute__((always_inline)) {
          if constexpr (List::operands(n.code) == 1)
            unary<n.code>(a, consume);
          else
            with<n.operand[1]>(
                scope, [&](const auto& b) __attribute__((always_inline)) { binary<n.code>(a, b, consume); });
        });
  }
  /// Gives names from node I on, then hands on the result.
  template <int I, class Scope, class Consume>
  static GRADLANE_INLINE void names(const Scope& scope, Consume&& consume) {
    if constexpr (I == list.size)
      with<list.output(0)>(scope, consume);
    else if constexpr (!List::is_named(I))
      names<I + 1>(scope, consume);
    else
      expression<I>(
          scope, [&](const auto& e) __attribute__((always_inline)) {
            using value_type = std::conditional_t<std::is_arithmetic_v<std::remove_cvref_t<decltype(e)>>, double, A>;
            const value_type value(e);
            names<I + 1>(with_name<I, value_type, Scope>{value, scope}, consume);
          });
  }
};

}  // namespace detail

/// Hands the kernel's value for these arguments, numbers of type A and passive doubles, to `consume`.
template <class Kernel, class A, class Consume, class... Args>
GRADLANE_INLINE void with_term(Consume&& consume, const Args&... args) {
  using list = kernel_list<Kernel, sizeof...(Args)>;
  detail::reader<A, list>::template names<list::list.inputs>(detail::arguments<Args...>{{args...}}, consume);
}

}  // namespace gradlane::peers
