// log(1 + Σ (x_i − t_i)²) for given targets t: one sum under a logarithm. Its gradient is 2(x_i − t_i)/(1 + S), S the sum.
#pragma once

#include <gradlane/objective/language.hpp>

namespace own {

struct cauchy_loss {
  static constexpr gradlane::problem_facts facts{.formula = "log(1 + Σ (x_i − t_i)²)"};

  /// What the objective reads besides x; no derivative flows through it.
  template <class T>
  struct data {
    gradlane::vector_view<T> targets;
  };

  /// All that a method needs: the value, written once. `Vector` and the kernel's numbers are what the method makes of them.
  template <class Vector, class Data>
  static constexpr auto value(const Vector& x, const Data& d) {
    return log(1 + sum([](auto xi, auto ti) { return square(xi - ti); }, x, d.targets));
  }
};

}  // namespace own
