// Products of a landscape's Hessian with a direction, by a module's own second derivatives.
#pragma once

#include <optional>
#include <vector>

#include "descent/landscape.hpp"
#include "descent/vectors.hpp"

namespace gradlane::bench {

/// Of the module that `i` belongs to, for one direction a call.
inline std::optional<curvature> curvature_beside(const implementation& i) {
  for (const curvature& c : curvatures_of(i.owner(), i.problem(), i.dtype()))
    if (c.lanes() == "elements") return c;
  return std::nullopt;
}

template <class T>
class hessian {
 public:
  /// Throws call_error.
  hessian(const curvature& c, const landscape<T>& at) : at_(&at), product_(c, at.shape(1, 0)), unused_gradient_(at.n) {}

  /// product = (∇²L(w) + 2λ)·v
  void times(const T* w, const T* v, T* product) {
    T unused_value = 0;
    product_.evaluate(w, v, &unused_value, unused_gradient_.data(), product);
    ++calls_;
    if (at_->lambda != 0) add_scaled(product, v, static_cast<T>(2 * at_->lambda), at_->n);
  }
  std::size_t calls() const { return calls_; }

 private:
  const landscape<T>* at_;
  curvature_plan product_;
  std::vector<T> unused_gradient_;
  std::size_t calls_ = 0;
};

}  // namespace gradlane::bench
