// The oracle's closed forms against known values to the last digits.
#include <gtest/gtest.h>

#include <cmath>

#include "oracle_sample.hpp"
#include "problems/chain.hpp"
#include "problems/gaussian_bump.hpp"
#include "problems/log_sum_exp.hpp"
#include "problems/matrix_factorization.hpp"
#include "problems/quartic.hpp"

namespace gradlane {
namespace {

/// Value and gradient of a problem without data, in quad at a quad point.
template <class Problem>
auto exactly(const std::vector<quad>& x) {
  return typename Problem::template oracle<quad, quad>(x.data(), x.size(), no_data{});
}

TEST(quad, mixes_with_numbers_and_has_113_bits) {
  EXPECT_GT(static_cast<double>(1 + quad(0x1p-112) - 1), 0);
  EXPECT_EQ(static_cast<double>(1 + quad(0x1p-113) - 1), 0);
  EXPECT_EQ(static_cast<double>(2.5f * quad(3) - 1 / quad(4)), 7.25);
  EXPECT_TRUE(is_finite(quad(1)) && !is_finite(log(quad(0))) && !is_finite(quad(NAN)));
  EXPECT_EQ(ilogb(quad(0x1.8p-1040)), -1040);
}

TEST(quad, elementary_functions_agree_with_each_other) {
  for (const double x : {-7.5, -0.125, 1e-9, 0.75, 30.0}) {
    const quad q(x);
    expect_near(log(exp(q)), q, last_digits + 1e-34 / std::abs(x));
    expect_near(log1p(expm1(q)), q, 1e-30);  // near −7.5 expm1 is close to −1
    expect_near(sin(q) * sin(q) + cos(q) * cos(q), 1, last_digits);
    expect_near(sqrt(q * q), abs(q), last_digits);
    expect_near(tanh(q) * (exp(q) + exp(-q)), exp(q) - exp(-q), 1e-24);  // cancels at 1e-9
  }
}

TEST(golden, log_sum_exp) {
  const std::vector<quad> x{0, log(quad(2))};
  const auto f = exactly<log_sum_exp>(x);
  expect_near(f.value, log(quad(3)), last_digits);
  expect_near(f.component(0), quad(1) / 3, last_digits);
  expect_near(f.component(1), quad(2) / 3, last_digits);
  const std::vector<quad> moved{x[0] + quad(1) / 100, x[1] - quad(3) / 100};
  const quad truth = log(exp(quad(1) / 100) + 2 * exp(-quad(3) / 100));
  expect_near(exactly<log_sum_exp>(moved).value, truth, last_digits);
  // The first-order approximation log 3 + 0.01/3 − 0.02 is off by half the variance of the step under (1/3, 2/3).
  const quad linear = log(quad(3)) + quad(1) / 300 - quad(2) / 100;
  const double variance = 0.0001 / 3 + 0.0009 * 2 / 3 - std::pow(0.01 / 3 - 0.02, 2);
  EXPECT_NEAR(static_cast<double>(truth - linear), variance / 2, 1e-6);
  for (const double m : {1000.0, -1000.0}) {
    const std::vector<double> far{m, m};
    EXPECT_EQ(oracle_at("log_sum_exp", far)->value(), m + std::log(2.0));
  }
}

TEST(golden, chain) {
  const std::vector<quad> x{-1, 0, -2, 1};
  const auto f = exactly<chain>(x);
  EXPECT_TRUE(f.value == 1024);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(f.component(i) == -4096);
}

TEST(golden, quartic) {
  const std::vector<quad> x{-1, 0, 2};
  const quad values[] = {-5, 0, -32};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::vector<quad> one{x[i]};
    EXPECT_TRUE(exactly<quartic>(one).value == values[i]);
    EXPECT_TRUE(exactly<quartic>(one).component(0) == 0);
  }
}

TEST(golden, gaussian_bump) {
  const std::vector<quad> x{-1, 0};
  const auto f = exactly<gaussian_bump>(x);
  expect_near(f.value, -exp(quad(-1)), last_digits);
  expect_near(f.component(0), -exp(quad(-1)), last_digits);
  EXPECT_TRUE(f.component(1) == 0);
}

TEST(golden, matrix_factorization) {
  // V = (3, 4), U = (1, 2)ᵀ and X the unit matrix: E = (−2, −4; −6, −7).
  const std::vector<quad> x{3, 4, 1, 2}, unit{1, 0, 0, 1};
  const matrix_factorization::data<quad> data{{unit.data(), 4}, 2, 1};
  const matrix_factorization::oracle<quad, quad> f(x.data(), 4, data);
  EXPECT_TRUE(f.value == 105);
  const quad gradient[] = {28, 36, 44, 92};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(f.component(i) == gradient[i]) << i;
}

TEST(matrix_factorization, rank_divides_and_is_an_eighth_of_the_size_at_most) {
  const auto is = [](std::size_t n, std::size_t size, std::size_t rank) {
    const auto [m, r] = matrix_factorization::dimensions_of(n);
    EXPECT_EQ(m, size) << n;
    EXPECT_EQ(r, rank) << n;
  };
  is(2, 1, 1), is(4, 2, 1), is(16, 8, 1), is(64, 16, 2), is(1000, 100, 5), is(1024, 64, 8), is(514, 257, 1);
  is(16384, 256, 32), is(1 << 20, 2048, 256);
  for (std::size_t n = 2; n < 3000; n += 2) {
    const auto [m, r] = matrix_factorization::dimensions_of(n);
    EXPECT_EQ(2 * m * r, n);
    EXPECT_TRUE(r == 1 || 8 * r <= m) << n;
  }
}

TEST(golden, one_input) {
  EXPECT_EQ(oracle_at<double>("log_sum_exp", {0.3})->value(), 0.3);
  EXPECT_EQ(oracle_at<double>("log_sum_exp", {0.3})->component(0), 1);
  EXPECT_EQ(oracle_at<float>("quartic", {0.5f})->value(), 0.25 * (0.75 - 2 - 12));
}

}  // namespace
}  // namespace gradlane
