// Differences that choose their steps: Ridders' table with its own estimate, the measured noise, the adaptive forward step.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <vector>

#include "methods/adaptive_forward_difference.hpp"
#include "methods/analytic.hpp"
#include "methods/ridders.hpp"
#include "problems/chain.hpp"
#include "problems/linear.hpp"
#include "problems/log_sum_exp.hpp"

namespace gradlane {
namespace {

// ---- Ridders' table ----------------------------------------------------------------------------------------------

TEST(ridders_table, is_far_more_exact_than_its_step_and_says_so) {
  for (const double x : {0.3, 1.0, 2.5}) {
    const auto found = ridders_derivative([](double a) { return std::exp(std::sin(a)); }, x, 0.1);
    const double exact = std::cos(x) * std::exp(std::sin(x)), error = std::abs(found.value - exact);
    EXPECT_LT(error, 1e-12) << x;
    EXPECT_LT(found.error, 1e-11) << x;
    EXPECT_LE(error, 10 * found.error) << x;  // an estimate, no bound
  }
}
TEST(ridders_table, notices_where_it_has_no_digits) {
  const auto found = ridders_derivative([](double a) { return std::abs(a - 0.01); }, 0.0, 0.1);  // a kink nearby
  EXPECT_GT(found.error, 1e-3);
}
TEST(ridders_table, takes_at_most_twenty_values_and_stops_when_rounding_rules) {
  int calls = 0;
  const auto counted = [&](auto f) {
    calls = 0;
    ridders_derivative([&](double a) { return ++calls, f(a); }, 0.5, 0.1);
    return calls;
  };
  EXPECT_LE(counted([](double a) { return std::exp(a); }), 20);
  EXPECT_LT(counted([](double a) { return std::sin(a); }), 20);
  EXPECT_EQ(counted([](double a) { return a; }), 4);  // nothing to extrapolate
}
TEST(ridders_table, claims_nothing_below_the_spacing_of_x) {
  const auto found = ridders_derivative([](double a) { return a * a; }, 300.0, 1e-30);
  EXPECT_TRUE(std::isfinite(found.value));
  EXPECT_EQ(found.error, std::numeric_limits<double>::infinity());
}
TEST(ridders_table, passes_on_what_is_not_finite) {
  EXPECT_TRUE(std::isnan(ridders_derivative([](double a) { return a * a; }, std::nan(""), 0.1).value));
  EXPECT_FALSE(std::isfinite(ridders_derivative([](double a) { return std::exp(a); }, 709.75, 70.0).value));
}

// ---- noise -------------------------------------------------------------------------------------------------------

TEST(noise, is_measured_through_a_slope) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  for (const double deviation : {1e-12, 1e-3}) {
    std::vector<double> ratios;
    for (int trial = 0; trial < 200; ++trial) {
      std::array<double, 7> values{};
      for (std::size_t k = 0; k < 7; ++k) values[k] = 1 + 0.01 * static_cast<double>(k) + deviation * normal(random);
      ratios.push_back(noise_of(values) / deviation);
    }
    std::sort(ratios.begin(), ratios.end());
    EXPECT_NEAR(ratios[100], 1, 0.2);
    EXPECT_GT(ratios[2], 0.1);
    EXPECT_LT(ratios[197], 2.5);
  }
}
TEST(noise, of_what_is_linear_in_exact_numbers_is_none) { EXPECT_EQ(noise_of<double>({0, 1, 2, 3, 4, 5, 6}), 0); }

// ---- the adaptive forward step -----------------------------------------------------------------------------------

template <class Problem>
std::vector<double> adaptive(const std::vector<double>& x, double step,
                             const typename Problem::template data<double>& d) {
  std::vector<double> g(x.size());
  double value;
  adaptive_forward_difference::plan<Problem, double, lane::scalar>({.n = x.size(), .step = step}, d)
      .evaluate(x.data(), &value, g.data());
  return g;
}

TEST(adaptive_step, does_not_depend_on_where_the_search_begins) {
  const std::vector<double> x{0.1, -0.4, 0.9, 0.3};
  double sum = 0;
  for (const double xi : x) sum += std::exp(xi);
  for (const double step : {1e-15, 1e-12, 1e-8, 1e-3, 0.9}) {
    const std::vector<double> g = adaptive<log_sum_exp>(x, step, no_data{});
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(g[i], std::exp(x[i]) / sum, 1e-7) << step;
  }
}
TEST(adaptive_step, grows_where_the_objective_is_linear) {
  const std::vector<double> weights{0.7, -0.3, 0.2}, x{0.6, 0.3, -0.9};
  const std::vector<double> g = adaptive<linear>(x, 1e-12, {{weights.data(), 3}});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(g[i], weights[i], 1e-14);
}
TEST(adaptive_step, measures_noise_where_moving_all_inputs_alike_changes_nothing) {
  // Terms (w+x−y−z)⁸, in single precision, the search beginning at any step down to the spacing.
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<float> x(64), exact(64), g(64);
    float value;
    for (float& xi : x) xi = uniform(random);
    analytic::plan<chain, float, lane::scalar>({.n = 64}, no_data{}).evaluate(x.data(), &value, exact.data());
    for (int k = 0; k <= 24; ++k) {
      const shape s{.n = 64, .step = std::ldexp(1.0, -k)};
      adaptive_forward_difference::plan<chain, float, lane::scalar>(s, no_data{}).evaluate(x.data(), &value, g.data());
      double squares = 0, error = 0;
      for (std::size_t i = 0; i < 64; ++i) {
        squares += std::pow(static_cast<double>(exact[i]), 2);
        error += std::pow(static_cast<double>(g[i] - exact[i]), 2);
      }
      ASSERT_LT(std::sqrt(error / squares), 5e-3) << "point " << trial << ", step 2^-" << k;
    }
  }
}
TEST(adaptive_step, knows_the_noise_of_cancelling_terms) {
  // The value is near 0, its noise is that of terms of size 10⁶: a step from u·|f| would leave no digit.
  const std::vector<double> weights{1e6, -1e6, 1.0}, x{0.7000001, 0.7000001, 1e-9};
  const std::vector<double> g = adaptive<linear>(x, 1e-8, {{weights.data(), 3}});
  EXPECT_NEAR(g[2], 1, 1e-6);
}

}  // namespace
}  // namespace gradlane
