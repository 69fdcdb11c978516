// The oracle's closed forms against known values to the last digits, and against MPFR where it is installed.
#include <gtest/gtest.h>

#include <cmath>

#include "oracle/random.hpp"
#include "oracle_sample.hpp"
#include "problems/chain.hpp"
#include "problems/gaussian_bump.hpp"
#include "problems/log_sum_exp.hpp"
#include "problems/quartic.hpp"

// The build says whether the library is there to be linked as well.
#if defined(GRADLANE_HAVE_MPFR) && __has_include(<mpfr.h>)
#include <mpfr.h>
#endif

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

TEST(golden, one_input) {
  EXPECT_EQ(oracle_at<double>("log_sum_exp", {0.3})->value(), 0.3);
  EXPECT_EQ(oracle_at<double>("log_sum_exp", {0.3})->component(0), 1);
  EXPECT_EQ(oracle_at<float>("quartic", {0.5f})->value(), 0.25 * (0.75 - 2 - 12));
}

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
