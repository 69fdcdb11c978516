// Newton's method from one start, w ← w + ηp with ∇²L(w)·p = −∇L(w), truncated: p is found by conjugate gradients from
// products of the Hessian with directions alone, no matrix is formed. (Nocedal and Wright, Numerical Optimization,
// algorithm 7.1.)
//
// Conjugate gradients end where the residual has shrunk by min(½, √(‖g‖/‖g₀‖)): loosely far from the minimum, so closely
// near it that ‖g‖ falls faster than linearly. They also end where the curvature along a direction is not positive: what
// they have by then leads down, and if that is nothing, −g does. η is halved from 1 until Armijo's condition holds. Where the
// promise is lost in the rounding of L, the value cannot choose: the whole step is taken if it shortens the gradient, and
// where it does not, the descent has come as far as the gradient's rounding lets it.
#pragma once

#include "descent/descend.hpp"
#include "descent/hessian.hpp"

namespace gradlane::bench {

template <class T>
class newton_direction {
 public:
  explicit newton_direction(std::size_t n) : minus_p_(n), residual_(n), along_(n), product_(n) {}

  /// −p, which step_along goes against as against a gradient. `g` is the gradient at w, `shrunk` the residual's share of it.
  const std::vector<T>& find(hessian<T>& curvature, const std::vector<T>& w, const std::vector<T>& g, double squares,
                             double shrunk) {
    const std::size_t n = g.size();
    std::fill(minus_p_.begin(), minus_p_.end(), T(0));
    residual_ = g;  // of ∇²L·(−p) = g; `along_` is the search direction for −p
    along_ = g;
    double left = squares;
    for (std::size_t k = 0; k < 2 * n + 10; ++k) {
      curvature.times(w.data(), along_.data(), product_.data());
      const double bend = dot(along_.data(), product_.data(), n);
      if (!(bend > 0)) return k == 0 ? minus_p_ = g : minus_p_;
      const T step = static_cast<T>(left / bend);
      add_scaled(minus_p_.data(), along_.data(), step, n);
      add_scaled(residual_.data(), product_.data(), -step, n);
      const double now = squared_norm(residual_.data(), n);
      if (!(now > shrunk * shrunk * squares)) return minus_p_;
      turn(along_.data(), residual_.data(), static_cast<T>(now / left), n);
      left = now;
    }
    return minus_p_;
  }

 private:
  std::vector<T> minus_p_, residual_, along_, product_;
};

/// As `descend`, from w, which ends where the descent does; seen(k, w, loss, gradient_norm) at every iterate.
template <class T, class Seen>
descent_end descend_by_newton(slope<T>& f, hessian<T>& curvature, std::vector<T>& w, const stops& stop, Seen&& seen) {
  const steady::time_point start = steady::now();
  const std::size_t n = w.size();
  newton_direction<T> direction(n);
  std::vector<T> g(n), trial(n), trial_g(n);
  double loss = f.value_and_gradient(w.data(), g.data()), first = 0;
  for (std::size_t k = 0;; ++k) {
    const double squares = squared_norm(g.data(), n), norm = std::sqrt(squares);
    if (k == 0) first = norm;
    seen(k, w, loss, norm);
    const auto end = [&](stop_reason why) { return descent_end{why, k, 1}; };
    if (!std::isfinite(loss) || !std::isfinite(norm)) return end(stop_reason::not_finite);
    if (norm <= stop.gradient_norm) return end(stop_reason::gradient);
    if (k == stop.iterations) return end(stop_reason::iterations);
    if (seconds_since(start) > stop.seconds) return end(stop_reason::time);
    const std::vector<T>& minus_p = direction.find(curvature, w, g, squares, std::min(0.5, std::sqrt(norm / first)));
    const double promise = dot(g.data(), minus_p.data(), n);
    const bool shown = promise > 16 * std::numeric_limits<T>::epsilon() * std::abs(loss);
    double rate = 1, here = shown ? f.value(w.data()) : 0;
    if (shown && !backtrack(f, w, minus_p, promise, trial, here, rate)) return end(stop_reason::line_search);
    if (!shown && !step_along(trial.data(), w.data(), minus_p.data(), T(1), n)) return end(stop_reason::line_search);
    const double there = f.value_and_gradient(trial.data(), trial_g.data());
    if (!shown && !(squared_norm(trial_g.data(), n) < squares)) return end(stop_reason::line_search);
    std::swap(w, trial);
    std::swap(g, trial_g);
    loss = there;
  }
}

}  // namespace gradlane::bench
