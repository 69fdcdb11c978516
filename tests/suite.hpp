// What the tests of the suite share: every implementation of every module that runs here as a GoogleTest parameter,
// the sizes at which they go wrong, exact answers, and a call with everything that it must and must not write checked.
// The tests know implementations by their flags alone, so that a new problem, method or module is tested as it appears.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "common/module.hpp"
#include "oracle/inputs.hpp"
#include "oracle/oracle.hpp"
#include "oracle/tolerance.hpp"

namespace gradlane::suite {

using bench::implementation;

/// The modules of $GRADLANE_BACKEND_DIR, by default of the build, loaded once.
const bench::module_set& modules();
const std::vector<implementation>& implementations();

/// A test of every implementation: derive a fixture, write TEST_P, add GRADLANE_FOR_EACH_IMPLEMENTATION(fixture).
class each_implementation : public testing::TestWithParam<implementation> {};
std::string test_name(const testing::TestParamInfo<implementation>& info);
#define GRADLANE_FOR_EACH_IMPLEMENTATION(fixture) \
  INSTANTIATE_TEST_SUITE_P(all, fixture, testing::ValuesIn(implementations()), test_name)

/// f(T{}) with the implementation's T.
template <class F>
void in_precision(const implementation& i, F&& f) {
  if (i.entry().dtype == GRADLANE_F32)
    f(float{});
  else
    f(double{});
}

template <class T>
constexpr double eps = std::numeric_limits<T>::epsilon();

// ---- sizes -------------------------------------------------------------------------------------------------------

/// Lanes of a register of the module, in the implementation's precision.
std::size_t width_of(const implementation& i);
/// Terms of one unrolled step of a sum, whatever the module's registers: 4 of them, or the virtual lanes.
std::size_t step_of(const implementation& i);
/// Every valid n up to `last`.
std::vector<std::size_t> sizes_up_to(const catalogue_entry& problem, std::size_t last);
/// The valid n on both sides of `edge`.
std::vector<std::size_t> sizes_around(const catalogue_entry& problem, std::size_t edge);
const catalogue_entry& problem_of(const implementation& i);
/// Whether a call costs no more than a few passes over x: not a sweep for each component, not a matrix.
bool is_linear_in_n(const implementation& i);

/// Exact up to rounding, with nothing to choose a step for: automatic differentiation and closed forms.
inline bool is_exact(const implementation& i) {
  return i.entry().order == 0 && !i.has(GRADLANE_VALUE_ONLY) && !i.has(GRADLANE_STEP);
}
/// Exact with a step: the complex step.
inline bool is_complex(const implementation& i) { return i.entry().order == 0 && i.has(GRADLANE_STEP); }
inline bool has_gradient(const implementation& i) { return !i.has(GRADLANE_VALUE_ONLY); }

// ---- inputs and exact answers --------------------------------------------------------------------------------------

constexpr std::uint64_t seed = 7;

/// The driver's inputs with `gap` unused elements behind the points of each component. They hold `unused`.
template <class T>
constexpr T unused = T(-77.5);
template <class T>
inputs<T> inputs_with_gap(const catalogue_entry& problem, std::size_t n, std::size_t points, std::size_t gap) {
  inputs<T> in = make_inputs<T>(problem, n, points, seed);
  if (gap == 0) return in;
  std::vector<T> x(n * (points + gap), unused<T>);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t p = 0; p < points; ++p) x[i * (points + gap) + p] = in.x[i * points + p];
  in.x = std::move(x);
  in.stride = points + gap;
  return in;
}

/// The exact answer at point p of the inputs above, kept for the next implementation.
template <class T>
oracle_of<T>& oracle_at(const catalogue_entry& problem, std::size_t n, std::size_t p = 0);

// ---- calls -------------------------------------------------------------------------------------------------------

struct call_options {
  int threads = 1;
  double step = 0;
};

inline gradlane_shape shape_of(std::size_t n, std::size_t points, std::size_t stride, const call_options& o,
                               const std::vector<gradlane_array>& arrays) {
  return {sizeof(gradlane_shape), n, points, stride, o.threads, o.step, arrays.data(), arrays.size()};
}

template <class T>
struct answer {
  std::vector<T> value, gradient;
};

/// Value and gradient in one call. The outputs hold NaN before, so that what is not written is seen; what lies between
/// the points' components, and the gradient of a value alone, hold `unused` and must go on to do so.
template <class T>
answer<T> evaluate(const implementation& i, const inputs<T>& in, const call_options& o = {}) {
  const std::vector<gradlane_array> arrays = in.abi();
  bench::plan plan(i, shape_of(in.n, in.points, in.stride, o, arrays));
  answer<T> a{std::vector<T>(in.points, std::numeric_limits<T>::quiet_NaN()), std::vector<T>(in.x.size(), unused<T>)};
  const auto written = [&](std::size_t k) { return has_gradient(i) && k % in.stride < in.points; };
  for (std::size_t k = 0; k < in.x.size(); ++k)
    if (written(k)) a.gradient[k] = std::numeric_limits<T>::quiet_NaN();
  const bench::floating_point_control before = bench::floating_point_control::current();
  plan.evaluate(in.x.data(), a.value.data(), a.gradient.data());
  if (bench::floating_point_control::current() != before) {
    bench::restore(before);
    ADD_FAILURE() << "the call changes the floating-point control word";
  }
  for (std::size_t k = 0; k < in.x.size(); ++k)
    if (!written(k)) {
      EXPECT_EQ(a.gradient[k], unused<T>) << "written where nothing belongs, element " << k;
    }
  return a;
}

/// Whether two answers are the same to the last bit, NaNs included.
template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// The judgement of a gradient and its value at point p; of the value alone where there is no gradient.
template <class T>
testing::AssertionResult is_right(const implementation& i, const inputs<T>& in, const answer<T>& a, std::size_t p,
                                  oracle_of<T>& oracle) {
  const value_error value = oracle.compare_value(a.value[p]);
  if (!has_gradient(i)) {
    if (value_is_right<T>(value, in.n)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "value " << a.value[p] << ", exact " << value.exact;
  }
  const gradient_error g = oracle.compare(a.gradient.data() + p, in.stride);
  const judgement j = judge<T>(g, value, in.n, i.entry().order, i.entry().default_step);
  if (j.result != verdict::wrong) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "n = " << in.n << ", point " << p << " of " << in.points << ": value "
                                     << a.value[p] << ", exact " << value.exact << "; gradient off by " << g.relative
                                     << ", allowed " << j.tolerance << ", worst component " << g.worst << ": "
                                     << a.gradient[g.worst * in.stride + p] << ", exact " << oracle.component(g.worst);
}

}  // namespace gradlane::suite

/// GoogleTest prints parameters by this.
namespace gradlane::bench {
inline void PrintTo(const implementation& i, std::ostream* out) { *out << i.name(); }
}  // namespace gradlane::bench
