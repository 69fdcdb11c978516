// A Wengert list: straight-line code as data, each node an operation on earlier nodes. It is built at compile time by
// running a kernel on the recorder (record.hpp), turned into its own gradient by differentiate.hpp, and then executed
// in registers (execute.hpp), array by array (objective/array_pass.hpp), or merely counted (the work model).
#pragma once

#include <array>
#include <cstddef>
#include <stdexcept>

namespace gradlane {

enum class op : unsigned char {
  input,     // passive or active; the first nodes of every program
  constant,  // node::constant
  add, sub, mul, div, neg,
  fma,       // a·b + c
  fms,       // a·b − c
  fnma,      // c − a·b
  exp, log, log1p, expm1, sqrt, sin, cos, tanh,
  exp_minus_abs,  // e^−|a|
  softplus_from,  // softplus(a), b = e^−|a|
  sigmoid_from    // sigmoid(a),  b = e^−|a|
};

constexpr int operand_count(op code) {
  switch (code) {
    case op::input:
    case op::constant: return 0;
    case op::add: case op::sub: case op::mul: case op::div: case op::softplus_from: case op::sigmoid_from: return 2;
    case op::fma: case op::fms: case op::fnma: return 3;
    default: return 1;
  }
}

struct node {
  op code = op::input;
  std::array<int, 3> operand = {-1, -1, -1};
  double constant = 0;
  constexpr bool operator==(const node&) const = default;
};

/// Fixed capacity: programs are values of constant expressions. A kernel that needs more fails to compile.
struct program {
  static constexpr int capacity = 192, max_outputs = 12;
  std::array<node, capacity> nodes{};
  int size = 0;
  int inputs = 0;
  std::array<int, max_outputs> outputs{};  ///< node indices: the value, then one derivative an active input
  int output_count = 0;

  constexpr int push(const node& n) {
    if (size == capacity) throw std::length_error("kernel too long: raise program::capacity");
    nodes[static_cast<std::size_t>(size)] = n;
    return size++;
  }
  constexpr const node& at(int i) const { return nodes[static_cast<std::size_t>(i)]; }
  constexpr node& at(int i) { return nodes[static_cast<std::size_t>(i)]; }
  constexpr int output(int k) const { return outputs[static_cast<std::size_t>(k)]; }
  constexpr void add_output(int node_index) {
    if (output_count == max_outputs) throw std::length_error("too many arguments: raise program::max_outputs");
    outputs[static_cast<std::size_t>(output_count++)] = node_index;
  }
};

/// How often each node is used, as an operand or an output.
constexpr std::array<int, program::capacity> use_counts(const program& p) {
  std::array<int, program::capacity> uses{};
  for (int i = 0; i < p.size; ++i)
    for (int k = 0; k < operand_count(p.at(i).code); ++k)
      ++uses[static_cast<std::size_t>(p.at(i).operand[static_cast<std::size_t>(k)])];
  for (int k = 0; k < p.output_count; ++k) ++uses[static_cast<std::size_t>(p.output(k))];
  return uses;
}

/// The program without the nodes that no output needs; inputs stay, so that their numbering does.
constexpr program without_dead_nodes(const program& p) {
  std::array<bool, program::capacity> live{};
  for (int k = 0; k < p.output_count; ++k) live[static_cast<std::size_t>(p.output(k))] = true;
  for (int i = p.size - 1; i >= 0; --i)
    if (live[static_cast<std::size_t>(i)])
      for (int k = 0; k < operand_count(p.at(i).code); ++k)
        live[static_cast<std::size_t>(p.at(i).operand[static_cast<std::size_t>(k)])] = true;
  program out;
  out.inputs = p.inputs;
  std::array<int, program::capacity> moved{};
  for (int i = 0; i < p.size; ++i) {
    if (i >= p.inputs && !live[static_cast<std::size_t>(i)]) continue;
    node n = p.at(i);
    for (int k = 0; k < operand_count(n.code); ++k) {
      auto& operand = n.operand[static_cast<std::size_t>(k)];
      operand = moved[static_cast<std::size_t>(operand)];
    }
    moved[static_cast<std::size_t>(i)] = out.push(n);
  }
  for (int k = 0; k < p.output_count; ++k) out.add_output(moved[static_cast<std::size_t>(p.output(k))]);
  return out;
}

/// Products used once, by an addition or subtraction, become part of an fma: one rounding less, one instruction less.
/// A product that two sums use stays: computing it twice inside two fmas saves an instruction too, but moves additions
/// to the multiplier pipes, which are the busy ones (chain on Zen 3: 1.4 × slower).
constexpr program with_fma(program p) {
  const auto uses = use_counts(p);
  const auto fusable = [&](int m) { return p.at(m).code == op::mul && uses[static_cast<std::size_t>(m)] == 1; };
  for (int i = p.inputs; i < p.size; ++i) {
    node& n = p.at(i);
    if (n.code != op::add && n.code != op::sub) continue;
    const auto [left, right, unused] = n.operand;
    if (fusable(left)) {
      n.code = n.code == op::add ? op::fma : op::fms;
      n.operand = {p.at(left).operand[0], p.at(left).operand[1], right};
    } else if (fusable(right)) {
      n.code = n.code == op::add ? op::fma : op::fnma;
      n.operand = {p.at(right).operand[0], p.at(right).operand[1], left};
    }
  }
  return without_dead_nodes(p);
}

/// Exact counts of what one evaluation of a program does.
struct operation_counts {
  int additions = 0, multiplications = 0, fmas = 0, divisions = 0, transcendentals = 0;
  constexpr bool operator==(const operation_counts&) const = default;
};
constexpr operation_counts count_operations(const program& p) {
  operation_counts c;
  for (int i = p.inputs; i < p.size; ++i) switch (p.at(i).code) {
      case op::input: case op::constant: break;
      case op::add: case op::sub: case op::neg: ++c.additions; break;
      case op::mul: ++c.multiplications; break;
      case op::fma: case op::fms: case op::fnma: ++c.fmas; break;
      case op::div: case op::sqrt: ++c.divisions; break;
      case op::softplus_from: ++c.transcendentals; break;  // one log1p
      case op::sigmoid_from: ++c.divisions; break;
      default: ++c.transcendentals;
    }
  return c;
}

}  // namespace gradlane
