// Dual numbers (ad/dual.hpp). scalar: one tangent a sweep. points: one tangent of W points a sweep. elements: one
// tangent a sweep, SIMD inside. directions: a chunk of tangents a sweep, zero ones skipped (objective/tangent_chunk.hpp).
#pragma once

#include "objective/elements.hpp"
#include "objective/sweeps.hpp"
#include "objective/tangent_chunk.hpp"

namespace gradlane {

struct forward_mode {
  static constexpr method_facts facts{.sweeps = true};
  static constexpr bool splits(lane) { return true; }
  static constexpr const char* absent(lane) { return nullptr; }

  template <class X>
  struct probe {
    using active = dual<X>;
    static constexpr bool needs_value = false;
    static X value(const active& f) { return f.v; }
    template <class Set, class Run>
    X derivative(X x, X, Set set, Run run) const {
      active a(x);
      a.d[0] = X(1);
      set(a);
      return run().d[0];
    }
  };

  /// SIMD inside: x and a unit tangent as arrays.
  template <class Problem, class T>
  class element_plan {
   public:
    element_plan(const shape& s, const typename Problem::template data<T>& data)
        : s_(s), data_(data), tangent_(static_cast<std::size_t>(s.threads) * s.n) {}
    void evaluate(const T* x, T* value, T* g) {
      using X = pack<T>;
      using source = element_tangents<X>;
      parallel_for(s_.threads, s_.n, sweep_bytes<Problem, T>(s_.n),
                   [&](std::size_t first, std::size_t last, int thread) {
                     T* const d = tangent_.data() + static_cast<std::size_t>(thread) * s_.n;
                     for (std::size_t j = first; j < last; ++j) {
                       d[j] = 1;
                       const auto f = objective_on_elements<Problem, X>(source{x, d}, s_.n, data_);
                       d[j] = 0;
                       g[j] = f.d[0].r;
                       if (j == 0) *value = f.v.r;
                     }
                   });
    }
    std::size_t bytes() const { return tangent_.capacity() * sizeof(T); }

   private:
    shape s_;
    typename Problem::template data<T> data_;
    std::vector<T> tangent_;
  };

  /// Chunks of tangents. Long chunks mean few passes over the values, short ones little work on the chunk's own zeros:
  /// 4 registers up to n = 64, 8 above (AVX2, f64: 16 and 32 tangents).
  template <class Problem, class T>
  class chunk_plan {
   public:
    chunk_plan(const shape& s, const typename Problem::template data<T>& data) : s_(s), data_(data) {}
    void evaluate(const T* x, T* value, T* g) {
      if (s_.n <= 64)
        run<4>(x, value, g);
      else
        run<8>(x, value, g);
    }
    std::size_t bytes() const { return 0; }

   private:
    template <std::size_t R>
    void run(const T* x, T* value, T* g) {
      using chunk = tangent_chunk<pack<T>, R>;
      constexpr std::size_t length = chunk::length;
      // A chunk goes over the value of all terms once, over tangents only where an input of the chunk is read.
      parallel_for(s_.threads, (s_.n + length - 1) / length, sweep_bytes<Problem, T>(s_.n),
                   [&](std::size_t first, std::size_t last, int) {
                     for (std::size_t c = first; c < last; ++c) {
                       const std::size_t begin = c * length, count = std::min(length, s_.n - begin);
                       const auto f = chunk(x, begin, count).template run<Problem>(s_.n, data_);
                       T tangents[length];
                       for (std::size_t k = 0; k < R; ++k) f.d[k].store(tangents + k * pack<T>::width);
                       std::copy_n(tangents, count, g + begin);
                       if (c == 0) *value = f.v.r;
                     }
                   });
    }
    shape s_;
    typename Problem::template data<T> data_;
  };

  template <class Problem, class T, lane L>
  using base = std::conditional_t<
      L == lane::elements, element_plan<Problem, T>,
      std::conditional_t<L == lane::directions, chunk_plan<Problem, T>, sweep_plan<Problem, T, L, probe>>>;

  template <class Problem, class T, lane L>
  class plan : public base<Problem, T, L> {
   public:
    plan(const shape& s,
         const typename Problem::template data<T>& data) requires(L == lane::elements || L == lane::directions)
        : base<Problem, T, L>(s, data) {}
    plan(const shape& s,
         const typename Problem::template data<T>& data) requires(L == lane::scalar || L == lane::points)
        : base<Problem, T, L>(s, data, {}) {}
  };
};

}  // namespace gradlane
