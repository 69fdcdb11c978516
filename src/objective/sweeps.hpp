// Gradients by many evaluations of the objective, a few inputs perturbed (finite differences), given an imaginary part
// (complex step) or a tangent (forward mode) each time. A Probe says what is done to an input; where the lanes lie says
// how many inputs or points are probed at once:
//   scalar      one input at a time, on plain numbers
//   directions  W inputs at a time: lane l of the whole evaluation sees input j+l probed
//   points      one input of W points at a time
// Threads split the inputs, or the points. Each has its own copy of x.
#pragma once

#include "objective/method.hpp"
#include "objective/serial.hpp"

namespace gradlane {

/// Probe<X>:
///   using active = …                    the number that the objective is evaluated on; active(x) is unperturbed
///   static constexpr bool needs_value   whether `derivative` uses f0, the value at x
///   template <class Set, class Run> X derivative(X x, X f0, Set set, Run run) const
///       set(a) puts the active number a in the probed place, run() evaluates
///   static X value(active)              the objective's value in an evaluation
template <class Problem, class T, lane L, template <class> class Probe>
class sweep_plan {
  using X = lane_number<T, L>;
  using A = typename Probe<X>::active;
  using data_type = typename Problem::template data<T>;
  static constexpr std::size_t W = L == lane::directions ? X::width : 1;

 public:
  sweep_plan(const shape& s, const data_type& data, Probe<X> probe)
      : s_(s), data_(data), probe_(probe), blocks_(L, s), x_(static_cast<std::size_t>(s.threads) * s.n) {}

  /// Functions of their own, here and below, where methods share them or a caller would take in two copies.
  __attribute__((noinline)) void evaluate(const T* x, T* value, T* g) {
    if constexpr (L == lane::points)
      blocks_.run(x, value, g, [&](column<X> cx, mutable_column<X> cg, int thread) { return point(cx, cg, thread); });
    else
      one_point(x, value, g);
  }
  std::size_t bytes() const { return x_.capacity() * sizeof(A) + blocks_.bytes(); }

 private:
  A* copy_of(int thread) { return x_.data() + static_cast<std::size_t>(thread) * s_.n; }
  A run(const A* x) const { return objective_at<Problem>(x, s_.n, data_); }

  __attribute__((noinline)) X point(column<X> x, mutable_column<X> g, int thread) {
    A* const copy = copy_of(thread);
    for (std::size_t i = 0; i < s_.n; ++i) copy[i] = A(x[i]);
    X value(0);
    if constexpr (Probe<X>::needs_value) value = Probe<X>::value(run(copy));
    for (std::size_t j = 0; j < s_.n; ++j) {
      g.set(j, probe_.derivative(
                   x[j], value, [&](A a) { copy[j] = a; },
                   [&] {
                     const A result = run(copy);
                     if (!Probe<X>::needs_value && j == 0) value = Probe<X>::value(result);
                     return result;
                   }));
      copy[j] = A(x[j]);
    }
    return value;
  }

  void one_point(const T* x, T* value, T* g) {
    X f0(0);
    if constexpr (Probe<X>::needs_value) {
      fill(copy_of(0), x);
      f0 = Probe<X>::value(run(copy_of(0)));
    }
    const std::size_t chunks = (s_.n + W - 1) / W;
    parallel_for(s_.threads, chunks, W * sweep_bytes<Problem, T>(s_.n),
                 [&](std::size_t first, std::size_t last, int thread) {
                   A* const copy = copy_of(thread);
                   fill(copy, x);
                   for (std::size_t c = first; c < last; ++c) {
                     const X v = chunk(copy, x, g, c * W, f0);
                     if (!Probe<X>::needs_value && c == 0) f0 = v;
                   }
                 });
    T values[X::width];
    f0.store(values);
    *value = values[0];
  }
  void fill(A* copy, const T* x) {
    for (std::size_t i = 0; i < s_.n; ++i) copy[i] = A(X(x[i]));
  }

  /// Inputs j … j+W−1, fewer at the end. Returns the value that the evaluations saw.
  X chunk(A* copy, const T* x, T* g, std::size_t j, X f0) {
    const std::size_t count = std::min(W, s_.n - j);
    const X xj = L == lane::scalar ? X(x[j]) : count == W ? X::load(x + j) : load_first<X>(x + j, count);
    X value(0);
    const X d = probe_.derivative(
        xj, f0, [&](const A& a) { put_lanes(copy + j, a, count); },
        [&] {
          const A result = run(copy);
          value = Probe<X>::value(result);
          return result;
        });
    for (std::size_t l = 0; l < count; ++l) copy[j + l] = A(X(x[j + l]));
    if (L == lane::scalar || count == X::width)
      d.store(g + j);
    else
      store_first(d, g + j, count);
    return value;
  }
  /// Lane l of a becomes lane l of x[l]: a diagonal of the W × W lanes of the inputs. Whole registers are written: a
  /// load of what was stored in pieces would wait until these have reached the cache.
  static GRADLANE_INLINE void put_lanes(A* x, const A& a, std::size_t count) {
    if constexpr (L == lane::scalar)
      *x = a;
    else
      put_lanes(x, a, count, std::make_index_sequence<W>{});
  }
  template <std::size_t... l>
  static GRADLANE_INLINE void put_lanes(A* x, const A& a, std::size_t count, std::index_sequence<l...>) {
    ((l < count ? put_lane<l>(x[l], a) : void()), ...);
  }
  template <std::size_t l>
  static GRADLANE_INLINE void put_lane(A& x, const A& a) {
    X* const to = reinterpret_cast<X*>(&x);
    const X* const from = reinterpret_cast<const X*>(&a);
    // NOLINTNEXTLINE(bugprone-sizeof-expression): registers of an active number, which may be one
    for (std::size_t r = 0; r < sizeof(A) / sizeof(X); ++r) to[r] = replace_lane<l>(to[r], from[r]);
  }

  shape s_;
  data_type data_;
  Probe<X> probe_;
  point_blocks<X> blocks_;
  std::vector<A> x_;
};

}  // namespace gradlane
