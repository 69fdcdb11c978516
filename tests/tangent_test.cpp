// Second derivatives of kernels: lists with tangents, on registers and with directions in the lanes, and duals of duals.
#include "ad/tangent.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "ad/dual.hpp"
#include "ad/execute_along.hpp"
#include "objective/directional_pass.hpp"

namespace gradlane {
namespace {

using number = scalar<double>;
using second_order = dual<dual<number>>;

/// A number that moves by `a` along ε and by `b` along ε′.
second_order moving(double x, double a, double b) {
  second_order y{number(x)};
  y.d[0].v = a;
  y.v.d[0] = b;
  return y;
}

/// f″ of each function, from the formulas that one learns.
double second_of_exp(double x) { return std::exp(x); }
double second_of_log(double x) { return -1 / (x * x); }
double second_of_log1p(double x) { return -1 / ((1 + x) * (1 + x)); }
double second_of_expm1(double x) { return std::exp(x); }
double second_of_sqrt(double x) { return -0.25 / (x * std::sqrt(x)); }
double second_of_sin(double x) { return -std::sin(x); }
double second_of_cos(double x) { return -std::cos(x); }
double second_of_tanh(double x) { return -2 * std::tanh(x) * (1 - std::tanh(x) * std::tanh(x)); }
double second_of_softplus(double x) { return std::exp(x) / ((1 + std::exp(x)) * (1 + std::exp(x))); }
double second_of_sigmoid(double x) { return second_of_softplus(x) * (1 - std::exp(x)) / (1 + std::exp(x)); }

template <class Kernel>
void expect_second_derivative(Kernel kernel, double (*second)(double), const char* name) {
  using list = directional_list<Kernel, 1, 1, false>;
  using seeded = directional_list<Kernel, 1, 1, true>;
  using X = pack<double>;
  for (const double x : {0.25, 0.75, 1.5, 3.0}) {
    const double exact = second(x), allowed = 20 * 2.3e-16 * (std::abs(exact) + 1 / (x * x) + std::exp(x));
    const executor<list, number> run(number(x), number(2));
    EXPECT_NEAR(run.template output<list::tangents + 1>().r, 2 * exact, 2 * allowed) << name << ' ' << x;
    EXPECT_NEAR(run.template output<list::tangents>().r, 2 * run.template output<1>().r, 4 * allowed) << name;
    // s·f′ changes by s·f″·ẋ + f′·ṡ.
    const executor<seeded, number> with_seed(number(x), number(3), number(2), number(5));
    EXPECT_NEAR(with_seed.template output<seeded::tangents + 1>().r, 6 * exact + 5 * run.template output<1>().r,
                20 * allowed)
        << name << ' ' << x;
    const executor_along<list, X> once{number(x)};
    EXPECT_EQ(once.template output<1>().r, run.template output<1>().r) << name;
    double along[X::width];
    once.along(X(2)).template output<list::tangents + 1>().store(along);
    for (const double one : along) EXPECT_EQ(one, run.template output<list::tangents + 1>().r) << name;
    const second_order twice = kernel(moving(x, 1, 2));
    EXPECT_NEAR(twice.d[0].d[0].r, 2 * exact, 2 * allowed) << name << ' ' << x;
    EXPECT_NEAR(twice.d[0].v.r, run.template output<1>().r, allowed) << name;
  }
}

TEST(tangent, of_the_slope_of_each_function_is_its_second_derivative) {
#define GRADLANE_SECOND(name) expect_second_derivative([](auto x) { return name(x); }, second_of_##name, #name);
  GRADLANE_ELEMENTARY(GRADLANE_SECOND)
#undef GRADLANE_SECOND
}

/// f″ along (1, 2) and by each argument, against duals of duals.
template <class Kernel>
void expect_agreement(Kernel kernel, const char* name) {
  using list = directional_list<Kernel, 2, 3, false>;
  const double a = 0.7, b = 1.3;
  const executor<list, number> run(number(a), number(b), number(1), number(2));
  const second_order by_a = kernel(moving(a, 1, 1), moving(b, 0, 2)), by_b = kernel(moving(a, 0, 1), moving(b, 1, 2));
  EXPECT_NEAR(run.template output<list::tangents + 1>().r, by_a.d[0].d[0].r, 1e-14) << name;
  EXPECT_NEAR(run.template output<list::tangents + 2>().r, by_b.d[0].d[0].r, 1e-14) << name;
  EXPECT_NEAR(run.template output<list::tangents>().r, by_a.v.d[0].r, 1e-14) << name;
}
TEST(tangent, of_arithmetic_agrees_with_duals_of_duals) {
  expect_agreement([](auto a, auto b) { return a * b - b; }, "a b - b");
  expect_agreement([](auto a, auto b) { return a / b; }, "a / b");
  expect_agreement([](auto a, auto b) { return 2.5 / (a * a + b) - (3 - a) * b / 4; }, "quotients of numbers");
  expect_agreement([](auto a, auto b) { return -a * exp(-(a * b)) + square(b - 1); }, "exp and a square");
  expect_agreement([](auto a, auto b) { return sin(a * b) * tanh(a - b) / sqrt(a + b); }, "functions of both");
}

TEST(tangent, of_a_division_is_exact_where_it_can_be) {
  const second_order y = moving(2, 1, 1) / moving(4, 0, 1);  // ∂²/∂a∂b of a/b is −1/b²; along (1, 1) by a: −1/16
  EXPECT_EQ(y.d[0].d[0].r, -1.0 / 16);
}

// A direction that does not move an input, and a kernel that is linear in the other, cost nothing.
template <class Kernel>
constexpr program moved(Kernel, activity active, activity moving) {
  return with_tangents(differentiate(record<Kernel, 2>(), active, false), moving);
}
constexpr program by_the_first = moved([](auto a, auto b) { return a * b; }, 3, 1);
static_assert(by_the_first.inputs == 4 && by_the_first.output_count == 6);
static_assert(by_the_first.output(4) != by_the_first.output(5));
static_assert(by_the_first.at(by_the_first.output(4)).code == op::constant, "∂/∂a = b does not move");
static_assert(by_the_first.output(5) == 2, "∂/∂b = a moves by the tangent of a, the third input");

/// The tangents of one sum's list run beside numbers that many directions share.
static_assert(dual<number, pack<double>, 2>::width == 1 + 2 * pack<double>::width);

}  // namespace
}  // namespace gradlane
