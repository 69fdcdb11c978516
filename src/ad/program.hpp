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
inline constexpr std::size_t op_codes = static_cast<std::size_t>(op::sigmoid_from) + 1;

/// The operations that cost more than an instruction or two, as the work model and the probes of their rates name them;
/// null for the others.
constexpr const char* function_name(op code) {
  switch (code) {
    case op::div:
      return "divide";
    case op::exp:
      return "exp";
    case op::log:
      return "log";
    case op::log1p:
      return "log1p";
    case op::expm1:
      return "expm1";
    case op::sqrt:
      return "sqrt";
    case op::sin:
      return "sin";
    case op::cos:
      return "cos";
    case op::tanh:
      return "tanh";
    case op::exp_minus_abs:
      return "exp_minus_abs";
    case op::softplus_from:
      return "softplus_from";
    case op::sigmoid_from:
      return "sigmoid_from";
    default:
      return nullptr;
  }
}

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
  static constexpr int capacity = 512, max_outputs = 12;
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

/// Which nodes differ from one term of a sum to the next, given (as bits) the inputs that do. The others are computed
/// once, before the loop.
constexpr std::array<bool, program::capacity> varying_nodes(const program& p, unsigned varying_inputs) {
  std::array<bool, program::capacity> varies{};
  for (int i = 0; i < p.size; ++i) {
    bool any = i < p.inputs && ((varying_inputs >> i) & 1u);
    for (int k = 0; k < operand_count(p.at(i).code); ++k)
      any = any || varies[static_cast<std::size_t>(p.at(i).operand[static_cast<std::size_t>(k)])];
    varies[static_cast<std::size_t>(i)] = any;
  }
  return varies;
}

/// How often each operation code occurs among the nodes that vary.
struct code_counts {
  std::array<int, op_codes> counts{};
  constexpr int of(op code) const { return counts[static_cast<std::size_t>(code)]; }
};
constexpr code_counts count_codes(const program& p, unsigned varying_inputs = ~0u) {
  const auto varies = varying_nodes(p, varying_inputs);
  code_counts c;
  for (int i = p.inputs; i < p.size; ++i)
    if (varies[static_cast<std::size_t>(i)]) ++c.counts[static_cast<std::size_t>(p.at(i).code)];
  return c;
}

/// The same in short.
struct operation_counts {
  int additions = 0, multiplications = 0, fmas = 0, divisions = 0, transcendentals = 0;
  constexpr bool operator==(const operation_counts&) const = default;
};
constexpr operation_counts count_operations(const program& p) {
  const code_counts c = count_codes(p);
  operation_counts sums{.additions = c.of(op::add) + c.of(op::sub) + c.of(op::neg),
                        .multiplications = c.of(op::mul),
                        .fmas = c.of(op::fma) + c.of(op::fms) + c.of(op::fnma),
                        .divisions = c.of(op::div) + c.of(op::sqrt) + c.of(op::sigmoid_from)};
  for (const op code : {op::exp, op::log, op::log1p, op::expm1, op::sin, op::cos, op::tanh, op::exp_minus_abs,
                        op::softplus_from})  // its softplus is one log1p
    sums.transcendentals += c.of(code);
  return sums;
}

}  // namespace gradlane
