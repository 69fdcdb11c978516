// Finite differences of orders 1, 2, 4, 6 and 8.
//
// Order p = 2m combines central differences D_k = (f(x+kh) − f(x−kh)) / 2kh, whose errors are series in (kh)², with the
// weights that cancel the first m−1 terms: c_k = 2·(−1)^{k+1}·(m!)² / ((m−k)!·(m+k)!). Truncation: O(hᵖ·f⁽ᵖ⁺¹⁾).
// Noise: about u·|f|/h from rounding f. The sum of both is least near h = (u·|f|/|f⁽ᵖ⁺¹⁾|)^(1/(p+1)), whence the
// default h = eps^(1/(p+1))·max(1, |x|).
//
// x+kh is rounded, so each D_k is divided by the difference of the abscissae that f really saw. (The usual remedy, an h
// that makes x+h exact, is not enough for x+2h, …) A step below the spacing of x becomes one spacing.
#pragma once

#include <array>
#include <cmath>
#include <limits>

#include "objective/elements.hpp"
#include "objective/sweeps.hpp"

namespace gradlane {

/// A formula as data: all orders share one piece of code (five times less to compile). Order 1 is the forward
/// difference, the others are central.
struct stencil {
  int order = 1;
  std::array<double, 4> weight{};  ///< c_1 … c_m; none for order 1
};
constexpr stencil stencil_of(int order) {
  stencil s{order, {}};
  const int m = order / 2;
  double ratio = 1;  // (m!)² / ((m−k)! (m+k)!)
  for (int k = 1; k <= m; ++k) {
    ratio *= static_cast<double>(m - k + 1) / static_cast<double>(m + k);
    s.weight[static_cast<std::size_t>(k - 1)] = (k % 2 ? 2 : -2) * ratio;
  }
  return s;
}

template <class T>
T default_relative_step(int order) {
  return static_cast<T>(std::pow(static_cast<double>(std::numeric_limits<T>::epsilon()), 1.0 / (order + 1)));
}

/// The probe of sweeps.hpp.
template <class X>
struct difference_probe {
  using active = X;
  using T = typename X::element;
  static constexpr bool needs_value = true;
  stencil formula;
  T relative_step;

  static X value(X f) { return f; }

  template <class Set, class Run>
  X derivative(X x, X f0, Set set, Run run) const {
    const X h = X(relative_step) * max(abs(x), X(1));
    if (formula.order == 1) {
      const X right = moved(x, h);
      set(right);
      return (run() - f0) / (right - x);
    }
    X total(0);
    for (int k = 1; k <= formula.order / 2; ++k) {
      const X right = moved(x, X(k) * h), left = moved(x, X(-k) * h);
      set(right);
      const X f_right = run();
      set(left);
      const X f_left = run();
      total += X(formula.weight[static_cast<std::size_t>(k - 1)]) * ((f_right - f_left) / (right - left));
    }
    return total;
  }
  /// x + h, or the next number in h's direction where that rounds to x (a NaN stays).
  static X moved(X x, X h) {
    const X there = x + h;
    const X spacing = X(std::numeric_limits<T>::epsilon()) * max(abs(x), X(std::numeric_limits<T>::min()));
    return select(there == x, select(h < X(0), x - spacing, x + spacing), there);
  }
};

/// Finite differences with SIMD inside f: one perturbed copy of x a thread.
template <class Problem, class T>
class element_differences {
  using X = pack<T>;
  using data_type = typename Problem::template data<T>;
  using probe_type = difference_probe<scalar<T>>;

 public:
  element_differences(const shape& s, const data_type& data, probe_type probe)
      : s_(s), data_(data), probe_(probe), x_(static_cast<std::size_t>(s.threads) * s.n) {}

  __attribute__((noinline)) void evaluate(const T* x, T* value, T* g) {
    const scalar<T> f0 = run(x);
    parallel_for(s_.threads, s_.n, sweep_bytes<Problem, T>(s_.n), [&](std::size_t first, std::size_t last, int thread) {
      T* const copy = x_.data() + static_cast<std::size_t>(thread) * s_.n;
      std::copy(x, x + s_.n, copy);
      for (std::size_t j = first; j < last; ++j) {
        g[j] = probe_
                   .derivative(
                       scalar<T>(x[j]), f0, [&](scalar<T> a) { copy[j] = a.r; }, [&] { return run(copy); })
                   .r;
        copy[j] = x[j];
      }
    });
    *value = f0.r;
  }
  std::size_t bytes() const { return x_.capacity() * sizeof(T); }

 private:
  scalar<T> run(const T* x) const { return objective_on_elements<Problem, X>(element_values<X>{x}, s_.n, data_); }
  shape s_;
  data_type data_;
  probe_type probe_;
  std::vector<T> x_;
};

/// A finite-difference method: derive from it with its order.
template <int Order>
struct finite_difference {
  static constexpr method_facts facts{.order = Order, .sweeps = true};
  static constexpr bool splits(lane) { return true; }
  static constexpr const char* absent(lane) { return nullptr; }
  template <class T>
  static T default_step() {
    return default_relative_step<T>(Order);
  }

  template <class Problem, class T, lane L>
  using base = std::conditional_t<L == lane::elements, element_differences<Problem, T>,
                                  sweep_plan<Problem, T, L, difference_probe>>;

  template <class Problem, class T, lane L>
  class plan : public base<Problem, T, L> {
   public:
    plan(const shape& s, const typename Problem::template data<T>& data)
        : base<Problem, T, L>(s, data, {stencil_of(Order), s.step > 0 ? static_cast<T>(s.step) : default_step<T>()}) {}
  };
};

}  // namespace gradlane
