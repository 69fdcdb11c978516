// Forward mode applied twice: duals of duals. With x_j + ε[j = i] + v_j ε′, ε² = ε′² = 0, the objective's value is
// L + ε ∂L/∂x_i + ε′ ∇L·v + εε′ (∇²L·v)_i: one sweep for each component i, exact up to rounding. Slow for many inputs, but
// it needs nothing of an objective but its value, which makes it the check of the other methods, and for one input it is L″.
#pragma once

#include "ad/dual.hpp"
#include "objective/curvature.hpp"
#include "objective/serial.hpp"

namespace gradlane {

struct forward_twice {
  static constexpr bool sweeps = true;
  static constexpr const char* absent(lane l) {
    return l == lane::points ? nullptr : "n sweeps a product pay where there are many small problems: on points lanes";
  }

  template <class Problem, class T, lane L>
  class plan {
    using X = pack<T>;
    using A = dual<dual<X>>;

   public:
    plan(const shape& s, const typename Problem::template data<T>& data)
        : s_(s), data_(data), blocks_(s), x_(static_cast<std::size_t>(s.threads) * s.n) {}

    void evaluate(const T* x, const T* v, T* value, T* gradient, T* product) {
      blocks_.run(x, v, value, gradient, product,
                  [this](column<X> cx, column<X> cv, mutable_column<X> g, mutable_column<X> h, int thread) {
                    return point(cx, cv, g, h, x_.data() + static_cast<std::size_t>(thread) * s_.n);
                  });
    }
    std::size_t bytes() const { return x_.capacity() * sizeof(A) + blocks_.bytes(); }

   private:
    X point(column<X> x, column<X> v, mutable_column<X> g, mutable_column<X> h, A* a) const {
      for (std::size_t i = 0; i < s_.n; ++i) {
        a[i] = A(x[i]);
        a[i].v.d[0] = v[i];
      }
      X value(0);
      for (std::size_t i = 0; i < s_.n; ++i) {
        a[i].d[0].v = X(1);
        const A f = objective_at<Problem>(a, s_.n, data_);
        a[i].d[0].v = X(0);
        g.set(i, f.d[0].v);
        h.set(i, f.d[0].d[0]);
        value = f.v.v;
      }
      return value;
    }

    shape s_;
    typename Problem::template data<T> data_;
    directed_blocks<X> blocks_;
    std::vector<A> x_;
  };
};

}  // namespace gradlane
