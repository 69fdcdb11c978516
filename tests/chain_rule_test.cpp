// Lists of the chain rule: partials, formulas written out, the drawing's edges; networks that cannot be.
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include "chain_rule/drawing.hpp"
#include "chain_rule/kernels.hpp"
#include "chain_rule/network.hpp"

namespace {

using namespace gradlane;

/// x²·y + sin(x²): the square is used twice.
struct shared_square {
  template <class X>
  constexpr X operator()(X x, X y) const {
    const X s = square(x);
    return s * y + sin(s);
  }
};
/// 16 squares of sums: 2 inputs and 32 operations.
struct long_kernel {
  template <class X>
  constexpr X operator()(X x, X y) const {
    for (int k = 0; k < 16; ++k) x = square(x + y);
    return x;
  }
};

TEST(ChainRule, APartialIsValueAndDerivative) {
  constexpr program list = record<shared_square, 2>();
  const double at[] = {0.5, 3};
  for (const int k : {0, 1}) {
    const std::vector<double> out = evaluate(with_partial(list, k), at);
    ASSERT_EQ(out.size(), 2u);
    EXPECT_DOUBLE_EQ(out[0], 0.75 + std::sin(0.25));
    EXPECT_DOUBLE_EQ(out[1], k == 0 ? 3 + std::cos(0.25) : 0.25);
  }
}

TEST(ChainRule, WrittenOutWhatIsSharedIsWrittenTwice) {
  constexpr program list = record<shared_square, 2>();
  static_assert(operations(list) == 4);  // square, times y, sin, sum
  constexpr formula_size size = formula_of(list, 0);
  static_assert(size.operations == 5);  // x²·y + sin(x²)
  static_assert(size.inputs[0] == 2 && size.inputs[1] == 1);
  constexpr program tree = written_out(list, 0);
  static_assert(operations(tree) == 5);
  const double at[] = {0.5, 3};
  EXPECT_DOUBLE_EQ(evaluate(tree, at)[0], evaluate(list, at)[0]);
  const auto uses = use_counts(tree);
  for (int i = tree.inputs; i < tree.size; ++i)
    EXPECT_LE(uses[static_cast<std::size_t>(i)], tree.at(i).code == op::mul ? 2 : 1);
}

TEST(ChainRule, EdgesCarryPartialsAndAdjoints) {
  constexpr program list = record<shared_square, 2>();
  const double at[] = {0.5, 3};
  const drawing d = draw(list, 0b11, at);
  EXPECT_DOUBLE_EQ(d.nodes[0].adjoint, 3 + std::cos(0.25));
  EXPECT_DOUBLE_EQ(d.nodes[1].adjoint, 0.25);
  for (const drawn_edge& e : d.edges)
    if (e.from == 0) {
      EXPECT_DOUBLE_EQ(e.partial, 1);  // 2x, one edge
    }
}

TEST(ChainRule, APassiveInputHasNoAdjoint) {
  const double at[] = {0.5, 3};
  const drawing d = draw(record<shared_square, 2>(), 0b01, at);
  EXPECT_TRUE(d.nodes[0].active);
  EXPECT_FALSE(d.nodes[1].active);
  EXPECT_EQ(d.nodes[1].adjoint, 0);
}

TEST(ChainRule, ALargeKernelIsNotDrawn) {
  const double at[] = {0, 0};
  try {
    draw(record<long_kernel, 2>(), 0b11, at);
    FAIL() << "drawn";
  } catch (const std::invalid_argument& e) {
    EXPECT_STREQ(e.what(), "34 nodes, at most 30 can be drawn");
  }
}

/// Every kernel of every problem, at the same inputs: the three ways and the edges give the same partials.
TEST(ChainRule, EveryKernelTheSamePartialsFourWays) {
  const double at[] = {0.75, -0.5, 0.25, 1.5, 0.125, -1.25};
  ASSERT_FALSE(all_kernels().empty());
  for (const kernel_facts& k : all_kernels()) {
    ASSERT_LE(k.inputs(), 6);
    double forward[8], backward[8], expanded[8];
    k.forward(at, forward, 1);
    k.backward(at, backward, 1);
    if (k.expanded != nullptr) k.expanded(at, expanded, 1);
    const drawing d = draw(k.list, k.active, at);
    std::size_t place = 0;
    for (const int i : k.active_inputs()) {
      const double close = 1e-13 * (1 + std::abs(backward[place]));
      EXPECT_NEAR(forward[place], backward[place], close) << k.problem;
      if (k.expanded != nullptr) {
        EXPECT_NEAR(expanded[place], backward[place], close) << k.problem;
      }
      EXPECT_NEAR(d.nodes[static_cast<std::size_t>(i)].adjoint, backward[place], close) << k.problem;
      ++place;
    }
  }
}

TEST(ChainRule, NetworksThatCannotBe) {
  EXPECT_THROW(network(0, 4), std::invalid_argument);
  EXPECT_THROW(network(1, 1), std::invalid_argument);
  EXPECT_THROW(network(1, 6), std::invalid_argument);
}

TEST(ChainRule, ANetworkByHand) {
  network net(1, 2);
  const double x[] = {0.5, -0.25};
  double g[2];
  // ½(a+b)² − 1 + ½(a−b)² − 1 = a² + b² − 2.
  EXPECT_DOUBLE_EQ(net.backward(x, g), 0.25 + 0.0625 - 2);
  EXPECT_DOUBLE_EQ(g[0], 1);
  EXPECT_DOUBLE_EQ(g[1], -0.5);
}

}  // namespace
