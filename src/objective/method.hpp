// What every method (src/methods/, a file each) says of itself and is given.
//
//   struct NAME {
//     static constexpr method_facts facts{…};
//     static constexpr const char* absent(lane l);   // null where the method exists, else the reason why it does not
//     static constexpr bool splits(lane l);          // whether the work is split over threads
//     template <class T> static T default_step();    // only where a step is taken
//     template <class Problem, class T, lane L>
//     class plan {
//       plan(const shape& s, const typename Problem::template data<T>& data);   // allocates all that evaluate needs
//       void evaluate(const T* x, T* value, T* gradient);                       // both laid out as shape says
//       std::size_t bytes() const;
//     };
//   };
#pragma once

#include <cstddef>

#include "dense.hpp"
#include "objective/column.hpp"
#include "objective/data.hpp"
#include "reduce.hpp"

namespace gradlane {

enum class lane { scalar, directions, elements, points };

struct method_facts {
  int order = 0;            ///< of a finite-difference formula; 0: exact up to rounding
  bool value_only = false;  ///< the primal
  bool sweeps = false;      ///< the number of evaluations of the objective grows with n
};

/// What is evaluated: n inputs, `points` points `stride` elements apart a component, on `threads` threads. `step` is a
/// method's relative step, 0 for its default.
struct shape {
  std::size_t n = 0, points = 1, stride = 1;
  int threads = 1;
  double step = 0;
};

/// points ≤ this for one point a lane: beyond, their inputs would not stay in cache.
inline constexpr std::size_t max_points_n = 1024;

/// What one evaluation of the objective goes over, for parallel_for: a matrix, or the inputs.
template <class Problem, class T>
constexpr std::size_t sweep_bytes(std::size_t n) {
  return (Problem::facts.dense ? n * n : n) * sizeof(T);
}

/// The number that a lane axis computes with.
template <class T, lane L>
using lane_number = std::conditional_t<L == lane::scalar, scalar<T>, pack<T>>;

/// Walks over the points W at a time: f(x, g, thread) returns the W values for a column of x and of the gradient. The
/// last few points, fewer than W, are copied to a column of their own, padded with the last of them. g may be null
/// where f writes no gradient.
template <class X>
class point_blocks {
 public:
  using T = typename X::element;
  static constexpr std::size_t W = X::width;

  /// A plan of other lanes has one point, and nothing is held.
  point_blocks(lane l, const shape& s) : s_(s), padded_(l == lane::points && s.points % W ? 2 * s.n * W : 0) {}

  template <class F>
  void run(const T* x, T* value, T* g, F&& f) {
    const std::size_t full = s_.points / W;
    // A gradient on strided columns takes at least four times the pass over an array that parallel_for reckons with.
    parallel_for(s_.threads, full, 4 * s_.n * W * sizeof(T), [&](std::size_t first, std::size_t last, int thread) {
      for (std::size_t b = first; b < last; ++b)
        f(column<X>{x + b * W, s_.stride}, mutable_column<X>{g == nullptr ? g : g + b * W, s_.stride}, thread)
            .store(value + b * W);
    });
    if (s_.points % W != 0) rest(full * W, x, value, g, f);
  }
  std::size_t bytes() const { return padded_.capacity() * sizeof(T); }

 private:
  template <class F>
  void rest(std::size_t begin, const T* x, T* value, T* g, F& f) {
    const std::size_t count = s_.points - begin;
    T *const px = padded_.data(), *const pg = px + s_.n * W;
    T values[W] = {};
    for (std::size_t i = 0; i < s_.n; ++i)
      for (std::size_t l = 0; l < W; ++l) px[i * W + l] = x[i * s_.stride + begin + std::min(l, count - 1)];
    f(column<X>{px, W}, mutable_column<X>{pg, W}, 0).store(values);
    for (std::size_t l = 0; l < count; ++l) value[begin + l] = values[l];
    if (g != nullptr)
      for (std::size_t i = 0; i < s_.n; ++i)
        for (std::size_t l = 0; l < count; ++l) g[i * s_.stride + begin + l] = pg[i * W + l];
  }

  shape s_;
  std::vector<T> padded_;
};

/// The workspace of sums over elements: rows only where the problem reads a matrix.
template <class Problem, class T>
struct element_teams {
  block_team<T> blocks;
  std::vector<row_team<T>> rows;  // none or one
  explicit element_teams(const shape& s) : blocks(most_terms(s.n), s.threads) {
    if constexpr (Problem::facts.dense) {
      std::size_t most = s.n;
      for (const array_spec& a : Problem::arrays(s.n)) most = std::max(most, a.rows);
      rows.emplace_back(most, s.n, s.threads);
    }
  }
  /// A sum runs over the inputs, the rows of a matrix, or, beside a product of two parts of x, its elements.
  static std::size_t most_terms(std::size_t n) {
    std::size_t most = n;
    if constexpr (Problem::facts.dense)
      for (const array_spec& a : Problem::arrays(n))
        most = std::max(most, Problem::facts.multiplies ? a.rows * a.cols : a.rows);
    return most;
  }
  row_team<T>* row_workspace() { return rows.empty() ? nullptr : &rows.front(); }
  std::size_t bytes() const { return blocks.bytes() + (rows.empty() ? 0 : rows.front().bytes()); }
};

}  // namespace gradlane
