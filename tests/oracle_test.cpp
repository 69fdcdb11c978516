// The oracle against known values, against its own difference quotients in quad, and against MPFR where it is installed.
#include "oracle/oracle.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "oracle/inputs.hpp"
#include "oracle/magnitude.hpp"
#include "oracle/quad.hpp"
#include "oracle/random.hpp"
#include "oracle/tolerance.hpp"
#include "problems/chain.hpp"
#include "problems/gaussian_bump.hpp"
#include "problems/log_sum_exp.hpp"
#include "problems/quartic.hpp"

#if __has_include(<mpfr.h>) && defined(GRADLANE_HAVE_MPFR)
#include <mpfr.h>
#endif

namespace gradlane {
namespace {

const catalogue_entry& problem(std::string_view name) {
  const catalogue_entry* found = find_problem(name);
  if (found == nullptr) throw std::runtime_error("no problem " + std::string(name));
  return *found;
}

template <class T>
std::unique_ptr<oracle_of<T>> oracle_at(std::string_view name, const std::vector<T>& x) {
  return make_oracle<T>(problem(name), x.data(), x.size(), {});
}

/// A problem with the driver's inputs, and the exact gradient rounded to T.
template <class T>
struct sample {
  inputs<T> in;
  std::vector<gradlane_array> arrays;
  std::unique_ptr<oracle_of<T>> oracle;
  std::vector<T> gradient;

  sample(const catalogue_entry& p, std::size_t n)
      : in(make_inputs<T>(p, n, 1, 7)), arrays(in.abi()), oracle(make_oracle<T>(p, in.x.data(), n, arrays)), gradient(n) {
    for (std::size_t i = 0; i < n; ++i) gradient[i] = static_cast<T>(oracle->component(i));
  }
  verdict judged(const std::vector<T>& g) {
    const value_error value = oracle->compare_value(static_cast<T>(oracle->value()));
    return judge<T>(oracle->compare(g.data()), value, in.n, 0, 0).result;
  }
};

std::size_t valid_size(const catalogue_entry& p, std::size_t about) {
  return std::max(about / p.facts.multiple * p.facts.multiple, p.facts.least);
}

void expect_near(quad computed, quad exact, double relative) {
  EXPECT_LE(static_cast<double>(abs(computed - exact)), relative * static_cast<double>(abs(exact)));
}

/// Value and gradient of a problem without data, in quad at a quad point.
template <class Problem>
auto exactly(const std::vector<quad>& x) {
  return typename Problem::template oracle<quad, quad>(x.data(), x.size(), no_data{});
}

constexpr double last_digits = 1e-32;  // quad has 34

// ---- the numbers -------------------------------------------------------------------------------------------------

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

// ---- inputs ------------------------------------------------------------------------------------------------------

TEST(inputs, the_first_numbers_never_change) {
  const auto f64 = make_inputs<double>(problem("quartic"), 4, 1, 1);
  EXPECT_EQ(f64.x, (std::vector<double>{0x1.22801d2819e94p-2, -0x1.cf8b76218ccf0p-3, 0x1.4b723e6cc5940p-3,
                                        -0x1.a9f68a0050626p-1}));
  const auto f32 = make_inputs<float>(problem("quartic"), 4, 1, 1);
  EXPECT_EQ(f32.x, (std::vector<float>{0x1.228018p-2f, -0x1.cf8b8p-3f, 0x1.4b723p-3f, -0x1.a9f68cp-1f}));
  EXPECT_NE(make_inputs<double>(problem("quartic"), 4, 1, 2).x, f64.x);
}

TEST(inputs, do_not_depend_on_threads_or_the_number_of_points) {
  const std::size_t n = 70000;
  EXPECT_EQ(make_inputs<float>(problem("linear"), n, 1, 3, 1).x, make_inputs<float>(problem("linear"), n, 1, 3, 5).x);
  const auto one = make_inputs<double>(problem("rosenbrock"), 9, 1, 3);
  const auto many = make_inputs<double>(problem("rosenbrock"), 9, 7, 3);
  EXPECT_EQ(one.point(0), many.point(0));
  EXPECT_NE(many.point(0), many.point(6));
  EXPECT_EQ(many.x[8 * many.stride + 6], many.point(6)[8]);
}

TEST(inputs, follow_the_specification_of_the_arrays) {
  const auto in = make_inputs<float>(problem("logistic_regression"), 50, 1, 1);
  const auto arrays = in.abi();
  ASSERT_EQ(arrays.size(), 2u);
  EXPECT_STREQ(arrays[0].name, "features");
  EXPECT_EQ(arrays[0].rows, 200u);
  EXPECT_EQ(arrays[0].cols, 50u);
  EXPECT_EQ(arrays[0].data, in.arrays[0].values.data());
  double sum = 0, squares = 0;
  for (const float v : in.arrays[0].values) sum += v, squares += v * v;
  EXPECT_NEAR(squares / 10000, 1.0 / 50, 1e-3);
  EXPECT_NEAR(sum / 10000, 0, 5e-3);
  for (const float v : in.arrays[1].values) EXPECT_TRUE(v == 1 || v == -1);
  EXPECT_LT(std::abs(std::accumulate(in.arrays[1].values.begin(), in.arrays[1].values.end(), 0.0f)), 60);
}

TEST(inputs, uniform_stays_below_its_upper_end) {
  const random_stream stream(1, "edge");
  for (std::uint64_t i = 0; i < 100000; ++i) {
    const float drawn = stream.uniform<float>(i, 1e6f, 1e6f + 0.125f);  // most draws round to an end
    ASSERT_TRUE(drawn >= 1e6f && drawn < 1e6f + 0.125f);
  }
}

TEST(catalogue, refuses_sizes_that_cannot_be) {
  EXPECT_THROW(data_bytes(problem("chain"), 6, 8), std::invalid_argument);
  EXPECT_THROW(data_bytes(problem("rosenbrock"), 1, 8), std::invalid_argument);
  EXPECT_THROW(data_bytes(problem("log_sum_exp"), 0, 8), std::invalid_argument);
  EXPECT_THROW(data_bytes(problem("linear"), std::size_t{1} << 62, 8), std::invalid_argument);
  EXPECT_THROW(data_bytes(problem("quadratic_form"), std::size_t{1} << 33, 8), std::invalid_argument);
  EXPECT_THROW(data_bytes(problem("quadratic_form"), 11586, 8), std::invalid_argument);
  EXPECT_EQ(data_bytes(problem("quadratic_form"), 11585, 8), 11585u * 11585u * 8u);
  EXPECT_THROW(point_bytes(problem("quartic"), std::size_t{1} << 40, std::size_t{1} << 30, 8), std::invalid_argument);
  EXPECT_THROW(point_bytes(problem("quartic"), 4, 0, 8), std::invalid_argument);
  EXPECT_EQ(find_problem("no_such_problem"), nullptr);
  const double x = 0;
  EXPECT_THROW(make_oracle<double>(problem("linear"), &x, 1, {}), std::invalid_argument);
  EXPECT_THROW(make_oracle<double>(problem("chain"), &x, 1, {}), std::invalid_argument);
}

// ---- known values ------------------------------------------------------------------------------------------------

TEST(golden, log_sum_exp) {
  const std::vector<quad> x{0, log(quad(2))};
  const auto f = exactly<log_sum_exp>(x);
  expect_near(f.value, log(quad(3)), last_digits);
  expect_near(f.component(0), quad(1) / 3, last_digits);
  expect_near(f.component(1), quad(2) / 3, last_digits);
  const std::vector<quad> moved{x[0] + quad(1) / 100, x[1] - quad(3) / 100};
  const quad truth = log(exp(quad(1) / 100) + 2 * exp(-quad(3) / 100));
  expect_near(exactly<log_sum_exp>(moved).value, truth, last_digits);
  // The error of the first-order approximation log 3 + 0.01/3 − 0.02, half of the variance of the step under (1/3, 2/3).
  const quad linear = log(quad(3)) + quad(1) / 300 - quad(2) / 100;
  EXPECT_NEAR(static_cast<double>(truth - linear), 0.5 * (0.0001 / 3 + 0.0009 * 2 / 3 - std::pow(0.01 / 3 - 0.02, 2)), 1e-6);
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

TEST(golden, one_input) {
  EXPECT_EQ(oracle_at<double>("log_sum_exp", {0.3})->value(), 0.3);
  EXPECT_EQ(oracle_at<double>("log_sum_exp", {0.3})->component(0), 1);
  EXPECT_EQ(oracle_at<float>("quartic", {0.5f})->value(), 0.25 * (0.75 - 2 - 12));
}

// ---- every problem ---------------------------------------------------------------------------------------------------

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
    if (p.name == "linear") {
      EXPECT_LE(exact[0], line->floor());
    }
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
  EXPECT_EQ(after.median_ulp <= 0.5, true);
  EXPECT_GT(after.relative, before.relative);
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

TEST(compare, above_the_cap_ends_edges_and_tails_are_still_seen) {
  const std::size_t n = (std::size_t{1} << 21) + 24;
  const auto& p = problem("chain");
  const auto in = make_inputs<float>(p, n, 1, 1, 2);
  const auto oracle = make_oracle<float>(p, in.x.data(), n, {});
  const auto checked = oracle->checked();
  EXPECT_LT(checked.size(), n / 8);
  EXPECT_GE(checked.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(checked.begin(), checked.end()));
  for (const std::size_t i : {std::size_t{0}, std::size_t{33}, n - 1, n - 64, n / 4 - 1, n / 4, n / 2 + 1, std::size_t{4095},
                              std::size_t{4096}, std::size_t{4097}, std::size_t{100 * 4096 - 1}})
    EXPECT_TRUE(std::binary_search(checked.begin(), checked.end(), i)) << i;
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

/// Differences of the oracle's own value, rounded as an implementation would round it, stay within their tolerance.
template <class T>
void expect_differences_pass(const catalogue_entry& p, std::size_t n) {
  sample<T> s(p, n);
  const auto f = [&](std::size_t i, double x) {
    auto moved = s.in.x;
    moved[i] = static_cast<T>(x);
    return static_cast<T>(make_oracle<T>(p, moved.data(), n, s.arrays)->value());
  };
  const value_error value = s.oracle->compare_value(static_cast<T>(s.oracle->value()));
  for (const int order : {1, 2}) {
    const double h = optimal_step<T>(order);
    auto g = s.gradient;
    for (std::size_t i = 0; i < n; ++i) {
      const T low = s.in.x[i] - (order == 2 ? static_cast<T>(h) : T(0)), high = s.in.x[i] + static_cast<T>(h);
      g[i] = (f(i, high) - f(i, low)) / (high - low);
    }
    const judgement j = judge<T>(s.oracle->compare(g.data()), value, n, order, h);
    EXPECT_NE(j.result, verdict::wrong) << p.name << ' ' << n << ' ' << order;
    EXPECT_EQ(j.result == verdict::no_digits, j.noise > 0.1);
    const auto zero = judge<T>(s.oracle->compare(std::vector<T>(n, 0).data()), value, n, order, h);
    EXPECT_EQ(zero.result == verdict::wrong, zero.tolerance < 1) << p.name << ' ' << n << ' ' << order;
  }
}

TEST(tolerance, finite_differences_are_held_to_their_theory) {
  for (const catalogue_entry& p : catalogue())
    for (const std::size_t about : {1u, 4u, 32u}) {
      expect_differences_pass<double>(p, valid_size(p, about));
      expect_differences_pass<float>(p, valid_size(p, about));
    }
}

TEST(tolerance, a_float_difference_of_many_inputs_has_no_digits) {
  sample<float> s(problem("log_sum_exp"), 65536);
  const value_error value = s.oracle->compare_value(static_cast<float>(s.oracle->value()));
  const auto zero = s.oracle->compare(std::vector<float>(65536, 0).data());
  EXPECT_EQ(judge<float>(zero, value, 65536, 1, optimal_step<float>(1)).result, verdict::no_digits);
  EXPECT_EQ(judge<float>(zero, value, 65536, 0, 0).result, verdict::wrong);
}

// ---- MPFR --------------------------------------------------------------------------------------------------------

#ifdef MPFR_VERSION
class big {
 public:
  big(double d = 0) { mpfr_init2(v_, 200), mpfr_set_d(v_, d, MPFR_RNDN); }
  big(const big& o) { mpfr_init2(v_, 200), mpfr_set(v_, o.v_, MPFR_RNDN); }
  big& operator=(const big& o) { return mpfr_set(v_, o.v_, MPFR_RNDN), *this; }
  ~big() { mpfr_clear(v_); }
  friend big operator+(const big& a, const big& b) { return apply(mpfr_add, a, b); }
  friend big operator-(const big& a, const big& b) { return apply(mpfr_sub, a, b); }
  friend big operator*(const big& a, const big& b) { return apply(mpfr_mul, a, b); }
  friend big operator/(const big& a, const big& b) { return apply(mpfr_div, a, b); }
  friend big exp(const big& a) { return apply(mpfr_exp, a); }
  friend big log(const big& a) { return apply(mpfr_log, a); }
  friend big log1p(const big& a) { return apply(mpfr_log1p, a); }
  /// Rounded to 113 bits, as three doubles' sum.
  quad to_quad() const {
    big rest = *this;
    quad sum(0);
    for (int k = 0; k < 3; ++k) {
      const double part = mpfr_get_d(rest.v_, MPFR_RNDN);
      sum += part;
      rest = rest - big(part);
    }
    return sum;
  }

 private:
  template <class F, class... Args>
  static big apply(F f, const Args&... args) {
    big r;
    f(r.v_, args.v_..., MPFR_RNDN);
    return r;
  }
  mpfr_t v_;
};

TEST(mpfr, agrees_with_the_quad_functions) {
  const random_stream stream(1, "mpfr");
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const double x = stream.uniform<double>(i, -20, 20);
    expect_near(exp(quad(x)), exp(big(x)).to_quad(), 2e-34);
    expect_near(log(abs(quad(x))), log(big(std::abs(x))).to_quad(), 2e-34);
    expect_near(log1p(exp(quad(x))), log1p(exp(big(x))).to_quad(), 1e-32);
  }
}

TEST(mpfr, agrees_with_log_sum_exp_at_a_thousand_inputs) {
  const std::size_t n = 1000;
  const auto in = make_inputs<double>(problem("log_sum_exp"), n, 1, 1);
  big sum(0);
  for (const double x : in.x) sum = sum + exp(big(x));
  const log_sum_exp::oracle<quad, double> f(in.x.data(), n, no_data{});
  expect_near(f.value, log(sum).to_quad(), last_digits);
  for (std::size_t i = 0; i < n; ++i) expect_near(f.component(i), (exp(big(in.x[i])) / sum).to_quad(), last_digits);
}

TEST(mpfr, agrees_with_gaussian_bump_and_chain) {
  const std::size_t n = 1000, half = n / 2, m = n / 4;
  const auto in = make_inputs<double>(problem("chain"), n, 1, 1);
  const gaussian_bump::oracle<quad, double> bump(in.x.data(), n, no_data{});
  const chain::oracle<quad, double> links(in.x.data(), n, no_data{});
  for (std::size_t i = 0; i < half; ++i) {
    const big x(in.x[i]), y(in.x[half + i]), e = exp(big(0) - x * x - y * y);
    expect_near(bump.component(i), ((big(1) - big(2) * x * x) * e).to_quad(), 1e-29);  // cancels
    expect_near(bump.component(half + i), (big(-2) * x * y * e).to_quad(), last_digits);
  }
  for (std::size_t i = 0; i < m; ++i) {
    // (u+v)² = 4(s⁴+d⁴)², so ∂/∂w = 32 (s⁴+d⁴)(s³+d³) with s = w+x+y+z, d = w+x−y−z.
    const big s = big(in.x[i]) + in.x[m + i] + in.x[2 * m + i] + in.x[3 * m + i];
    const big d = big(in.x[i]) + in.x[m + i] - in.x[2 * m + i] - in.x[3 * m + i];
    const big both = s * s * s * s + d * d * d * d;
    expect_near(links.component(i), (big(32) * both * (s * s * s + d * d * d)).to_quad(), 1e-28);
    expect_near(links.component(3 * m + i), (big(32) * both * (s * s * s - d * d * d)).to_quad(), 1e-28);
  }
}
#endif

}  // namespace
}  // namespace gradlane
