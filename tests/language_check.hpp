// One objective's gradient by the reverse methods, against forward mode and finite differences.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <type_traits>
#include <vector>

#include "ad/dual.hpp"
#include "memory.hpp"
#include "methods/reverse_array.hpp"
#include "methods/reverse_fused.hpp"
#include "objective/serial.hpp"
#include "teams.hpp"

namespace gradlane::language_check {

using testing_memory::guarded_array;
using testing_memory::number_source;

// ---- inputs ------------------------------------------------------------------------------------------------------

/// x and the data of an objective at n, in T and in long double.
template <class Problem, class T>
struct sample {
  using wide = long double;
  std::vector<T> x, numbers;
  std::vector<scalar<wide>> wide_x;
  std::vector<wide> wide_numbers;
  std::size_t n;

  explicit sample(std::size_t size) : n(size) {
    number_source source(n);
    x = source.array<T>(n);
    if constexpr (binds_itself)
      numbers = source.array<T>(Problem::arrays(n).front().rows);
    else if constexpr (Problem::facts.dense)
      numbers = source.array<T>((2 * n + 3) * (n + 1));
    else
      numbers = source.array<T>(n);
    wide_x.assign(x.begin(), x.end());
    wide_numbers.assign(numbers.begin(), numbers.end());
  }
  auto data() const { return bind<T>(numbers); }
  auto wide_data() const { return bind<wide>(wide_numbers); }

 private:
  static constexpr bool binds_itself = requires(const T* p) { Problem::bind(p, std::size_t{1}); };
  template <class U>
  typename Problem::template data<U> bind(const std::vector<U>& v) const {
    if constexpr (std::is_same_v<typename Problem::template data<U>, no_data>)
      return {};
    else if constexpr (binds_itself)
      return Problem::bind(v.data(), n);
    else if constexpr (Problem::facts.dense)
      return {{v.data(), 2 * n + 3, n}, {v.data() + (2 * n + 3) * n, 2 * n + 3}};
    else
      return {{v.data(), n}, scalar<U>(0.375)};
  }
};

/// Valid n: every one up to 4W + 5 terms, and those whose sums begin or end near the edge of a block.
inline std::set<std::size_t> sizes(std::size_t W, const problem_facts& facts) {
  std::set<std::size_t> all;
  for (std::size_t n = 1; n <= (4 * W + 5) * facts.multiple; ++n)
    if (facts.valid(n)) all.insert(n);
  if (facts.dense) return all;
  for (const std::size_t terms : {block_size - 1, block_size, block_size + 1, block_size + W + 1, 2 * block_size + 2})
    all.insert(terms * facts.multiple);
  return all;
}
/// All components of a short input; of a long one those at its ends and at the edges of blocks and parts.
inline std::vector<std::size_t> components(std::size_t n, std::size_t parts) {
  std::set<std::size_t> all;
  for (std::size_t j = 0; j < n && n < 1000; ++j) all.insert(j);
  const std::size_t part = n / parts;
  for (std::size_t base = 0; base < n && n >= 1000; base += part)
    for (const std::size_t edge : {base, base + block_size, base + 2 * block_size, base + part})
      for (std::size_t j = edge < 2 ? 0 : edge - 2; j < std::min(n, edge + 2); ++j) all.insert(j);
  return {all.begin(), all.end()};
}

void expect_repeated(const struct result& first, const struct result& second, bool front_untouched);

// ---- references --------------------------------------------------------------------------------------------------

template <class Problem, class T>
double wide_value(const sample<Problem, T>& s) {
  return static_cast<double>(objective_at<Problem>(s.wide_x.data(), s.n, s.wide_data()).r);
}
/// (8 D₁ − D₂) / 12h with D_k = f(x + kh) − f(x − kh).
template <class Problem, class T>
double difference_quotient(sample<Problem, T>& s, std::size_t j) {
  const long double h = 0x1p-11L, x = s.wide_x[j].r;
  const auto at = [&](long double moved) {
    s.wide_x[j] = moved;
    return objective_at<Problem>(s.wide_x.data(), s.n, s.wide_data()).r;
  };
  const long double slope = (8 * (at(x + h) - at(x - h)) - (at(x + 2 * h) - at(x - 2 * h))) / (12 * h);
  s.wide_x[j] = x;
  return static_cast<double>(slope);
}

struct result {
  double value = 0;
  std::vector<double> gradient;
  bool operator==(const result&) const = default;
};
/// The wanted components by forward mode: dual numbers, a sweep for each.
template <class Problem, class T>
std::vector<double> forward(const sample<Problem, T>& s, const std::vector<std::size_t>& wanted) {
  std::vector<dual<scalar<T>>> x;
  for (const T v : s.x) x.emplace_back(scalar<T>(v));
  std::vector<double> g(s.n);
  for (const std::size_t j : wanted) {
    x[j].d[0] = 1;
    g[j] = static_cast<double>(objective_at<Problem>(x.data(), s.n, s.data()).d[0].r);
    x[j].d[0] = 0;
  }
  return g;
}

// ---- the methods under test --------------------------------------------------------------------------------------

/// x ends and g ends at a page that must not be touched; g holds NaN, and so does what is not written.
template <class Problem, class T, class Method>
result evaluate(const sample<Problem, T>& s, int threads = 1) {
  guarded_array<T> x(s.x), g(s.n);
  typename Method::template plan<Problem, T, lane::elements> plan({.n = s.n, .threads = threads}, s.data());
  T value[2];
  result results[2];
  for (int call = 0; call < 2; ++call) {
    std::fill_n(g.data(), s.n, std::numeric_limits<T>::quiet_NaN());
    plan.evaluate(x.data(), value + call, g.data());
    results[call] = {static_cast<double>(value[call]), {g.data(), g.data() + s.n}};
  }
  expect_repeated(results[0], results[1], g.front_untouched());
  return results[0];
}

/// All that is compared at one n, so that comparing is compiled once.
struct comparison {
  std::size_t n;
  double tolerance, exact_value;
  result fused, array;
  std::vector<double> forward;              ///< its wanted components
  std::vector<std::size_t> wanted;          ///< components that the references have
  std::map<std::size_t, double> quotients;  ///< difference quotients of some of them
  std::vector<result> fused_threads, array_threads;
};
void compare(const comparison& c);

template <class Problem, class T>
void check_at(std::size_t n) {
  sample<Problem, T> s(n);
  comparison c;
  c.n = n;
  // Relative to the largest component: errors of the scalars over the sums are common to all.
  c.tolerance = static_cast<double>(64 + n) * static_cast<double>(std::numeric_limits<T>::epsilon());
  c.exact_value = wide_value(s);
  c.fused = evaluate<Problem, T, reverse_fused>(s);
  c.array = evaluate<Problem, T, reverse_array>(s);
  c.wanted = components(n, Problem::facts.multiple);
  c.forward = forward(s, c.wanted);
  // A quotient takes four sweeps in long double: each component has its turn at some n.
  for (const std::size_t j : c.wanted)
    if ((j + n) % 4 == 0) c.quotients[j] = difference_quotient(s, j);
  if (n > block_size || (Problem::facts.dense && n > 1000))
    for (int threads = 2; threads <= 4; ++threads) {
      c.fused_threads.push_back(evaluate<Problem, T, reverse_fused>(s, threads));
      c.array_threads.push_back(evaluate<Problem, T, reverse_array>(s, threads));
    }
  compare(c);
}

template <class Problem, class T>
void check() {
  for (const std::size_t n : sizes(pack<T>::width, Problem::facts)) {
    check_at<Problem, T>(n);
    if (testing::Test::HasFailure()) return;  // one n is enough to read
  }
}

}  // namespace gradlane::language_check
