// The recorder: a constexpr number type that leaves a Wengert list behind instead of computing. Every way of building
// a list goes through it (kernels, their derivatives, the scalars over the sums), so that its simplifications hold
// everywhere. They change no result: identities with 0, 1 and −1, constants folded, equal nodes shared. What could
// change one is left alone: x − x and 0·x are NaN for an infinite x and stay.
#pragma once

#include "ad/elementary.hpp"
#include "ad/program.hpp"

namespace gradlane {

struct recorded {
  program* list = nullptr;
  int index = -1;
};

namespace detail {

constexpr bool is_constant(const recorded& x) { return x.list->at(x.index).code == op::constant; }
constexpr double constant_of(const recorded& x) { return x.list->at(x.index).constant; }
constexpr bool is_constant(const recorded& x, double c) { return is_constant(x) && constant_of(x) == c; }
constexpr bool is_neg(const recorded& x) { return x.list->at(x.index).code == op::neg; }
constexpr recorded operand(const recorded& x, std::size_t k) { return {x.list, x.list->at(x.index).operand[k]}; }

/// The node, shared with an equal earlier one.
constexpr recorded emit(program* list, const node& n) {
  for (int i = list->inputs; i < list->size; ++i)
    if (list->at(i) == n) return {list, i};
  return {list, list->push(n)};
}
constexpr recorded emit(op code, recorded a) { return emit(a.list, {code, {a.index, -1, -1}, 0}); }
constexpr recorded emit(op code, recorded a, recorded b) { return emit(a.list, {code, {a.index, b.index, -1}, 0}); }
constexpr recorded constant(program* list, double c) { return emit(list, {op::constant, {-1, -1, -1}, c}); }

/// An integer small enough that products of two are exact in f32.
constexpr bool is_small_integer(double c) {
  return c >= -4096 && c <= 4096 && static_cast<double>(static_cast<int>(c)) == c;
}

}  // namespace detail

constexpr recorded operator-(recorded a) {
  using namespace detail;
  if (is_constant(a)) return constant(a.list, -constant_of(a));
  if (is_neg(a)) return operand(a, 0);
  return emit(op::neg, a);
}
constexpr recorded operator+(recorded a, recorded b);
constexpr recorded operator-(recorded a, recorded b) {
  using namespace detail;
  if (is_constant(a) && is_constant(b)) return constant(a.list, constant_of(a) - constant_of(b));
  if (is_constant(b, 0)) return a;
  if (is_neg(b)) return a + operand(b, 0);
  return emit(op::sub, a, b);
}
constexpr recorded operator+(recorded a, recorded b) {
  using namespace detail;
  if (is_constant(a) && is_constant(b)) return constant(a.list, constant_of(a) + constant_of(b));
  if (is_neg(b)) return a - operand(b, 0);
  if (is_neg(a)) return b - operand(a, 0);
  return a.index <= b.index ? emit(op::add, a, b) : emit(op::add, b, a);
}
constexpr recorded operator*(recorded a, recorded b) {
  using namespace detail;
  if (is_constant(a) && is_constant(b)) return constant(a.list, constant_of(a) * constant_of(b));
  if (is_constant(b)) return b * a;
  if (is_constant(a, 1)) return b;
  if (is_constant(a, -1)) return -b;
  if (is_neg(a) && is_neg(b)) return operand(a, 0) * operand(b, 0);
  if (is_constant(a) && is_neg(b)) return constant(a.list, -constant_of(a)) * operand(b, 0);
  if (is_neg(a)) return -(operand(a, 0) * b);
  if (is_neg(b)) return -(a * operand(b, 0));
  if (is_constant(a) && b.list->at(b.index).code == op::mul) {  // c·(d·x) = (c·d)·x, exact for small integers
    const recorded inner = operand(b, 0);
    if (is_constant(inner) && is_small_integer(constant_of(a)) && is_small_integer(constant_of(inner)))
      return constant(a.list, constant_of(a) * constant_of(inner)) * operand(b, 1);
  }
  if (is_constant(a)) return emit(op::mul, a, b);
  return a.index <= b.index ? emit(op::mul, a, b) : emit(op::mul, b, a);
}
constexpr recorded operator/(recorded a, recorded b) {
  using namespace detail;
  if (is_constant(a) && is_constant(b)) return constant(a.list, constant_of(a) / constant_of(b));
  if (is_constant(b, 1)) return a;
  return emit(op::div, a, b);
}

#define GRADLANE_RECORDED_LITERAL(sign)                             \
  template <literal U>                                              \
  constexpr recorded operator sign(recorded a, U b) {               \
    return a sign detail::constant(a.list, static_cast<double>(b)); \
  }                                                                 \
  template <literal U>                                              \
  constexpr recorded operator sign(U a, recorded b) {               \
    return detail::constant(b.list, static_cast<double>(a)) sign b; \
  }
GRADLANE_RECORDED_LITERAL(+)
GRADLANE_RECORDED_LITERAL(-)
GRADLANE_RECORDED_LITERAL(*)
GRADLANE_RECORDED_LITERAL(/)
#undef GRADLANE_RECORDED_LITERAL

constexpr recorded& operator+=(recorded& a, recorded b) { return a = a + b; }

constexpr recorded exp(recorded x) { return detail::emit(op::exp, x); }
constexpr recorded log(recorded x) { return detail::emit(op::log, x); }
constexpr recorded log1p(recorded x) { return detail::emit(op::log1p, x); }
constexpr recorded expm1(recorded x) { return detail::emit(op::expm1, x); }
constexpr recorded sqrt(recorded x) { return detail::emit(op::sqrt, x); }
constexpr recorded sin(recorded x) { return detail::emit(op::sin, x); }
constexpr recorded cos(recorded x) { return detail::emit(op::cos, x); }
constexpr recorded tanh(recorded x) { return detail::emit(op::tanh, x); }
constexpr recorded exp_minus_abs(recorded x) { return detail::emit(op::exp_minus_abs, x); }
constexpr recorded softplus_from(recorded x, recorded e) { return detail::emit(op::softplus_from, x, e); }
constexpr recorded sigmoid_from(recorded x, recorded e) { return detail::emit(op::sigmoid_from, x, e); }
constexpr recorded softplus(recorded x) { return softplus_from(x, exp_minus_abs(x)); }
constexpr recorded sigmoid(recorded x) { return sigmoid_from(x, exp_minus_abs(x)); }
constexpr recorded square(recorded x) { return x * x; }

/// Runs a kernel of `count` arguments on the recorder: one input node an argument, one output, the value.
template <class Kernel, std::size_t... I>
constexpr program record(std::index_sequence<I...>) {
  program list;
  for (std::size_t i = 0; i < sizeof...(I); ++i) list.push({});
  list.inputs = static_cast<int>(sizeof...(I));
  const recorded result = Kernel{}(recorded{&list, static_cast<int>(I)}...);
  list.add_output(result.index);
  return list;
}
template <class Kernel, std::size_t Count>
constexpr program record() {
  return record<Kernel>(std::make_index_sequence<Count>{});
}

}  // namespace gradlane
