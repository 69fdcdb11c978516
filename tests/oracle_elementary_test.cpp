// What is exact of the elementary functions: against MPFR with 200 bits, at special values, and how an error is counted.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "big.hpp"
#include "oracle/elementary.hpp"

namespace gradlane {
namespace {

template <class T>
class elementary_of : public testing::Test {};
using both_precisions = testing::Types<double, float>;
TYPED_TEST_SUITE(elementary_of, both_precisions, );

template <class T>
exact_number exact_at(elementary function, T x) {
  exact_number exact;
  exact_values(function, &x, &exact, 1);
  return exact;
}

#ifdef MPFR_VERSION

big in_big(elementary function, const big& x) {
  switch (function) {
    case elementary::exp:
      return exp(x);
    case elementary::log:
      return log(x);
    case elementary::log1p:
      return log1p(x);
    case elementary::expm1:
      return expm1(x);
    case elementary::sin:
      return sin(x);
    case elementary::cos:
      return cos(x);
    case elementary::tanh:
      return tanh(x);
    case elementary::sigmoid:
      return big(1) / (big(1) + exp(-x));
    case elementary::softplus:
      return x > big(0) ? x + log1p(exp(-x)) : log1p(exp(x));
  }
  return x;
}

// At the edges and over a sweep, wherever there is a T.
TYPED_TEST(elementary_of, is_exact_to_a_ten_millionth_of_an_ulp) {
  using T = TypeParam;
  const double bound = sizeof(T) == 8 ? 1e-15 : 1e-8;
  for (const elementary_facts& facts : elementary_functions()) {
    SCOPED_TRACE(facts.name);
    std::vector<T> x = edge_arguments<T>(facts.function);
    const sweep_arguments<T> sweep(facts, 7, 4096);
    for (std::uint64_t k = 0; k < sweep.count(); ++k) x.push_back(sweep(k));
    std::vector<exact_number> exact(x.size());
    exact_values(facts.function, x.data(), exact.data(), x.size());
    double worst = 0;
    T at = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!std::isfinite(x[i]) || !(std::abs(exact[i].anchor) <= double{std::numeric_limits<T>::max()})) continue;
      const big error =
          in_big(facts.function, big(x[i])) - big(exact[i].anchor) - big(exact[i].rest) * big(exact[i].ulp);
      const double ulps = static_cast<double>(abs(error) / big(exact[i].ulp));
      if (!(ulps <= worst)) worst = ulps, at = x[i];
    }
    EXPECT_LE(worst, bound) << "at x = " << at;
  }
}

#endif

// Two descriptions of the same: the table of special values, and what is exact of their arguments.
TYPED_TEST(elementary_of, special_values_are_exact_values) {
  using T = TypeParam;
  for (const elementary_facts& facts : elementary_functions())
    for (const special_value<T>& s : special_values<T>(facts.function)) {
      const double error = error_in_ulp(s.result, exact_at(facts.function, s.argument));
      EXPECT_LE(error, 0.5) << facts.name << '(' << s.argument << ") = " << s.result;
    }
}

TYPED_TEST(elementary_of, special_results_have_signs) {
  using T = TypeParam;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  EXPECT_TRUE(is_special_result(T(0), T(0)) && is_special_result(-nan, nan));
  EXPECT_FALSE(is_special_result(T(-0.), T(0)) || is_special_result(T(0), T(-0.)));
  EXPECT_FALSE(is_special_result(T(0), nan) || is_special_result(nan, T(0)));
  const T tiny = std::numeric_limits<T>::denorm_min(), least = std::numeric_limits<T>::min();
  EXPECT_TRUE(is_special_result(T(0), tiny) && is_special_result(least - tiny, least));
  EXPECT_FALSE(is_special_result(-tiny, tiny) || is_special_result(T(0), 2 * tiny) || is_special_result(T(0), least));
  EXPECT_FALSE(is_special_result(T(1) - std::numeric_limits<T>::epsilon(), T(1)));
}

TYPED_TEST(elementary_of, errors_are_counted_in_the_ulp_of_the_exact_value) {
  using T = TypeParam;
  using limits = std::numeric_limits<T>;
  const T infinite = limits::infinity(), nan = limits::quiet_NaN();
  const exact_number one = exact_at(elementary::exp, T(0));
  EXPECT_EQ(error_in_ulp(T(1), one), 0);
  EXPECT_EQ(error_in_ulp(T(1) + limits::epsilon(), one), 1);
  EXPECT_EQ(error_in_ulp(T(1) - limits::epsilon() / 2, one), 0.5);
  EXPECT_TRUE(std::isnan(error_in_ulp(nan, one)));
  // Subnormal: the distance is that of all subnormals.
  const T tiny = limits::denorm_min();
  const exact_number subnormal = exact_at(elementary::sin, 3 * tiny);
  EXPECT_NEAR(error_in_ulp(T(0), subnormal), 3, 1e-9);
  EXPECT_NEAR(error_in_ulp(3 * tiny, subnormal), 0, 1e-9);
  // Infinity stands for the power of two above the largest number; where that is exceeded, it is right.
  const T top = std::log(limits::max());
  const exact_number near_top = exact_at(elementary::exp, std::nextafter(top, T(0)));
  EXPECT_GT(error_in_ulp(infinite, near_top), 10);
  EXPECT_LT(error_in_ulp(infinite, near_top), 1e6);
  EXPECT_EQ(error_in_ulp(infinite, exact_at(elementary::exp, limits::max())), 0);
  EXPECT_FALSE(error_in_ulp(limits::max(), exact_at(elementary::exp, limits::max())) < 1e6);
  EXPECT_EQ(error_in_ulp(-infinite, exact_at(elementary::log, T(0))), 0);
  EXPECT_FALSE(std::isfinite(error_in_ulp(limits::lowest(), exact_at(elementary::log, T(0)))));
  EXPECT_EQ(error_in_ulp(nan, exact_at(elementary::log, T(-1))), 0);
}

// Every part of the patterns has its argument, and all of them come where there are as many parts.
TEST(elementary_sweep, goes_through_all_patterns_of_f32) {
  const elementary_facts& facts = *find_elementary("exp");
  const sweep_arguments<float> coarse(facts, 1, 1 << 16), all(facts, 1, std::uint64_t{1} << 32);
  for (std::uint32_t k = 0; k < 1 << 16; ++k) ASSERT_EQ(std::bit_cast<std::uint32_t>(coarse(k)) >> 16, k);
  for (const std::uint32_t k : {0u, 1u, 0x3f800001u, 0x80000000u, 0xfedcba98u, 0xffffffffu})
    ASSERT_EQ(std::bit_cast<std::uint32_t>(all(k)), k);
}

}  // namespace
}  // namespace gradlane
