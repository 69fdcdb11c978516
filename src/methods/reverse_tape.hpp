// Reverse mode on a list of edges that is recorded anew on every call (ad/tape.hpp): one point, or W points whose tapes
// have the same shape.
#pragma once

#include "objective/method.hpp"
#include "objective/serial.hpp"

namespace gradlane {

struct reverse_tape {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane l) { return l == lane::points; }
  static constexpr const char* absent(lane l) {
    return l == lane::directions ? "one reverse sweep gives all directions"
           : l == lane::elements ? "a tape records one element after the other; reverse_array and reverse_fused take W"
                                 : nullptr;
  }

  /// x as variables 0 … n−1 of a tape.
  template <class X>
  struct inputs {
    using active = variable<X>;
    column<X> x;
    tape<X>* on;
    GRADLANE_INLINE active operator[](std::size_t i) const { return {x[i], static_cast<std::uint32_t>(i), on}; }
    tape<X>& list() const { return *on; }
  };

  template <class Problem, class T, lane L>
  class plan {
    using X = lane_number<T, L>;

   public:
    plan(const shape& s, const typename Problem::template data<T>& data)
        : s_(s), data_(data), blocks_(L, s), tapes_(static_cast<std::size_t>(s.threads)) {}

    void evaluate(const T* x, T* value, T* g) {
      if constexpr (L == lane::points)
        blocks_.run(x, value, g, [&](column<X> cx, mutable_column<X> cg, int thread) { return point(cx, cg, thread); });
      else
        *value = point(column<X>{x, 1}, mutable_column<X>{g, 1}, 0).r;
    }
    std::size_t bytes() const {
      std::size_t sum = blocks_.bytes();
      for (const tape<X>& t : tapes_) sum += t.bytes();
      return sum;
    }

   private:
    __attribute__((noinline, flatten)) X point(column<X> x, mutable_column<X> g, int thread) {
      tape<X>& list = tapes_[static_cast<std::size_t>(thread)];
      list.restart(s_.n);
      const variable<X> f = serial_evaluator<inputs<X>>(inputs<X>{x, &list}).template run<Problem>(s_.n, data_);
      list.reverse(f.id);
      for (std::size_t i = 0; i < s_.n; ++i) g.set(i, list.adjoint(i));
      return f.value;
    }

    shape s_;
    typename Problem::template data<T> data_;
    point_blocks<X> blocks_;
    std::vector<tape<X>> tapes_;
  };
};

}  // namespace gradlane
