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
  add,
  sub,
  mul,
  div,
  neg,
  fma,   // a·b + c
  fms,   // a·b − c
  fnma,  // c − a·b
  exp,
  log,
  log1p,
  expm1,
  sqrt,
  sin,
  cos,
  tanh,
  exp_minus_abs,  // e^−|a|
  softplus_from,  // softplus(a), b = e^−|a|
  sigmoid_from    // sigmoid(a),  b = e^−|a|
};

constexpr int operand_count(op code) {
  switch (code) {
    case op::input:
    case op::constant:
      return 0;
    case op::add:
    case op::sub:
    case op::mul:
    case op::div:
    case op::softplus_from:
    case op::sigmoid_from:
      return 2;
    case op::fma:
    case op::fms:
    case op::fnma:
      return 3;
    default:
      return 1;
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

namespace detail {

constexpr bool is_sum(op code) { return code == op::add || code == op::sub; }

/// Turns addition or subtraction i, one of whose operands is product m, into an fma.
constexpr void fuse(program& p, int i, int m) {
  node& n = p.at(i);
  const auto [left, right, unused] = n.operand;
  n.code = n.code == op::add ? op::fma : left == m ? op::fms : op::fnma;
  n.operand = {p.at(m).operand[0], p.at(m).operand[1], left == m ? right : left};
}
/// Nodes that keep the multipliers busy, and those that keep the adders busy (compilers double by adding).
constexpr std::array<int, 2> pipe_load(const program& p) {
  std::array<int, 2> load{};
  for (int i = p.inputs; i < p.size; ++i) {
    const node& n = p.at(i);
    const bool doubles =
        n.code == op::mul && p.at(n.operand[0]).code == op::constant && p.at(n.operand[0]).constant == 2;
    if (is_sum(n.code) || n.code == op::neg || doubles)
      ++load[1];
    else if (n.code == op::mul || n.code == op::fma || n.code == op::fms || n.code == op::fnma)
      ++load[0];
  }
  return load;
}

}  // namespace detail

/// Products become part of an fma, one rounding less and one instruction less. A product that one sum uses always does.
/// One that several sums use (a·b in x + a·b and x − a·b) is computed in each of them, which moves additions to the
/// multiplier pipes: it is fused as long as that does not make these the busier ones (chain on Zen 3: 24 operations
/// become 22; fusing all or none costs 1.2 × more time).
constexpr program with_fma(program p) {
  const auto uses = use_counts(p);
  for (int i = p.inputs; i < p.size; ++i) {
    if (!detail::is_sum(p.at(i).code)) continue;
    for (const int m : {p.at(i).operand[0], p.at(i).operand[1]})
      if (p.at(m).code == op::mul && uses[static_cast<std::size_t>(m)] == 1) {
        detail::fuse(p, i, m);
        break;
      }
  }
  p = without_dead_nodes(p);
  const auto shared = use_counts(p);
  auto [multiplies, additions] = detail::pipe_load(p);
  ++additions;  // the sum over i
  for (int m = p.inputs; m < p.size; ++m) {
    if (p.at(m).code != op::mul) continue;
    int sums = 0;
    for (int i = m + 1; i < p.size; ++i)
      sums += detail::is_sum(p.at(i).code) && (p.at(i).operand[0] == m) != (p.at(i).operand[1] == m) ? 1 : 0;
    if (sums < 2 || sums != shared[static_cast<std::size_t>(m)] || multiplies - 1 + sums > additions) continue;
    for (int i = m + 1; i < p.size; ++i)
      if (detail::is_sum(p.at(i).code) && (p.at(i).operand[0] == m || p.at(i).operand[1] == m)) detail::fuse(p, i, m);
    multiplies += sums - 1;
    additions -= sums;
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
      case op::input:
      case op::constant:
        break;
      case op::add:
      case op::sub:
      case op::neg:
        ++c.additions;
        break;
      case op::mul:
        ++c.multiplications;
        break;
      case op::fma:
      case op::fms:
      case op::fnma:
        ++c.fmas;
        break;
      case op::div:
      case op::sqrt:
        ++c.divisions;
        break;
      case op::softplus_from:
        ++c.transcendentals;
        break;  // one log1p
      case op::sigmoid_from:
        ++c.divisions;
        break;
      default:
        ++c.transcendentals;
    }
  return c;
}

}  // namespace gradlane
