// One objective's gradient by the reverse methods, against forward mode and finite differences.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "ad/dual.hpp"
#include "memory.hpp"
#include "methods/forward_mode.hpp"
#include "methods/reverse_array.hpp"
#include "methods/reverse_fused.hpp"

namespace gradlane::language_check {

using testing_memory::guarded_array;
using testing_memory::number_source;
using testing_memory::same_bits;

// ---- inputs ------------------------------------------------------------------------------------------------------

/// x and the data of an objective at n, in T and in long double.
template <class Problem, class T>
struct sample {
  using wide = long double;
  std::vector<T> x, numbers;
  std::vector<wide> wide_x, wide_numbers;
  std::size_t n;

  explicit sample(std::size_t size) : n(size) {
    number_source source(n);
    x = source.array<T>(n);
    if constexpr (Problem::facts.dense)
      numbers = source.array<T>((2 * n + 3) * (n + 1));
    else
      numbers = source.array<T>(n);
    wide_x.assign(x.begin(), x.end());
    wide_numbers.assign(numbers.begin(), numbers.end());
  }
  auto data() const { return bind<T>(numbers); }
  auto wide_data() const { return bind<wide>(wide_numbers); }

 private:
  template <class U>
  typename Problem::template data<U> bind(const std::vector<U>& v) const {
    if constexpr (std::is_same_v<typename Problem::template data<U>, no_data>)
      return {};
    else if constexpr (Problem::facts.dense)
      return {{v.data(), 2 * n + 3, n}, {v.data() + (2 * n + 3) * n, 2 * n + 3}};
    else
      return {{v.data(), n}, scalar<U>(0.375)};
  }
};

/// Valid n: every one up to 4W + 5 terms, and those whose sums begin or end near the edge of a block.
template <class Problem, class T>
std::set<std::size_t> sizes() {
  constexpr std::size_t W = pack<T>::width, many = Problem::facts.multiple;
  std::set<std::size_t> all;
  for (std::size_t n = 1; n <= (4 * W + 5) * many; ++n)
    if (Problem::facts.valid(n)) all.insert(n);
  if (Problem::facts.dense) return all;
  for (const std::size_t edge : {block_size, 2 * block_size})
    for (const std::size_t terms : {edge - 1, edge, edge + 1, edge + 2, edge + 3, edge + W, edge + 3 * W + 1})
      all.insert(terms * many);
  return all;
}

// ---- references --------------------------------------------------------------------------------------------------

/// Value and one component by a dual number.
template <class Problem, class T>
dual<scalar<T>> forward(const sample<Problem, T>& s, std::size_t j) {
  std::vector<dual<scalar<T>>> x;
  for (const T v : s.x) x.emplace_back(scalar<T>(v));
  x[j].d[0] = 1;
  return objective_at<Problem>(x.data(), s.n, s.data());
}

template <class Problem, class T>
long double wide_value(const sample<Problem, T>& s) {
  return objective_at<Problem>(reinterpret_cast<const scalar<long double>*>(s.wide_x.data()), s.n, s.wide_data()).r;
}
/// (8 D₁ − D₂) / 6 with D_k = f(x + kh) − f(x − kh), over 2h.
template <class Problem, class T>
long double difference_quotient(sample<Problem, T>& s, std::size_t j) {
  const long double h = 0x1p-11L, x = s.wide_x[j];
  const auto at = [&](long double moved) {
    s.wide_x[j] = moved;
    return wide_value(s);
  };
  const long double slope = (8 * (at(x + h) - at(x - h)) - (at(x + 2 * h) - at(x - 2 * h))) / (12 * h);
  s.wide_x[j] = x;
  return slope;
}

/// All components of a short input; of a long one those at its ends and at the edges of blocks and parts.
template <class Problem>
std::set<std::size_t> components(std::size_t n) {
  std::set<std::size_t> all;
  if (n < 1000) {
    for (std::size_t j = 0; j < n; ++j) all.insert(j);
    return all;
  }
  const std::size_t part = n / Problem::facts.multiple;
  for (std::size_t base = 0; base < n; base += part)
    for (const std::size_t edge : {base, base + block_size, base + 2 * block_size, base + part})
      for (std::size_t j = edge < 2 ? 0 : edge - 2; j < std::min(n, edge + 2); ++j) all.insert(j);
  return all;
}

// ---- the check ---------------------------------------------------------------------------------------------------

template <class T>
struct result {
  T value;
  std::vector<T> gradient;
};

/// x ends and g ends at a page that must not be touched; g holds NaN, and so does what is not written.
template <class Problem, class T, class Method>
result<T> evaluate(const sample<Problem, T>& s, int threads = 1) {
  guarded_array<T> x(s.x), g(s.n);
  typename Method::template plan<Problem, T, lane::elements> plan({.n = s.n, .threads = threads}, s.data());
  T value = 0, again = 0;
  plan.evaluate(x.data(), &value, g.data());
  const std::vector<T> first = g.values();
  std::fill_n(g.data(), s.n, std::numeric_limits<T>::quiet_NaN());
  plan.evaluate(x.data(), &again, g.data());
  EXPECT_TRUE(g.front_untouched() && same_bits(first, g.values()) && same_bits(value, again)) << "a second call differs";
  return {value, first};
}

template <class Problem, class T>
void check_at(std::size_t n, double tolerance) {
  SCOPED_TRACE("n = " + std::to_string(n));
  sample<Problem, T> s(n);
  const auto fused = evaluate<Problem, T, reverse_fused>(s);
  const auto array = evaluate<Problem, T, reverse_array>(s);

  std::vector<T> forward_gradient(n);
  if (n < 1000) {
    T value;
    forward_mode::plan<Problem, T, lane::scalar>({.n = n}, s.data()).evaluate(s.x.data(), &value, forward_gradient.data());
  } else {
    for (const std::size_t j : components<Problem>(n)) forward_gradient[j] = forward(s, j).d[0].r;
  }

  double largest = 0;
  for (const T v : fused.gradient) largest = std::max(largest, static_cast<double>(std::abs(v)));
  const double exact = static_cast<double>(wide_value(s)), bound = tolerance * largest;
  const double value_bound = tolerance * std::max(1.0, std::abs(exact));
  EXPECT_NEAR(fused.value, exact, value_bound);
  EXPECT_NEAR(array.value, exact, value_bound);
  for (std::size_t j = 0; j < n; ++j) ASSERT_NEAR(fused.gradient[j], array.gradient[j], bound) << "component " << j;
  for (const std::size_t j : components<Problem>(n)) {
    ASSERT_NEAR(fused.gradient[j], forward_gradient[j], bound) << "component " << j << " by forward mode";
    ASSERT_NEAR(fused.gradient[j], static_cast<double>(difference_quotient(s, j)), bound + 1e-11 * largest)
        << "component " << j << " by a difference quotient";
  }
  if (n > block_size)
    for (int threads = 2; threads <= 4; ++threads) {
      const auto f = evaluate<Problem, T, reverse_fused>(s, threads), a = evaluate<Problem, T, reverse_array>(s, threads);
      EXPECT_TRUE(same_bits(f.value, fused.value) && same_bits(f.gradient, fused.gradient)) << threads << " threads";
      EXPECT_TRUE(same_bits(a.value, array.value) && same_bits(a.gradient, array.gradient)) << threads << " threads";
    }
}

/// Errors are relative to the largest component: those of the scalars over the sums are common to all.
template <class Problem, class T>
void check() {
  for (const std::size_t n : sizes<Problem, T>()) {
    check_at<Problem, T>(n, static_cast<double>(64 + n) * std::numeric_limits<T>::epsilon());
    if (testing::Test::HasFailure()) return;  // one n is enough to read
  }
}

}  // namespace gradlane::language_check
