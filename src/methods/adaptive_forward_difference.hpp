// (f(x+h) − f(x)) / h with a step that is searched for each component: H.-J. M. Shi, Y. Xie, M. Q. Xuan, J. Nocedal,
// Adaptive finite-difference interval estimation for noisy derivative-free optimization, SIAM J. Sci. Comput. 44 (2022)
// A2302–A2321, section 2.
//
// The error h·|f''|/2 + 2ε/h, where ε bounds the noise of f, is least at h* = 2·√(ε/|f''|): there the second difference
//   Δ = |f(x+4h) − 4f(x+h) + 3f(x)| ≈ 6h²|f''|
// is 24ε. Noise alone makes at most 8ε of it. So h is right when Δ/8ε lies in [1.5, 6] around 3; it is multiplied or
// divided by 4 until the right one is bracketed, and bisected then: 2 evaluations a step. Where f is linear in a
// component Δ stays noise, and h grows to the size of x, which is right too.
//
// The paper is given ε. Here it is measured, once a gradient, on a black box as all differences are: by the differences
// of f at seven points so close that nothing but rounding is left of them beyond the first order (J. J. Moré, S. M. Wild,
// Estimating computational noise, SIAM J. Sci. Comput. 33 (2011) 1292–1314). ε is three of their deviations. u·|f| will
// not do: where the terms of f cancel, its noise is that of the terms.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "objective/sweeps.hpp"

namespace gradlane {

/// The standard deviation of the noise of f from its values at m+1 evenly spaced points: differences of order k of
/// independent errors of deviation σ have the variance (2k)!/(k!)²·σ². The median over k = 2, 3, 4.
template <class T>
T noise_of(std::array<T, 7> values) {
  std::array<T, 3> found{};
  T binomial = 1;  // (2k)!/(k!)²
  for (int k = 1; k <= 4; ++k) {
    const auto count = static_cast<std::size_t>(7 - k);
    T squares = 0;
    for (std::size_t i = 0; i < count; ++i) {
      values[i] = values[i + 1] - values[i];
      squares += values[i] * values[i];
    }
    binomial *= static_cast<T>(2 * (2 * k - 1)) / static_cast<T>(k);
    if (k >= 2) found[static_cast<std::size_t>(k - 2)] = std::sqrt(squares / (binomial * static_cast<T>(count)));
  }
  std::sort(found.begin(), found.end());
  return found[1];
}

struct adaptive_forward_difference {
  static constexpr method_facts facts{.order = 1, .sweeps = true};
  static constexpr bool splits(lane) { return true; }
  static constexpr const char* absent(lane l) {
    return l == lane::scalar ? nullptr : "every component searches for a step of its own: compared in scalar lanes";
  }
  /// Where the search begins; the answer hardly depends on it.
  template <class T>
  static T default_step() {
    return std::sqrt(std::numeric_limits<T>::epsilon());
  }

  template <class X>
  struct probe {
    using active = X;
    using T = typename X::element;
    static constexpr bool needs_value = true;
    T relative_step;
    const T* noise;  ///< a bound of it, for the evaluation at hand

    static X value(X f) { return f; }
    template <class Set, class Run>
    X derivative(X x, X f0, Set set, Run run) const {
      const auto f = [&](T at) {
        set(X(at));
        return run().r;
      };
      return X(search(f, x.r, f0.r));
    }

   private:
    template <class F>
    T search(const F& f, T x, T f0) const {
      constexpr int most = 24;
      const T largest = std::max(T(1), std::abs(x)), spacing = std::numeric_limits<T>::epsilon() * largest;
      const T low = T(1.5) * 8 * *noise, high = 6 * 8 * *noise;
      T h = std::max(relative_step * largest, spacing), below = 0, above = 0;  // 0: not known yet
      for (int k = 0;; ++k) {
        const T there = x + h, f1 = f(there), quotient = (f1 - f0) / (there - x);
        const T second = std::abs(f(x + 4 * h) - 4 * f1 + 3 * f0);
        const bool too_large = !(second <= high), too_small = second < low;  // not finite: f overflowed
        if (too_large) above = h;
        if (too_small) below = h;
        const bool at_end = (too_small && h >= largest) || (too_large && h <= spacing);
        if ((!too_large && !too_small) || at_end || k == most) return quotient;
        h = above == 0 ? std::min(4 * h, largest) : below == 0 ? std::max(h / 4, spacing) : (below + above) / 2;
      }
    }
  };

  /// Lies before the sweep in a plan, whose probe points to `noise`: on the heap, so that a plan may be moved.
  template <class Problem, class T>
  struct noise_meter {
    shape s;
    typename Problem::template data<T> data;
    std::vector<T> point, noise{T(0)};

    /// At points up to 128 spacings apart: enough for the errors to be independent, and (128u)²·f'' is nothing. Every
    /// component moves at a speed of its own, i·φ modulo 1: moved alike, terms that cancel would not move at all.
    void measure(const T* x) {
      constexpr T most = 128 * std::numeric_limits<T>::epsilon();
      std::array<T, 7> values{};
      for (std::size_t k = 0; k < values.size(); ++k) {
        double golden = 0;
        for (std::size_t i = 0; i < s.n; ++i) {
          golden += golden < 0.38 ? 0.6180339887498949 : 0.6180339887498949 - 1;
          const T speed = static_cast<T>(2 * golden - 1) * most * std::max(T(1), std::abs(x[i]));
          point[i] = x[i] + static_cast<T>(k) * speed;
        }
        values[k] = objective_at<Problem>(column<scalar<T>>{point.data(), 1}, s.n, data).r;
      }
      noise[0] = std::max(3 * noise_of(values), std::numeric_limits<T>::epsilon() / 2 * std::abs(values[0]));
    }
  };

  template <class Problem, class T, lane L>
  class plan : noise_meter<Problem, T>, public sweep_plan<Problem, T, L, probe> {
    using meter = noise_meter<Problem, T>;
    using base = sweep_plan<Problem, T, L, probe>;

   public:
    plan(const shape& s, const typename Problem::template data<T>& data)
        : meter{s, data, std::vector<T>(s.n), {T(0)}},
          base(s, data, {s.step > 0 ? static_cast<T>(s.step) : default_step<T>(), meter::noise.data()}) {}
    void evaluate(const T* x, T* value, T* g) {
      meter::measure(x);
      base::evaluate(x, value, g);
    }
    std::size_t bytes() const { return base::bytes() + (meter::point.capacity() + 1) * sizeof(T); }
  };
};

}  // namespace gradlane
