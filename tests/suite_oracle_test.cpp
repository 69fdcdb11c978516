// Every implementation against the oracle: at every number of inputs up to several registers, around the blocks of the
// sums, for many points, and with the tolerance's own promise that a zero gradient never passes.
#include "suite.hpp"

namespace gradlane::suite {
namespace {

/// A finite difference in an ensemble: like the scalar lanes at the same point, but for the rounding of the objective.
/// (Some of many points lie where the objective is so flat that the tolerance, which takes the size of the gradient for
/// that of the higher derivatives, is too small for a step of the usual size.)
template <class T>
void expect_like(const implementation& scalar, const inputs<T>& in, const answer<T>& a, std::size_t p) {
  inputs<T> one = in;
  one.points = one.stride = 1;
  one.x = in.point(p);
  const answer<T> there = evaluate(scalar, one);
  const double size = oracle_at<T>(problem_of(scalar), in.n, p).compare_value(there.value[0]).scale;
  const double noise = 40 * std::numeric_limits<T>::epsilon() * size / scalar.entry().default_step;
  EXPECT_NEAR(a.value[p], there.value[0], noise) << "n = " << in.n << ", point " << p << " of " << in.points;
  for (std::size_t k = 0; k < in.n; ++k)
    EXPECT_NEAR(a.gradient[k * in.stride + p], there.gradient[k], noise)
        << "component " << k << ", n = " << in.n << ", point " << p << " of " << in.points;
}

const implementation* scalar_twin(const implementation& i) {
  for (const implementation& other : implementations())
    if (&other.owner() == &i.owner() && other.problem() == i.problem() && other.method() == i.method() &&
        other.dtype() == i.dtype() && other.lanes() == "scalar")
      return &other;
  return nullptr;
}

template <class T>
void expect_right(const implementation& i, std::size_t n, std::size_t points = 1, std::size_t gap = 0) {
  const catalogue_entry& problem = problem_of(i);
  const inputs<T> in = inputs_with_gap<T>(problem, n, points, gap);
  const answer<T> a = evaluate(i, in);
  const implementation* const scalar = i.entry().order > 0 && points > 1 ? scalar_twin(i) : nullptr;
  for (std::size_t p = 0; p < points; ++p)
    if (scalar != nullptr)
      expect_like(*scalar, in, a, p);
    else
      EXPECT_TRUE(is_right(i, in, a, p, oracle_at<T>(problem, n, p)));
}

/// The valid n on both sides of each edge that the implementation takes.
std::vector<std::size_t> sizes_around_all(const implementation& i, const std::vector<std::size_t>& edges) {
  std::vector<std::size_t> sizes;
  for (const std::size_t edge : edges)
    for (const std::size_t n : sizes_around(problem_of(i), edge)) sizes.push_back(n);
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  const std::size_t most = i.entry().max_n;
  std::erase_if(sizes, [&](std::size_t n) { return most > 0 && n > most; });
  return sizes;
}

/// Numbers of inputs beyond a few registers: a block of 4096 terms (a term may take several inputs) where a call is
/// cheap, groups of rows where there is a matrix.
std::vector<std::size_t> first_sizes(const implementation& i) {
  const catalogue_entry& problem = problem_of(i);
  if (is_linear_in_n(i)) return sizes_around_all(i, {32, 4096 * problem.facts.multiple});
  if (!i.has(GRADLANE_SWEEPS)) return sizes_around_all(i, {32, 64, 256});
  return sizes_around_all(i, {32});
}

/// Two blocks, and blocks of inputs instead of terms. One sweep a component with SIMD inside has sums with blocks too, but
/// only a cheap method can show them.
std::vector<std::size_t> later_sizes(const implementation& i) {
  const catalogue_entry& problem = problem_of(i);
  if (is_linear_in_n(i)) {
    std::vector<std::size_t> sizes = sizes_around_all(i, {4096, 8192, 8192 * problem.facts.multiple});
    sizes.push_back(valid_size(problem, 65536 + 4096 + 37));  // an index of 16 bits
    return sizes;
  }
  const bool in_blocks = i.lanes() == "elements" && i.entry().order <= 1 && !problem.facts.dense;
  return in_blocks ? std::vector{valid_size(problem, 4096 + 1)} : std::vector<std::size_t>{};
}

class oracle : public each_implementation {};

TEST_P(oracle, agrees_at_every_small_n) {
  const implementation& i = GetParam();
  in_precision(i, [&]<class T>(T) {
    for (const std::size_t n : sizes_up_to(problem_of(i), 4 * width_of(i) + 3)) expect_right<T>(i, n);
  });
}

TEST_P(oracle, agrees_around_blocks) {
  const implementation& i = GetParam();
  in_precision(i, [&]<class T>(T) {
    for (const std::size_t n : first_sizes(i)) expect_right<T>(i, n);
  });
}

TEST_P(oracle, agrees_around_later_blocks) {
  const implementation& i = GetParam();
  in_precision(i, [&]<class T>(T) {
    for (const std::size_t n : later_sizes(i))
      if (const std::size_t most = i.entry().max_n; most == 0 || n <= most) expect_right<T>(i, n);
  });
}

TEST_P(oracle, agrees_at_every_number_of_points) {
  const implementation& i = GetParam();
  if (!i.has(GRADLANE_POINTS)) return;
  in_precision(i, [&]<class T>(T) {
    const catalogue_entry& problem = problem_of(i);
    const std::size_t width = width_of(i), most = 2 * width + 1;
    for (std::size_t points = 1; points <= most; ++points)
      expect_right<T>(i, valid_size(problem, 3), points, points % 3);
    for (const std::size_t n : sizes_up_to(problem, 2 * width + 1)) expect_right<T>(i, n, n % most + 1, n % 2);
  });
}

TEST_P(oracle, refuses_a_zero_gradient_and_a_single_wrong_component) {
  const implementation& i = GetParam();
  if (i.entry().order != 0 || !has_gradient(i) || i.has(GRADLANE_POINTS)) return;
  in_precision(i, [&]<class T>(T) {
    const catalogue_entry& problem = problem_of(i);
    for (const std::size_t about : {1U, 4U, 19U, 64U}) {
      const std::size_t n = valid_size(problem, about);
      const inputs<T> in = make_inputs<T>(problem, n, 1, seed);
      oracle_of<T>& exact = oracle_at<T>(problem, n);
      answer<T> a = evaluate(i, in);
      ASSERT_TRUE(is_right(i, in, a, 0, exact));
      for (const std::size_t k : {std::size_t{0}, n / 2, n - 1}) {
        const T was = a.gradient[k];
        a.gradient[k] = was + std::max(std::abs(was), T(1)) / 64;
        EXPECT_FALSE(is_right(i, in, a, 0, exact)) << "n = " << n << ", component " << k;
        a.gradient[k] = was;
      }
      std::fill(a.gradient.begin(), a.gradient.end(), T(0));
      EXPECT_FALSE(is_right(i, in, a, 0, exact)) << "n = " << n;
    }
  });
}

GRADLANE_FOR_EACH_IMPLEMENTATION(oracle);

}  // namespace
}  // namespace gradlane::suite
