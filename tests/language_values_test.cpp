// The language's gradients where they are exactly zero, and at special values.
#include <cmath>
#include <limits>

#include "language_check.hpp"
#include "language_objectives.hpp"

namespace gradlane {
namespace {

using namespace language_objectives;
using language_check::evaluate;
using language_check::sample;

/// f(gradient, value) for both reverse methods.
template <class Problem, class T, class F>
void by_each_reverse_method(const sample<Problem, T>& s, F&& f) {
  f(evaluate<Problem, T, reverse_fused>(s));
  f(evaluate<Problem, T, reverse_array>(s));
}

template <class Problem>
void expect_zeros(std::size_t n, std::size_t first, std::size_t last) {
  by_each_reverse_method(sample<Problem, double>(n), [&](const auto& r) {
    for (std::size_t j = 0; j < n; ++j) EXPECT_EQ(r.gradient[j] == 0, j >= first && j < last) << "component " << j;
  });
}
TEST(language, what_no_sum_reads_has_gradient_zero) {
  for (const std::size_t half : {std::size_t{1}, std::size_t{7}, block_size + 3}) {
    expect_zeros<unused_block>(2 * half, 0, half);
    expect_zeros<ignored_argument>(2 * half, half, 2 * half);
  }
  for (const std::size_t n : {std::size_t{2}, std::size_t{9}, block_size + 1}) expect_zeros<drop_first_alone>(n, 0, 1);
  for (const std::size_t n : {std::size_t{4}, std::size_t{9}, block_size + 1})
    by_each_reverse_method(sample<overlap_inside, double>(n), [&](const auto& r) {
      EXPECT_EQ(r.gradient[0], 0);
      EXPECT_EQ(r.gradient[n - 1], 0);
    });
}

TEST(language, x_minus_x_is_zero_and_nan_at_infinity) {
  sample<x_minus_x, double> s(9);
  const auto expect_zero_gradient = [](const auto& r) { EXPECT_EQ(r.gradient, std::vector<double>(9, 0)); };
  by_each_reverse_method(s, [&](const auto& r) {
    EXPECT_EQ(r.value, 0);
    expect_zero_gradient(r);
  });
  s.x[4] = std::numeric_limits<double>::infinity();
  by_each_reverse_method(s, [&](const auto& r) {
    EXPECT_TRUE(std::isnan(r.value));
    expect_zero_gradient(r);
  });
}

TEST(language, literals_are_those_of_the_precision) {
  by_each_reverse_method(sample<literals, float>(37), [](const auto& r) {
    for (const double g : r.gradient) EXPECT_EQ(g, static_cast<double>(0.1F + 1 / 3.0F));
  });
  static_assert(std::is_same_v<decltype(0.1 * scalar<float>(1) / 3.0), scalar<float>>);
}

// What `sum` asserts of its active arguments: halves, quarters of one part and repetitions are fine, a part beside the
// whole is not (its derivatives would be scaled twice).
TEST(language, parts_of_one_sum_are_the_same_or_disjoint) {
  constexpr auto fine = [](auto... parts) {
    detail::part_list list;
    (list.add(parts), ...);
    return detail::disjoint_or_equal(list);
  };
  using detail::part;
  static_assert(fine(part{1, 0}, part{1, 0}) && fine(part{4, 0}, part{4, 1}, part{4, 3}) &&
                fine(part{2, 0}, part{4, 2}));
  static_assert(!fine(part{1, 0}, part{2, 0}) && !fine(part{2, 1}, part{4, 0}, part{4, 3}));
}

TEST(language, nan_and_infinity_propagate_to_every_component_of_a_nonlinear_sum) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    for (std::size_t at = 0; at < 11; ++at) {
      sample<sum_used_twice, double> s(11);
      s.x[at] = bad;
      by_each_reverse_method(s, [&](const auto& r) {
        EXPECT_FALSE(std::isfinite(r.value));
        for (const double g : r.gradient) EXPECT_FALSE(std::isfinite(g));
      });
    }
}

// A sum of no terms is 0, and so is its gradient.
TEST(language, sums_without_terms) {
  by_each_reverse_method(sample<overlap, double>(1), [](const auto& r) {
    EXPECT_EQ(r.value, 0);
    EXPECT_EQ(r.gradient, std::vector<double>{0});
  });
  by_each_reverse_method(sample<shift_by_two, double>(2), [](const auto& r) {
    EXPECT_EQ(r.value, 0);
    EXPECT_EQ(r.gradient, (std::vector<double>{0, 0}));
  });
  by_each_reverse_method(sample<overlap_inside, double>(3), [](const auto& r) {
    EXPECT_EQ(r.value, 0);
    EXPECT_EQ(r.gradient, (std::vector<double>{0, 0, 0}));
  });
}

}  // namespace
}  // namespace gradlane
