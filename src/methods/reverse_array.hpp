// The kernels recorded at compile time, executed one operation at a time over whole arrays (objective/array_pass.hpp).
#pragma once

#include "objective/array_pass.hpp"
#include "objective/method.hpp"
#include "objective/reverse.hpp"

namespace gradlane {

struct reverse_array {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane) { return true; }
  static constexpr const char* absent(lane l) {
    return l == lane::elements ? nullptr : "operations over whole arrays run on registers of neighbouring components";
  }

  template <class Problem, class T, lane L>
  class plan {
    using pass = array_pass<pack<T>>;

   public:
    plan(const shape& s, const typename Problem::template data<T>& data) : s_(s), data_(data), teams_(s) {}
    void evaluate(const T* x, T* value, T* g) {
      pass p(x, g, teams_.blocks, teams_.row_workspace(), workspace_);
      *value = reverse_evaluator<pass>(p).template run<Problem>(s_.n, data_);
    }
    std::size_t bytes() const { return teams_.bytes() + workspace_.capacity() * sizeof(T); }

   private:
    shape s_;
    typename Problem::template data<T> data_;
    element_teams<Problem, T> teams_;
    std::vector<T> workspace_;
  };
};

}  // namespace gradlane
