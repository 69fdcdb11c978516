// The methods on their lanes: orders and steps of the stencils, ensembles of points, and no allocation after a first call.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "../bench/common/sanitized.hpp"
#include "memory.hpp"
#include "method_registry.hpp"
#include "problems/quadratic_form.hpp"
#include "problems/rosenbrock.hpp"
#include "teams.hpp"

// ---- every allocation of this executable is counted, but under a sanitizer, which does the same and must win ---------

namespace {
std::atomic<std::size_t> allocations = 0;
}  // namespace
#ifndef GRADLANE_SANITIZED
namespace {
void* allocate(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* const p = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
}  // namespace
// Not inlined: g++ would see a new that is freed by std::free, and warn.
__attribute__((noinline)) void* operator new(std::size_t size) { return allocate(size, 16); }
__attribute__((noinline)) void* operator new(std::size_t size, std::align_val_t a) {
  return allocate(size, static_cast<std::size_t>(a));
}
__attribute__((noinline)) void operator delete(void* p) noexcept { std::free(p); }
__attribute__((noinline)) void operator delete(void* p, std::size_t) noexcept { std::free(p); }
__attribute__((noinline)) void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
__attribute__((noinline)) void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
#endif

namespace gradlane {
namespace {

using testing_memory::guarded_array;
using testing_memory::number_source;
using testing_memory::same_bits;

/// f.operator()<Method>(name) for every method.
template <class F>
void for_each_method(F&& f) {
#define GRADLANE_CALL(name) f.template operator()<name>(#name);
  GRADLANE_FOR_EACH_METHOD(GRADLANE_CALL)
#undef GRADLANE_CALL
}
/// f.operator()<Method, lane>(name) for every method on every lane axis that it has.
template <class F>
void for_each_method_and_lane(F&& f) {
  for_each_method([&]<class Method>(const char* name) {
    const std::string method = name;
    if constexpr (Method::absent(lane::scalar) == nullptr)
      f.template operator()<Method, lane::scalar>(method + "/scalar");
    if constexpr (Method::absent(lane::directions) == nullptr)
      f.template operator()<Method, lane::directions>(method + "/directions");
    if constexpr (Method::absent(lane::elements) == nullptr)
      f.template operator()<Method, lane::elements>(method + "/elements");
    if constexpr (Method::absent(lane::points) == nullptr)
      f.template operator()<Method, lane::points>(method + "/points");
  });
}
template <class Method>
concept takes_a_step = requires {
  Method::template default_step<double>();
};
/// A formula with fixed weights; the methods that choose their steps themselves have tests of their own.
template <class Method>
concept is_stencil = std::is_base_of_v<finite_difference<Method::facts.order>, Method>;

/// What a stencil of some order may be wrong by at its default step, relative to the largest component.
double tolerance_of(int order) {
  return order == 0 ? 1e-12 : 200 * std::pow(std::numeric_limits<double>::epsilon(), order / (order + 1.0));
}

// ---- rules -------------------------------------------------------------------------------------------------------

TEST(methods, exist_on_some_lanes_and_give_a_reason_for_the_others) {
  for_each_method([]<class Method>(const char* name) {
    int lanes = 0;
    for (const lane l : {lane::scalar, lane::directions, lane::elements, lane::points}) {
      const char* const reason = Method::absent(l);
      lanes += reason == nullptr;
      if (reason != nullptr) {
        EXPECT_GT(std::string_view(reason).size(), 10u) << name;
      }
    }
    EXPECT_GT(lanes, 0) << name;
  });
}
TEST(methods, have_the_order_of_their_name) {
  for_each_method([]<class Method>(std::string_view name) {
    constexpr std::string_view central = "central_difference_";
    const int order = name == "forward_difference" ? 1 : name.substr(0, 19) == central ? name[central.size()] - '0' : 0;
    EXPECT_EQ((is_stencil<Method>), order > 0) << name;
    if (is_stencil<Method>) {
      EXPECT_EQ(Method::facts.order, order) << name;
    }
    EXPECT_EQ((takes_a_step<Method>), Method::facts.order > 0 || name == "complex_step") << name;
  });
}
TEST(methods, have_the_default_step_that_balances_truncation_and_rounding) {
  for_each_method([]<class Method>(const char* name) {
    if constexpr (is_stencil<Method>) {
      const double exponent = 1.0 / (Method::facts.order + 1);
      EXPECT_DOUBLE_EQ(Method::template default_step<double>(), std::pow(0x1p-52, exponent)) << name;
      EXPECT_FLOAT_EQ(Method::template default_step<float>(), static_cast<float>(std::pow(0x1p-23, exponent))) << name;
    }
  });
}

// ---- stencils ----------------------------------------------------------------------------------------------------

struct exponential {
  [[maybe_unused]] static constexpr problem_facts facts{.formula = "Σ exp(2x)"};
  template <class T>
  using data = no_data;
  static std::vector<array_spec> arrays(std::size_t n) { return no_arrays(n); }
  template <class Vector>
  static constexpr auto value(const Vector& x, const no_data&) {
    return sum([](auto a) { return exp(2 * a); }, x);
  }
};

// Where truncation dominates, half the step divides the error by 2^order.
TEST(stencils, have_their_order) {
  for_each_method([]<class Method>(const char* name) {
    if constexpr (is_stencil<Method>) {
      const double x = 0.3, exact = 2 * std::exp(2 * x), h = Method::facts.order == 1 ? 1e-3 : 0.25;
      const auto error = [&](double step) {
        double value, g;
        typename Method::template plan<exponential, double, lane::scalar>({.n = 1, .step = step}, no_data{})
            .evaluate(&x, &value, &g);
        EXPECT_NEAR(value, std::exp(2 * x), 1e-15 * exact);
        return std::abs(g - exact);
      };
      const double order = std::log2(error(h) / error(h / 2));
      EXPECT_NEAR(order, Method::facts.order, 0.1) << name;
      EXPECT_LT(error(Method::template default_step<double>()), tolerance_of(Method::facts.order)) << name;
    }
  });
}
TEST(stencils, take_the_step_that_they_are_given) {
  for_each_method_and_lane([]<class Method, lane L>(const std::string& name) {
    if constexpr (is_stencil<Method>) {
      const auto at = [](double step) {
        const double x = 0.3;
        double value, g;
        typename Method::template plan<exponential, double, L>({.n = 1, .step = step}, no_data{})
            .evaluate(&x, &value, &g);
        return g;
      };
      const double step = Method::template default_step<double>();
      EXPECT_EQ(at(0), at(step)) << name;
      EXPECT_GT(std::abs(at(64 * step) - 2 * std::exp(0.6)), 4 * std::abs(at(0) - 2 * std::exp(0.6))) << name;
    }
  });
}
// A step below the spacing of x becomes one spacing, so that a difference is never 0/0.
TEST(stencils, work_below_the_spacing_of_x) {
  for_each_method([]<class Method>(const char* name) {
    if constexpr (is_stencil<Method>) {
      const double x = 300;
      double value, g;
      typename Method::template plan<exponential, double, lane::scalar>({.n = 1, .step = 1e-30}, no_data{})
          .evaluate(&x, &value, &g);
      EXPECT_NEAR(g / (2 * std::exp(600)), 1, 0.5) << name;
    }
  });
}

// ---- every method on every lanes ---------------------------------------------------------------------------------

struct exact {
  double value, largest = 0;
  std::vector<double> gradient;
  explicit exact(const std::vector<double>& x) : gradient(x.size()) {
    analytic::plan<rosenbrock, double, lane::scalar>({.n = x.size()}, no_data{})
        .evaluate(x.data(), &value, gradient.data());
    for (const double g : gradient) largest = std::max(largest, std::abs(g));
  }
};

TEST(methods, agree_at_one_point) {
  constexpr std::size_t W = pack<double>::width;
  for (const std::size_t n : {std::size_t{2}, std::size_t{3}, W, W + 1, std::size_t{37}, std::size_t{70}}) {
    const auto x = number_source(n).array<double>(n);
    const exact expected(x);
    for_each_method_and_lane([&]<class Method, lane L>(const std::string& name) {
      for (const int threads : {1, 3}) {
        SCOPED_TRACE(name + ", n = " + std::to_string(n) + ", threads = " + std::to_string(threads));
        guarded_array<double> input(x), g(n);
        double value;
        typename Method::template plan<rosenbrock, double, L>({.n = n, .threads = threads}, no_data{})
            .evaluate(input.data(), &value, g.data());
        EXPECT_NEAR(value, expected.value, 1e-12 * std::abs(expected.value));
        EXPECT_TRUE(g.front_untouched());
        if (Method::facts.value_only) continue;
        for (std::size_t j = 0; j < n; ++j)
          ASSERT_NEAR(g[j], expected.gradient[j], tolerance_of(Method::facts.order) * expected.largest) << j;
      }
    });
  }
}

TEST(methods, evaluate_any_number_of_points) {
  constexpr std::size_t W = pack<double>::width, n = 5;
  for (std::size_t points = 1; points <= 2 * W + 3; ++points)
    for (const std::size_t gap : {0U, 3U}) {
      const std::size_t stride = points + gap, size = (n - 1) * stride + points;
      const auto x = number_source(points).array<double>(size);
      std::vector<exact> expected;
      for (std::size_t p = 0; p < points; ++p) {
        std::vector<double> point;
        for (std::size_t i = 0; i < n; ++i) point.push_back(x[i * stride + p]);
        expected.emplace_back(point);
      }
      for_each_method_and_lane([&]<class Method, lane L>(const std::string& name) {
        if constexpr (L == lane::points) {
          for (const int threads : {1, 2}) {
            SCOPED_TRACE(name + ", " + std::to_string(points) + " points, stride " + std::to_string(stride));
            guarded_array<double> input(x), value(points), g(size);
            typename Method::template plan<rosenbrock, double, L>(
                {.n = n, .points = points, .stride = stride, .threads = threads}, no_data{})
                .evaluate(input.data(), value.data(), g.data());
            EXPECT_TRUE(g.front_untouched() && value.front_untouched());
            for (std::size_t p = 0; p < points; ++p)
              ASSERT_NEAR(value[p], expected[p].value, 1e-12 * expected[p].value) << p;
            if (Method::facts.value_only) continue;
            for (std::size_t i = 0; i < n; ++i) {
              for (std::size_t p = 0; p < points; ++p)
                ASSERT_NEAR(g[i * stride + p], expected[p].gradient[i],
                            tolerance_of(Method::facts.order) * expected[p].largest);
              for (std::size_t p = points; p < stride && i + 1 < n; ++p) ASSERT_TRUE(std::isnan(g[i * stride + p]));
            }
          }
        }
      });
    }
}

// ---- allocations -------------------------------------------------------------------------------------------------

/// Allocations of the third call of evaluate.
template <class Plan>
std::size_t allocations_of(Plan& plan, std::size_t size) {
  const std::vector<double> x(size, 0.5);
  std::vector<double> value(size), g(size);
  for (int call = 0; call < 2; ++call) plan.evaluate(x.data(), value.data(), g.data());
  const std::size_t bytes = plan.bytes(), before = allocations;
  plan.evaluate(x.data(), value.data(), g.data());
  const std::size_t made = allocations - before;
  EXPECT_EQ(plan.bytes(), bytes);
  return made;
}
/// It once held room for a register of points, which only the lanes of points need: 128 bytes an input.
TEST(methods, a_hand_written_gradient_at_one_point_holds_next_to_nothing) {
  const analytic::plan<rosenbrock, double, lane::elements> plan({.n = std::size_t{1} << 20}, no_data{});
  EXPECT_LE(plan.bytes(), std::size_t{1} << 13);
}
TEST(methods, allocate_nothing_after_the_first_call) {
#ifdef GRADLANE_SANITIZED
  GTEST_SKIP() << "allocations cannot be counted: the sanitizer has an operator new of its own";
#endif
  const std::size_t before = allocations;
  const std::vector<double> counted(10);
  asm volatile("" ::"r"(counted.data()) : "memory");  // clang leaves out what nobody looks at
  EXPECT_EQ(allocations, before + 1);
  for_each_method_and_lane([]<class Method, lane L>(const std::string& name) {
    for (const int threads : {1, 2}) {
      const std::size_t n = 50, points = L == lane::points ? 7 : 1;
      typename Method::template plan<rosenbrock, double, L> plan(
          {.n = n, .points = points, .stride = points, .threads = threads}, no_data{});
      EXPECT_EQ(allocations_of(plan, n * points), 0u) << name << ", threads " << threads;
    }
    if constexpr (L == lane::elements && !Method::facts.sweeps) {
      const std::size_t n = 50;
      const std::vector<double> matrix(n * n, 0.5);
      typename Method::template plan<quadratic_form, double, L> plan({.n = n, .threads = 2}, {{matrix.data(), n, n}});
      EXPECT_EQ(allocations_of(plan, n), 0u) << name << ", dense";
      const std::size_t many = 3 * block_size;
      typename Method::template plan<rosenbrock, double, L> blocks({.n = many, .threads = 2}, no_data{});
      EXPECT_EQ(allocations_of(blocks, many), 0u) << name << ", many blocks";
    }
  });
}

}  // namespace
}  // namespace gradlane
