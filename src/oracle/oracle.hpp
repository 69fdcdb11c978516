// What is exact: value and gradient of a problem at a point, from its closed form in quad precision, behind a plain
// interface. It is not AD and shares no code with what it judges.
//
// A component in quad costs from 0.3 µs (a polynomial) over 1.2 µs (an exp) to 0.2 µs × n (a product with a matrix). Up
// to a cap of work (n = 2¹⁸, or about 1000 with a matrix: half a second) all components are compared. Above it the sums
// behind the value are still complete, but only a fixed sample of components is compared, always with both ends, the
// ends of halves and quarters of x, where blocks of 4096 meet in x and in its parts, and with a matrix where groups of
// rows meet. f32 above n = 2²⁴ is held against double.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "oracle/catalogue.hpp"

namespace gradlane {

/// A value against the exact one. `scale` is Σ|terms|, see magnitude.hpp: an implementation that rounds once per
/// operation is within a few eps·scale, however much cancels.
struct value_error {
  double exact = 0;     ///< rounded to double
  double relative = 0;  ///< |v̂ − v| / |v|
  double ulp = 0;       ///< in units in the last place, of T, of the exact unrounded value
  double scale = 0;
  double scaled = 0;  ///< |v̂ − v| / (eps·scale)
};

/// How fast derivatives grow at a point.
class derivative_source {
 public:
  virtual ~derivative_source() = default;
  /// ‖∂ᵖg_i/∂x_iᵖ‖₂ over the components compared, estimated from 64 of them at most; nothing where even one would take
  /// too long, or p is not 1, 2, 4, 6 or 8.
  virtual std::optional<double> derivative_norm(int p) = 0;
};

/// A gradient against the exact one; norms and counts are over the components that were compared.
struct gradient_error {
  double relative = 0;  ///< ‖ĝ − g‖₂ / ‖g‖₂; infinite where only g is 0, NaN if a component is not finite
  double absolute = 0;  ///< ‖ĝ − g‖₂
  double max_ulp = 0, median_ulp = 0;
  /// How many finite components are off by at most ½ ulp (rounded correctly), and by more than 2ᵏ⁻² and at most 2ᵏ⁻¹ for
  /// k ≥ 1, up to the last k that occurs; what is beyond 2⁶² counts there.
  std::vector<std::size_t> ulp_histogram;
  double norm = 0;        ///< ‖g‖₂
  double scale_norm = 0;  ///< ‖s‖₂, s_i = Σ|terms of g_i| ≥ |g_i|
  double scaled = 0;      ///< max |ĝ_i − g_i| / (eps·s_i)
  std::size_t worst = 0;  ///< the component with the largest error in ulp, or the first that is not finite
  std::size_t non_finite = 0, checked = 0;
  derivative_source* derivatives = nullptr;  ///< lives as long as the oracle; asked only where a tolerance needs it
};

/// u = eps/2 bounds the error of one rounding: errors are reported in units of u·Σ|terms|.
constexpr double in_unit_roundoffs(double in_epsilons) { return 2 * in_epsilons; }

/// The first-order remainder R(ε) = |L(w+εv) − L(w) − ε g·v| along one direction v, for a list of ε, all in quad.
template <class T>
class oracle_line {
 public:
  virtual ~oracle_line() = default;
  /// With the exact gradient.
  virtual std::vector<double> remainder() const = 0;
  /// With a gradient that somebody computed.
  virtual std::vector<double> remainder(const T* gradient, std::size_t stride) const = 0;
  /// The mere change |L(w+εv) − L(w)|, and the second-order remainder |L(w+εv) − L(w) − ε ĝ·v − ½ε² v·ĥ| with a gradient
  /// and a product ĥ ≈ ∇²L·v that somebody computed.
  virtual std::vector<double> change() const = 0;
  virtual std::vector<double> second_remainder(const T* gradient, const T* product) const = 0;
  /// g·v, rounded.
  virtual double directional() const = 0;
  /// |(ĝ − g)·v|: the part of R that shrinks with slope 1.
  virtual double directional_error(const T* gradient, std::size_t stride) const = 0;
  /// What rounding in quad can leave of R: 4·2⁻¹¹³·Σ|terms of L|.
  virtual double floor() const = 0;
};

template <class T>
class oracle_of {
 public:
  virtual ~oracle_of() = default;
  virtual std::size_t size() const = 0;

  virtual double value() const = 0;
  virtual value_error compare_value(T value) = 0;
  /// gradient[i * stride] is component i. The exact components are kept for the next call.
  virtual gradient_error compare(const T* gradient, std::size_t stride = 1) = 0;
  /// From now on compare() looks at about so many components, chosen as above, however small the work is.
  virtual void compare_a_sample(std::size_t components) = 0;
  /// The components that compare() looks at, ascending.
  virtual std::span<const std::size_t> checked() = 0;

  /// A component, or its Σ|terms|, rounded.
  virtual double component(std::size_t i) const = 0;
  virtual double component_scale(std::size_t i) = 0;
  /// |computed − g_i| from the unrounded component; NaN if that is not finite.
  virtual double component_error(std::size_t i, T computed) const = 0;

  /// Costs a value for each epsilon (see value_work) and all components once; the threads share it.
  virtual std::unique_ptr<oracle_line<T>> along(std::span<const double> v, std::span<const double> epsilon) = 0;
  /// The central difference quotient of order 4 with step 2⁻²⁰ in quad of what the component is the derivative of, for
  /// testing the closed form itself: the error is about 10⁻²⁴ of the scale.
  virtual double component_by_difference(std::size_t i) = 0;
};

/// The oracle of a problem at x[0 … n). x and the arrays are not copied: they must live, unchanged, as long as the oracle.
/// std::invalid_argument if n or the arrays do not fit the problem.
template <class T>
std::unique_ptr<oracle_of<T>> make_oracle(const catalogue_entry& problem, const T* x, std::size_t n,
                                          std::span<const gradlane_array> arrays) {
  if constexpr (sizeof(T) == sizeof(float))
    return problem.make_f32(x, n, arrays);
  else
    return problem.make_f64(x, n, arrays);
}

/// The same for the product of the Hessian at x with v: component i is (∇²L·v)_i in place of ∂L/∂x_i, the value is L. v must
/// live as long, too. std::invalid_argument also if the problem has no closed form of it.
std::unique_ptr<oracle_of<double>> make_product_oracle(const catalogue_entry& problem, const double* x, const double* v,
                                                       std::size_t n, std::span<const gradlane_array> arrays);

/// About how many multiply-adds in quad (50 ns each) a value or a component costs.
double value_work(const catalogue_entry& problem, std::size_t n);
double component_work(const catalogue_entry& problem, std::size_t n);

}  // namespace gradlane
