// What the oracle's tests share: problems with the driver's inputs and the exact gradient.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "oracle/inputs.hpp"
#include "oracle/oracle.hpp"
#include "oracle/quad.hpp"
#include "oracle/tolerance.hpp"

namespace gradlane {

inline const catalogue_entry& problem(std::string_view name) {
  const catalogue_entry* found = find_problem(name);
  if (found == nullptr) throw std::runtime_error("no problem " + std::string(name));
  return *found;
}

/// A problem without arrays at a point of its own.
template <class T>
struct oracle_at {
  std::vector<T> x;
  std::unique_ptr<oracle_of<T>> exact;
  oracle_at(std::string_view name, std::vector<T> point)
      : x(std::move(point)), exact(make_oracle<T>(problem(name), x.data(), x.size(), {})) {}
  oracle_of<T>* operator->() const { return exact.get(); }
};

/// A problem with the driver's inputs, and the exact gradient rounded to T.
template <class T>
struct sample {
  inputs<T> in;
  std::vector<gradlane_array> arrays;
  std::unique_ptr<oracle_of<T>> oracle;
  std::vector<T> gradient;

  sample(const catalogue_entry& p, std::size_t n, std::uint64_t seed = 7)
      : in(make_inputs<T>(p, n, 1, seed)),
        arrays(in.abi()),
        oracle(make_oracle<T>(p, in.x.data(), n, arrays)),
        gradient(n) {
    for (std::size_t i = 0; i < n; ++i) gradient[i] = static_cast<T>(oracle->component(i));
  }
  verdict judged(const std::vector<T>& g) {
    const value_error value = oracle->compare_value(static_cast<T>(oracle->value()));
    return judge<T>(oracle->compare(g.data()), value, in.n, 0, 0).result;
  }
};

/// Differences of the oracle's own value, rounded as an implementation would round it.
template <class T>
class differences {
 public:
  differences(const catalogue_entry& p, const sample<T>& s) : problem_(p), sample_(s) {}

  std::vector<T> gradient(int order, double h) const {
    std::vector<T> g(sample_.in.n);
    for (std::size_t i = 0; i < g.size(); ++i) g[i] = static_cast<T>(component(i, order, h));
    return g;
  }

 private:
  double f(std::size_t i, double by) const {
    auto moved = sample_.in.x;
    moved[i] = static_cast<T>(moved[i] + by);
    const double value = make_oracle<T>(problem_, moved.data(), moved.size(), sample_.arrays)->value();
    return static_cast<double>(static_cast<T>(value));
  }
  /// Σ_k (−1)^{k+1} m!²/((m−k)!(m+k)!)·(f(x+kh) − f(x−kh))/(kh) of order 2m; the forward difference for order 1.
  double component(std::size_t i, int order, double step) const {
    const T x = sample_.in.x[i];
    const double h = static_cast<double>(static_cast<T>(x + static_cast<T>(step)) - x);
    if (order == 1) return (f(i, h) - f(i, 0)) / h;
    const int m = order / 2;
    double sum = 0, weight = 1;
    for (int k = 1; k <= m; ++k) {
      weight *= static_cast<double>(m - k + 1) / (m + k);
      sum += (k % 2 == 1 ? 1 : -1) * weight * (f(i, k * h) - f(i, -k * h)) / (k * h);
    }
    return sum;
  }
  const catalogue_entry& problem_;
  const sample<T>& sample_;
};

inline void expect_near(quad computed, quad exact, double relative) {
  EXPECT_LE(static_cast<double>(abs(computed - exact)), relative * static_cast<double>(abs(exact)));
}

constexpr double last_digits = 1e-32;  // quad has 34

}  // namespace gradlane
