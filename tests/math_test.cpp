// The elementary functions of packs against references of higher precision: long double for f64, double for f32.
#include "math_functions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace gradlane {
namespace {

template <class T>
using wide = std::conditional_t<std::is_same_v<T, double>, long double, double>;

template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();
template <class T>
constexpr T nan = std::numeric_limits<T>::quiet_NaN();

/// Distance from the exact value in units of the last place that T has there.
template <class T>
double ulps(T value, wide<T> exact) {
  int exponent = 0;
  std::frexp(exact, &exponent);
  exponent = std::max(exponent, std::numeric_limits<T>::min_exponent);
  return static_cast<double>(std::ldexp(std::abs(wide<T>(value) - exact), std::numeric_limits<T>::digits - exponent));
}

/// f on each element, a register at a time; the last register is filled up with the last element.
template <class T, class F>
std::vector<T> map(std::vector<T> x, F f) {
  using X = pack<T>;
  const std::size_t count = x.size();
  while (x.size() % X::width != 0) x.push_back(x.back());
  for (std::size_t i = 0; i < x.size(); i += X::width) f(X::load(&x[i])).store(&x[i]);
  x.resize(count);
  return x;
}
template <class T, class F>
T at(T x, F f) {
  return map(std::vector<T>{x}, f)[0];
}

struct range {
  double low, high;
  bool logarithmic = false;  // evenly spread in log|x|, both signs if low < 0
};
template <class T>
std::vector<T> samples(const range& r, std::size_t count) {
  std::mt19937_64 random(20240229);
  std::vector<T> x;
  for (std::size_t i = 0; i < count; ++i) {
    const double u = static_cast<double>(random() >> 11) * 0x1p-53;
    if (r.logarithmic) {
      const double magnitude = std::exp(std::log(std::abs(r.low)) * (1 - u) + std::log(r.high) * u);
      x.push_back(static_cast<T>(r.low < 0 && random() % 2 != 0 ? -magnitude : magnitude));
    } else {
      x.push_back(static_cast<T>(r.low + (r.high - r.low) * u));
    }
  }
  return x;
}
/// The neighbours of x, a few dozen on either side.
template <class T>
std::vector<T> around(double x) {
  std::vector<T> all;
  T below = static_cast<T>(x), above = below;
  for (int i = 0; i < 40; ++i) {
    all.push_back(below), all.push_back(above);
    below = std::nextafter(below, -infinity<T>), above = std::nextafter(above, infinity<T>);
  }
  return all;
}

template <class T, class F, class Reference>
void expect_accurate(const char* name, const std::vector<T>& x, double bound, F f, Reference reference) {
  const std::vector<T> y = map(x, f);
  double worst = 0;
  std::size_t where = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const wide<T> exact = reference(wide<T>(x[i]));
    const T rounded = static_cast<T>(exact);
    if (!std::isfinite(rounded) || !std::isfinite(y[i])) {
      EXPECT_TRUE(std::isnan(rounded) ? std::isnan(y[i]) : y[i] == rounded) << name << '(' << x[i] << ") = " << y[i];
      continue;
    }
    const double error = ulps(y[i], exact);
    if (error > worst) worst = error, where = i;
  }
  EXPECT_LE(worst, bound) << name << " at " << x[where];
}

/// The ranges, sampled, and the neighbourhoods of thresholds in which a function is held to a bound.
struct domain {
  std::vector<range> ranges;
  std::vector<double> thresholds;
};
template <class T, class F, class Reference>
void check(const char* name, double bound, const domain& where, F f, Reference reference) {
  for (const range& r : where.ranges) {
    SCOPED_TRACE("range " + std::to_string(r.low) + " … " + std::to_string(r.high));
    expect_accurate<T>(name, samples<T>(r, 20000), bound, f, reference);
  }
  for (double x : where.thresholds) expect_accurate<T>(name, around<T>(x), bound, f, reference);
}

/// What math_functions.hpp promises.
constexpr double bound_of(std::string_view name) {
  double found = 0;
  for_each_function([&](std::string_view one, double bound, auto) { found = one == name ? bound : found; });
  return found;
}

template <class T>
class math : public testing::Test {};
using precisions = testing::Types<double, float>;
TYPED_TEST_SUITE(math, precisions, );

TYPED_TEST(math, exp) {
  using T = TypeParam;
  const auto f = [](auto x) { return exp(x); };
  const double top = std::log(static_cast<double>(std::numeric_limits<T>::max()));
  const double normal = std::log(static_cast<double>(std::numeric_limits<T>::min()));
  const double bottom = static_cast<double>(std::log(static_cast<long double>(std::numeric_limits<T>::denorm_min())));
  const domain where = {
      {{-1, 1}, {normal, top}, {bottom - 2, normal + 2}, {top - 1, top + 1}, {-1e-300, 1, true}, {-1, 1e4, true}},
      {top, normal, bottom, bottom - std::log(2.), std::log(2.) / 2, -std::log(2.) / 2}};
  check<T>("exp", bound_of("exp"), where, f, [](auto x) { return std::exp(x); });
  EXPECT_EQ(at(T(0), f), T(1));
  EXPECT_EQ(at(-infinity<T>, f), T(0));
  EXPECT_EQ(at(infinity<T>, f), infinity<T>);
  EXPECT_EQ(at(std::numeric_limits<T>::lowest(), f), T(0));
  EXPECT_EQ(at(std::numeric_limits<T>::max(), f), infinity<T>);
  EXPECT_TRUE(std::isnan(at(nan<T>, f)));
  EXPECT_EQ(at(-infinity<T>, [](auto x) { return exp_minus_abs(x); }), T(0));
  EXPECT_EQ(at(infinity<T>, [](auto x) { return exp_minus_abs(x); }), T(0));
}

TYPED_TEST(math, log) {
  using T = TypeParam;
  const auto f = [](auto x) { return log(x); };
  const double smallest = std::numeric_limits<T>::min(), largest = std::numeric_limits<T>::max();
  const domain where = {{{.5, 2}, {.9, 1.1}, {smallest, largest, true}, {smallest / 1e6, smallest, true}},
                        {1, std::sqrt(.5), std::sqrt(2.), smallest, largest, 0}};
  check<T>("log", bound_of("log"), where, f, [](auto x) { return std::log(x); });
  EXPECT_EQ(at(T(1), f), T(0));
  EXPECT_EQ(at(T(0), f), -infinity<T>);
  EXPECT_EQ(at(T(-0.), f), -infinity<T>);
  EXPECT_EQ(at(infinity<T>, f), infinity<T>);
  for (T x : {T(-1), -std::numeric_limits<T>::denorm_min(), -infinity<T>, nan<T>}) EXPECT_TRUE(std::isnan(at(x, f)));
}

TYPED_TEST(math, log1p) {
  using T = TypeParam;
  const auto f = [](auto x) { return log1p(x); };
  const double largest = std::numeric_limits<T>::max();
  const domain where = {
      {{-1, 1}, {-.5, 4}, {-.3, -.28}, {.4, .43}, {-1e-300, .9, true}, {1e-3, 1e30, true}, {1e30, 1e300, true}},
      {-1, 0, std::sqrt(.5) - 1, std::sqrt(2.) - 1, 1, 0x1p53, 0x1p54, 0x1p46, 0x1p104, largest}};
  check<T>("log1p", bound_of("log1p"), where, f, [](auto x) { return std::log1p(x); });
  EXPECT_EQ(at(T(-1), f), -infinity<T>);
  EXPECT_EQ(at(infinity<T>, f), infinity<T>);
  EXPECT_FALSE(std::signbit(at(T(0), f)));
  EXPECT_TRUE(std::signbit(at(T(-0.), f)));
  for (T x : {T(-2), -infinity<T>, nan<T>}) EXPECT_TRUE(std::isnan(at(x, f)));
}

TYPED_TEST(math, expm1) {
  using T = TypeParam;
  const auto f = [](auto x) { return expm1(x); };
  const double top = std::log(static_cast<double>(std::numeric_limits<T>::max()));
  const domain where = {{{-1, 1}, {.3, .4}, {-.4, -.3}, {-50, top}, {-1000, -10}, {-1e-300, 1, true}},
                        {0, top, .5 * std::log(2.), -.5 * std::log(2.), -17, -37}};
  check<T>("expm1", bound_of("expm1"), where, f, [](auto x) { return std::expm1(x); });
  EXPECT_EQ(at(-infinity<T>, f), T(-1));
  EXPECT_EQ(at(infinity<T>, f), infinity<T>);
  EXPECT_FALSE(std::signbit(at(T(0), f)));
  EXPECT_TRUE(std::signbit(at(T(-0.), f)));
  EXPECT_TRUE(std::isnan(at(nan<T>, f)));
}

TYPED_TEST(math, tanh) {
  using T = TypeParam;
  const auto f = [](auto x) { return tanh(x); };
  const domain where = {{{-1, 1}, {.5, .6}, {-20, 20}, {-1e-300, 1, true}}, {0, .5625, -.5625, 9.01, 10, 19.06, 20}};
  check<T>("tanh", bound_of("tanh"), where, f, [](auto x) { return std::tanh(x); });
  EXPECT_EQ(at(-infinity<T>, f), T(-1));
  EXPECT_EQ(at(infinity<T>, f), T(1));
  EXPECT_TRUE(std::signbit(at(T(-0.), f)));
  EXPECT_TRUE(std::isnan(at(nan<T>, f)));
}

// Both near their zeros, where the range reduction decides, and beyond its end.
TYPED_TEST(math, sin_and_cos) {
  using T = TypeParam;
  const auto sine = [](auto x) { return sin(x); };
  const auto cosine = [](auto x) { return cos(x); };
  const auto exact_sine = [](auto x) { return std::sin(x); };
  const auto exact_cosine = [](auto x) { return std::cos(x); };
  const domain where = {{{-4, 4}, {-1e3, 1e3}, {-1e5, 1e5}, {-1e7, 1e7}, {-1e-300, 1, true}},
                        {0, 0x1p10, 0x1p17, 0x1p18, 0x1p22}};
  check<T>("sin", bound_of("sin"), where, sine, exact_sine);
  check<T>("cos", bound_of("cos"), where, cosine, exact_cosine);
  std::vector<T> multiples, odd_halves;
  for (int k = -32000; k < 32000; k += 7) {
    multiples.push_back(static_cast<T>(k * 3.14159265358979323846L));
    odd_halves.push_back(static_cast<T>((k + .5L) * 3.14159265358979323846L));
  }
  expect_accurate<T>("sin", multiples, bound_of("sin"), sine, exact_sine);
  expect_accurate<T>("cos", odd_halves, bound_of("cos"), cosine, exact_cosine);
  for (T y : map(samples<T>({-1e4, 1e4}, 20000), cosine)) ASSERT_LE(std::abs(y), T(1));
  EXPECT_EQ(at(T(0), cosine), T(1));
  EXPECT_FALSE(std::signbit(at(T(0), sine)));
  EXPECT_TRUE(std::signbit(at(T(-0.), sine)));
  for (T x : {infinity<T>, -infinity<T>, nan<T>}) {
    EXPECT_TRUE(std::isnan(at(x, sine)));
    EXPECT_TRUE(std::isnan(at(x, cosine)));
  }
}

TYPED_TEST(math, softplus_and_sigmoid) {
  using T = TypeParam;
  const auto soft = [](auto x) { return softplus(x); };
  const auto slope = [](auto x) { return sigmoid(x); };
  const std::vector<range> ranges = {{-3, 3}, {-40, 40}, {-80, 80}, {-1e-300, 1, true}, {-1e-3, 80, true}};
  check<T>("softplus", bound_of("softplus"), {ranges, {0, -700, -740}}, soft,
           [](auto x) { return std::max<decltype(x)>(x, 0) + std::log1p(std::exp(-std::abs(x))); });
  check<T>("sigmoid", bound_of("sigmoid"), {ranges, {0, -700, -740}}, slope, [](auto x) {
    const auto e = std::exp(-std::abs(x));
    return (x < 0 ? e : decltype(x)(1)) / (1 + e);
  });
  EXPECT_EQ(at(infinity<T>, soft), infinity<T>);
  EXPECT_EQ(at(-infinity<T>, soft), T(0));
  EXPECT_TRUE(std::isnan(at(nan<T>, soft)));
  EXPECT_EQ(at(T(1000), soft), T(1000));
  EXPECT_EQ(at(infinity<T>, slope), T(1));
  EXPECT_EQ(at(-infinity<T>, slope), T(0));
  EXPECT_EQ(at(T(0), slope), T(.5));
  EXPECT_TRUE(std::isnan(at(nan<T>, slope)));
}

TYPED_TEST(math, finite_or_zero) {
  using T = TypeParam;
  const auto f = [](auto x) { return finite_or_zero(x); };
  for (T x : {infinity<T>, -infinity<T>}) EXPECT_EQ(at(x, f), T(0));
  for (T x : {T(0), T(-3), std::numeric_limits<T>::max(), std::numeric_limits<T>::lowest()}) EXPECT_EQ(at(x, f), x);
  EXPECT_TRUE(std::isnan(at(nan<T>, f)));
  static_assert(finite_or_zero(scalar<T>(infinity<T>)).r == 0);
  static_assert(finite_or_zero(scalar<T>(-infinity<T>)).r == 0);
  static_assert(finite_or_zero(scalar<T>(2)).r == 2);
}

// One number goes to the C library.
TYPED_TEST(math, scalar_is_the_c_library) {
  using T = TypeParam;
  for (T x : {T(.1), T(.7), T(1.3), T(40)}) {
    const scalar<T> s(x);
    EXPECT_EQ(exp(s).r, std::exp(x));
    EXPECT_EQ(log(s).r, std::log(x));
    EXPECT_EQ(log1p(s).r, std::log1p(x));
    EXPECT_EQ(expm1(s).r, std::expm1(x));
    EXPECT_EQ(tanh(s).r, std::tanh(x));
    EXPECT_EQ(sin(s).r, std::sin(x));
    EXPECT_EQ(cos(s).r, std::cos(x));
    EXPECT_EQ(square(s).r, x * x);
    EXPECT_EQ(softplus(s).r, x + std::log1p(std::exp(-x)));
    EXPECT_EQ(sigmoid(s).r, T(1) / (T(1) + std::exp(-x)));
  }
}

// The result for an element does not depend on its lane, nor on what stands in the others: special values send a
// register on a detour, which must not change its ordinary lanes.
TYPED_TEST(math, lanes_are_independent) {
  using T = TypeParam;
  using X = pack<T>;
  using bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  std::vector<T> values = samples<T>({-20, 20}, 60);
  for (T x : samples<T>({-1e-3, 1e3, true}, 60)) values.push_back(x);
  const std::vector<T> fillers = {
      T(.75), T(-0.), infinity<T>, -infinity<T>, nan<T>, T(-1), T(1e30), T(-1e5), std::numeric_limits<T>::denorm_min()};
  for_each_function([&](const char*, double, auto f) {
    for (T value : values) {
      const T alone = at(value, f);
      for (T filler : fillers) {
        for (std::size_t lane = 0; lane < X::width; ++lane) {
          std::array<T, X::width> x;
          x.fill(filler);
          x[lane] = value;
          f(X::load(x.data())).store(x.data());
          if (std::isnan(alone))
            ASSERT_TRUE(std::isnan(x[lane])) << value << " beside " << filler;
          else
            ASSERT_EQ(std::bit_cast<bits>(x[lane]), std::bit_cast<bits>(alone)) << value << " beside " << filler;
        }
      }
    }
  });
}

// 0.1 in f32 is the float nearest to 0.1: a literal converts before the operation, and the type stays.
TEST(math_literals, do_not_promote) {
  const auto kernel = [](auto x) { return 0.1 * exp(x) + sin(2 * x) / 3.0; };
  static_assert(std::is_same_v<decltype(kernel(scalar<float>(1))), scalar<float>>);
  static_assert(std::is_same_v<decltype(kernel(pack<float>(1))), pack<float>>);
  EXPECT_EQ((0.1 * scalar<float>(3)).r, 0.1F * 3.0F);
  EXPECT_EQ(at(3.0F, [](auto x) { return 0.1 * x; }), 0.1F * 3.0F);
}

}  // namespace
}  // namespace gradlane
