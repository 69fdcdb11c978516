// What every method of second derivatives (src/curvature/, a file each) says of itself and is given: the same as a
// method of gradients (objective/method.hpp) but for a direction more.
//
//   struct NAME {
//     static constexpr bool sweeps;                  // the number of evaluations of the objective grows with n
//     static constexpr const char* absent(lane l);   // null where the method exists, else the reason why it does not
//     template <class Problem, class T, lane L>
//     class plan {
//       plan(const shape& s, const typename Problem::template data<T>& data);   // allocates all that evaluate needs
//       /// product = ∇²L(x)·v; where points and directions lie: gradlane_curvature in backend.h
//       void evaluate(const T* x, const T* v, T* value, T* gradient, T* product);
//       std::size_t bytes() const;
//     };
//   };
//
// Every method splits its work over threads.
#pragma once

#include "objective/method.hpp"

namespace gradlane {

/// Walks over points with directions of their own, W at a time, as point_blocks does over points:
/// f(x, v, g, h, thread) returns the W values.
template <class X>
class directed_blocks {
  using T = typename X::element;
  static constexpr std::size_t W = X::width;

 public:
  explicit directed_blocks(const shape& s) : s_(s), padded_(s.points % W ? 4 * s.n * W : 0) {}

  template <class F>
  void run(const T* x, const T* v, T* value, T* g, T* h, F&& f) {
    const std::size_t full = s_.points / W, stride = s_.stride;
    parallel_for(s_.threads, full, 4 * s_.n * s_.n * W * sizeof(T),
                 [&](std::size_t first, std::size_t last, int thread) {
                   for (std::size_t p = first * W; p < last * W; p += W)
                     f(column<X>{x + p, stride}, column<X>{v + p, stride}, mutable_column<X>{g + p, stride},
                       mutable_column<X>{h + p, stride}, thread)
                         .store(value + p);
                 });
    if (s_.points % W != 0) rest(full * W, x, v, value, g, h, f);
  }
  std::size_t bytes() const { return padded_.capacity() * sizeof(T); }

 private:
  /// The last points, fewer than W: columns of their own, padded with the last of them.
  template <class F>
  void rest(std::size_t begin, const T* x, const T* v, T* value, T* g, T* h, F& f) {
    const std::size_t count = s_.points - begin, size = s_.n * W;
    T *const px = padded_.data(), *const pv = px + size, *const pg = pv + size, *const ph = pg + size;
    T values[W] = {};
    for (std::size_t i = 0; i < s_.n; ++i)
      for (std::size_t l = 0; l < W; ++l) {
        const std::size_t from = i * s_.stride + begin + std::min(l, count - 1);
        px[i * W + l] = x[from], pv[i * W + l] = v[from];
      }
    f(column<X>{px, W}, column<X>{pv, W}, mutable_column<X>{pg, W}, mutable_column<X>{ph, W}, 0).store(values);
    for (std::size_t l = 0; l < count; ++l) value[begin + l] = values[l];
    for (std::size_t i = 0; i < s_.n; ++i)
      for (std::size_t l = 0; l < count; ++l) {
        const std::size_t to = i * s_.stride + begin + l;
        g[to] = pg[i * W + l], h[to] = ph[i * W + l];
      }
  }

  shape s_;
  std::vector<T> padded_;
};

/// Walks over the directions of one point, `length` at a time (whole registers): f(v, g, h, thread) returns the value,
/// writes the gradient to g and the products to h, whose rows of `length` numbers are the components, as those of v.
///
/// Both are copies without gaps. Rows in place are as far apart as there are directions, often a power of two, and the
/// several passes over them would then share a few sets of the cache (xᵀAx, n = 256, all unit vectors: 4 ×
/// slower). The last chunk is padded with zeros.
template <class T>
class direction_chunks {
 public:
  direction_chunks(const shape& s, std::size_t length)
      : s_(s), length_(length), work_(static_cast<std::size_t>(s.threads) * per_thread()) {}

  /// `bytes`: what one chunk goes over, for parallel_for.
  template <class F>
  void run(const T* v, T* value, T* gradient, T* product, std::size_t bytes, F&& f) {
    const std::size_t chunks = (s_.points + length_ - 1) / length_;
    parallel_for(s_.threads, chunks, bytes, [&](std::size_t first, std::size_t last, int thread) {
      T* const cv = work_.data() + static_cast<std::size_t>(thread) * per_thread();
      T *const h = cv + s_.n * length_, *const g = h + s_.n * length_;
      for (std::size_t c = first; c < last; ++c) {
        const std::size_t begin = c * length_, count = std::min(length_, s_.points - begin);
        for (std::size_t i = 0; i < s_.n; ++i) {
          std::copy_n(v + i * s_.stride + begin, count, cv + i * length_);
          std::fill_n(cv + i * length_ + count, length_ - count, T(0));
        }
        const T found = f(cv, g, h, thread);
        for (std::size_t i = 0; i < s_.n; ++i) std::copy_n(h + i * length_, count, product + i * s_.stride + begin);
        if (c > 0) continue;
        *value = found;
        std::copy_n(g, s_.n, gradient);
      }
    });
  }
  std::size_t bytes() const { return work_.capacity() * sizeof(T); }

 private:
  /// Directions, products, and a gradient, whether or not it is the one that is wanted.
  std::size_t per_thread() const { return s_.n * (2 * length_ + 1); }

  shape s_;
  std::size_t length_;
  std::vector<T> work_;
};

}  // namespace gradlane
