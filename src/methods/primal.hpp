// The objective's value alone, without a gradient: what the cost of a gradient is measured in. scalar is the plain
// loop that a user would write.
#pragma once

#include "objective/elements.hpp"
#include "objective/method.hpp"
#include "objective/serial.hpp"

namespace gradlane {

struct primal {
  static constexpr method_facts facts{.value_only = true};
  static constexpr bool splits(lane l) { return l == lane::points; }
  static constexpr const char* absent(lane l) { return l == lane::directions ? "a value has no directions" : nullptr; }

  template <class Problem, class T, lane L>
  class plan {
    using X = lane_number<T, L>;

   public:
    plan(const shape& s, const typename Problem::template data<T>& data) : s_(s), data_(data), blocks_(L, s) {}
    void evaluate(const T* x, T* value, T*) {
      if constexpr (L == lane::points)
        blocks_.run(x, value, nullptr, [&](column<X> cx, mutable_column<X>, int) { return run(cx); });
      else if constexpr (L == lane::scalar)
        *value = run(column<X>{x, 1}).r;
      else
        *value = objective_on_elements<Problem, X>(element_values<X>{x}, s_.n, data_).r;
    }
    std::size_t bytes() const { return blocks_.bytes(); }

   private:
    X run(column<X> x) const { return objective_at<Problem>(x, s_.n, data_); }

    shape s_;
    typename Problem::template data<T> data_;
    point_blocks<X> blocks_;
  };
};

}  // namespace gradlane
