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

/// The adjoints of a list under construction: 2^power · node, the node being −1 for "no contribution yet". Squares bring
/// a factor 2 each; it is left pending, exactly, so that all of them can be paid with one multiplication (see below).
struct adjoint_value {
  int node = -1, power = 0;
};
struct adjoints {
  program* list;
  std::array<adjoint_value, program::capacity> of{};
  std::array<bool, program::capacity> active{};

  constexpr adjoints(program* p, activity inputs, int forward_size) : list(p) {
    for (int i = 0; i < forward_size; ++i) {
      const node& n = p->at(i);
      bool any = i < p->inputs && ((inputs >> i) & 1u);
      for (int k = 0; k < operand_count(n.code); ++k)
        any = any || active[static_cast<std::size_t>(n.operand[static_cast<std::size_t>(k)])];
      active[static_cast<std::size_t>(i)] = any;
    }
  }
  constexpr bool wants(int i) const { return active[static_cast<std::size_t>(i)]; }
  constexpr adjoint_value& at(int i) { return of[static_cast<std::size_t>(i)]; }
  /// 2^power · x as a node.
  constexpr recorded scaled(recorded x, int power) {
    double factor = 1;
    for (int k = 0; k < power; ++k) factor *= 2;
    return constant(list, factor) * x;
  }
  constexpr void add(int i, recorded contribution, int power) {
    adjoint_value& slot = at(i);
    if (slot.node < 0) {
      slot = {contribution.index, power};
      return;
    }
    const int common = slot.power < power ? slot.power : power;
    const recorded sum = scaled({list, slot.node}, slot.power - common) + scaled(contribution, power - common);
    slot = {sum.index, common};
  }
};

constexpr recorded slope_of(op code, recorded x) {
  switch (code) {
    case op::exp:
      return exp_with_slope(x).slope;
    case op::log:
      return log_with_slope(x).slope;
    case op::log1p:
      return log1p_with_slope(x).slope;
    case op::expm1:
      return expm1_with_slope(x).slope;
    case op::sqrt:
      return sqrt_with_slope(x).slope;
    case op::sin:
      return sin_with_slope(x).slope;
    case op::cos:
      return cos_with_slope(x).slope;
    case op::tanh:
      return tanh_with_slope(x).slope;
    case op::softplus_from:
      return softplus_with_slope(x).slope;
    case op::sigmoid_from:
      return sigmoid_with_slope(x).slope;
    default:
      throw std::logic_error("an operation without a derivative rule");
  }
}

/// Adds node i's contributions to the adjoints of its operands.
constexpr void propagate(program& list, adjoints& adjoint, int i) {
  const node n = list.at(i);
  const recorded bar{&list, adjoint.at(i).node};
  const int power = adjoint.at(i).power;
  const auto [ia, ib, ic] = n.operand;
  const recorded a{&list, ia}, b{&list, ib}, y{&list, i};
  const auto to = [&](int operand, recorded contribution, int more = 0) {
    if (adjoint.wants(operand)) adjoint.add(operand, contribution, power + more);
  };
  switch (n.code) {
    case op::input:
    case op::constant:
      return;
    case op::add:
      to(ia, bar);
      to(ib, bar);
      return;
    case op::sub:
      to(ia, bar);
      to(ib, -bar);
      return;
    case op::mul:
      if (ia == ib) return to(ia, bar * a, 1);
      if (adjoint.wants(ia)) to(ia, bar * b);
      if (adjoint.wants(ib)) to(ib, bar * a);
      return;
    case op::div: {
      const recorded quotient = bar / b;
      to(ia, quotient);
      if (adjoint.wants(ib)) to(ib, -(quotient * y));
      return;
    }
    case op::neg:
      return to(ia, -bar);
    case op::fma:
    case op::fms:
    case op::fnma:
    case op::exp_minus_abs:
      throw std::logic_error("differentiate before fusing; e^-|x| only occurs inside softplus");
    default:  // functions of a; softplus_from and sigmoid_from count as functions of a alone
      if (adjoint.wants(ia)) to(ia, bar * slope_of(n.code, a));
  }
}

/// One sweep, the output's adjoint being 2^power (times the seed, if there is one) with 2^−power pending.
constexpr program sweep(const program& forward, activity active, bool seeded, int power, int* least_power) {
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

  adjoints adjoint(&list, active, forward_size);
  const recorded seed = seeded ? recorded{&list, forward.inputs} : constant(&list, 1);
  adjoint.at(value) = {adjoint.scaled(seed, power).index, -power};
  for (int i = forward_size - 1; i >= 0; --i)
    if (adjoint.wants(i) && adjoint.at(i).node >= 0) propagate(list, adjoint, i);

  list.add_output(value);
  *least_power = program::capacity;
  for (int k = 0; k < forward.inputs; ++k) {
    if (!((active >> k) & 1u)) continue;
    const adjoint_value slot = adjoint.at(k);
    if (slot.node < 0) {
      list.add_output(constant(&list, 0).index);
      continue;
    }
    *least_power = slot.power < *least_power ? slot.power : *least_power;
    list.add_output(slot.power < 0 ? slot.node : adjoint.scaled({&list, slot.node}, slot.power).index);
  }
  return without_dead_nodes(list);
}

}  // namespace detail

/// The list's value followed by its derivative with respect to each active input, in order. `seeded`: one more input
/// is appended behind the list's own, the adjoint of the value (passive, the same for all i); otherwise it is 1.
/// An input that the value does not depend on has derivative 0.
///
/// A first sweep leaves a factor 2^k pending on every derivative (chain: 8, from three squares in a row); the second
/// starts from 2^k for the least k, so that one multiplication at the top replaces those at every square. Exact.
constexpr program differentiate(const program& forward, activity active, bool seeded) {
  int least_power = 0, rest = 0;
  const program first = detail::sweep(forward, active, seeded, 0, &least_power);
  if (least_power == 0 || least_power == program::capacity) return first;
  return detail::sweep(forward, active, seeded, least_power, &rest);
}

}  // namespace gradlane
