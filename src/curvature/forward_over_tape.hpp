// Forward over reverse on a tape that is recorded anew on every call (ad/tape.hpp), its numbers being a value with a chunk
// of directions as tangents: edges carry the partials with their tangents, so the reverse sweep over duals leaves the
// gradient and the products ∇²L·v in the adjoints of the inputs.
#pragma once

#include "ad/dual.hpp"
#include "objective/curvature.hpp"
#include "objective/serial.hpp"

namespace gradlane {

struct forward_over_tape {
  static constexpr bool sweeps = false;
  static constexpr const char* absent(lane l) {
    return l == lane::directions ? nullptr
           : l == lane::elements ? "a tape records one element after the other"
                                 : "n directions of a point need one tape, n points as many";
  }

  template <class Problem, class T, lane L>
  class plan {
    using X = pack<T>;
    static constexpr std::size_t registers = 1, length = registers * X::width;
    using N = dual<scalar<T>, X, registers>;

    struct inputs {
      using active = variable<N>;
      const T *x, *v;
      tape<N>* on;
      GRADLANE_INLINE active operator[](std::size_t i) const {
        N xi;
        xi.v = x[i];
        for (std::size_t r = 0; r < registers; ++r) xi.d[r] = X::load(v + i * length + r * X::width);
        return {xi, static_cast<std::uint32_t>(i), on};
      }
      tape<N>& list() const { return *on; }
    };

   public:
    plan(const shape& s, const typename Problem::template data<T>& data)
        : s_(s), data_(data), chunks_(s, length), tapes_(static_cast<std::size_t>(s.threads)) {}

    void evaluate(const T* x, const T* v, T* value, T* gradient, T* product) {
      chunks_.run(v, value, gradient, product, 16 * sweep_bytes<Problem, T>(s_.n),
                  [&](const T* cv, T* g, T* h, int thread) {
                    return chunk(x, cv, g, h, tapes_[static_cast<std::size_t>(thread)]);
                  });
    }
    std::size_t bytes() const {
      std::size_t sum = chunks_.bytes();
      for (const tape<N>& t : tapes_) sum += t.bytes();
      return sum;
    }

   private:
    __attribute__((noinline, flatten)) T chunk(const T* x, const T* v, T* g, T* h, tape<N>& list) const {
      list.restart(s_.n);
      const variable<N> f = serial_evaluator<inputs>(inputs{x, v, &list}).template run<Problem>(s_.n, data_);
      list.reverse(f.id);
      for (std::size_t i = 0; i < s_.n; ++i) {
        const N adjoint = list.adjoint(i);
        g[i] = adjoint.v.r;
        for (std::size_t r = 0; r < registers; ++r) adjoint.d[r].store(h + i * length + r * X::width);
      }
      return f.value.v.r;
    }

    shape s_;
    typename Problem::template data<T> data_;
    direction_chunks<T> chunks_;
    std::vector<tape<N>> tapes_;
  };
};

}  // namespace gradlane
