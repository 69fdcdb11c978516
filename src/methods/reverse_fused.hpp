// The kernels recorded at compile time, forward and backward sweep unrolled in registers (objective/fused_pass.hpp).
#pragma once

#include "objective/fused_pass.hpp"
#include "objective/method.hpp"
#include "objective/reverse.hpp"

namespace gradlane {

struct reverse_fused {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane) { return true; }
  static constexpr const char* absent(lane l) {
    return l == lane::elements ? nullptr : "the fused list runs on registers of neighbouring components";
  }

  template <class Problem, class T, lane L>
  class plan {
    using pass = fused_pass<pack<T>>;

   public:
    plan(const shape& s, const typename Problem::template data<T>& data) : s_(s), data_(data), teams_(s) {}
    void evaluate(const T* x, T* value, T* g) {
      pass p(x, g, teams_.blocks, teams_.row_workspace());
      *value = reverse_evaluator<pass>(p).template run<Problem>(s_.n, data_);
    }
    std::size_t bytes() const { return teams_.bytes(); }

   private:
    shape s_;
    typename Problem::template data<T> data_;
    element_teams<Problem, T> teams_;
  };
};

}  // namespace gradlane
