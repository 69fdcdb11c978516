// Values known by hand, through every implementation of a problem: log_sum_exp and its first-order approximation at
// (0, log 2), the chain rule at (−1, 0, −2, 1), the minima of the quartic, the bump at (−1, 0), and log_sum_exp where
// the textbook shift by the maximum gives NaN. And subnormal numbers, which nobody may flush to zero.
#include "suite.hpp"

namespace gradlane::suite {
namespace {

/// The call at x, on as many equal points as make a full register and a rest. All points must agree.
template <class T>
answer<T> at(const implementation& i, const std::vector<T>& x, const call_options& o = {},
             const std::vector<named_array<T>>& arrays = {}) {
  const std::size_t points = i.has(GRADLANE_POINTS) ? width_of(i) + 1 : 1;
  inputs<T> in{x.size(), points, points, {}, arrays};
  for (const T component : x) in.x.insert(in.x.end(), points, component);
  const answer<T> all = evaluate(i, in, o);
  answer<T> first{{all.value[0]}, {}};
  for (std::size_t k = 0; k < x.size(); ++k) first.gradient.push_back(all.gradient[k * points]);
  for (std::size_t p = 1; p < points; ++p) {
    EXPECT_EQ(std::memcmp(&all.value[p], &all.value[0], sizeof(T)), 0) << "value of point " << p;
    for (std::size_t k = 0; k < x.size(); ++k)
      EXPECT_EQ(std::memcmp(&all.gradient[k * points + p], &all.gradient[k * points], sizeof(T)), 0) << "point " << p;
  }
  return first;
}

/// Within a few roundings of numbers of this size; 0: exactly.
template <class T>
void expect_close(T computed, double exact, double size) {
  EXPECT_NEAR(static_cast<double>(computed), exact, 4 * eps<T> * size);
}

/// Where gradients have all digits: automatic differentiation, closed forms, the complex step.
bool has_all_digits(const implementation& i) { return i.entry().order == 0 && has_gradient(i); }

class golden : public each_implementation {};

TEST_P(golden, log_sum_exp_at_zero_and_log_2) {
  const implementation& i = GetParam();
  if (i.problem() != "log_sum_exp") return;
  in_precision(i, [&]<class T>(T) {
    const T log2 = static_cast<T>(std::log(2.0));
    const answer<T> here = at<T>(i, {0, log2});
    expect_close(here.value[0], std::log(3.0), 1);
    // (0.01, −0.03) further on, by the tangent plane and in truth.
    const answer<T> there = at<T>(i, {T(0.01), log2 - T(0.03)});
    expect_close(there.value[0], std::log(std::exp(0.01) + 2 * std::exp(-0.03)), 1);
    if (!has_all_digits(i)) return;
    expect_close(here.gradient[0], 1.0 / 3, 1);
    expect_close(here.gradient[1], 2.0 / 3, 1);
    const T plane = here.value[0] + here.gradient[0] * T(0.01) - here.gradient[1] * T(0.03);
    expect_close(plane, std::log(3.0) + 0.01 / 3 - 0.02, 1);
    // Off by half the variance of the step under (1/3, 2/3), to first order.
    const double variance = 0.0001 / 3 + 0.0009 * 2 / 3 - std::pow(0.01 / 3 - 0.02, 2);
    EXPECT_NEAR(static_cast<double>(there.value[0] - plane), variance / 2, 1e-6 + 8 * eps<T>);
  });
}

TEST_P(golden, log_sum_exp_far_from_zero) {
  const implementation& i = GetParam();
  if (i.problem() != "log_sum_exp") return;
  in_precision(i, [&]<class T>(T) {
    const T infinity = std::numeric_limits<T>::infinity();
    for (const T m : {T(1000), T(-1000)}) {
      const answer<T> a = at<T>(i, {m, m});
      expect_close(a.value[0], static_cast<double>(m) + std::log(2.0), 1000);
      if (!has_all_digits(i)) continue;
      expect_close(a.gradient[0], 0.5, 1);
      expect_close(a.gradient[1], 0.5, 1);
    }
    for (const std::size_t n : {std::size_t{1}, std::size_t{2}, width_of(i), 2 * width_of(i) + 1, std::size_t{40}}) {
      EXPECT_EQ(at(i, std::vector<T>(n, -infinity)).value[0], -infinity) << "n = " << n;
      for (std::size_t k = 0; k < n; ++k) {
        std::vector<T> x(n, T(0.5));
        x[k] = infinity;
        EXPECT_EQ(at(i, x).value[0], infinity) << "+inf at " << k << " of " << n;
        x.assign(n, -infinity);
        x[k] = infinity;
        EXPECT_EQ(at(i, x).value[0], infinity) << "+inf at " << k << " of " << n << ", else -inf";
        x[k] = 0;
        const answer<T> one = at(i, x);
        EXPECT_EQ(one.value[0], 0) << "0 at " << k << " of " << n << ", else -inf";
        for (std::size_t j = 0; has_all_digits(i) && j < n; ++j)
          EXPECT_EQ(one.gradient[j], j == k ? 1 : 0) << j << " of " << n;
      }
    }
  });
}

TEST_P(golden, log_sum_exp_of_extreme_numbers) {
  const implementation& i = GetParam();
  if (i.problem() != "log_sum_exp") return;
  in_precision(i, [&]<class T>(T) {
    const T huge = sizeof(T) == 8 ? static_cast<T>(1e308) : T(1e38f), tiny = std::numeric_limits<T>::denorm_min();
    for (const std::size_t n : {std::size_t{2}, width_of(i), 2 * width_of(i) + 1}) {
      if (n < 2) continue;
      const double rest = std::log(static_cast<double>(n - 1));
      expect_close(at(i, std::vector<T>(n, tiny)).value[0], std::log(static_cast<double>(n)), 1);
      for (std::size_t k = 0; k < n; ++k) {
        std::vector<T> x(n, tiny);
        x[k] = huge;
        const answer<T> up = at(i, x);
        EXPECT_EQ(up.value[0], huge) << k << " of " << n;
        x[k] = -huge;
        const answer<T> down = at(i, x);
        expect_close(down.value[0], rest, 1);
        for (std::size_t j = 0; has_all_digits(i) && j < n; ++j) {
          EXPECT_EQ(up.gradient[j], j == k ? 1 : 0) << j << " of " << n;
          expect_close(down.gradient[j], j == k ? 0 : 1 / static_cast<double>(n - 1), 1);
        }
      }
    }
  });
}

// The largest x whose value is finite, about: a step away it is not, and the quotient must not look like a number.
TEST_P(golden, differences_that_overflow_are_counted) {
  const implementation& i = GetParam();
  if (i.problem() != "quartic" || !i.has(GRADLANE_STEP) || is_complex(i) || i.has(GRADLANE_VALUE_ONLY)) return;
  if (i.method().starts_with("adaptive")) return;  // it finds a step that does not overflow
  in_precision(i, [&]<class T>(T) {
    const double most = std::sqrt(std::sqrt(static_cast<double>(std::numeric_limits<T>::max()) / 3));
    const std::vector<T> x{static_cast<T>(most * (1 - (sizeof(T) == 8 ? 0x1p-30 : 0x1p-18)))};
    const answer<T> a = at(i, x);
    EXPECT_TRUE(std::isfinite(a.value[0]));
    EXPECT_FALSE(std::isfinite(a.gradient[0])) << a.gradient[0];
    EXPECT_EQ(make_oracle<T>(problem_of(i), x.data(), 1, {})->compare(a.gradient.data(), 1).non_finite, 1u);
  });
}

TEST_P(golden, chain_at_integers) {
  const implementation& i = GetParam();
  if (i.problem() != "chain") return;
  in_precision(i, [&]<class T>(T) {
    const answer<T> a = at<T>(i, {-1, 0, -2, 1});
    EXPECT_EQ(a.value[0], 1024);
    if (!has_all_digits(i)) return;
    for (const T g : a.gradient) expect_close(g, -4096, is_complex(i) ? 4096 : 0);
  });
}

TEST_P(golden, quartic_at_its_minima_and_maximum) {
  const implementation& i = GetParam();
  if (i.problem() != "quartic") return;
  in_precision(i, [&]<class T>(T) {
    const std::pair<T, T> known[] = {{-1, -5}, {0, 0}, {2, -32}};
    for (const auto& [x, value] : known) {
      const answer<T> a = at<T>(i, {x});
      // The value of a complex step carries h², which is of the order of rounding.
      expect_close(a.value[0], static_cast<double>(value), is_complex(i) ? 1 : 0);
      if (has_all_digits(i)) expect_close(a.gradient[0], 0, is_complex(i) ? 48 : 0);
    }
    expect_close(at<T>(i, {-1, 0, 2}).value[0], -37, is_complex(i) ? 37 : 0);
  });
}

TEST_P(golden, gaussian_bump_at_minus_one) {
  const implementation& i = GetParam();
  if (i.problem() != "gaussian_bump") return;
  in_precision(i, [&]<class T>(T) {
    const answer<T> a = at<T>(i, {-1, 0});
    expect_close(a.value[0], -std::exp(-1.0), 1);
    if (!has_all_digits(i)) return;
    expect_close(a.gradient[0], -std::exp(-1.0), 1);
    EXPECT_EQ(a.gradient[1], 0);
  });
}

TEST_P(golden, matrix_factorization_at_integers) {
  const implementation& i = GetParam();
  if (i.problem() != "matrix_factorization") return;
  in_precision(i, [&]<class T>(T) {
    // V = (3, 4), U = (1, 2)ᵀ and X the unit matrix.
    const answer<T> a = at<T>(i, {3, 4, 1, 2}, {}, {{"matrix", 2, 2, {1, 0, 0, 1}}});
    expect_close(a.value[0], 105, is_complex(i) ? 105 : 0);
    if (!has_all_digits(i)) return;
    const double exact[] = {28, 36, 44, 92};
    for (std::size_t k = 0; k < 4; ++k) expect_close(a.gradient[k], exact[k], is_complex(i) ? 92 : 0);
  });
}

/// βᵀx of subnormal numbers: products and sums are exact, unless some thread flushes them to zero.
template <class T>
void expect_subnormals_survive(const implementation& i, std::size_t n, int threads) {
  const T tiny = std::ldexp(std::numeric_limits<T>::denorm_min(), 8);
  ASSERT_EQ(std::fpclassify(tiny), FP_SUBNORMAL);
  // Subnormal x, ordinary weights.
  inputs<T> in{n, 1, 1, std::vector<T>(n, tiny), {{"weights", n, 1, std::vector<T>(n, T(1))}}};
  const T sum = tiny * static_cast<T>(n);
  EXPECT_EQ(evaluate(i, in, {.threads = threads}).value[0], sum) << "x, n = " << n << ", " << threads << " threads";
  // Subnormal weights, which are the gradient. Step 1 keeps differences exact but for the weights of the formula.
  in.x.assign(n, T(1));
  in.arrays[0].values.assign(n, tiny);
  const answer<T> a = evaluate(i, in, {.threads = threads, .step = i.has(GRADLANE_STEP) ? 1.0 : 0.0});
  EXPECT_EQ(a.value[0], sum) << "weights, n = " << n << ", " << threads << " threads";
  if (!has_gradient(i)) return;
  std::size_t wrong = 0;
  for (const T g : a.gradient) wrong += !(is_exact(i) ? g == tiny : std::abs(g - tiny) <= tiny / 16);
  EXPECT_EQ(wrong, 0u) << "gradient, n = " << n << ", " << threads << " threads";
}

TEST_P(golden, linear_of_subnormals) {
  const implementation& i = GetParam();
  if (i.problem() != "linear") return;
  in_precision(i, [&]<class T>(T) {
    for (const std::size_t n : {1U, 2U, 7U, 37U}) expect_subnormals_survive<T>(i, n, 1);
    if (!i.has(GRADLANE_THREADS)) return;
    expect_subnormals_survive<T>(i, is_linear_in_n(i) && !i.has(GRADLANE_POINTS) ? 5 * 4096 + 37 : 157, 5);
  });
}

GRADLANE_FOR_EACH_IMPLEMENTATION(golden);

TEST(control_word, is_as_it_was_after_loading_and_calling) {
  ASSERT_FALSE(implementations().empty());
  volatile double smallest = std::numeric_limits<double>::denorm_min();
  volatile float smallest_float = std::numeric_limits<float>::denorm_min();
  EXPECT_GT(smallest * 1.0, 0);
  EXPECT_GT(smallest_float * 1.0f, 0);
  volatile double one = 1;
  EXPECT_EQ(one + 0x1p-53, 1);
  EXPECT_GT(one + 0x1.8p-53, 1);
}

}  // namespace
}  // namespace gradlane::suite
