// Gradient descent, w ← w − η∇L(w), from one start.
//
// The step η is fixed, or found by backtracking: from twice the last one it is halved until Armijo's condition holds,
//   L(w − ηg) ≤ L(w) − c·η·‖g‖²,   c = 10⁻⁴
// which asks for a small part of what the first-order approximation promises. Where L no longer shows a decrease, since
// the promise is below its rounding, or since g is no gradient, no η is found and the descent ends.
// (Nocedal and Wright, Numerical Optimization, section 3.1.)
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "descent/landscape.hpp"
#include "descent/vectors.hpp"

namespace gradlane::bench {

enum class step_rule { fixed, backtracking };
inline std::string_view text(step_rule rule) { return rule == step_rule::fixed ? "fixed" : "backtracking"; }

enum class stop_reason { gradient, iterations, time, line_search, not_finite };
inline std::string_view text(stop_reason why) {
  constexpr std::string_view names[] = {"gradient", "iterations", "time", "line search", "not finite"};
  return names[static_cast<std::size_t>(why)];
}

inline constexpr double armijo = 1e-4;

struct stops {
  double gradient_norm = 0;  ///< of the method's own gradient, absolute
  std::size_t iterations = 0;
  double seconds = std::numeric_limits<double>::infinity();
};

struct descent_end {
  stop_reason why = stop_reason::iterations;
  std::size_t iterations = 0;
  /// The smallest step of backtracking among those that promised more than rounding; the fixed step otherwise.
  double least_rate = 0;
};

/// From w, which ends where the descent does. `rate` is the fixed step, or the first that backtracking tries.
/// seen(k, w, loss, gradient_norm) is called at every iterate, w itself (k = 0) among them.
template <class T, class Seen>
descent_end descend(slope<T>& f, std::vector<T>& w, step_rule rule, double rate, const stops& stop, Seen&& seen) {
  using clock = std::chrono::steady_clock;
  const clock::time_point start = clock::now();
  const bool timed = std::isfinite(stop.seconds);
  std::vector<T> g(w.size()), trial(w.size());
  double loss = f.value_and_gradient(w.data(), g.data());
  double here =
      rule == step_rule::backtracking ? f.value(w.data()) : 0;  // by the primal, as all that it is held against
  descent_end end{stop_reason::iterations, 0, rate};
  double largest_promise = 0;
  for (std::size_t k = 0;; ++k) {
    const double squares = squared_norm(g.data(), g.size()), norm = std::sqrt(squares);
    seen(k, w, loss, norm);
    end.iterations = k;
    end.why = stop_reason::not_finite;
    if (!std::isfinite(loss) || !std::isfinite(norm)) return end;
    end.why = stop_reason::gradient;
    if (norm <= stop.gradient_norm) return end;
    end.why = stop_reason::iterations;
    if (k == stop.iterations) return end;
    end.why = stop_reason::time;
    if (timed && std::chrono::duration<double>(clock::now() - start).count() > stop.seconds) return end;
    if (rule == step_rule::fixed) {
      step_along(w.data(), w.data(), g.data(), static_cast<T>(rate), w.size());
    } else {
      double found = 0;
      while (true) {
        end.why = stop_reason::line_search;
        if (!step_along(trial.data(), w.data(), g.data(), static_cast<T>(rate), w.size())) return end;
        if (found = f.value(trial.data()); found <= here - armijo * rate * squares) break;
        rate /= 2;
      }
      const double promise = rate * squares;
      largest_promise = std::max(largest_promise, promise);
      if (promise > 1e-6 * largest_promise) end.least_rate = k == 0 ? rate : std::min(end.least_rate, rate);
      std::swap(w, trial);
      here = found;
      rate *= 2;
    }
    loss = f.value_and_gradient(w.data(), g.data());
  }
}

}  // namespace gradlane::bench
