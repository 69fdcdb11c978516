#include "oracle/tolerance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradlane {

std::string_view text(verdict v) { return v == verdict::ok ? "ok" : v == verdict::wrong ? "wrong" : "no digits"; }

template <class T>
double rounding_factor(std::size_t n) {
  const double size = static_cast<double>(std::max<std::size_t>(n, 2));
  return std::numeric_limits<T>::epsilon() * std::max(8 * std::log2(size), std::sqrt(size) / 2);
}

template <class T>
double optimal_step(int order) {
  return std::pow(static_cast<double>(std::numeric_limits<T>::epsilon()), 1.0 / (order + 1));
}

template <class T>
bool value_is_right(const value_error& value, std::size_t n, double complex_step) {
  const double allowed = rounding_factor<T>(n) + 20 * complex_step * complex_step;
  return value.scaled * static_cast<double>(std::numeric_limits<T>::epsilon()) <= allowed;  // false for NaN
}

namespace {

/// Component by component, so that one wrong component is seen among any number of right ones; and below one half of
/// ‖g‖ whatever cancels, so that a zero gradient never passes.
template <class T>
judgement judge_exact(const gradient_error& gradient, std::size_t n, double step) {
  constexpr double eps = std::numeric_limits<T>::epsilon();
  const double factor = rounding_factor<T>(n) + 20 * step * step;
  judgement j;
  j.tolerance = gradient.norm > 0 ? std::min(factor * gradient.scale_norm / gradient.norm, 0.5)
                                  : std::numeric_limits<double>::infinity();
  const bool componentwise = gradient.scaled * eps <= factor;
  const bool normwise = gradient.norm == 0 || gradient.relative <= j.tolerance;
  j.result = componentwise && normwise ? verdict::ok : verdict::wrong;
  return j;
}

/// C_p‖∂ᵖg_i/∂x_iᵖ‖, 0 where it is not known.
double measured_truncation(const gradient_error& gradient, int order) {
  if (gradient.derivatives == nullptr) return 0;
  const double half = std::tgamma(order / 2 + 1.0);
  return half * half / std::tgamma(order + 2.0) * gradient.derivatives->derivative_norm(order).value_or(0);
}

/// With 1 ≤ max(1, |x_i|) ≤ x_scale, each part bounded by the end of that range where it is larger.
template <class T>
judgement judge_difference(const gradient_error& gradient, const value_error& value, int order, double step,
                           double x_scale) {
  constexpr double eps = std::numeric_limits<T>::epsilon();
  const double power = std::pow(step * x_scale, order);
  const double noise = eps * value.scale / step * std::sqrt(static_cast<double>(gradient.checked));
  double truncation = power * gradient.scale_norm;
  if (gradient.absolute > 20 * (truncation + noise))
    truncation = std::max(truncation, power * measured_truncation(gradient, order));
  const double bound = 20 * (truncation + noise);
  judgement j;
  j.predicted = gradient.norm > 0 ? (truncation + noise) / gradient.norm : std::numeric_limits<double>::infinity();
  j.tolerance = 20 * j.predicted;
  if (j.predicted > 0.1) {
    j.result = gradient.absolute <= bound ? verdict::no_digits : verdict::wrong;
  } else {
    j.tolerance = std::min(j.tolerance, 0.99);
    j.result = gradient.relative <= j.tolerance ? verdict::ok : verdict::wrong;
  }
  return j;
}

}  // namespace

template <class T>
judgement judge(const gradient_error& gradient, const value_error& value, std::size_t n, int order, double step,
                double x_scale) {
  judgement j =
      order == 0 ? judge_exact<T>(gradient, n, step) : judge_difference<T>(gradient, value, order, step, x_scale);
  if (gradient.non_finite > 0 || gradient.checked == 0 || !value_is_right<T>(value, n, order == 0 ? step : 0))
    j.result = verdict::wrong;
  return j;
}

template double rounding_factor<float>(std::size_t);
template double rounding_factor<double>(std::size_t);
template double optimal_step<float>(int);
template double optimal_step<double>(int);
template bool value_is_right<float>(const value_error&, std::size_t, double);
template bool value_is_right<double>(const value_error&, std::size_t, double);
template judgement judge<float>(const gradient_error&, const value_error&, std::size_t, int, double, double);
template judgement judge<double>(const gradient_error&, const value_error&, std::size_t, int, double, double);

}  // namespace gradlane
