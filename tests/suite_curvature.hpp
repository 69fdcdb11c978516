// What the tests of second derivatives share, as suite.hpp does for gradients: every f64 entry of every module as a
// parameter (the oracle has products in f64 alone), and a call with all that it must and must not write checked.
#pragma once

#include "common/module.hpp"
#include "suite.hpp"

namespace gradlane::suite {

using bench::curvature;

const std::vector<curvature>& curvatures();

class each_curvature : public testing::TestWithParam<curvature> {};
std::string curvature_test_name(const testing::TestParamInfo<curvature>& info);
#define GRADLANE_FOR_EACH_CURVATURE_ENTRY(fixture) \
  INSTANTIATE_TEST_SUITE_P(all, fixture, testing::ValuesIn(curvatures()), curvature_test_name)

inline const catalogue_entry& problem_of(const curvature& c) {
  const catalogue_entry* const found = find_problem(c.problem());
  if (found == nullptr) throw std::runtime_error(c.name() + ": the oracle does not know the problem");
  return *found;
}

/// A point, or several, with directions: what one call is about.
struct directed_inputs {
  inputs<double> in;       ///< of as many points as there are
  std::size_t count = 1;   ///< of directions, or of points with one each
  std::size_t stride = 1;  ///< of v and product
  std::vector<double> v;

  std::vector<double> point(const curvature& c, std::size_t k) const { return in.point(c.lanes() == "points" ? k : 0); }
  std::vector<double> direction(std::size_t k) const {
    std::vector<double> d(in.n);
    for (std::size_t i = 0; i < in.n; ++i) d[i] = v[i * stride + k];
    return d;
  }
};
/// `gap` numbers that are not in use lie behind each component's directions, and points.
directed_inputs directed(const curvature& c, std::size_t n, std::size_t count, std::size_t gap = 0);

inline gradlane_shape shape_of(const directed_inputs& d, int threads, const std::vector<gradlane_array>& arrays) {
  return shape_of(d.in.n, d.count, d.stride, {.threads = threads}, arrays);
}

struct directed_answer {
  std::vector<double> value, gradient, product;
  bool operator==(const directed_answer& o) const {
    return same_bits(value, o.value) && same_bits(gradient, o.gradient) && same_bits(product, o.product);
  }
};
directed_answer evaluate(const curvature& c, const directed_inputs& d, int threads = 1);

}  // namespace gradlane::suite

namespace gradlane::bench {
inline void PrintTo(const curvature& c, std::ostream* out) { *out << c.name(); }
}  // namespace gradlane::bench
