// Lists made at compile time: what they hold, what they cost, and that executing them gives what duals give.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "ad/differentiate.hpp"
#include "ad/dual.hpp"
#include "ad/execute.hpp"
#include "memory.hpp"
#include "objective/fused_pass.hpp"
#include "objective/reverse.hpp"
#include "problems/chain.hpp"
#include "problems/gaussian_bump.hpp"
#include "problems/linear.hpp"
#include "problems/log_sum_exp.hpp"
#include "problems/logistic_regression.hpp"
#include "problems/quadratic_form.hpp"
#include "problems/quartic.hpp"
#include "problems/rosenbrock.hpp"
#include "recorder_kernels.hpp"

namespace gradlane {
namespace {

template <std::size_t Inputs, class Kernel>
constexpr program value_of(Kernel) {
  return without_dead_nodes(record<Kernel, Inputs>());
}
template <std::size_t Inputs, class Kernel>
constexpr program gradient_of(Kernel, activity active, bool seeded = false) {
  return differentiate(record<Kernel, Inputs>(), active, seeded);
}
constexpr int operations(const program& p) {
  int count = 0;
  for (int i = p.inputs; i < p.size; ++i) count += p.at(i).code != op::constant;
  return count;
}
constexpr int count_of(const program& p, op code) {
  int count = 0;
  for (int i = 0; i < p.size; ++i) count += p.at(i).code == code;
  return count;
}
constexpr bool is_constant_output(const program& p, int k, double c) {
  const node& n = p.at(p.output(k));
  return n.code == op::constant && n.constant == c;
}
/// Operands come before their users.
constexpr bool is_ordered(const program& p) {
  for (int i = 0; i < p.size; ++i)
    for (int k = 0; k < operand_count(p.at(i).code); ++k) {
      const int operand = p.at(i).operand[static_cast<std::size_t>(k)];
      if (operand < 0 || operand >= i) return false;
    }
  return true;
}

// ---- simplifications ---------------------------------------------------------------------------------------------

static_assert(operations(value_of<1>([](auto x) { return x; })) == 0);
static_assert(operations(value_of<1>([](auto x) { return 1 * x / 1 - 0; })) == 0);
static_assert(operations(value_of<1>([](auto x) { return -(-x); })) == 0);
static_assert(count_of(value_of<1>([](auto x) { return -1 * x; }), op::neg) == 1);
static_assert(count_of(value_of<1>([](auto x) { return x - (-x); }), op::add) == 1);
static_assert(count_of(value_of<2>([](auto x, auto y) { return y + -x; }), op::sub) == 1);
static_assert(operations(value_of<2>([](auto x, auto y) { return (-x) * (-y); })) == 1);
// constants are folded, but only where no rounding moves
static_assert(count_of(value_of<1>([](auto x) { return 2 * (3 * x); }), op::mul) == 1);
static_assert(count_of(value_of<1>([](auto x) { return 2 * (0.1 * x); }), op::mul) == 2);
// equal nodes are shared, in either order of the operands
static_assert(operations(value_of<2>([](auto x, auto y) { return (x * y) * (y * x); })) == 2);
static_assert(operations(value_of<2>([](auto x, auto y) { return (x + y) / (y + x); })) == 2);
static_assert(operations(value_of<2>([](auto x, auto y) { return (x - y) / (y - x); })) == 3);
static_assert(count_of(value_of<1>([](auto x) { return exp(x) * exp(x) + exp(x); }), op::exp) == 1);
static_assert(count_of(value_of<1>([](auto x) { return softplus(x) + sigmoid(x); }), op::exp_minus_abs) == 1);
// x − x and 0·x are NaN for an infinite x
static_assert(count_of(value_of<1>([](auto x) { return x - x; }), op::sub) == 1);
static_assert(count_of(value_of<1>([](auto x) { return 0 * x; }), op::mul) == 1);
static_assert(count_of(value_of<1>([](auto x) { return x / x; }), op::div) == 1);
// what nobody needs is left out
static_assert(operations(value_of<2>([](auto x, auto y) {
                const auto unused = exp(y);
                return unused.index >= 0 ? x + 1 : x;
              })) == 1);

// ---- derivatives -------------------------------------------------------------------------------------------------

// x − x has the gradient 1 − 1 = 0, and an argument that is not read has 0
static_assert(is_constant_output(gradient_of<1>([](auto x) { return x - x; }, 1), 1, 0));
static_assert(is_constant_output(gradient_of<2>([](auto x, auto) { return exp(x); }, 3), 2, 0));
static_assert(is_constant_output(gradient_of<1>([](auto x) { return 3 * x; }, 1), 1, 3));
// exp is its own derivative; sigmoid comes with softplus
static_assert(gradient_of<1>([](auto x) { return exp(x); }, 1).size == 2);
static_assert(gradient_of<1>([](auto x) { return exp(x); }, 1).output(0) == 1);
static_assert(gradient_of<1>([](auto x) { return exp(x); }, 1).output(1) == 1);
static_assert(operations(gradient_of<1>([](auto x) { return softplus(x); }, 1)) == 3);
// a square is one operand, not two: d(x²) is 2x; in d(3x²) = 3x + 3x the value's 3x serves again
static_assert(operations(gradient_of<1>([](auto x) { return x * x; }, 1)) == 2);
static_assert(operations(gradient_of<1>([](auto x) { return 3 * (x * x); }, 1)) == 3);
static_assert(count_of(gradient_of<1>([](auto x) { return 3 * (x * x); }, 1), op::add) == 1);
// … unless the square does: then there is one multiplication by 3, not two
static_assert(count_of(gradient_of<1>([](auto x) { return 3 * (x * x) + exp(x * x); }, 1), op::mul) == 4);
// a common factor is taken out, from a product inside a product too: y·z + y·x·x is y·(z + x·x)
static_assert(count_of(gradient_of<4>([](auto w, auto x, auto y, auto z) { return w * y * z + w * x * y; }, 1),
                       op::mul) == 5);
// passive inputs get no code: by x alone, xy costs nothing more than its value
static_assert(operations(gradient_of<2>([](auto x, auto y) { return x * y; }, 1)) == 1);
static_assert(gradient_of<2>([](auto x, auto y) { return x * exp(y); }, 1).output_count == 2);
static_assert(operations(gradient_of<2>([](auto x, auto y) { return x * exp(y); }, 1)) == 2);
static_assert(operations(gradient_of<2>([](auto x, auto y) { return x * exp(y); }, 3)) == 2);
// a seed of 1 costs nothing; a variable one costs the multiplications
static_assert(operations(gradient_of<2>([](auto x, auto y) { return x * y; }, 3)) == 1);
static_assert(operations(gradient_of<2>([](auto x, auto y) { return x * y; }, 3, true)) == 3);
static_assert(gradient_of<2>([](auto x, auto y) { return x * y; }, 3, true).inputs == 3);
static_assert(gradient_of<1>([](auto x) { return x; }, 1, true).output(1) == 1);

// ---- fma ---------------------------------------------------------------------------------------------------------

static_assert(count_operations(with_fma(value_of<3>([](auto x, auto y, auto z) { return x * y + z; }))) ==
              operation_counts{.fmas = 1});
static_assert(count_of(with_fma(value_of<3>([](auto x, auto y, auto z) { return x * y - z; })), op::fms) == 1);
static_assert(count_of(with_fma(value_of<3>([](auto x, auto y, auto z) { return z - x * y; })), op::fnma) == 1);
// one product of two goes in
static_assert(count_operations(with_fma(value_of<2>([](auto x, auto y) { return x * x + y * y; }))) ==
              operation_counts{.multiplications = 1, .fmas = 1});
// a product that two sums use goes into both, unless the multipliers are the busy units
static_assert(count_operations(with_fma(value_of<2>([](auto x, auto y) { return (x * y + x) / (x * y - y); }))) ==
              operation_counts{.fmas = 2, .divisions = 1});
// a product that something else needs as well stays
static_assert(count_operations(with_fma(gradient_of<2>([](auto x, auto y) { return x * y + y; }, 3))).additions == 1);
static_assert(count_operations(value_of<1>([](auto x) { return sqrt(x) + tanh(x) + softplus(x) + sigmoid(x) - -x; })) ==
              operation_counts{.additions = 4, .divisions = 2, .transcendentals = 3});

// ---- what the problems cost --------------------------------------------------------------------------------------

template <class Leaf, bool Gradient>
struct leaf_list_of;
template <class T, class Kernel, class... Args>
struct leaf_list_of<outer::sum_leaf<T, Kernel, Args...>, false> : value_list<Kernel, sizeof...(Args)> {};
template <class T, class Kernel, class... Args>
struct leaf_list_of<outer::sum_leaf<T, Kernel, Args...>, true>
    : gradient_list<Kernel, sizeof...(Args), activity_of<Args...>(), false> {};

template <bool Gradient, class... Leaves>
constexpr operation_counts cost_of(outer::leaf_list<Leaves...>) {
  operation_counts all;
  const auto add = [&](const operation_counts& c) {
    all.additions += c.additions, all.multiplications += c.multiplications, all.fmas += c.fmas;
    all.divisions += c.divisions, all.transcendentals += c.transcendentals;
  };
  (add(count_operations(leaf_list_of<Leaves, Gradient>::list)), ...);
  return all;
}
/// One term of each sum of a problem: of its value, or of its value and derivatives.
template <class Problem, bool Gradient>
constexpr operation_counts cost() {
  using evaluator = reverse_evaluator<fused_pass<pack<double>>>;
  using data_type = typename Problem::template data<double>;
  using tree = decltype(Problem::value(std::declval<slice<evaluator>>(), std::declval<const data_type&>()));
  return cost_of<Gradient>(typename tree::leaves{});
}

static_assert(cost<quartic, false>() == operation_counts{.multiplications = 2, .fmas = 2});
// the gradient by Horner's rule, x(x(6x−4) + 2r): as many multiplications as by hand
static_assert(cost<quartic, true>() == operation_counts{.additions = 2, .multiplications = 5, .fmas = 2});
static_assert(cost<chain, false>() == operation_counts{.additions = 4, .multiplications = 3, .fmas = 3});
static_assert(cost<chain, true>() == operation_counts{.additions = 8, .multiplications = 8, .fmas = 3});
static_assert(cost<gaussian_bump, false>() ==
              operation_counts{.additions = 1, .multiplications = 2, .fmas = 1, .transcendentals = 1});
static_assert(cost<gaussian_bump, true>() ==
              operation_counts{.additions = 1, .multiplications = 5, .fmas = 2, .transcendentals = 1});
static_assert(cost<rosenbrock, false>() == operation_counts{.additions = 1, .multiplications = 2, .fmas = 2});
static_assert(cost<rosenbrock, true>() == operation_counts{.additions = 2, .multiplications = 3, .fmas = 3});
// the gradients of these cost nothing beside their values
static_assert(cost<linear, true>() == operation_counts{.multiplications = 1} &&
              cost<linear, true>() == cost<linear, false>());
static_assert(cost<log_sum_exp, true>() == operation_counts{.additions = 1, .transcendentals = 1} &&
              cost<log_sum_exp, true>() == cost<log_sum_exp, false>());
static_assert(cost<quadratic_form, true>() == operation_counts{.multiplications = 1} &&
              cost<quadratic_form, true>() == cost<quadratic_form, false>());
// a sigmoid beside the softplus: a division more, no exponential
static_assert(cost<logistic_regression, false>() ==
              operation_counts{.additions = 1, .multiplications = 3, .transcendentals = 2});
static_assert(cost<logistic_regression, true>() ==
              operation_counts{.additions = 3, .multiplications = 4, .divisions = 1, .transcendentals = 2});

// ---- lists agree with duals --------------------------------------------------------------------------------------

template <class Kernel, bool Seeded>
using by_a_and_b = gradient_list<Kernel, 3, 3, Seeded>;

/// Value and derivatives by a and b of a kernel at one point, by dual numbers in f64.
template <class Kernel>
std::array<double, 3> by_duals(double a, double b, double p) {
  using V = scalar<double>;
  dual<V, V, 2> da{V(a)}, db{V(b)};
  da.d[0] = 1;
  db.d[1] = 1;
  const dual<V, V, 2> y = Kernel{}(da, db, V(p));
  return {y.v.r, y.d[0].r, y.d[1].r};
}

template <class X, class Kernel>
void expect_agreement(Kernel, std::uint64_t seed) {
  using T = typename X::element;
  static_assert(is_ordered(by_a_and_b<Kernel, false>::list) && is_ordered(by_a_and_b<Kernel, true>::list));
  testing_memory::number_source source(seed);
  const double tolerance = 300 * static_cast<double>(std::numeric_limits<T>::epsilon());
  for (int round = 0; round < 20; ++round) {
    T a[X::width], b[X::width], p[X::width];
    for (std::size_t l = 0; l < X::width; ++l)
      a[l] = static_cast<T>(source.next()), b[l] = static_cast<T>(source.next()), p[l] = static_cast<T>(source.next());
    const T seed_value = static_cast<T>(source.next());
    const executor<by_a_and_b<Kernel, false>, X> plain(X::load(a), X::load(b), X::load(p));
    const executor<by_a_and_b<Kernel, true>, X> seeded(X::load(a), X::load(b), X::load(p), X(seed_value));
    T out[6][X::width];
    plain.template output<0>().store(out[0]), seeded.template output<0>().store(out[3]);
    plain.template output<1>().store(out[1]), seeded.template output<1>().store(out[4]);
    plain.template output<2>().store(out[2]), seeded.template output<2>().store(out[5]);
    for (std::size_t l = 0; l < X::width; ++l) {
      const auto expected = by_duals<Kernel>(a[l], b[l], p[l]);
      for (std::size_t k = 0; k < 3; ++k) {
        const double bound = tolerance * (1 + std::abs(expected[k]));
        ASSERT_NEAR(out[k][l], expected[k], bound) << "output " << k;
        ASSERT_NEAR(out[3 + k][l], k == 0 ? expected[0] : expected[k] * static_cast<double>(seed_value), bound);
      }
    }
  }
}
template <class Kernel>
void expect_agreement(Kernel kernel) {
  expect_agreement<scalar<double>>(kernel, 1);
  expect_agreement<pack<double>>(kernel, 2);
  expect_agreement<scalar<float>>(kernel, 3);
  expect_agreement<pack<float>>(kernel, 4);
}

#define GRADLANE_KERNEL(name) \
  TEST(lists_and_duals, name) { expect_agreement(recorder_kernels::name); }
GRADLANE_KERNEL(polynomial)
GRADLANE_KERNEL(quotients)
GRADLANE_KERNEL(nested)
GRADLANE_KERNEL(logarithms)
GRADLANE_KERNEL(softplus_and_sigmoid)
GRADLANE_KERNEL(roots)
GRADLANE_KERNEL(negations)
GRADLANE_KERNEL(shared)
GRADLANE_KERNEL(squares)
GRADLANE_KERNEL(only_a)
GRADLANE_KERNEL(accumulated)
GRADLANE_KERNEL(constants)
GRADLANE_KERNEL(tanh_of_everything)
GRADLANE_KERNEL(oscillations)

// A literal is rounded to the precision of the execution, not of the list.
TEST(lists, literals_do_not_promote) {
  constexpr auto kernel = [](auto x) { return 0.1 * x; };
  using list = gradient_list<decltype(kernel), 1, 1, false>;
  EXPECT_EQ((executor<list, scalar<float>>(scalar<float>(3)).output<0>().r), 0.1F * 3);
  EXPECT_EQ((executor<list, scalar<float>>(scalar<float>(3)).output<1>().r), 0.1F);
}
struct second {
  static constexpr program list = [] {
    program first = gradient_of<1>([](auto x) { return exp(x * x); }, 1);
    first.outputs[0] = first.output(1), first.output_count = 1;
    return differentiate(without_dead_nodes(first), 1, false);
  }();
};
// Lists are differentiated again like any other: the derivative of 2x·exp(x²) is (2 + 4x²)·exp(x²).
TEST(lists, second_derivatives) {
  const double x = 0.75;
  const executor<second, scalar<double>> run{scalar<double>(x)};
  EXPECT_NEAR(run.output<0>().r, 2 * x * std::exp(x * x), 1e-14);
  EXPECT_NEAR(run.output<1>().r, (2 + 4 * x * x) * std::exp(x * x), 1e-14);
}
// What a list computes for NaN and infinities is what the kernel computes.
TEST(lists, special_values) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto at = []<class Kernel>(Kernel, double x) {
    return executor<value_list<Kernel, 1>, scalar<double>>(scalar<double>(x)).template output<0>().r;
  };
  EXPECT_TRUE(std::isnan(at([](auto x) { return x - x; }, infinity)));
  EXPECT_TRUE(std::isnan(at([](auto x) { return 0 * x; }, infinity)));
  EXPECT_TRUE(std::isnan(at([](auto x) { return x / x; }, infinity)));
  EXPECT_EQ(at([](auto x) { return softplus(x); }, infinity), infinity);
  EXPECT_EQ(at([](auto x) { return sigmoid(x); }, -infinity), 0);
}
// A kernel that needs more nodes than a list has is an error, not a shorter list.
TEST(lists, overflow_is_an_error) {
  program list;
  EXPECT_THROW(for (int i = 0; i <= program::capacity; ++i) list.push({}), std::length_error);
}

}  // namespace
}  // namespace gradlane
