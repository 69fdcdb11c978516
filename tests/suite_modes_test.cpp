// What forward and reverse mode must agree on, and what gradients obey, whatever computed them. None of it needs an
// exact answer: it holds where an oracle could share a method's mistake.
#include "suite.hpp"

namespace gradlane::suite {
namespace {

/// A point of its own per number, so that lanes cannot be mixed up without being seen.
std::size_t points_of(const implementation& i) { return i.has(GRADLANE_POINTS) ? 2 * width_of(i) + 1 : 1; }

/// All small n and one beyond a few unrolled steps.
std::vector<std::size_t> some_sizes(const implementation& i) {
  std::vector<std::size_t> sizes = sizes_up_to(problem_of(i), 2 * width_of(i) + 3);
  sizes.push_back(valid_size(problem_of(i), 4 * step_of(i) + 5));
  return sizes;
}

/// Component k of point p, wide enough that sums of these add no error that counts.
template <class T>
long double component(const inputs<T>& in, const std::vector<T>& of, std::size_t k, std::size_t p) {
  return of[k * in.stride + p];
}

template <class T>
long double dot(const inputs<T>& in, const std::vector<T>& a, const std::vector<T>& b, std::size_t p) {
  long double sum = 0;
  for (std::size_t k = 0; k < in.n; ++k) sum += component(in, a, k, p) * component(in, b, k, p);
  return sum;
}

// ---- forward against reverse -------------------------------------------------------------------------------------

class modes : public each_implementation {};

/// Every forward mode of the module, on as many points.
std::vector<implementation> forward_modes_beside(const implementation& reverse) {
  std::vector<implementation> found;
  for (const implementation& i : implementations())
    if (&i.owner() == &reverse.owner() && i.method() == "forward_mode" && i.problem() == reverse.problem() &&
        i.dtype() == reverse.dtype() && i.has(GRADLANE_POINTS) == reverse.has(GRADLANE_POINTS))
      found.push_back(i);
  return found;
}

/// (J v)·1 = v·(Jᵀ 1) along directions v that no method knows of. Divided by ‖v‖‖g‖: |l − r|/|l| would be large
/// wherever the two sides cancel. Where the terms of g cancel themselves (near a critical point), both modes round terms
/// that are larger than g, by the factor ‖s‖/‖g‖ that the oracle knows.
template <class T>
void expect_equal_products(const implementation& i, const inputs<T>& in, const std::vector<T>& forward,
                           const std::vector<T>& reverse) {
  std::vector<T> v(in.x.size());
  for (const std::uint64_t direction : {1U, 2U, 3U}) {
    draw_points(v.data(), v.size(), 1, 1, seed + direction);
    for (std::size_t p = 0; p < in.points; ++p) {
      const long double difference = std::abs(dot(in, forward, v, p) - dot(in, reverse, v, p));
      long double size = 16 * std::sqrt(dot(in, forward, forward, p));
      if (difference > eps<T> * std::sqrt(dot(in, v, v, p)) * size)
        size = std::max<long double>(
            size, 2 * oracle_at<T>(problem_of(i), in.n, p).compare(reverse.data() + p, in.stride).scale_norm);
      EXPECT_LE(difference, eps<T> * std::sqrt(dot(in, v, v, p)) * size) << "n = " << in.n << ", point " << p;
    }
  }
}

TEST_P(modes, agree_along_any_direction) {
  const implementation& reverse = GetParam();
  if (!reverse.method().starts_with("reverse_")) return;
  const std::vector<implementation> others = forward_modes_beside(reverse);
  ASSERT_FALSE(others.empty() && reverse.owner().about.rank > 0) << "no forward mode to compare with";
  in_precision(reverse, [&]<class T>(T) {
    for (const std::size_t n : some_sizes(reverse)) {
      const inputs<T> in = make_inputs<T>(problem_of(reverse), n, points_of(reverse), seed);
      const answer<T> backwards = evaluate(reverse, in);
      for (const implementation& forward : others) {
        SCOPED_TRACE(forward.name());
        expect_equal_products(reverse, in, evaluate(forward, in).gradient, backwards.gradient);
      }
    }
  });
}

GRADLANE_FOR_EACH_IMPLEMENTATION(modes);

// ---- what a problem's gradient obeys -----------------------------------------------------------------------------

class invariances : public each_implementation {};

bool computes(const implementation& i, const char* problem) {
  return i.problem() == problem && i.entry().order == 0 && has_gradient(i);
}

/// Its components are probabilities.
TEST_P(invariances, of_softmax) {
  const implementation& i = GetParam();
  if (!computes(i, "log_sum_exp")) return;
  in_precision(i, [&]<class T>(T) {
    for (const std::size_t n : some_sizes(i)) {
      inputs<T> in = make_inputs<T>(problem_of(i), n, points_of(i), seed);
      const answer<T> here = evaluate(i, in);
      for (T& x : in.x) x = (x + T(3)) - T(3);  // now x + 3 is exact
      const answer<T> rounded = evaluate(i, in);
      for (T& x : in.x) x += T(3);
      const answer<T> shifted = evaluate(i, in);
      for (std::size_t p = 0; p < in.points; ++p) {
        long double sum = 0, moved = 0;
        for (std::size_t k = 0; k < n; ++k) {
          sum += component(in, here.gradient, k, p);
          moved = std::max(moved,
                           std::abs(component(in, shifted.gradient, k, p) / component(in, rounded.gradient, k, p) - 1));
        }
        EXPECT_LE(std::abs(sum - 1), rounding_factor<T>(n)) << "n = " << n << ", point " << p;
        EXPECT_LE(moved, rounding_factor<T>(n)) << "moved along (1, …, 1), n = " << n << ", point " << p;
        EXPECT_LE(std::abs(shifted.value[p] - rounded.value[p] - T(3)), 4 * 8 * eps<T>) << "n = " << n;
      }
    }
  });
}

/// Of a linear function it is the same everywhere, to the last bit where it is not divided by a step.
TEST_P(invariances, of_a_linear_gradient) {
  const implementation& i = GetParam();
  if (!computes(i, "linear")) return;
  in_precision(i, [&]<class T>(T) {
    for (const std::size_t n : some_sizes(i)) {
      inputs<T> in = make_inputs<T>(problem_of(i), n, points_of(i), seed);
      const answer<T> here = evaluate(i, in);
      for (std::size_t k = 0; k < in.x.size(); ++k) in.x[k] = T(1000) - in.x[k] * T(k + 1);
      const answer<T> elsewhere = evaluate(i, in);
      for (std::size_t k = 0; k < in.x.size(); ++k)
        EXPECT_NEAR(static_cast<double>(here.gradient[k]), static_cast<double>(elsewhere.gradient[k]),
                    is_complex(i) ? eps<T> : 0)
            << "n = " << n << ", element " << k;
    }
  });
}

/// Euler: x·∇L = q·L where L(tx) = t^q L(x).
TEST_P(invariances, of_homogeneous_functions) {
  const implementation& i = GetParam();
  const double degree = computes(i, "linear") ? 1 : computes(i, "quadratic_form") ? 2 : computes(i, "chain") ? 8 : 0;
  if (degree == 0) return;
  in_precision(i, [&]<class T>(T) {
    for (const std::size_t n : some_sizes(i)) {
      const inputs<T> in = make_inputs<T>(problem_of(i), n, points_of(i), seed);
      const answer<T> a = evaluate(i, in);
      for (std::size_t p = 0; p < in.points; ++p) {
        const double terms = oracle_at<T>(problem_of(i), n, p).compare_value(a.value[p]).scale;
        EXPECT_NEAR(static_cast<double>(dot(in, in.x, a.gradient, p)), degree * static_cast<double>(a.value[p]),
                    2 * degree * terms * rounding_factor<T>(n))
            << "n = " << n << ", point " << p;
      }
    }
  });
}

/// The gradient of an even function is odd, of an odd one even: every operation rounds alike on both sides of 0.
TEST_P(invariances, of_even_and_odd_functions) {
  const implementation& i = GetParam();
  const bool even = computes(i, "chain") || computes(i, "quadratic_form"), odd = computes(i, "gaussian_bump");
  if (!even && !odd) return;
  in_precision(i, [&]<class T>(T) {
    for (const std::size_t n : some_sizes(i)) {
      inputs<T> in = make_inputs<T>(problem_of(i), n, points_of(i), seed);
      const answer<T> here = evaluate(i, in);
      for (T& x : in.x) x = -x;
      const answer<T> mirrored = evaluate(i, in);
      for (std::size_t p = 0; p < in.points; ++p) EXPECT_EQ(mirrored.value[p], odd ? -here.value[p] : here.value[p]);
      for (std::size_t k = 0; k < in.x.size(); ++k)
        EXPECT_EQ(mirrored.gradient[k], odd ? here.gradient[k] : -here.gradient[k]) << "n = " << n << ", element " << k;
    }
  });
}

GRADLANE_FOR_EACH_IMPLEMENTATION(invariances);

}  // namespace
}  // namespace gradlane::suite
