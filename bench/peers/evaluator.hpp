// Evaluates objectives (objective/language.hpp) on another library's active numbers: plain loops over the terms, as its
// user would write them.
#pragma once

#include "objective/language.hpp"
#include "objective/method.hpp"
#include "term.hpp"

namespace gradlane::peers {

/// What a library may do in its own way. Library: `using active`, and any of these.
template <class A>
struct plain_loops {
  using active = A;
  /// Σ over i < length of the term that each(i, consume) hands on.
  template <class Each>
  static GRADLANE_INLINE A sum(std::size_t length, Each each) {
    A total(0.0);
    for (std::size_t i = 0; i < length; ++i)
      each(
          i, [&](const auto& term) __attribute__((always_inline)) { total += term; });
    return total;
  }
  /// Σ a_j x_j.
  static A dot(const double* a, const A* x, std::size_t n) {
    A total(0.0);
    for (std::size_t j = 0; j < n; ++j) total += a[j] * x[j];
    return total;
  }
};

/// A sum, or what was made of sums: the scalars of an objective. A template over the library, not over its number: the
/// number's namespace would be searched for operators, and some hold templates that take anything.
template <class Library>
struct scalar_of {
  using A = typename Library::active;
  A a;

#define GRADLANE_OPERATOR(sign)                                                                           \
  friend scalar_of operator sign(const scalar_of& l, const scalar_of& r) { return {A(l.a sign r.a)}; }    \
  friend scalar_of operator sign(const scalar_of& l, scalar<double> r) { return {A(l.a sign r.r)}; }      \
  friend scalar_of operator sign(scalar<double> l, const scalar_of& r) { return {A(l.r sign r.a)}; }      \
  friend scalar_of operator sign(const scalar_of& l, literal auto r) { return l sign scalar<double>(r); } \
  friend scalar_of operator sign(literal auto l, const scalar_of& r) { return scalar<double>(l) sign r; }
  GRADLANE_OPERATOR(+)
  GRADLANE_OPERATOR(-)
  GRADLANE_OPERATOR(*)
  GRADLANE_OPERATOR(/)
#undef GRADLANE_OPERATOR
  friend scalar_of operator-(const scalar_of& x) { return {A(-x.a)}; }
  friend scalar_of square(const scalar_of& x) { return {A(x.a * x.a)}; }

#define GRADLANE_FUNCTION(name)               \
  friend scalar_of name(const scalar_of& x) { \
    using std::name;                          \
    return {A(name(x.a))};                    \
  }
  GRADLANE_FUNCTION(exp)
  GRADLANE_FUNCTION(log)
  GRADLANE_FUNCTION(sqrt)
  GRADLANE_FUNCTION(sin)
  GRADLANE_FUNCTION(cos)
  GRADLANE_FUNCTION(tanh)
#undef GRADLANE_FUNCTION
};

template <class Library>
class evaluator {
 public:
  using A = typename Library::active;

  /// x as active numbers, and as plain ones for what is passive.
  evaluator(const A* x, const double* values) : x_(x), values_(values) {}

  template <class Kernel, class... Args>
  GRADLANE_INLINE scalar_of<Library> sum(const Args&... args) {
    return {Library::sum(
        length_of(args...), [&](std::size_t i, auto&& consume)
                                __attribute__((always_inline)) { with_term<Kernel, A>(consume, read(args, i)...); })};
  }

  template <class Slice>
  scalar<double> max(const Slice& s) {
    const double* const x = values_ + s.offset();
    double best = x[0];
    for (std::size_t i = 1; i < s.size(); ++i) best = x[i] > best || x[i] != x[i] ? x[i] : best;
    return scalar<double>(best);
  }

 private:
  template <class Arg>
  GRADLANE_INLINE decltype(auto) read(const Arg& a, std::size_t i) const {
    if constexpr (is_slice<Arg>)
      return (x_[a.offset() + i]);
    else if constexpr (is_product<Arg>)
      return Library::dot(a.matrix.row(i), x_ + a.x.offset(), a.matrix.cols);
    else if constexpr (is_matmul<Arg>)
      return element(a, i);
    else if constexpr (is_passive_array<Arg>)
      return double{a.p[i]};
    else
      return scalar<double>(a).r;
  }

  /// Element i of a product of two parts of x, counted along its rows.
  template <class Matmul>
  A element(const Matmul& a, std::size_t i) const {
    const std::size_t cols = a.right.cols, rank = a.left.cols;
    const A* const u = x_ + a.left.x.offset() + i / cols * rank;
    const A* const v = x_ + a.right.x.offset() + i % cols;
    A total(0.0);
    for (std::size_t k = 0; k < rank; ++k) total += u[k] * v[k * cols];
    return total;
  }

  const A* x_;
  const double* values_;
};

/// The objective's value. A function of its own, as objective_at is for our own numbers.
template <class Problem, class Library, class Data>
__attribute__((noinline)) typename Library::active objective_on(const typename Library::active* x, const double* values,
                                                                std::size_t n, const Data& data) {
  evaluator<Library> e(x, values);
  return Problem::value(slice<evaluator<Library>>{&e, n}, data).a;
}

}  // namespace gradlane::peers
