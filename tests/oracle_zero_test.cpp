// A zero gradient beside a right value passes for no problem, no exact method and no n: what a benchmark that divides by
// max(1, ‖g‖), or whose tolerance grows with n, lets through.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "oracle_sample.hpp"

namespace gradlane {
namespace {

/// Up to 2²⁰, with a matrix up to what a test can hold.
std::vector<std::size_t> ladder(const catalogue_entry& p) {
  std::vector<std::size_t> sizes;
  for (const std::size_t about : {1u, 2u, 3u, 7u, 16u, 65u, 256u, 4097u, 1u << 20})
    if (!p.facts.dense || about <= 256) sizes.push_back(valid_size(p, about));
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  return sizes;
}

template <class T>
class a_zero_gradient : public testing::Test {};
using precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(a_zero_gradient, precisions);

TYPED_TEST(a_zero_gradient, is_wrong_for_every_problem_and_exact_method) {
  using T = TypeParam;
  const double complex_step = sizeof(T) == 8 ? 1e-100 : static_cast<double>(std::numeric_limits<T>::epsilon());
  for (const catalogue_entry& p : catalogue())
    for (const std::size_t n : ladder(p)) {
      const inputs<T> in = make_inputs<T>(p, n, 1, 7, 16);
      const std::vector<gradlane_array> arrays = in.abi();
      const auto oracle = make_oracle<T>(p, in.x.data(), n, arrays);
      oracle->compare_a_sample(1000);
      const value_error value = oracle->compare_value(static_cast<T>(oracle->value()));
      std::vector<T> gradient(n);
      const gradient_error zero = oracle->compare(gradient.data());
      for (const std::size_t i : oracle->checked()) gradient[i] = static_cast<T>(oracle->component(i));
      const gradient_error exact = oracle->compare(gradient.data());
      for (const double step : {0.0, complex_step}) {
        EXPECT_EQ(judge<T>(exact, value, n, 0, step).result, verdict::ok) << p.name << ", n = " << n;
        const judgement j = judge<T>(zero, value, n, 0, step);
        EXPECT_EQ(j.result, verdict::wrong) << p.name << ", n = " << n;
        EXPECT_LT(j.tolerance, 1) << p.name << ", n = " << n;
      }
    }
}

// Differences never pass for ok with it: where it is within their bounds, they have no digits.
TYPED_TEST(a_zero_gradient, is_never_ok_for_a_difference) {
  using T = TypeParam;
  for (const catalogue_entry& p : catalogue())
    for (const std::size_t n : ladder(p)) {
      if (n > 65) continue;
      sample<T> s(p, n);
      const value_error value = s.oracle->compare_value(static_cast<T>(s.oracle->value()));
      const gradient_error zero = s.oracle->compare(std::vector<T>(n).data());
      for (const int order : {1, 2, 4, 6, 8})
        EXPECT_NE(judge<T>(zero, value, n, order, optimal_step<T>(order)).result, verdict::ok)
            << p.name << ", n = " << n << ", order " << order;
    }
}

}  // namespace
}  // namespace gradlane
