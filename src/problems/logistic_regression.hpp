// Σ_s log(1 + exp(−y_s d_sᵀx)) + λ‖x‖²: regularised logistic regression with 4n samples of n features and labels ±1.
#pragma once

#include <cmath>

#include "dense.hpp"
#include "dense_columns.hpp"
#include "math.hpp"
#include "objective/column.hpp"
#include "objective/language.hpp"
#include "oracle/dot.hpp"
#include "oracle/sum.hpp"

namespace gradlane {

struct logistic_regression {
  static constexpr problem_facts facts{.formula = "Σ_s log(1+exp(−y_s d_sᵀx)) + ‖x‖²/1024", .dense = true};
  static constexpr double lambda = 0x1p-10;  // about 1e-3, and the same number in every precision
  template <class T>
  struct data {
    matrix_view<T> features;
    vector_view<T> labels;
    scalar<T> lambda;
    static data bind(const array_source<T>& source, std::size_t n) {
      return {source.matrix("features", 4 * n, n), source.vector("labels", 4 * n), logistic_regression::lambda};
    }
  };
  /// The features' variance 1/n keeps the margins d_sᵀx near 1, whatever n is.
  static std::vector<array_spec> arrays(std::size_t n) {
    const double range = std::sqrt(3 / static_cast<double>(n));
    return {{.name = "features", .rows = 4 * n, .cols = n, .low = -range, .high = range},
            {.name = "labels", .rows = 4 * n, .kind = array_spec::draw::sign}};
  }

  template <class Vector, class T>
  static constexpr auto value(const Vector& x, const data<T>& d) {
    return sum([](auto y, auto z) { return softplus(-(y * z)); }, d.labels, product(d.features, x)) +
           sum([](auto xi, auto l) { return l * xi * xi; }, x, d.lambda);
  }

  /// Sample s with z = d_sᵀx and v = −yz: the loss log(1+eᵛ) has the slope eᵛ/(1+eᵛ), so ∂/∂z = −y eᵛ/(1+eᵛ). With
  /// e = exp(−|v|) ≤ 1 nothing overflows: the loss is max(v,0) + log1p(e), the slope 1/(1+e) for v ≥ 0, else e/(1+e).
  template <class X>
  struct sample {
    X loss, by_z;
  };
  template <class X>
  static GRADLANE_INLINE sample<X> at(X y, X z) {
    const X v = -(y * z), e = exp(-abs(v));
    const X slope = select(v >= X(0), X(1), e) / (1 + e);
    return {max(X(0), v) + log1p(e), -(y * slope)};
  }

  /// Hand-written, serial: four samples side by side.
  template <class X, class T = typename X::element>
  static X gradient(column<X> x, mutable_column<X> g, std::size_t n, const data<T>& d) {
    const X l(d.lambda);
    X squares(0), loss(0);
    for (std::size_t i = 0; i < n; ++i) {
      const X xi = x[i];
      g.set(i, 2 * l * xi);
      squares += l * xi * xi;
    }
    for (std::size_t s = 0; s < 4 * n; s += 4)
      loss += samples(x, g, n, d.features.row(s), d.labels.p + s, std::make_index_sequence<4>{});
    return loss + squares;
  }

  /// Hand-written SIMD: dots of a step of samples, their losses, their transposed update while they are in cache.
  template <class X, class T = typename X::element>
  static T gradient(const T* x, T* g, std::size_t n, const data<T>& d, row_team<T>& team) {
    const scalar<T> l = d.lambda;
    const scalar<T> squares(team.blocks().sum(n, [=](std::size_t begin, std::size_t end) {
      return sum_block<X>(
          begin, end, [ =, l = X(l) ](std::size_t i, auto io) __attribute__((always_inline)) {
            const X xi = io.load(x + i), product = l * xi;
            io.store(2 * product, g + i);
            return product * xi;
          });
    }));
    const scalar<T> loss(team.sum(4 * n, n, g, true, [=](std::size_t begin, std::size_t end, T* partial) {
      scalar<T> total(0);
      T z[row_step<T>], p[row_step<T>];
      for (std::size_t s = begin; s < end; s += row_step<T>) {
        const std::size_t count = std::min(row_step<T>, end - s);
        dot_rows<X>(d.features.row(s), n, count, x, z);
        total += scalar<T>(sum_block<X>(
            0, count, [ =, &z, &p, y = d.labels.p + s ](std::size_t i, auto io) __attribute__((always_inline)) {
              const sample<X> t = at<X>(io.load(y + i), io.load(z + i));
              io.store(t.by_z, p + i);
              return t.loss;
            }));
        add_rows<X>(d.features.row(s), n, count, p, partial);
      }
      return total.r;
    }));
    return (loss + squares).r;
  }

  template <class Q, class T>
  struct oracle {
    const T* x;
    std::size_t n;
    const T* features;
    Q l;
    std::vector<Q> by_z;
    Q value;
    oracle(const T* x_, std::size_t n_, const data<T>& d)
        : x(x_), n(n_), features(d.features.p), l(d.lambda.r), value(0) {
      for (std::size_t s = 0; s < 4 * n; ++s) {
        const Q y(d.labels.p[s]), v = -(y * exact_dot<Q>(features + s * n, 1, x, 1, n));
        const Q e = exp(v > Q(0) ? -v : v);
        value += (v > Q(0) ? v : Q(0)) + log1p(e);
        by_z.push_back(-(y * (v > Q(0) ? Q(1) : e) / (1 + e)));
      }
      value += exact_sum<Q>(n, [this](std::size_t i) { return l * Q(x[i]) * Q(x[i]); });
    }
    Q component(std::size_t i) const {
      Q sum = 2 * l * Q(x[i]);
      for (std::size_t s = 0; s < 4 * n; ++s) sum += by_z[s] * Q(features[s * n + i]);
      return sum;
    }
    /// The slope of a sample's loss, σ(v) = eᵛ/(1+eᵛ), has itself the slope σ(v)(1 − σ(v)) = e/(1+e)² with e = exp(−|v|),
    /// and y² = 1: the Hessian is DᵀWD + 2λI with the diagonal W of these.
    struct along {
      const oracle& at;
      const T* v;
      std::vector<Q> by_z;
      along(const oracle& o, const T* v_, std::size_t n) : at(o), v(v_) {
        for (std::size_t s = 0; s < 4 * n; ++s) {
          const T* const sample = at.features + s * n;
          const Q z = exact_dot<Q>(sample, 1, at.x, 1, n), e = exp(z > Q(0) ? -z : z);
          by_z.push_back(e / ((1 + e) * (1 + e)) * exact_dot<Q>(sample, 1, v, 1, n));
        }
      }
      Q component(std::size_t i) const {
        Q sum = 2 * at.l * Q(v[i]);
        for (std::size_t s = 0; s < 4 * at.n; ++s) sum += by_z[s] * Q(at.features[s * at.n + i]);
        return sum;
      }
    };
  };

 private:
  template <class X, class T, std::size_t... k>
  static GRADLANE_INLINE X samples(column<X> x, mutable_column<X> g, std::size_t n, const T* a, const T* y,
                                   std::index_sequence<k...>) {
    const auto z = dot_columns<sizeof...(k)>(a, n, x);
    const register_bank<sample<X>, sizeof...(k)> t{{at(X(y[k]), get<k>(z))}...};
    add_columns<sizeof...(k)>(a, n, register_bank<X, sizeof...(k)>{{get<k>(t).by_z}...}, g);
    return (get<k>(t).loss + ...);
  }
};

}  // namespace gradlane
