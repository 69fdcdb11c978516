// Forward mode as a transformation of lists: from a list to one that also computes how its outputs change along a
// direction. Applied to a list that holds its own derivatives (differentiate.hpp) it gives second derivatives, forward
// over reverse: the tangents of the partials are the product of the kernel's Hessian with the direction. Since it is
// recorded, tangents share what the list computes anyway, zero tangents get no code, and products fuse into fma.
#pragma once

#include "ad/differentiate.hpp"

namespace gradlane {

namespace detail {

/// A tangent under construction: a node of the list, or −1 for a zero that costs nothing.
struct tangents {
  program* list;
  std::array<int, program::capacity> of{};

  explicit constexpr tangents(program* p) : list(p) { of.fill(-1); }
  constexpr bool has(int i) const { return i >= 0 && of[static_cast<std::size_t>(i)] >= 0; }
  constexpr recorded at(int i) const { return {list, of[static_cast<std::size_t>(i)]}; }
  constexpr void set(int i, recorded t) { of[static_cast<std::size_t>(i)] = t.index; }

  /// The tangent of node i = f(operands) from those of its operands.
  constexpr void propagate(int i) {
    const node n = list->at(i);
    const auto [ia, ib, ic] = n.operand;
    const bool a_moves = operand_count(n.code) > 0 && has(ia), b_moves = operand_count(n.code) > 1 && has(ib);
    if (!a_moves && !b_moves) return;
    const recorded a{list, ia}, b{list, ib}, y{list, i};
    switch (n.code) {
      case op::add:
        return set(i, a_moves && b_moves ? at(ia) + at(ib) : a_moves ? at(ia) : at(ib));
      case op::sub:
        return set(i, a_moves && b_moves ? at(ia) - at(ib) : a_moves ? at(ia) : -at(ib));
      case op::mul:
        if (ia == ib) return set(i, 2 * (a * at(ia)));
        if (!b_moves) return set(i, b * at(ia));
        if (!a_moves) return set(i, a * at(ib));
        return set(i, b * at(ia) + a * at(ib));
      case op::div:  // (a/b)˙ = (ȧ − y ḃ)/b
        if (!b_moves) return set(i, at(ia) / b);
        return set(i, (a_moves ? at(ia) - y * at(ib) : -(y * at(ib))) / b);
      case op::neg:
        return set(i, -at(ia));
      case op::exp_minus_abs:  // the functions that it occurs in count as functions of x alone
        return;
      case op::input:
      case op::constant:
      case op::fma:
      case op::fms:
      case op::fnma:
        throw std::logic_error("take tangents before fusing");
      default:
        if (a_moves) set(i, slope_of(n.code, a) * at(ia));
    }
  }
};

}  // namespace detail

/// The list's outputs followed by their tangents, in the same order. Behind the list's inputs come as many again, the
/// tangents of each; those of inputs that are not in `moving` are zero, whatever is handed in.
constexpr program with_tangents(const program& p, activity moving) {
  program list;
  for (int i = 0; i < 2 * p.inputs; ++i) list.push({});
  list.inputs = list.size;
  const auto moved = [&](int i) { return i < p.inputs ? i : i + p.inputs; };
  for (int i = p.inputs; i < p.size; ++i) {
    node n = p.at(i);
    for (int k = 0; k < operand_count(n.code); ++k) {
      int& operand = n.operand[static_cast<std::size_t>(k)];
      operand = moved(operand);
    }
    list.push(n);
  }
  detail::tangents t(&list);
  for (int k = 0; k < p.inputs; ++k)
    if ((moving >> k) & 1u) t.set(k, {&list, p.inputs + k});
  for (int i = list.inputs, end = list.size; i < end; ++i) t.propagate(i);
  for (int k = 0; k < p.output_count; ++k) list.add_output(moved(p.output(k)));
  for (int k = 0; k < p.output_count; ++k) {
    const int output = moved(p.output(k));
    list.add_output(t.has(output) ? t.at(output).index : detail::constant(&list, 0).index);
  }
  return without_dead_nodes(list);
}

}  // namespace gradlane
