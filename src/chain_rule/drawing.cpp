#include "chain_rule/drawing.hpp"

#include "ad/execute.hpp"

namespace gradlane {

namespace {

/// The operations that have operands; `apply` chosen at run time.
template <std::size_t... K>
double apply_any(op code, double a, double b, double c, std::index_sequence<K...>) {
  double y = 0;
  constexpr std::size_t first = static_cast<std::size_t>(op::add);
  ((static_cast<op>(first + K) == code ? (void)(y = apply<static_cast<op>(first + K), scalar<double>>(
                                                        scalar<double>(a), scalar<double>(b), scalar<double>(c))
                                                        .r)
                                       : (void)0),
   ...);
  return y;
}

std::vector<double> values_of(const program& list, const double* x) {
  std::vector<double> v(static_cast<std::size_t>(list.size));
  const auto operand = [&](int i) { return i < 0 ? 0.0 : v[static_cast<std::size_t>(i)]; };
  for (int i = 0; i < list.size; ++i) {
    const node& n = list.at(i);
    v[static_cast<std::size_t>(i)] =
        i < list.inputs ? x[i]
        : n.code == op::constant
            ? n.constant
            : apply_any(n.code, operand(n.operand[0]), operand(n.operand[1]), operand(n.operand[2]),
                        std::make_index_sequence<op_codes - static_cast<std::size_t>(op::add)>{});
  }
  return v;
}

/// Distinct operands of a node.
std::vector<int> operands_of(const node& n) {
  std::vector<int> found;
  for (int k = 0; k < operand_count(n.code); ++k)
    if (const int i = n.operand[static_cast<std::size_t>(k)]; k == 0 || i != found.front()) found.push_back(i);
  return found;
}

/// One node as a kernel of its own, whose inputs are its distinct operands: its partials are those of any kernel.
program alone(const node& n, const std::vector<int>& operands) {
  program p;
  for (std::size_t k = 0; k < operands.size(); ++k) p.push({});
  p.inputs = p.size;
  node own = n;
  for (int k = 0; k < operand_count(n.code); ++k) {
    int& i = own.operand[static_cast<std::size_t>(k)];
    i = i == operands.front() ? 0 : 1;
  }
  p.add_output(p.push(own));
  return p;
}

const char* symbol_of(op code) {
  switch (code) {
    case op::input:
      return "input";
    case op::constant:
      return "constant";
    case op::add:
      return "+";
    case op::sub:
    case op::neg:
      return "−";
    case op::mul:
      return "×";
    case op::div:
      return "÷";
    case op::softplus_from:
      return "softplus";
    case op::sigmoid_from:
      return "sigmoid";
    case op::exp_minus_abs:
      return "e^−|·|";
    default:
      return function_name(code);
  }
}

}  // namespace

std::vector<double> evaluate(const program& list, const double* x) {
  const std::vector<double> v = values_of(list, x);
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(list.output_count));
  for (int k = 0; k < list.output_count; ++k) out.push_back(v[static_cast<std::size_t>(list.output(k))]);
  return out;
}

drawing draw(const program& kernel, activity active, const double* x) {
  if (drawn_size(kernel) > most_drawn_nodes)
    throw std::invalid_argument(std::to_string(drawn_size(kernel)) + " nodes, at most " +
                                std::to_string(most_drawn_nodes) + " can be drawn");
  const std::vector<double> values = values_of(kernel, x);
  const auto moving = varying_nodes(kernel, active);
  drawing d;
  for (int i = 0; i < kernel.size; ++i) {
    const node& n = kernel.at(i);
    const bool square = n.code == op::mul && n.operand[0] == n.operand[1];
    d.nodes.push_back({i, square ? "²" : symbol_of(n.code), values[static_cast<std::size_t>(i)], 0,
                       moving[static_cast<std::size_t>(i)] && n.code != op::exp_minus_abs});
    const std::vector<int> operands = operands_of(n);
    std::vector<double> at;
    at.reserve(operands.size());
    for (const int k : operands) at.push_back(values[static_cast<std::size_t>(k)]);
    for (std::size_t k = 0; k < operands.size(); ++k)
      d.edges.push_back(
          {operands[k], i, evaluate(with_partial(alone(n, operands), static_cast<int>(k)), at.data())[1]});
  }
  d.nodes[static_cast<std::size_t>(kernel.output(0))].adjoint = 1;
  for (auto e = d.edges.rbegin(); e != d.edges.rend(); ++e) {  // by falling `to`: its adjoint is complete
    drawn_node& from = d.nodes[static_cast<std::size_t>(e->from)];
    if (from.active) from.adjoint += d.nodes[static_cast<std::size_t>(e->to)].adjoint * e->partial;
  }
  return d;
}

}  // namespace gradlane
