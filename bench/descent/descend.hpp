// Gradient descent, w ← w − η∇L(w), from one start.
//
// The step η is fixed, or found by backtracking: from twice the last one it is halved until Armijo's condition holds,
//   L(w − ηg) ≤ L(w) − c·η·‖g‖²,   c = 10⁻⁴
// which asks for a small part of what the first-order approximation promises. Where L no longer shows a decrease, since
// the promise is below its rounding, or since g is no gradient, no η is found and the descent ends. L is quadratic about
// its minimum, so that this befalls exact gradients too, at a ‖∇L‖ near the square root of L's rounding.
// (Nocedal and Wright, Numerical Optimization, section 3.1.)
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "common/clock.hpp"
#include "descent/landscape.hpp"
#include "descent/vectors.hpp"

namespace gradlane::bench {

enum class step_rule { fixed, backtracking, newton };
inline std::string_view text(step_rule rule) {
  constexpr std::string_view names[] = {"fixed", "backtracking", "newton"};
  return names[static_cast<std::size_t>(rule)];
}

enum class stop_reason { gradient, iterations, time, line_search, not_finite };
inline std::string_view text(stop_reason why) {
  constexpr std::string_view names[] = {"gradient", "iterations", "time", "line search", "not finite"};
  return names[static_cast<std::size_t>(why)];
}

/// Armijo's condition, for a promise η‖g‖². Where that is lost in the rounding of L, as low as before is not enough.
inline bool is_lower(double found, double here, double promise) {
  return found <= here - 1e-4 * promise && found < here;
}

struct stops {
  double gradient_norm = 0;  ///< of the method's own gradient, absolute
  std::size_t iterations = 0;
  double seconds = std::numeric_limits<double>::infinity();
};

struct descent_end {
  stop_reason why = stop_reason::iterations;
  std::size_t iterations = 0;
  /// The smallest step of backtracking whose double was too long, among those that promised more than rounding; the step
  /// that was given where there is none.
  double least_rate = 0;
};

/// One line search: from w along −g to `trial`, the step halved until L is lower. `here` is L(w) by the primal, as all that
/// it is held against, and becomes that of the trial. False where the step is lost in w's rounding.
template <class T>
bool backtrack(slope<T>& f, const std::vector<T>& w, const std::vector<T>& g, double squares, std::vector<T>& trial,
               double& here, double& rate) {
  while (step_along(trial.data(), w.data(), g.data(), static_cast<T>(rate), w.size())) {
    const double found = f.value(trial.data());
    if (is_lower(found, here, rate * squares)) {
      here = found;
      return true;
    }
    rate /= 2;
  }
  return false;
}

/// From w, which ends where the descent does. `rate` is the fixed step, or the first that backtracking tries.
/// seen(k, w, loss, gradient_norm) is called at every iterate, w itself (k = 0) among them.
template <class T, class Seen>
descent_end descend(slope<T>& f, std::vector<T>& w, step_rule rule, double rate, const stops& stop, Seen&& seen) {
  const double given = rate;
  const steady::time_point start = steady::now();
  const auto late = [&] { return std::isfinite(stop.seconds) && seconds_since(start) > stop.seconds; };
  std::vector<T> g(w.size()), trial(w.size());
  double loss = f.value_and_gradient(w.data(), g.data()), largest_promise = 0, least = 0;
  double here = rule == step_rule::backtracking ? f.value(w.data()) : 0;
  for (std::size_t k = 0;; ++k) {
    const double squares = squared_norm(g.data(), g.size()), norm = std::sqrt(squares);
    seen(k, w, loss, norm);
    const auto end = [&](stop_reason why) { return descent_end{why, k, least > 0 ? least : given}; };
    if (!std::isfinite(loss) || !std::isfinite(norm)) return end(stop_reason::not_finite);
    if (norm <= stop.gradient_norm) return end(stop_reason::gradient);
    if (k == stop.iterations) return end(stop_reason::iterations);
    if (late()) return end(stop_reason::time);
    if (rule == step_rule::fixed) {
      step_along(w.data(), w.data(), g.data(), static_cast<T>(rate), w.size());
    } else {
      const double tried = rate;
      if (!backtrack(f, w, g, squares, trial, here, rate)) return end(stop_reason::line_search);
      largest_promise = std::max(largest_promise, rate * squares);
      if (rate < tried && rate * squares > 1e-6 * largest_promise) least = least > 0 ? std::min(least, rate) : rate;
      std::swap(w, trial);
      rate *= 2;
    }
    loss = f.value_and_gradient(w.data(), g.data());
  }
}

}  // namespace gradlane::bench
