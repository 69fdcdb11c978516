// What the tests of second derivatives share, as suite.hpp does for gradients: every f64 entry of every module as a
// parameter (the oracle has products in f64 alone), and a call with all that it must and must not write checked.
#pragma once

#include "common/module.hpp"
#include "suite.hpp"

namespace gradlane::suite {

using bench::curvature;

const std::vector<curvature>& curvatures();

/// The tests of one entry, in suite_curvature_test.cpp and suite_curvature_calls_test.cpp.
class second_derivatives : public testing::TestWithParam<curvature> {};
std::string curvature_test_name(const testing::TestParamInfo<curvature>& info);

inline const catalogue_entry& problem_of(const curvature& c) {
  const catalogue_entry* const found = find_problem(c.problem());
  if (found == nullptr) throw std::runtime_error(c.name() + ": the oracle does not know the problem");
  return *found;
}

inline std::size_t lanes_of(const curvature& c) { return c.owner().table->lanes_f64; }
inline bool has_many(const curvature& c) { return c.lanes() != "elements"; }
/// Numbers of directions: one, around a register, and a chunk of several registers with some left.
inline std::vector<std::size_t> counts(const curvature& c) {
  const std::size_t w = lanes_of(c);
  return has_many(c) ? std::vector<std::size_t>{1, w, w + 1, 4 * w, 4 * w + 3} : std::vector<std::size_t>{1};
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

/// A plan with its inputs, called again and again. The outputs hold NaN before each call, so that what is not written is
/// seen; what lies between the directions or points of one component and the next must stay as it was.
class directed_subject {
 public:
  directed_subject(const curvature& c, directed_inputs d, int threads = 1);
  directed_answer at(const std::vector<double>& x, const std::vector<double>& v);
  directed_answer here() { return at(d_.in.x, d_.v); }
  const directed_inputs& given() const { return d_; }

 private:
  directed_inputs d_;
  std::vector<gradlane_array> arrays_;
  bench::curvature_plan plan_;
};
inline directed_answer evaluate(const curvature& c, const directed_inputs& d, int threads = 1) {
  return directed_subject(c, d, threads).here();
}

}  // namespace gradlane::suite

namespace gradlane::bench {
inline void PrintTo(const curvature& c, std::ostream* out) { *out << c.name(); }
}  // namespace gradlane::bench
