// Critical points of curves whose zeros are known: bends of all kinds, zeros that are only touched, none at all.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "descent/critical_search.hpp"

namespace gradlane::bench {
namespace {

struct bend {
  double value, slope, curvature;
};
template <class F>
critical_search searched(F curve, double from, double to, std::size_t starts = 257) {
  critical_search search(
      [=](const double* x, double* value, double* slope, double* curvature) {
        for (std::size_t k = 0; k < starts; ++k) {
          const bend b = curve(x[k]);
          value[k] = b.value, slope[k] = b.slope, curvature[k] = b.curvature;
        }
      },
      from, to, starts);
  search.run();
  return search;
}
std::size_t count(const critical_search& s, start_end end) {
  return static_cast<std::size_t>(std::count(s.ends.begin(), s.ends.end(), end));
}

TEST(critical, the_chapters_curve) {
  const critical_search s = searched(
      [](double x) {
        return bend{((3 * x - 4) * x - 12) * x * x, ((12 * x - 12) * x - 24) * x, (36 * x - 24) * x - 24};
      },
      -3, 3);
  ASSERT_EQ(s.found.size(), 3u);
  const double at[] = {-1, 0, 2}, values[] = {-5, 0, -32};
  const critical_kind kinds[] = {critical_kind::minimum, critical_kind::maximum, critical_kind::minimum};
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(s.found[k].x, at[k], 1e-14);
    EXPECT_NEAR(s.found[k].value, values[k], 1e-14);
    EXPECT_EQ(s.found[k].kind, kinds[k]);
    EXPECT_FALSE(s.found[k].degenerate);
  }
  EXPECT_EQ(count(s, start_end::converged), 257u);
  EXPECT_EQ(s.found[0].starts + s.found[1].starts + s.found[2].starts, 257u);
}

TEST(critical, many_waves_are_all_found) {
  const critical_search s = searched([](double x) { return bend{std::cos(x), -std::sin(x), -std::cos(x)}; }, -50, 50.5);
  ASSERT_EQ(s.found.size(), 32u);  // −15π … 16π
  for (std::size_t j = 0; j < s.found.size(); ++j) {
    const double k = static_cast<double>(j) - 15;
    EXPECT_NEAR(s.found[j].x, k * std::acos(-1.0), 1e-13);
    EXPECT_EQ(s.found[j].kind, std::fmod(std::abs(k), 2) == 0 ? critical_kind::maximum : critical_kind::minimum);
  }
}

TEST(critical, a_slope_that_only_touches_zero_is_an_inflection) {
  const critical_search s = searched([](double x) { return bend{x * x * x, 3 * x * x, 6 * x}; }, -1, 1.3);
  ASSERT_EQ(s.found.size(), 1u);
  EXPECT_TRUE(s.found[0].degenerate);
  EXPECT_EQ(s.found[0].kind, critical_kind::inflection);
  EXPECT_NEAR(s.found[0].x, 0, 1e-7);
}

TEST(critical, a_degenerate_minimum_is_told_by_its_neighbours) {
  const critical_search s = searched(
      [](double x) {
        return bend{std::pow(x - 0.1, 4), 4 * std::pow(x - 0.1, 3), 12 * std::pow(x - 0.1, 2)};
      },
      -1, 1);
  ASSERT_EQ(s.found.size(), 1u);
  EXPECT_EQ(s.found[0].kind, critical_kind::minimum);
  EXPECT_TRUE(s.found[0].degenerate);
  EXPECT_NEAR(s.found[0].x, 0.1, 1e-4);
}

TEST(critical, two_close_ones_are_two) {
  const double d = 1e-5;  // slope (x − 0.3)(x − 0.3 − d)
  const auto curve = [=](double x) {
    const double a = x - 0.3, b = a - d;
    return bend{0, a * b, a + b};
  };
  const critical_search s = searched(curve, 0, 1);
  ASSERT_EQ(s.found.size(), 2u);
  EXPECT_NEAR(s.found[0].x, 0.3, 1e-9);
  EXPECT_NEAR(s.found[1].x, 0.3 + d, 1e-9);
  EXPECT_EQ(s.found[0].kind, critical_kind::maximum);
  EXPECT_EQ(s.found[1].kind, critical_kind::minimum);
}

TEST(critical, none_is_none) {
  const critical_search rising = searched([](double x) { return bend{std::exp(x), std::exp(x), std::exp(x)}; }, -1, 1);
  EXPECT_TRUE(rising.found.empty());
  EXPECT_EQ(count(rising, start_end::left), 257u);
  const critical_search straight = searched([](double x) { return bend{x, 1, 0}; }, -1, 1);
  EXPECT_TRUE(straight.found.empty());
  EXPECT_EQ(count(straight, start_end::straight), 257u);
}

TEST(critical, a_flat_stretch_is_one) {
  const critical_search s = searched([](double) { return bend{1, 0, 0}; }, -1, 1);
  ASSERT_EQ(s.found.size(), 1u);
  EXPECT_EQ(s.found[0].kind, critical_kind::flat);
  EXPECT_EQ(s.found[0].from, -1);
  EXPECT_EQ(s.found[0].to, 1);
}

TEST(critical, starts_without_an_end_are_kept) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const critical_search half = searched(
      [](double x) {
        return x < 0 ? bend{nan, nan, nan} : bend{x * x - x, 2 * x - 1, 2};
      },
      -1, 1);
  ASSERT_EQ(half.found.size(), 1u);
  EXPECT_EQ(half.found[0].x, 0.5);
  EXPECT_EQ(count(half, start_end::not_finite), 128u);
  // A slope of √(x² + 1) … with a lying curvature: Newton's steps go to and fro.
  const critical_search lying = searched([](double x) { return bend{0, 1 + x * x, x > 0 ? 8.0 : -8.0}; }, -1, 1);
  EXPECT_TRUE(lying.found.empty());
  EXPECT_GT(count(lying, start_end::not_converged), 0u);
}

}  // namespace
}  // namespace gradlane::bench
