// Slices that are shifted against each other: their code depends on the number of lanes.
#include <cmath>
#include <limits>
#include <string>

#include "language_check.hpp"
#include "language_objectives.hpp"

namespace gradlane {

namespace language_check {

void expect_repeated(const result& first, const result& second, bool front_untouched) {
  EXPECT_TRUE(front_untouched) << "something was written in front of the gradient";
  if (std::isnan(first.value)) return;
  EXPECT_EQ(first.value, second.value);
  EXPECT_TRUE(first.gradient == second.gradient) << "a second call gives another gradient, or leaves a part unwritten";
}

void compare(const comparison& c) {
  SCOPED_TRACE("n = " + std::to_string(c.n));
  double largest = 0;
  for (const double v : c.fused.gradient) largest = std::max(largest, std::abs(v));
  const double bound = c.tolerance * largest, value_bound = c.tolerance * std::max(1.0, std::abs(c.exact_value));
  EXPECT_NEAR(c.fused.value, c.exact_value, value_bound);
  EXPECT_NEAR(c.array.value, c.exact_value, value_bound);
  for (std::size_t j = 0; j < c.n; ++j)
    ASSERT_NEAR(c.fused.gradient[j], c.array.gradient[j], bound) << "component " << j;
  for (const std::size_t j : c.wanted)
    ASSERT_NEAR(c.fused.gradient[j], c.forward[j], bound) << "component " << j << " by forward mode";
  for (const auto& [j, quotient] : c.quotients)
    ASSERT_NEAR(c.fused.gradient[j], quotient, bound + 1e-11 * largest) << "component " << j << " by differences";
  for (std::size_t k = 0; k < c.fused_threads.size(); ++k) {
    EXPECT_TRUE(c.fused_threads[k] == c.fused) << k + 2 << " threads";
    EXPECT_TRUE(c.array_threads[k] == c.array) << k + 2 << " threads";
  }
}

}  // namespace language_check

namespace {

using namespace language_objectives;
using language_check::check;

// With 2 lanes on sse2, 4 on avx2.
#define GRADLANE_CHECK(name) \
  TEST(language, name##_f64) { check<name, double>(); }

GRADLANE_CHECK(overlap)
GRADLANE_CHECK(three_shifts)
GRADLANE_CHECK(overlap_between_blocks)

}  // namespace
}  // namespace gradlane
