// The oracle of every problem against MPFR with 200 bits, in two steps: the closed form in quad against the closed form
// in MPFR (what rounding in quad leaves), and that against difference quotients, in MPFR too, of the value as it stands
// in the objective (whether the formula is the gradient). And its long dot products.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "big.hpp"
#include "oracle/magnitude.hpp"  // before the problems: it adds to exact_dot
#include "oracle/random.hpp"
#include "oracle_sample.hpp"
#include "problem_registry.hpp"
#include "reference_objective.hpp"

namespace gradlane {
namespace {

#ifdef MPFR_VERSION

template <class Problem, class T>
typename Problem::template data<T> data_of(const inputs<T>& in) {
  std::vector<typename array_source<T>::entry> entries;
  for (const named_array<T>& a : in.arrays) entries.push_back({a.name, a.values.data(), a.rows, a.cols});
  return Problem::template data<T>::bind(array_source<T>(std::move(entries)), in.n);
}

/// |quad − MPFR| ≤ 2⁻¹¹³·(n + 16)·Σ|terms|: the oracle adds in order, and rounds a term a few times.
void expect_rounding_of_quad(quad in_quad, const big& exact, double scale, std::size_t n) {
  const double error = static_cast<double>(abs(big::from(in_quad) - exact));
  EXPECT_LE(error, 0x1p-113 * static_cast<double>(n + 16) * scale);
}

/// Every component.
template <class Problem, class T>
void expect_quad_is_exact(const char* name, std::size_t n) {
  SCOPED_TRACE(std::string(name) + ", n = " + std::to_string(n) + ", " + std::to_string(sizeof(T)) + " bytes");
  const inputs<T> in = make_inputs<T>(problem(name), n, 1, 3);
  const auto data = data_of<Problem>(in);
  const typename Problem::template oracle<quad, T> exact(in.x.data(), n, data);
  const typename Problem::template oracle<big, T> closed(in.x.data(), n, data);
  const typename Problem::template oracle<magnitude, T> scale(in.x.data(), n, data);
  expect_rounding_of_quad(exact.value, closed.value, scale.value.s, n);
  for (std::size_t i = 0; i < n && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    expect_rounding_of_quad(exact.component(i), closed.component(i), scale.component(i).s, n);
  }
}

/// With h = 2⁻⁴⁰ the quotient is off by 2⁻¹⁶⁰/30 times a fifth derivative, and by about n·2⁻²⁰⁰/h of Σ|terms| of L.
template <class Problem, class T>
void expect_formula_is_the_gradient(const char* name, std::size_t n, std::size_t components) {
  SCOPED_TRACE(std::string(name) + ", n = " + std::to_string(n) + ", " + std::to_string(sizeof(T)) + " bytes");
  const inputs<T> in = make_inputs<T>(problem(name), n, 1, 3);
  const auto data = data_of<Problem>(in);
  std::vector<big> x(in.x.begin(), in.x.end());
  const typename Problem::template oracle<big, T> closed(in.x.data(), n, data);
  const typename Problem::template oracle<magnitude, T> scale(in.x.data(), n, data);
  const auto near = [](const big& a, const big& b, double by) { EXPECT_LE(static_cast<double>(abs(a - b)), by); };
  near(closed.value, reference_value<Problem, T>(x.data(), n, data), 1e-55 * scale.value.s);
  for (std::size_t k = 0; k < components && !testing::Test::HasFailure(); ++k) {
    const std::size_t i = components == n ? k : k * (n - 1) / (components - 1);
    SCOPED_TRACE(i);
    near(closed.component(i), reference_component<Problem, T>(x.data(), n, data, i, 0x1p-40),
         1e-43 * (scale.value.s + scale.component(i).s));
  }
}

template <class Problem>
void expect_right(const char* name) {
  constexpr bool dense = Problem::facts.dense;
  const catalogue_entry& p = problem(name);
  for (const std::size_t about : {1U, 2U, 5U, 36U}) {
    expect_quad_is_exact<Problem, double>(name, valid_size(p, about));
    expect_quad_is_exact<Problem, float>(name, valid_size(p, about));
    expect_formula_is_the_gradient<Problem, double>(name, valid_size(p, about), valid_size(p, about));
    expect_formula_is_the_gradient<Problem, float>(name, valid_size(p, about), valid_size(p, about));
  }
  expect_quad_is_exact<Problem, double>(name, 1000);
  expect_quad_is_exact<Problem, float>(name, dense ? 100 : 1000);
  expect_formula_is_the_gradient<Problem, double>(name, dense ? 100 : 1000, 5);
}

TEST(mpfr, agrees_with_the_oracle_of_every_problem) {
#define GRADLANE_CALL(name) expect_right<name>(#name);
  GRADLANE_FOR_EACH_PROBLEM(GRADLANE_CALL)
#undef GRADLANE_CALL
}

TEST(mpfr, agrees_with_the_quad_functions) {
  const random_stream stream(1, "mpfr");
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const double x = stream.uniform<double>(i, -20, 20);
    const double small = stream.uniform<double>(i + 1000, -1, 1);
    expect_near(exp(quad(x)), exp(big(x)).to_quad(), 2e-34);
    expect_near(expm1(quad(small)), expm1(big(small)).to_quad(), 4e-34);
    expect_near(log(abs(quad(x))), log(big(std::abs(x))).to_quad(), 2e-34);
    expect_near(log1p(exp(quad(x))), log1p(exp(big(x))).to_quad(), 1e-32);
    expect_near(sqrt(abs(quad(x))), sqrt(big(std::abs(x))).to_quad(), 2e-34);
    expect_near(sin(quad(small)), sin(big(small)).to_quad(), 2e-34);
    expect_near(cos(quad(small)), cos(big(small)).to_quad(), 2e-34);
    expect_near(tanh(quad(x)), tanh(big(x)).to_quad(), 1e-33);
  }
}

/// Above 2000 elements they are pairs of doubles, with the bound of dot.hpp; terms cancel to a 10⁸th of themselves.
template <class T>
void expect_dot_within_its_bound(std::size_t n) {
  const random_stream stream(1, "dot");
  std::vector<T> a(n), b(n);
  for (std::size_t i = 0; i < n; ++i) {
    a[i] = stream.uniform<T>(i, -1, 1);
    b[i] = stream.uniform<T>(n + i, -1, 1);
  }
  for (std::size_t i = 0; i + 3 < n; i += 6) {
    a[i] *= T(1e8);
    a[i + 3] = -a[i], b[i + 3] = b[i];
  }
  big dot(0), terms(0);
  for (std::size_t i = 0; i < n; ++i) {
    const big term = big(a[i]) * big(b[i]);
    dot += term, terms += abs(term);
  }
  const auto computed = exact_dot<quad>(a.data(), 1, b.data(), 1, n);
  const auto count = static_cast<double>(n);
  EXPECT_LE(static_cast<double>(abs(big::from(computed) - dot)), count * count * 0x1p-106 * static_cast<double>(terms))
      << n;
  EXPECT_LE(static_cast<double>(abs(dot)), 1e-6 * static_cast<double>(terms));
}

TEST(mpfr, agrees_with_long_dot_products) {
  for (const std::size_t n : {std::size_t{2000}, std::size_t{2001}, std::size_t{10000}, std::size_t{65537}}) {
    expect_dot_within_its_bound<double>(n);
    expect_dot_within_its_bound<float>(n);
  }
}

#else

TEST(mpfr, is_what_the_oracle_is_held_against) {
  GTEST_SKIP() << "MPFR was not found when this was configured (Debian: libmpfr-dev)";
}

#endif

}  // namespace
}  // namespace gradlane
