// Im f(x + ih) / h: n evaluations in complex arithmetic, exact up to rounding (ad/complex_step.hpp).
#pragma once

#include "ad/complex_step.hpp"
#include "objective/sweeps.hpp"

namespace gradlane {

struct complex_step {
  static constexpr method_facts facts{.sweeps = true};
  static constexpr bool splits(lane) { return true; }
  static constexpr const char* absent(lane l) {
    return l == lane::elements || l == lane::points
               ? "the complex step is compared in the scalar and directions lanes; forward mode does the same work in "
                 "real arithmetic"
               : nullptr;
  }
  template <class T>
  static T default_step() {
    return complex_step_size<T>;
  }

  template <class X>
  struct probe {
    using active = complex_number<X>;
    using T = typename X::element;
    static constexpr bool needs_value = false;
    T h;
    static X value(active f) { return f.re; }
    template <class Set, class Run>
    X derivative(X x, X, Set set, Run run) const {
      set(active(x, X(h)));
      return run().im / X(h);
    }
  };

  template <class Problem, class T, lane L>
  class plan : public sweep_plan<Problem, T, L, probe> {
   public:
    plan(const shape& s, const typename Problem::template data<T>& data)
        : sweep_plan<Problem, T, L, probe>(s, data, {s.step > 0 ? static_cast<T>(s.step) : complex_step_size<T>}) {}
  };
};

}  // namespace gradlane
