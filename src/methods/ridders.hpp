// Ridders' extrapolation to the step 0 (objective/ridders.hpp): 4 to 20 evaluations a component, and of order 4 or more,
// as far as the component's own table goes. Its estimate of the error is not part of the answer; the accuracy driver
// holds it against the true error.
#pragma once

#include "objective/ridders.hpp"
#include "objective/sweeps.hpp"

namespace gradlane {

struct ridders {
  static constexpr method_facts facts{.order = 4, .sweeps = true};
  static constexpr bool splits(lane) { return true; }
  static constexpr const char* absent(lane l) {
    return l == lane::scalar ? nullptr
                             : "every component ends its table at a step of its own: compared in scalar lanes";
  }
  /// The first and largest one.
  template <class T>
  static T default_step() {
    return static_cast<T>(ridders_step);
  }

  template <class X>
  struct probe {
    using active = X;
    using T = typename X::element;
    static constexpr bool needs_value = true;
    T relative_step;

    static X value(X f) { return f; }
    template <class Set, class Run>
    X derivative(X x, X, Set set, Run run) const {
      const auto f = [&](T at) {
        set(X(at));
        return run().r;
      };
      return X(ridders_derivative(f, x.r, relative_step * std::max(T(1), std::abs(x.r))).value);
    }
  };

  template <class Problem, class T, lane L>
  class plan : public sweep_plan<Problem, T, L, probe> {
   public:
    plan(const shape& s, const typename Problem::template data<T>& data)
        : sweep_plan<Problem, T, L, probe>(s, data, {s.step > 0 ? static_cast<T>(s.step) : default_step<T>()}) {}
  };
};

}  // namespace gradlane
