// Reverse mode as a transformation of lists: from the list of a kernel to one that also computes its derivatives.
// Seed the output's adjoint, walk the nodes backwards, and add to each operand's adjoint the node's adjoint times the
// partial derivative. Since the sweep is itself recorded, it shares subexpressions with the forward part, a first
// adjoint write is an assignment (there is nothing to add to), a seed of 1 costs nothing, passive inputs get no code,
// and the result can be executed, counted or differentiated again like any other list.
#pragma once

#include "ad/record.hpp"

namespace gradlane {

/// Bit k says whether input k is active.
using activity = unsigned;

namespace detail {

/// The adjoints of a list under construction: a node index or −1 for "no contribution yet".
struct adjoints {
  program* list;
  std::array<int, program::capacity> of{};
  std::array<bool, program::capacity> active{};

  constexpr adjoints(program* p, activity inputs, int forward_size) : list(p) {
    of.fill(-1);
    for (int i = 0; i < forward_size; ++i) {
      const node& n = p->at(i);
      bool any = i < p->inputs && ((inputs >> i) & 1u);
      for (int k = 0; k < operand_count(n.code); ++k)
        any = any || active[static_cast<std::size_t>(n.operand[static_cast<std::size_t>(k)])];
      active[static_cast<std::size_t>(i)] = any;
    }
  }
  constexpr bool wants(int i) const { return active[static_cast<std::size_t>(i)]; }
  constexpr void add(int i, recorded contribution) {
    int& slot = of[static_cast<std::size_t>(i)];
    slot = slot < 0 ? contribution.index : (recorded{list, slot} + contribution).index;
  }
};

constexpr recorded slope_of(op code, recorded x) {
  switch (code) {
    case op::exp: return exp_with_slope(x).slope;
    case op::log: return log_with_slope(x).slope;
    case op::log1p: return log1p_with_slope(x).slope;
    case op::expm1: return expm1_with_slope(x).slope;
    case op::sqrt: return sqrt_with_slope(x).slope;
    case op::sin: return sin_with_slope(x).slope;
    case op::cos: return cos_with_slope(x).slope;
    case op::tanh: return tanh_with_slope(x).slope;
    case op::softplus_from: return softplus_with_slope(x).slope;
    case op::sigmoid_from: return sigmoid_with_slope(x).slope;
    default: throw std::logic_error("an operation without a derivative rule");
  }
}

/// Adds node i's contributions to the adjoints of its operands.
constexpr void propagate(program& list, adjoints& adjoint, int i) {
  const node n = list.at(i);
  const recorded bar{&list, adjoint.of[static_cast<std::size_t>(i)]};
  const auto [ia, ib, ic] = n.operand;
  const recorded a{&list, ia}, b{&list, ib}, y{&list, i};
  const bool to_a = ia >= 0 && adjoint.wants(ia), to_b = ib >= 0 && adjoint.wants(ib);
  switch (n.code) {
    case op::input:
    case op::constant: return;
    case op::add:
      if (to_a) adjoint.add(ia, bar);
      if (to_b) adjoint.add(ib, bar);
      return;
    case op::sub:
      if (to_a) adjoint.add(ia, bar);
      if (to_b) adjoint.add(ib, -bar);
      return;
    case op::mul:
      if (ia == ib) {  // the square: 2·bar·a, the factor 2 folded into a constant bar
        if (to_a) adjoint.add(ia, (2 * bar) * a);
        return;
      }
      if (to_a) adjoint.add(ia, bar * b);
      if (to_b) adjoint.add(ib, bar * a);
      return;
    case op::div: {
      const recorded scaled = bar / b;
      if (to_a) adjoint.add(ia, scaled);
      if (to_b) adjoint.add(ib, -(scaled * y));
      return;
    }
    case op::neg:
      if (to_a) adjoint.add(ia, -bar);
      return;
    case op::fma:
    case op::fms:
    case op::fnma:
    case op::exp_minus_abs: throw std::logic_error("differentiate before fusing; e^-|x| only occurs inside softplus");
    default:  // functions of a; softplus_from and sigmoid_from count as functions of a alone
      if (to_a) adjoint.add(ia, bar * slope_of(n.code, a));
  }
}

}  // namespace detail

/// The list's value followed by its derivative with respect to each active input, in order. `seeded`: one more input
/// is appended behind the list's own, the adjoint of the value (passive, the same for all i); otherwise it is 1.
/// An input that the value does not depend on has derivative 0.
constexpr program differentiate(const program& forward, activity active, bool seeded) {
  program list;
  for (int i = 0; i < forward.inputs + (seeded ? 1 : 0); ++i) list.push({});
  list.inputs = list.size;
  const int shift = seeded ? 1 : 0;  // nodes behind the inputs move up by one
  const auto moved = [&](int i) { return i < forward.inputs ? i : i + shift; };
  for (int i = forward.inputs; i < forward.size; ++i) {
    node n = forward.at(i);
    for (auto& operand : n.operand)
      if (operand >= 0) operand = moved(operand);
    list.push(n);
  }
  const int value = moved(forward.output(0)), forward_size = list.size;

  detail::adjoints adjoint(&list, active, forward_size);
  adjoint.of[static_cast<std::size_t>(value)] =
      seeded ? forward.inputs : detail::constant(&list, 1).index;
  for (int i = forward_size - 1; i >= 0; --i)
    if (adjoint.wants(i) && adjoint.of[static_cast<std::size_t>(i)] >= 0) detail::propagate(list, adjoint, i);

  list.add_output(value);
  for (int k = 0; k < forward.inputs; ++k) {
    if (!((active >> k) & 1u)) continue;
    const int slot = adjoint.of[static_cast<std::size_t>(k)];
    list.add_output(slot >= 0 ? slot : detail::constant(&list, 0).index);
  }
  return without_dead_nodes(list);
}

}  // namespace gradlane
