// The gradient that the problem brings along, written by hand: the ceiling that the other methods are held against.
#pragma once

#include "objective/method.hpp"

namespace gradlane {

struct analytic {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane l) { return l != lane::scalar; }
  static constexpr const char* absent(lane l) {
    return l == lane::directions ? "a closed form has no directions" : nullptr;
  }

  template <class Problem, class T, lane L>
  class plan {
    using X = lane_number<T, L>;

   public:
    plan(const shape& s, const typename Problem::template data<T>& data)
        : s_(s), data_(data), blocks_(L, s), teams_(s) {}
    void evaluate(const T* x, T* value, T* g) {
      if constexpr (L == lane::points)
        blocks_.run(x, value, g, [&](column<X> cx, mutable_column<X> cg, int) {
          return Problem::template gradient<X>(cx, cg, s_.n, data_);
        });
      else if constexpr (L == lane::scalar)
        *value = Problem::template gradient<X>(column<X>{x, 1}, mutable_column<X>{g, 1}, s_.n, data_).r;
      else if constexpr (Problem::facts.dense)
        *value = Problem::template gradient<X>(x, g, s_.n, data_, *teams_.row_workspace());
      else
        *value = Problem::template gradient<X>(x, g, s_.n, data_, teams_.blocks);
    }
    std::size_t bytes() const { return teams_.bytes() + blocks_.bytes(); }

   private:
    shape s_;
    typename Problem::template data<T> data_;
    point_blocks<X> blocks_;
    element_teams<Problem, T> teams_;
  };
};

}  // namespace gradlane
