// Reverse mode as a transformation of lists: from the list of a kernel to one that also computes its derivatives.
// Seed the output's adjoint, walk the nodes backwards, and add to each operand's adjoint the node's adjoint times the
// partial derivative. Since the sweep is itself recorded, it shares subexpressions with the forward part, a first
// adjoint write is an assignment (there is nothing to add to), a seed of 1 costs nothing, passive inputs get no code,
// and the result can be executed, counted or differentiated again like any other list.
#pragma once

#include <algorithm>
#include <utility>

#include "ad/record.hpp"

namespace gradlane {

/// Bit k says whether input k is active.
using activity = unsigned;

namespace detail {

/// A product seen as factor · left · right (right < 0: factor · left).
struct factorisation {
  int factor, left, right;
};
/// The ways to take one factor out of a product of two, or of three where a factor is a product itself.
struct factorisations {
  std::array<factorisation, 6> of{};
  int count = 0;

  constexpr factorisations(const program& list, int product) {
    const node& n = list.at(product);
    if (n.code != op::mul) return;
    const int a = n.operand[0], b = n.operand[1];
    push({a, b, -1});
    push({b, a, -1});
    for (const auto& [inner, other] : {std::pair{a, b}, std::pair{b, a}}) {
      const node& m = list.at(inner);
      if (m.code != op::mul) continue;
      push({m.operand[0], m.operand[1], other});
      push({m.operand[1], m.operand[0], other});
    }
  }
  constexpr void push(factorisation f) { of[static_cast<std::size_t>(count++)] = f; }
};

/// The adjoints of a list under construction: 2^power · node, the node being −1 for "no contribution yet". Squares bring
/// a factor 2 each; it is left pending, exactly, so that all of them can be paid with one multiplication (see below).
struct adjoint_value {
  int node = -1, power = 0;
};
/// With `factored`, a·b + a·c is recorded as a·(b + c), also where a is a factor of a factor: Horner's rule. A
/// multiplication becomes an addition, and the error bound does not grow: |a|·(|b| + |c|) bounds both forms.
struct adjoints {
  program* list;
  int forward_size;
  bool factored;
  std::array<adjoint_value, program::capacity> of{};
  std::array<bool, program::capacity> active{};

  constexpr adjoints(program* p, activity inputs, bool factor) : list(p), forward_size(p->size), factored(factor) {
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
  constexpr recorded scaled(recorded x, int power) const {
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
    slot = {sum({list, slot.node}, slot.power - common, contribution, power - common).index, common};
  }
  /// 2^i · x + 2^k · y.
  constexpr recorded sum(recorded x, int i, recorded y, int k) const {
    if (is_neg(x) && is_neg(y)) return -sum(operand(x, 0), i, operand(y, 0), k);
    const bool minus_x = is_neg(x), minus_y = is_neg(y);
    const recorded a = minus_x ? operand(x, 0) : x, b = minus_y ? operand(y, 0) : y;
    const auto [f, g] = common_factor(a.index, b.index);
    if (f.factor < 0) return scaled(x, i) + scaled(y, k);
    const recorded u = scaled(cofactor(f), i), v = scaled(cofactor(g), k);
    return recorded{list, f.factor} * (minus_x ? v - u : minus_y ? u - v : u + v);
  }
  constexpr recorded cofactor(const factorisation& f) const {
    const recorded left{list, f.left};
    return f.right < 0 ? left : left * recorded{list, f.right};
  }
  /// Of the factorisations with the same factor that with the fewest new products; {-1, …} if there is none. Products of
  /// the forward part stay as they are: they are computed anyway.
  constexpr std::pair<factorisation, factorisation> common_factor(int a, int b) const {
    std::pair<factorisation, factorisation> best{{-1, -1, -1}, {-1, -1, -1}};
    if (!factored || a < forward_size || b < forward_size) return best;
    const factorisations of_a(*list, a), of_b(*list, b);
    int least = 3;
    for (int i = 0; i < of_a.count; ++i)
      for (int k = 0; k < of_b.count; ++k) {
        const factorisation f = of_a.of[static_cast<std::size_t>(i)], g = of_b.of[static_cast<std::size_t>(k)];
        const int products = (f.right >= 0 ? 1 : 0) + (g.right >= 0 ? 1 : 0);
        if (f.factor != g.factor || products >= least) continue;
        least = products;
        best = {f, g};
      }
    return best;
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
constexpr program sweep(const program& forward, activity active, bool seeded, bool factored, int power,
                        int* least_power) {
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

  adjoints adjoint(&list, active, factored);
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

/// A first sweep leaves a factor 2^k pending on every derivative (chain: 8, from three squares in a row); the second
/// starts from 2^k for the least k, so that one multiplication at the top replaces those at every square. Exact.
constexpr program sweep(const program& forward, activity active, bool seeded, bool factored) {
  int least_power = 0, rest = 0;
  const program first = sweep(forward, active, seeded, factored, 0, &least_power);
  if (least_power == 0 || least_power == program::capacity) return first;
  return sweep(forward, active, seeded, factored, least_power, &rest);
}

/// c·t² as (c·t)·t, where t² serves nothing else: the derivative 2c·t is then an addition, c·t being there already.
constexpr program with_scaled_squares(const program& p) {
  const auto uses = use_counts(p);
  program out;
  std::array<int, program::capacity> moved{};
  for (int i = 0; i < p.size; ++i) {
    node n = p.at(i);
    for (int k = 0; k < operand_count(n.code); ++k) {
      int& operand = n.operand[static_cast<std::size_t>(k)];
      operand = moved[static_cast<std::size_t>(operand)];
    }
    if (n.code == op::mul && p.at(p.at(i).operand[0]).code == op::constant) {
      const int m = p.at(i).operand[1];
      const auto [t, u, unused] = p.at(m).operand;
      if (p.at(m).code == op::mul && t == u && uses[static_cast<std::size_t>(m)] == 1) {
        const int root = moved[static_cast<std::size_t>(t)];
        n = {op::mul, {root, out.push({op::mul, {n.operand[0], root, -1}, 0}), -1}, 0};
      }
    }
    moved[static_cast<std::size_t>(i)] = out.push(n);
  }
  out.inputs = p.inputs;
  for (int k = 0; k < p.output_count; ++k) out.add_output(moved[static_cast<std::size_t>(p.output(k))]);
  return without_dead_nodes(out);
}

/// Cycles from the inputs to the last output, about those of current cores.
constexpr int latency(const program& p) {
  std::array<int, program::capacity> ready{};
  int last = 0;
  for (int i = p.inputs; i < p.size; ++i) {
    const node& n = p.at(i);
    int& at = ready[static_cast<std::size_t>(i)];
    for (int k = 0; k < operand_count(n.code); ++k)
      at = std::max(at, ready[static_cast<std::size_t>(n.operand[static_cast<std::size_t>(k)])]);
    at += n.code == op::constant ? 0 : is_sum(n.code) || n.code == op::neg ? 3 : n.code <= op::fnma ? 4 : 40;
    last = std::max(last, at);
  }
  return last;
}
/// What bounds the time of a list: its busier kind of pipe, then all operations, then the way through them.
constexpr std::array<int, 3> cost(const program& recorded_list) {
  const program p = with_fma(recorded_list);
  const auto [multiplies, additions] = pipe_load(p);
  return {std::max(multiplies, additions), multiplies + additions, latency(p)};
}

}  // namespace detail

/// The list's value followed by its derivative with respect to each active input, in order. `seeded`: one more input
/// is appended behind the list's own, the adjoint of the value (passive, the same for all i); otherwise it is 1.
/// An input that the value does not depend on has derivative 0. Common factors are taken out where that pays (quartic:
/// 9 multiplications become 7).
constexpr program differentiate(const program& kernel, activity active, bool seeded) {
  const program forward = detail::with_scaled_squares(kernel);
  const program plain = detail::sweep(forward, active, seeded, false);
  const program factored = detail::sweep(forward, active, seeded, true);
  return detail::cost(factored) < detail::cost(plain) ? factored : plain;
}

}  // namespace gradlane
