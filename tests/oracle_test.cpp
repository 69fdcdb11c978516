// The oracle against its own difference quotients in quad, what a comparison sees, and the tolerances.
#include "oracle/oracle.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "oracle/magnitude.hpp"
#include "oracle/slope.hpp"
#include "oracle/sum.hpp"
#include "oracle_sample.hpp"

namespace gradlane {
namespace {

// ---- magnitudes --------------------------------------------------------------------------------------------------

TEST(magnitude, scale_is_the_sum_of_the_terms) {
  const magnitude difference = magnitude(3) - magnitude(2.5) * 1;
  EXPECT_EQ(difference.v, 0.5);
  EXPECT_EQ(difference.s, 5.5);
  const magnitude eighth = difference * difference * difference * difference;  // κ = 1 + 4·10, not 11⁴
  EXPECT_NEAR(eighth.s / eighth.v, 41, 1e-12);
  EXPECT_EQ((magnitude(6) / magnitude(2)).s, 3);
  EXPECT_NEAR(exp(magnitude(10.0)).s, 10 * std::exp(10.0), 1e-9);
  EXPECT_EQ(exp(magnitude(0.5)).s, std::exp(0.5));
}

TEST(magnitude, long_dot_products_keep_their_scale) {
  const std::vector<double> a(5000, 1);
  std::vector<double> b(5000, 1);
  for (std::size_t i = 0; i < b.size(); i += 2) b[i] = -1;
  const auto dot = exact_dot<magnitude>(a.data(), 1, b.data(), 1, a.size());
  EXPECT_EQ(dot.v, 0);
  EXPECT_EQ(dot.s, 5000);
}

// ---- every problem ----------------------------------------------------------------------------------------------

template <class T>
void expect_differences_agree(const catalogue_entry& p, std::size_t n) {
  sample<T> s(p, n);
  for (std::size_t i = 0; i < n; i += std::max<std::size_t>(1, n / 9)) {
    const double closed = s.oracle->component(i), scale = s.oracle->component_scale(i);
    // The quotient is rounded to double, so its difference from the rounded component is at most an ulp.
    EXPECT_NEAR(s.oracle->component_by_difference(i), closed, 2.3e-16 * std::abs(closed) + 1e-21 * scale)
        << p.name << ' ' << n << ' ' << i;
    EXPECT_GE(scale, std::abs(closed) * (1 - 1e-9)) << p.name;
  }
}

TEST(every_problem, closed_form_agrees_with_a_difference_quotient) {
  for (const catalogue_entry& p : catalogue())
    for (const std::size_t about : {1u, 2u, 4u, 7u, 36u}) {
      expect_differences_agree<double>(p, valid_size(p, about));
      expect_differences_agree<float>(p, valid_size(p, about));
    }
}

/// … and the product of the Hessian with a direction with one of the gradient along it.
TEST(every_problem, second_derivatives_agree_with_a_difference_quotient) {
  for (const catalogue_entry& p : catalogue()) {
    if (p.make_product == nullptr) continue;
    for (const std::size_t about : {1u, 2u, 4u, 7u, 36u}) {
      const std::size_t n = valid_size(p, about);
      sample<double> s(p, n);
      std::vector<double> v(n);
      for (std::size_t i = 0; i < n; ++i) v[i] = 0.75 - static_cast<double>(i % 5) / 2;
      const auto product = make_product_oracle(p, s.in.x.data(), v.data(), n, s.arrays);
      EXPECT_EQ(product->value(), s.oracle->value()) << p.name;
      for (std::size_t i = 0; i < n; ++i) {
        const double closed = product->component(i), scale = product->component_scale(i);
        EXPECT_NEAR(product->component_by_difference(i), closed, 2.3e-16 * std::abs(closed) + 1e-21 * scale)
            << p.name << ' ' << n << ' ' << i;
        EXPECT_GE(scale, std::abs(closed) * (1 - 1e-9)) << p.name;
      }
    }
  }
}

/// In quad to its last digits: along v the remainder of the exact gradient shrinks with ε² down to 2⁻¹⁰⁰.
TEST(every_problem, remainder_of_the_exact_gradient_has_slope_two) {
  std::vector<double> epsilon;
  for (int k = 6; k <= 46; k += 8) epsilon.push_back(std::ldexp(1, -k));
  for (const catalogue_entry& p : catalogue()) {
    sample<double> s(p, valid_size(p, 8));
    std::vector<double> v(s.in.n);
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = i % 3 == 0 ? 0.5 : -0.25;
    const auto line = s.oracle->along(v, epsilon);
    const auto exact = line->remainder(), rounded = line->remainder(s.gradient.data(), 1);
    for (std::size_t k = 0; k + 1 < epsilon.size(); ++k) {
      if (exact[k + 1] < 1000 * line->floor()) continue;  // linear
      EXPECT_NEAR(std::log2(exact[k] / exact[k + 1]) / 8, 2, 0.1) << p.name << ' ' << k;
      EXPECT_NEAR(rounded[k], exact[k], epsilon[k] * 1e-14 * (1 + std::abs(line->directional()))) << p.name;
    }
    s.gradient[5] += 0.25;
    EXPECT_NEAR(line->directional_error(s.gradient.data(), 1), 0.25 * 0.25, 1e-13) << p.name;
    if (p.name == "linear") {
      EXPECT_LE(exact[0], line->floor());
    }
  }
}

/// … and with the product of the Hessian, by ε³.
TEST(every_problem, remainder_of_gradient_and_hessian_has_slope_three) {
  const std::vector<double> epsilon{0x1p-8, 0x1p-16};
  for (const catalogue_entry& p : catalogue()) {
    if (p.make_product == nullptr) continue;
    sample<double> s(p, valid_size(p, 8));
    const std::size_t n = s.in.n;
    std::vector<double> v(n), h(n);
    for (std::size_t i = 0; i < n; ++i) v[i] = i % 3 == 0 ? 0.5 : -0.25;
    const auto product = make_product_oracle(p, s.in.x.data(), v.data(), n, s.arrays);
    for (std::size_t i = 0; i < n; ++i) h[i] = product->component(i);
    const auto line = s.oracle->along(v, epsilon);
    const auto change = line->change(), second = line->second_remainder(s.gradient.data(), h.data());
    EXPECT_NEAR(change[1], epsilon[1] * std::abs(line->directional()), 1e-3 * change[1]) << p.name;
    if (second[0] < 1e-12) continue;  // linear and quadratic
    EXPECT_NEAR(std::log2(second[0] / second[1]) / 8, 3, 0.1) << p.name;
  }
}

// ---- comparison --------------------------------------------------------------------------------------------------

TEST(compare, rounded_gradient_is_within_half_an_ulp) {
  for (const catalogue_entry& p : catalogue()) {
    sample<float> s(p, valid_size(p, 64));
    const gradient_error e = s.oracle->compare(s.gradient.data());
    EXPECT_LE(e.max_ulp, 0.5000001) << p.name;
    EXPECT_LE(e.relative, 0x1p-24) << p.name;
    EXPECT_EQ(e.checked, s.in.n);
    EXPECT_EQ(s.judged(s.gradient), verdict::ok) << p.name;
  }
}

TEST(compare, counts_ulps_from_the_unrounded_component) {
  sample<double> s(problem("log_sum_exp"), 16);
  const gradient_error before = s.oracle->compare(s.gradient.data());
  s.gradient[11] = std::nextafter(std::nextafter(s.gradient[11], 2.0), 2.0);
  const gradient_error after = s.oracle->compare(s.gradient.data());
  EXPECT_EQ(after.worst, 11u);
  EXPECT_NEAR(after.max_ulp, 2, 0.5 + 1e-9);
  EXPECT_LE(after.median_ulp, 0.5);
  EXPECT_GT(after.relative, before.relative);
}

TEST(compare, spreads_the_errors_over_bins_of_ulps) {
  sample<double> s(problem("log_sum_exp"), 16);
  EXPECT_EQ(s.oracle->compare(s.gradient.data()).ulp_histogram, std::vector<std::size_t>{16});  // rounded correctly
  const auto move = [&](std::size_t i, int ulps) {
    for (int k = 0; k < ulps; ++k) s.gradient[i] = std::nextafter(s.gradient[i], 2.0);
  };
  move(3, 1), move(5, 6), move(9, 6);
  s.gradient[11] = NAN;
  const std::vector<std::size_t> bins = s.oracle->compare(s.gradient.data()).ulp_histogram;
  EXPECT_EQ(bins.size(), 5u);  // 6 ± ½ ulp lies in (4, 8]
  EXPECT_EQ(bins.at(0), 12u);
  EXPECT_EQ(bins.at(1) + bins.at(2), 1u);  // 1 ± ½
  EXPECT_EQ(bins.at(4), 2u);
  EXPECT_NEAR(s.oracle->component_error(5, s.gradient[5]), 6 * 0x1p-56, 2 * 0x1p-56);
  EXPECT_TRUE(std::isnan(s.oracle->component_error(11, s.gradient[11])));
}

TEST(compare, reads_with_a_stride) {
  sample<double> s(problem("quartic"), 8);
  std::vector<double> spread(8 * 3, NAN);
  for (std::size_t i = 0; i < 8; ++i) spread[3 * i] = s.gradient[i];
  EXPECT_EQ(s.oracle->compare(spread.data(), 3).non_finite, 0u);
}

template <class T>
void expect_mistakes_are_seen(const catalogue_entry& p, std::size_t n) {
  sample<T> s(p, n);
  EXPECT_EQ(s.judged(std::vector<T>(n, 0)), verdict::wrong) << p.name << ' ' << n;
  for (const std::size_t i : {n - 1, std::size_t{0}, n / 2}) {
    auto off = s.gradient;
    off[i] = -off[i];
    EXPECT_EQ(s.judged(off), verdict::wrong) << p.name << ' ' << n << ' ' << i;
    off[i] = s.gradient[i] * T(1.01);
    EXPECT_EQ(s.judged(off), verdict::wrong) << p.name << ' ' << n << ' ' << i;
    off[i] = NAN;
    EXPECT_EQ(s.judged(off), verdict::wrong) << p.name << ' ' << n << ' ' << i;
  }
}

TEST(compare, sees_a_zero_gradient_and_a_single_wrong_component) {
  for (const catalogue_entry& p : catalogue())
    for (const std::size_t about : {1u, 2u, 65u, 1000u}) {
      if (p.facts.dense && about > 100) continue;
      expect_mistakes_are_seen<double>(p, valid_size(p, about));
      expect_mistakes_are_seen<float>(p, valid_size(p, about));
    }
}

/// Where every problem's implementations go wrong: at the ends and tails of x and of its parts, where blocks of 4096 terms
/// of a part meet, and where groups of a matrix's rows do.
std::vector<std::size_t> delicate_components(const catalogue_entry& p, std::size_t n) {
  const std::size_t parts = p.facts.multiple, part = n / parts, block = p.facts.dense ? 80 : 4096;
  std::vector<std::size_t> found;
  for (std::size_t base = 0; base < n; base += part) {
    for (std::size_t i = 0; i < 64; ++i) found.push_back(base + i), found.push_back(base + part - 1 - i);
    for (const std::size_t blocks : {std::size_t{1}, part / block / 2, part / block})
      for (const std::size_t i : {blocks * block - 1, blocks * block, blocks * block + 1})
        if (i < part && !(p.facts.dense && i % block == 1)) found.push_back(base + i);
  }
  return found;
}

void expect_delicate_components_are_compared(const catalogue_entry& p) {
  const std::size_t n = valid_size(p, p.facts.dense ? 1205 : (std::size_t{1} << 18) + 20);
  const auto in = make_inputs<double>(p, n, 1, 1, 2);
  const auto arrays = in.abi();
  const auto oracle = make_oracle<double>(p, in.x.data(), n, arrays);
  const auto checked = oracle->checked();
  EXPECT_LT(checked.size(), n) << p.name;
  EXPECT_GE(checked.size(), p.facts.dense ? 600U : 1000U) << p.name;
  EXPECT_TRUE(std::is_sorted(checked.begin(), checked.end())) << p.name;
  for (const std::size_t i : delicate_components(p, n))
    EXPECT_TRUE(std::binary_search(checked.begin(), checked.end(), i)) << p.name << ", component " << i << " of " << n;
}

TEST(compare, above_the_cap_ends_edges_and_tails_are_still_seen) {
  for (const catalogue_entry& p : catalogue()) expect_delicate_components_are_compared(p);
}

TEST(exact_sum, in_double_is_within_its_bound_of_quad) {
  for (const std::size_t n : {std::size_t{1}, std::size_t{4096}, std::size_t{4097}, std::size_t{1} << 20}) {
    const auto term = [](std::size_t i) { return std::sin(static_cast<double>(i)) * (i % 7 == 0 ? 1e6 : 1.0); };
    double terms = 0;
    for (std::size_t i = 0; i < n; ++i) terms += std::abs(term(i));
    const quad exact = exact_sum<quad>(n, [&](std::size_t i) { return quad(term(i)); });
    const double sum = exact_sum<double>(n, term);
    EXPECT_LE(static_cast<double>(abs(quad(sum) - exact)), 0x1p-41 * terms) << n;
  }
}

/// Where quad would take a quarter of an hour for 2³⁰ inputs.
TEST(compare, holds_very_many_f32_inputs_against_double) {
  const std::size_t n = (std::size_t{1} << 24) + 12;
  const auto in = make_inputs<float>(problem("rosenbrock"), n, 1, 1, 2);
  const auto oracle = make_oracle<float>(problem("rosenbrock"), in.x.data(), n, {});
  long double exact = 0;
  for (std::size_t i = 0; i + 1 < n; ++i) {
    const long double a = in.x[i], b = in.x[i + 1];
    exact += 100 * (b - a * a) * (b - a * a) + (1 - a) * (1 - a);
  }
  EXPECT_NEAR(oracle->value(), static_cast<double>(exact), 0x1p-41 * static_cast<double>(exact));
  const double a = in.x[n - 2], b = in.x[n - 1];
  EXPECT_NEAR(oracle->component(n - 1), 200 * (b - a * a), 1e-13);
}

TEST(compare, tells_a_value_off_by_an_ulp) {
  const auto oracle = oracle_at<double>("log_sum_exp", {0, std::log(2.0)});
  const double right = std::log(3.0), wrong = std::nextafter(right, 2.0);
  EXPECT_LE(oracle->compare_value(right).ulp, 1);
  EXPECT_NEAR(std::abs(oracle->compare_value(wrong).ulp - oracle->compare_value(right).ulp), 1, 1.0);
  EXPECT_TRUE(value_is_right<double>(oracle->compare_value(wrong), 2));
  EXPECT_FALSE(value_is_right<double>(oracle->compare_value(right + 1e-13), 2));
  EXPECT_FALSE(value_is_right<double>(oracle->compare_value(NAN), 2));
}

// ---- tolerances --------------------------------------------------------------------------------------------------

TEST(tolerance, grows_with_the_depth_of_a_sum) {
  constexpr double eps = std::numeric_limits<double>::epsilon();
  EXPECT_EQ(rounding_factor<double>(1), 8 * eps);
  EXPECT_EQ(rounding_factor<double>(2), 8 * eps);
  EXPECT_EQ(rounding_factor<double>(1024), 80 * eps);
  EXPECT_EQ(rounding_factor<double>(std::size_t{1} << 22), 1024 * eps);
  EXPECT_NEAR(optimal_step<double>(2), 6.0554544523933395e-06, 1e-20);
  EXPECT_NEAR(optimal_step<float>(1), 3.4526698e-4, 1e-10);
}

/// One critical point and cancellation: a gradient of 0 may be hit only up to rounding, and 0 is right there.
TEST(tolerance, at_a_critical_point_zero_is_right) {
  const auto oracle = oracle_at<double>("quartic", {-1});
  const value_error value = oracle->compare_value(-5);
  const double zero = 0, small = 1e-14, large = 1e-12;
  EXPECT_EQ(judge<double>(oracle->compare(&zero), value, 1, 0, 0).result, verdict::ok);
  EXPECT_EQ(judge<double>(oracle->compare(&small), value, 1, 0, 0).result, verdict::ok);
  EXPECT_EQ(judge<double>(oracle->compare(&large), value, 1, 0, 0).result, verdict::wrong);
}

template <class T>
void expect_differences_pass(const catalogue_entry& p, std::size_t n, std::uint64_t seed) {
  sample<T> s(p, n, seed);
  const value_error value = s.oracle->compare_value(static_cast<T>(s.oracle->value()));
  for (const int order : {1, 2, 4, 6, 8}) {
    const double h = optimal_step<T>(order);
    const auto judged = [&](const std::vector<T>& g) {
      return judge<T>(s.oracle->compare(g.data()), value, n, order, h);
    };
    const judgement j = judged(differences<T>(p, s).gradient(order, h));
    EXPECT_NE(j.result, verdict::wrong) << p.name << ' ' << n << ' ' << order << ' ' << seed;
    EXPECT_EQ(j.result == verdict::no_digits, j.predicted > 0.1);
    EXPECT_NE(judged(std::vector<T>(n, 0)).result, verdict::ok) << p.name << ' ' << n << ' ' << order;
  }
}

TEST(tolerance, finite_differences_are_held_to_their_theory) {
  for (const catalogue_entry& p : catalogue())
    for (const std::size_t about : {1u, 4u, 32u}) {
      expect_differences_pass<double>(p, valid_size(p, about), 7);
      expect_differences_pass<float>(p, valid_size(p, about), 7);
    }
}

/// Near a flat point the higher derivatives of a polynomial are far larger than its gradient.
TEST(tolerance, finite_differences_pass_wherever_the_point_lies) {
  for (const catalogue_entry& p : catalogue())
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      expect_differences_pass<double>(p, valid_size(p, 4), seed);
      expect_differences_pass<float>(p, valid_size(p, 4), seed);
    }
}

TEST(tolerance, derivatives_are_those_of_the_gradient) {
  const auto oracle = oracle_at<double>("quartic", {0.5, -0.25});
  const double zero[2] = {};
  derivative_source& derivatives = *oracle->compare(zero).derivatives;
  EXPECT_NEAR(*derivatives.derivative_norm(1), std::hypot(9 - 12 - 24, 2.25 + 6 - 24), 1e-3);
  EXPECT_NEAR(*derivatives.derivative_norm(2), std::hypot(36 - 24, -18 - 24), 1e-9);
  EXPECT_NEAR(*derivatives.derivative_norm(4), 0, 1e-12);
  EXPECT_FALSE(derivatives.derivative_norm(3));
}

TEST(tolerance, a_float_difference_of_many_inputs_has_no_digits) {
  sample<float> s(problem("log_sum_exp"), 65536);
  const value_error value = s.oracle->compare_value(static_cast<float>(s.oracle->value()));
  const auto zero = s.oracle->compare(std::vector<float>(65536, 0).data());
  EXPECT_EQ(judge<float>(zero, value, 65536, 1, optimal_step<float>(1)).result, verdict::no_digits);
  EXPECT_EQ(judge<float>(zero, value, 65536, 0, 0).result, verdict::wrong);
}

// ---- slopes ------------------------------------------------------------------------------------------------------

struct powers {
  std::vector<double> epsilon, remainder;
  /// R = |slope·ε + curvature·ε² + cubic·ε³| + noise, ε = 2⁰ … 2⁻⁵².
  powers(double slope, double curvature, double cubic, double noise = 0) {
    for (int k = 0; k <= 52; ++k) {
      const double e = std::ldexp(1.0, -k);
      epsilon.push_back(e);
      remainder.push_back(std::abs(e * (slope + e * (curvature + e * cubic))) + noise * (1 + k % 3));
    }
  }
  slope_fit fit(double floor, double admissible = 0) const { return fit_slope(epsilon, remainder, floor, admissible); }
};

TEST(slope, tells_right_from_wrong) {
  EXPECT_EQ(powers(0, 1, 3).fit(1e-30).verdict, "ok");
  EXPECT_EQ(powers(1e-2, 1, 3).fit(1e-30).verdict, "wrong");
  EXPECT_EQ(powers(0, 0, 1).fit(1e-40).verdict, "no curvature");
  EXPECT_EQ(powers(0, 0, 0, 1e-16).fit(4e-16).verdict, "linear");
  EXPECT_EQ(powers(0, 1e-12, 0, 1e-16).fit(4e-16).verdict, "too noisy");
  EXPECT_EQ(powers(0, 1, 0).fit(1e-30, 10).verdict, "too noisy");
  EXPECT_NEAR(*powers(0, 1, 3).fit(1e-30).slope, 2, 1e-3);
}

TEST(slope, ignores_noise_and_what_the_gradient_may_be_off_by) {
  const powers noisy(0, 1, 30, 1e-16);
  const double floor = noise_floor(noisy.epsilon, noisy.remainder, 7, 1e-16);
  EXPECT_NEAR(floor, 3e-16, 1e-20);
  EXPECT_EQ(noisy.fit(floor).verdict, "ok");
  EXPECT_EQ(powers(1e-7, 1, 3).fit(1e-30).verdict, "wrong");  // taken at its word, a difference quotient is wrong …
  EXPECT_EQ(powers(1e-7, 1, 3).fit(1e-30, 1e-7).verdict, "ok");  // … but not where its error is expected
}

TEST(slope, tells_the_useful_range) {
  const auto range = [](const powers& p, double floor, double admissible) {
    const slope_fit fit = p.fit(floor, admissible);
    return fit.useful.value_or(slope_fit::range{0, 0});
  };
  EXPECT_EQ(range(powers(0, 1, 3), 1e-40, 0).to, 0.125);  // 1 + 3ε is more than 1.5 above
  EXPECT_EQ(range(powers(0, 1, 3), 1e-40, 0).from, 0x1p-52);
  EXPECT_EQ(range(powers(1e-7, 1, 0), 1e-40, 1e-7).from, 0x1p-22);                 // 1 + 1e-7/ε is more than 1.5 below
  EXPECT_NEAR(std::log2(range(powers(0, 1, 0, 1e-16), 3e-16, 0).from), -25.5, 1);  // the noise is a third of ε² there
  EXPECT_FALSE(powers(1e-2, 1, 3).fit(1e-30).useful);
}

TEST(slope, does_not_follow_outliers) {
  powers bent(0, 1, 0);
  bent.remainder[20] *= 1e6;
  bent.remainder[23] = NAN;
  EXPECT_EQ(bent.fit(1e-14).verdict, "ok");
}

}  // namespace
}  // namespace gradlane
