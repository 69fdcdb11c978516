// Forward over reverse: reverse_fused on dual numbers x + εv. One pass gives value, gradient and ∇²L·v at a constant
// multiple of the gradient's cost, whatever n is, since the tangents of the recorded gradient are part of its list.
//   elements    a register holds neighbouring components, one direction (objective/directional_pass.hpp)
//   directions  a register holds directions, the values are computed once for a chunk (objective/direction_chunk.hpp)
#pragma once

#include "objective/curvature.hpp"
#include "objective/direction_chunk.hpp"
#include "objective/directional_pass.hpp"
#include "objective/reverse.hpp"

namespace gradlane {

struct forward_over_fused {
  static constexpr bool sweeps = false;
  static constexpr const char* absent(lane l) {
    return l == lane::elements || l == lane::directions
               ? nullptr
               : "the fused list runs on registers of neighbouring components, or of directions";
  }

  template <class Problem, class T>
  class element_plan {
    using workspace = directional_workspace<Problem, T>;
    using pass = directional_pass<pack<T>, workspace>;

   public:
    element_plan(const shape& s, const typename Problem::template data<T>& data) : s_(s), data_(data), work_(s) {}
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

  /// Four registers of directions a chunk: enough that the values, single numbers, cost little beside them.
  template <class Problem, class T>
  class direction_plan {
    using chunk = direction_chunk<pack<T>, 4>;

   public:
    direction_plan(const shape& s, const typename Problem::template data<T>& data)
        : s_(s), data_(data), chunks_(s, chunk::length) {}
    void evaluate(const T* x, const T* v, T* value, T* gradient, T* product) {
      chunks_.run(v, value, gradient, product, 8 * sweep_bytes<Problem, T>(s_.n), [&](const T* cv, T* g, T* h, int) {
        chunk c(s_.n, x, cv, g, h);
        return reverse_evaluator<chunk>(c).template run<Problem>(s_.n, data_).v.r;
      });
    }
    std::size_t bytes() const { return chunks_.bytes(); }

   private:
    shape s_;
    typename Problem::template data<T> data_;
    direction_chunks<T> chunks_;
  };

  template <class Problem, class T, lane L>
  using plan = std::conditional_t<L == lane::elements, element_plan<Problem, T>, direction_plan<Problem, T>>;
};

}  // namespace gradlane
