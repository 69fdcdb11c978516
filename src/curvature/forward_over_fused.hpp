// Forward over reverse: reverse_fused on dual numbers x + εv. One pass gives value, gradient and ∇²L·v at a constant
// multiple of the gradient's cost, whatever n is. elements: a register holds neighbouring components, and the tangents of
// the recorded gradient are part of the list (objective/directional_pass.hpp).
#pragma once

#include "objective/curvature.hpp"
#include "objective/directional_pass.hpp"
#include "objective/reverse.hpp"

namespace gradlane {

struct forward_over_fused {
  static constexpr bool sweeps = false;
  static constexpr const char* absent(lane l) {
    return l == lane::elements ? nullptr
                               : "the fused list runs on registers of neighbouring components, or of directions";
  }

  template <class Problem, class T, lane L>
  class plan {
    using workspace = directional_workspace<Problem, T>;
    using pass = directional_pass<pack<T>, workspace>;

   public:
    plan(const shape& s, const typename Problem::template data<T>& data) : s_(s), data_(data), work_(s) {}
    void evaluate(const T* x, const T* v, T* value, T* gradient, T* product) {
      pass p(x, v, gradient, product, work_);
      *value = reverse_evaluator<pass>(p).template run<Problem>(s_.n, data_).v.r;
    }
    std::size_t bytes() const { return work_.bytes(); }

   private:
    shape s_;
    typename Problem::template data<T> data_;
    workspace work_;
  };
};

}  // namespace gradlane
