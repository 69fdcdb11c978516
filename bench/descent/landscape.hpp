// What is descended: a problem with its data at one n, made to have a minimum where it has none by itself, and its value
// and gradient as one method gives them.
//
// The term λ‖w‖² is added here, to the value and (2λw) to the gradient that a module returns: the module differentiates
// the problem as it is, and no problem is compiled a second time for it. It is the same few operations for every method.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/module.hpp"
#include "oracle/inputs.hpp"
#include "oracle/oracle.hpp"

namespace gradlane::bench {

/// Whether descent has somewhere to go on a problem of the suite, and what is done to it so that it has.
struct minimum_facts {
  double lambda = 0;        ///< of the term λ‖w‖²
  bool definite = false;    ///< its matrix is made positive definite
  bool usual = true;        ///< descended unless the user names problems
  std::string_view absent;  ///< why there is no minimum to go to; empty where there is
};
minimum_facts minimum_of(std::string_view problem);

/// Makes the symmetric part of a square matrix positive definite, whatever was drawn. By Gershgorin every eigenvalue lies
/// within Σ_{j≠i} |a_ij + a_ji|/2 of a diagonal element; with the other elements divided by n that radius is about 1/4,
/// and the diagonal is set to it plus a number from 1/16 to 16, in equal ratios: steep and flat directions, about 50 : 1.
template <class T>
void make_definite(named_array<T>& matrix);

/// Loss and ‖∇L‖ from the closed form in quad, with the term.
struct exact_state {
  double loss, gradient_norm;
};

template <class T>
struct landscape {
  const catalogue_entry& problem;
  std::size_t n;
  double lambda;
  std::vector<named_array<T>> data;
  std::vector<gradlane_array> arrays;  ///< as the ABI takes them

  /// Throws as make_arrays does. `plain`: the problem as it is, whether that has a minimum or not. `lambda`, where it is
  /// given, counts instead of the problem's own.
  landscape(const catalogue_entry& of, std::size_t inputs, std::uint64_t seed, bool plain,
            std::optional<double> other_lambda = std::nullopt);
  landscape(const landscape&) = delete;
  landscape& operator=(const landscape&) = delete;

  gradlane_shape shape(std::size_t points, double step) const {
    return {sizeof(gradlane_shape), n, points, points, 1, step, arrays.data(), arrays.size()};
  }
  exact_state exact(const T* w) const;
};

/// The value alone, of the module that `i` belongs to: on its lanes if there is one, else on the fastest for one point.
std::optional<implementation> primal_beside(const implementation& i);

/// Value and gradient at one point by one implementation.
template <class T>
class slope {
 public:
  /// `step` as `step_of` has it. Throws call_error.
  slope(const implementation& i, const landscape<T>& at, double step);

  double value_and_gradient(const T* w, T* gradient);
  /// By the primal of the module; by the implementation itself where the module has none.
  double value(const T* w);
  std::size_t gradient_calls() const { return gradient_calls_; }
  std::size_t value_calls() const { return value_calls_; }

 private:
  const landscape<T>* at_;
  plan gradient_;
  std::optional<plan> primal_;
  std::vector<T> unused_;
  std::size_t gradient_calls_ = 0, value_calls_ = 0;
};

extern template struct landscape<float>;
extern template struct landscape<double>;
extern template class slope<float>;
extern template class slope<double>;

}  // namespace gradlane::bench
