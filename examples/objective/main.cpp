// gradient [N]: the gradient of cauchy_loss at a point of N inputs, by reverse mode in registers and by forward mode over
// SIMD lanes, each against the closed form. Exit 1 where one is off.
#include <gradlane/methods/forward_mode.hpp>
#include <gradlane/methods/reverse_fused.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "cauchy_loss.hpp"

namespace {

using gradlane::lane;
using own::cauchy_loss;

struct point {
  std::vector<double> x, targets;
};

/// Largest error of a component, relative to the largest component.
template <class Method, lane Lane>
double error_at(const point& at) {
  const std::size_t n = at.x.size();
  const cauchy_loss::data<double> data{{at.targets.data(), n}};
  // Allocates all that evaluate needs, which can be called again and again.
  typename Method::template plan<cauchy_loss, double, Lane> plan({.n = n}, data);
  double value = 0;
  std::vector<double> gradient(n);
  plan.evaluate(at.x.data(), &value, gradient.data());

  double sum = 0, worst = 0, largest = 0;
  for (std::size_t i = 0; i < n; ++i) sum += (at.x[i] - at.targets[i]) * (at.x[i] - at.targets[i]);
  for (std::size_t i = 0; i < n; ++i) {
    const double exact = 2 * (at.x[i] - at.targets[i]) / (1 + sum);
    worst = std::max(worst, std::abs(gradient[i] - exact));
    largest = std::max(largest, std::abs(exact));
  }
  return std::max(worst / largest, std::abs(value - std::log1p(sum)) / std::log1p(sum));
}

}  // namespace

int main(int argc, char** argv) {
  const long n = argc > 1 ? std::atol(argv[1]) : 1000;
  if (n < 1) {
    std::fprintf(stderr, "gradient: N is a whole number above 0\n");
    return 2;
  }
  point at;
  for (long i = 0; i < n; ++i) {
    at.x.push_back(std::sin(static_cast<double>(i)));
    at.targets.push_back(std::cos(static_cast<double>(3 * i)));
  }
  const double fused = error_at<gradlane::reverse_fused, lane::elements>(at);
  const double forward = error_at<gradlane::forward_mode, lane::directions>(at);
  std::printf("lanes %zu\nreverse_fused/elements %.1e\nforward_mode/directions %.1e\n", gradlane::pack<double>::width,
              fused, forward);
  return fused < 1e-13 && forward < 1e-13 ? 0 : 1;
}
