// Inside of the oracle: one problem's closed form at one point, in quad, with the problem's type hidden.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "backend/backend.h"
#include "oracle/oracle.hpp"
#include "oracle/quad.hpp"
#include "oracle/sum.hpp"

namespace gradlane {

template <class T>
class closed_form {
 public:
  virtual ~closed_form() = default;
  virtual std::size_t size() const = 0;
  virtual const T* x() const = 0;
  virtual quad value() const = 0;
  virtual quad component(std::size_t i) const = 0;

  /// To be called once before the functions below; they may then run in several threads.
  virtual void need_scales() = 0;
  virtual void need_values_elsewhere() = 0;
  /// Σ|terms|, see magnitude.hpp.
  virtual double value_scale() const = 0;
  virtual double component_scale(std::size_t i) const = 0;
  /// The objective at another point, and a component of its gradient.
  virtual quad value_at(const quad* point) const = 0;
  virtual quad component_at(const quad* point, std::size_t i) const = 0;

  /// What component i is the derivative of, and along what: null for the unit vector i.
  virtual quad antiderivative_at(const quad* point, std::size_t) const { return value_at(point); }
  virtual const T* direction() const { return nullptr; }
};

/// What an oracle may do, so that it answers within a second or so.
struct work_limits {
  bool all_components;  ///< compares all of them; else about `sample`
  std::size_t sample;
  double value_work;      ///< of one evaluation, see oracle.hpp
  bool dense = false;     ///< whether there is a matrix
  std::size_t parts = 1;  ///< equal parts of x that sums run over
};

/// compare.cpp.
template <class T>
std::unique_ptr<oracle_of<T>> oracle_from(std::unique_ptr<closed_form<T>> form, work_limits limits);

/// derivatives.cpp: ‖∂ᵖg_i/∂x_iᵖ‖₂, p ∈ {1, 2, 4, 6, 8}, over the components listed.
template <class T>
std::optional<double> derivative_norm(closed_form<T>& form, std::span<const std::size_t> indices, int p,
                                      double value_work);

/// line.cpp.
template <class T>
std::unique_ptr<oracle_line<T>> line_through(closed_form<T>& form, std::span<const double> v,
                                             std::span<const double> epsilon);

}  // namespace gradlane
