// The chain rule three ways, as lists of a recorded kernel that can be counted and executed:
//   expanded   every partial derivative written out as a formula of the inputs, nothing shared
//   forward    from an input to the output: tangents beside values, one sweep for each input
//   backward   from the output to all inputs: one sweep for all (differentiate.hpp)
// What is counted are operations: additions, subtractions, negations, multiplications, divisions, functions, one each.
// Inputs and constants are none. Nothing is fused: what a fused multiply-add saves is the machine's, not the rule's.
#pragma once

#include "ad/differentiate.hpp"
#include "ad/tangent.hpp"

namespace gradlane {

/// Operations of a list: each node is computed once.
constexpr int operations(const program& p) {
  int count = 0;
  for (int i = p.inputs; i < p.size; ++i) count += p.at(i).code != op::constant ? 1 : 0;
  return count;
}

/// A kernel's value (output 0) and its derivative by input k (output 1), from a tangent of 1 at that input and none at the
/// others: what dual numbers compute in one sweep, without the operations on zeros and ones.
constexpr program with_partial(const program& kernel, int k) {
  program list = kernel;
  detail::tangents t(&list);
  t.set(k, detail::constant(&list, 1));
  for (int i = kernel.inputs; i < kernel.size; ++i) t.propagate(i);
  const int value = kernel.output(0);
  list.output_count = 0;
  list.add_output(value);
  list.add_output(t.has(value) ? t.at(value).index : detail::constant(&list, 0).index);
  return without_dead_nodes(list);
}

/// The list's output number `output` alone.
constexpr program only_output(const program& p, int output) {
  program list = p;
  list.output_count = 0;
  list.add_output(p.output(output));
  return without_dead_nodes(list);
}

/// The size of a formula: its operations, and how often each input is written in it. Numbers of many digits, since they
/// grow by a factor with each layer of a network; exact up to 2⁵³.
struct formula_size {
  double operations = 0;
  std::array<double, 8> inputs{};
  constexpr formula_size& operator+=(const formula_size& other) {
    operations += other.operations;
    for (std::size_t k = 0; k < inputs.size(); ++k) inputs[k] += other.inputs[k];
    return *this;
  }
};
/// Of the list's output `output`, written out: a node that is used twice is written twice. A square is not: (…)² has its
/// base once.
constexpr formula_size formula_of(const program& p, int output) {
  std::array<formula_size, program::capacity> sizes{};
  for (int i = 0; i < p.size; ++i) {
    formula_size& own = sizes[static_cast<std::size_t>(i)];
    const node& n = p.at(i);
    if (i < p.inputs) {
      if (i < static_cast<int>(own.inputs.size())) own.inputs[static_cast<std::size_t>(i)] = 1;
      continue;
    }
    own.operations = n.code == op::constant ? 0 : 1;
    for (int k = 0; k < operand_count(n.code); ++k) {
      const bool square = n.code == op::mul && k == 1 && n.operand[0] == n.operand[1];
      if (!square) own += sizes[static_cast<std::size_t>(n.operand[static_cast<std::size_t>(k)])];
    }
  }
  return sizes[static_cast<std::size_t>(p.output(output))];
}

namespace detail {
constexpr int write_out(const program& from, int i, program& to) {
  node n = from.at(i);
  if (i < from.inputs) return i;
  for (int k = 0; k < operand_count(n.code); ++k) {
    int& operand = n.operand[static_cast<std::size_t>(k)];
    const bool square = n.code == op::mul && k == 1 && from.at(i).operand[0] == from.at(i).operand[1];
    operand = square ? n.operand[0] : write_out(from, operand, to);
  }
  return to.push(n);
}
}  // namespace detail

/// Whether the formula of an output, written out, fits into a list (constants take room too, at most one an operation).
constexpr bool can_write_out(const program& p, int output) {
  return 2 * formula_of(p, output).operations + p.inputs < program::capacity;
}
/// That formula as a list: a tree, each of its nodes used once.
constexpr program written_out(const program& p, int output) {
  program list;
  for (int i = 0; i < p.inputs; ++i) list.push({});
  list.inputs = p.inputs;
  list.add_output(detail::write_out(p, p.output(output), list));
  return list;
}

}  // namespace gradlane
