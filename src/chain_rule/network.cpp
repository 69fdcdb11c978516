#include "chain_rule/network.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <utility>

#include "ad/dual.hpp"
#include "ad/execute.hpp"

namespace gradlane {

namespace {

template <class X>
struct pair_of {
  X u, v;
};
/// The unit, written once: recorded, executed on numbers and on duals.
template <class X>
GRADLANE_INLINE constexpr pair_of<X> unit(X a, X b) {
  return {0.5 * square(a + b) - 1, 0.5 * square(a - b) - 1};
}

/// Inputs a, b; outputs u, v.
struct unit_list {
  static constexpr program list = [] {
    program p;
    for (int k = 0; k < 2; ++k) p.push({});
    p.inputs = 2;
    const pair_of<recorded> y = unit(recorded{&p, 0}, recorded{&p, 1});
    p.add_output(y.u.index);
    p.add_output(y.v.index);
    return p;
  }();
};
/// Inputs a, b and the adjoints of u, v; outputs those of a and b: the derivatives of ū·u + v̄·v.
struct unit_adjoints {
  static constexpr program list = [] {
    constexpr auto seeded = [](auto a, auto b, auto ubar, auto vbar) {
      const auto [u, v] = unit(a, b);
      return ubar * u + vbar * v;
    };
    program p = differentiate(record<decltype(seeded), 4>(), 0b11, false);
    p.outputs = {p.output(1), p.output(2)};
    p.output_count = 2;
    return without_dead_nodes(p);
  }();
};
constexpr unit_counts unit_size{operations(unit_list::list), operations(with_tangents(unit_list::list, 0b11)),
                                operations(unit_adjoints::list)};

/// The units of layer l: calls f with the places of their pairs.
template <class F>
GRADLANE_INLINE void for_pairs(std::size_t width, std::size_t layer, F&& f) {
  const std::size_t apart = std::size_t{1} << layer % static_cast<std::size_t>(std::countr_zero(width));
  for (std::size_t block = 0; block < width; block += 2 * apart)
    for (std::size_t i = block; i < block + apart; ++i) f(i, i + apart);
}

/// A node's formula, and that of its derivative by one input (`moves`: it has one).
struct node_size {
  double value = 0, slope = 0;
  bool moves = false;
};
/// The formula of output `output` of a unit with tangents, its inputs (a, b, ȧ, ḃ) being formulas themselves.
double composed(const program& p, int output, const node_size& a, const node_size& b) {
  const formula_size f = formula_of(p, output);
  return f.operations + f.inputs[0] * a.value + f.inputs[1] * b.value + f.inputs[2] * a.slope + f.inputs[3] * b.slope;
}

}  // namespace

unit_counts counts_of_unit() { return unit_size; }

network::network(std::size_t depth, std::size_t width) : depth_(depth), width_(width) {
  if (depth == 0 || width < 2 || !std::has_single_bit(width))
    throw std::invalid_argument("a network has at least one layer and a width of 2, 4, 8, …");
  values_.resize((depth + 1) * width);
  adjoints_.resize(width);
  tangents_.resize(width * most_directions);
}

network_counts network::counts() const {
  const double m = static_cast<double>(width_), units = static_cast<double>(depth_) * m / 2;
  network_counts c;
  c.primal = units * unit_size.primal + (m - 1);
  c.forward = m * (units * unit_size.forward + 2 * (m - 1));
  c.backward = c.primal + units * unit_size.backward;
  // A unit whose partners both, or only one of them, depend on the input.
  static constexpr program both = with_tangents(unit_list::list, 0b11), first = with_tangents(unit_list::list, 0b01),
                           second = with_tangents(unit_list::list, 0b10);
  for (std::size_t input = 0; input < width_; ++input) {
    std::vector<node_size> nodes(width_);
    nodes[input].moves = true;  // its derivative is 1
    for (std::size_t layer = 0; layer < depth_; ++layer)
      for_pairs(width_, layer, [&](std::size_t i, std::size_t k) {
        const node_size a = nodes[i], b = nodes[k];
        const program& p = a.moves == b.moves ? both : a.moves ? first : second;
        const bool moves = a.moves || b.moves;
        nodes[i] = {composed(p, 0, a, b), moves ? composed(p, 2, a, b) : 0, moves};
        nodes[k] = {composed(p, 1, a, b), moves ? composed(p, 3, a, b) : 0, moves};
      });
    double terms = 0;
    for (const node_size& n : nodes)
      if (n.moves) c.expanded += n.slope, ++terms;
    c.expanded += terms - 1;
  }
  return c;
}

double network::primal(const double* x) {
  std::copy_n(x, width_, values_.begin());
  for (std::size_t layer = 0; layer < depth_; ++layer) {
    const double* const from = values_.data() + layer * width_;
    double* const to = values_.data() + (layer + 1) * width_;
    for_pairs(width_, layer, [=](std::size_t i, std::size_t k) {
      const executor<unit_list, scalar<double>> e{scalar<double>(from[i]), scalar<double>(from[k])};
      to[i] = e.output<0>().r;
      to[k] = e.output<1>().r;
    });
  }
  const double* const last = values_.data() + depth_ * width_;
  double sum = last[0];
  for (std::size_t i = 1; i < width_; ++i) sum += last[i];
  return sum;
}

/// Values and tangents in arrays of their own: a dual written in pieces of 8 bytes and read as a whole waits for the cache.
template <std::size_t W>
double network::forward_sweeps(const double* x, double* gradient) {
  using number = dual<scalar<double>, scalar<double>, W>;
  double* const values = values_.data();
  double* const tangents = tangents_.data();
  const auto load = [=](std::size_t i) {
    number a;
    a.v = values[i];
    for (std::size_t w = 0; w < W; ++w) a.d[w] = tangents[i * W + w];
    return a;
  };
  const auto store = [=](std::size_t i, const number& a) {
    values[i] = a.v.r;
    for (std::size_t w = 0; w < W; ++w) tangents[i * W + w] = a.d[w].r;
  };
  double value = 0;
  for (std::size_t first = 0; first < width_; first += W) {
    std::copy_n(x, width_, values);
    std::fill_n(tangents, width_ * W, 0.0);
    for (std::size_t w = 0; w < W && first + w < width_; ++w) tangents[(first + w) * W + w] = 1;
    for (std::size_t layer = 0; layer < depth_; ++layer)
      for_pairs(width_, layer, [&](std::size_t i, std::size_t k) {
        const pair_of<number> y = unit(load(i), load(k));
        store(i, y.u);
        store(k, y.v);
      });
    number sum = load(0);
    for (std::size_t i = 1; i < width_; ++i) sum += load(i);
    value = sum.v.r;
    for (std::size_t w = 0; w < W && first + w < width_; ++w) gradient[first + w] = sum.d[w].r;
  }
  return value;
}
double network::forward(const double* x, double* gradient) { return forward_sweeps<1>(x, gradient); }
double network::forward_by_eight(const double* x, double* gradient) {
  return forward_sweeps<most_directions>(x, gradient);
}

double network::backward(const double* x, double* gradient) {
  const double value = primal(x);
  std::fill(adjoints_.begin(), adjoints_.end(), 1.0);  // L is the sum
  double* const bar = adjoints_.data();
  for (std::size_t layer = depth_; layer-- > 0;) {
    const double* const at = values_.data() + layer * width_;
    for_pairs(width_, layer, [=](std::size_t i, std::size_t k) {
      const executor<unit_adjoints, scalar<double>> e{scalar<double>(at[i]), scalar<double>(at[k]),
                                                      scalar<double>(bar[i]), scalar<double>(bar[k])};
      bar[i] = e.output<0>().r;
      bar[k] = e.output<1>().r;
    });
  }
  std::copy_n(bar, width_, gradient);
  return value;
}

}  // namespace gradlane
