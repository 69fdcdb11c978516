// Evaluates objectives one element of x after the other, on any active number A: a number (scalar), a register whose
// lanes are perturbed points or independent points, a dual, a complex step, a taped variable. Sums are split into
// blocks of 4096 whose results are added by a tree, so that f32 keeps its digits at large n.
#pragma once

#include "ad/tape.hpp"
#include "objective/column.hpp"
#include "objective/language.hpp"
#include "reduce.hpp"

namespace gradlane {

/// The passive number that belongs to an active one: its own type for numbers and registers.
template <class A>
struct passive_of {
  using type = typename A::passive;
};
template <class R>
struct passive_of<real<R>> {
  using type = real<R>;
};

template <class R>
GRADLANE_INLINE real<R> value_of(const real<R>& a) {
  return a;
}
template <class A>
requires requires(const A& a) { a.v; }
GRADLANE_INLINE auto value_of(const A& a) { return value_of(a.v); }
template <class A>
requires requires(const A& a) { a.re; }
GRADLANE_INLINE auto value_of(const A& a) { return a.re; }
template <class X>
GRADLANE_INLINE auto value_of(const variable<X>& a) {
  return value_of(a.value);
}

/// x as an array of active numbers.
template <class A>
struct active_array {
  using active = A;
  const A* p;
  GRADLANE_INLINE A operator[](std::size_t i) const { return p[i]; }
};

namespace detail {

/// Σ term(i) over begin ≤ i < end with one accumulator: the loop that a user would write …
template <class A, bool SideBySide, class Term>
GRADLANE_INLINE A serial_sum(std::size_t begin, std::size_t end, Term&& term) {
  A total(typename passive_of<A>::type(0));
  for (std::size_t i = begin; i < end; ++i) total += term(i);
  return total;
}
/// … and with four, for registers: their additions need not wait for one another.
template <class X, bool SideBySide, class Term>
requires(any_real<X>&& X::width > 1 && SideBySide) GRADLANE_INLINE X
    serial_sum(std::size_t begin, std::size_t end, Term&& term) {
  X a(0), b(0), c(0), d(0);
  std::size_t i = begin;
  for (; i + 4 <= end; i += 4) a += term(i), b += term(i + 1), c += term(i + 2), d += term(i + 3);
  for (; i < end; ++i) a += term(i);
  return (a + c) + (b + d);
}

}  // namespace detail

template <class Source>
class serial_evaluator {
 public:
  using A = typename Source::active;
  using P = typename passive_of<A>::type;
  using T = typename P::element;

  explicit serial_evaluator(Source x) : x_(x) {}

  template <class Kernel, class... Args>
  GRADLANE_INLINE A sum(const Args&... args) {
    return total<!((is_product<Args> || is_matmul<Args>) || ...)>(
        length_of(args...), [&](std::size_t i) __attribute__((always_inline)) { return Kernel{}(read(args, i)...); });
  }

  /// NaN where one of them is. Apart from the maximum, whose next step waits for the one before: a select there would
  /// make each step twice as long.
  template <class Slice>
  GRADLANE_INLINE auto max(const Slice& s) {
    auto best = value_of(x_[s.offset()]), nan = best;
    for (std::size_t i = 1; i < s.size(); ++i) {
      const auto v = value_of(x_[s.offset() + i]);
      best = gradlane::max(v, best);
      nan = select(is_nan(v), v, nan);
    }
    return select(is_nan(nan), nan, best);
  }

  /// The objective's value on these numbers.
  template <class Problem, class Data>
  GRADLANE_INLINE A run(std::size_t n, const Data& data) {
    return Problem::value(slice<serial_evaluator>{this, n}, data);
  }

 private:
  static constexpr bool on_tape = std::is_same_v<A, variable<P>>;

  /// Σ term(i). Terms that are long themselves (rows of a product) come one after the other.
  template <bool SideBySide, class Term>
  GRADLANE_INLINE A total(std::size_t length, Term term) {
    if constexpr (on_tape)
      return sum_over_blocks(
          length, [&](std::size_t begin, std::size_t end) __attribute__((always_inline))->A {
            taped_sum<P> sum(x_.list());
            for (std::size_t i = begin; i < end; ++i) sum.add(term(i));
            return sum.result();
          });
    else
      return plain_total<A, SideBySide>(length, term);
  }
  template <class Number, bool SideBySide, class Term>
  static GRADLANE_INLINE Number plain_total(std::size_t length, Term term) {
    return sum_over_blocks(
        length, [&](std::size_t begin, std::size_t end) __attribute__((always_inline)) {
          return detail::serial_sum<Number, SideBySide>(begin, end, term);
        });
  }

  template <class Arg>
  GRADLANE_INLINE auto read(const Arg& a, std::size_t i) {
    if constexpr (is_slice<Arg>)
      return x_[a.offset() + i];
    else if constexpr (is_product<Arg>)
      return row(a, i);
    else if constexpr (is_matmul<Arg>)
      return element(a, i);
    else if constexpr (is_passive_array<Arg>)
      return P(a.p[i]);
    else
      return P(a);
  }
  /// Row r of a product: Σ_j A_rj x_j.
  template <class Product>
  __attribute__((noinline)) A row(const Product& a, std::size_t r) {
    const T* const row = a.matrix.row(r);
    const std::size_t first = a.x.offset(), count = a.matrix.cols;
    if constexpr (on_tape) {
      using constant = typename passive_of<P>::type;
      tape<P>& list = x_.list();
      const P value = plain_total<P, true>(
          count, [&](std::size_t j) __attribute__((always_inline)) { return constant(row[j]) * x_[first + j].value; });
      const A sum(value, list.new_variable(), &list);
      list.push_row(row, count, sum.id, x_[first].id);
      return sum;
    } else {
      return plain_total<A, true>(
          count, [&](std::size_t j) __attribute__((always_inline)) { return P(row[j]) * x_[first + j]; });
    }
  }
  /// Element i of a product of two matrices, counted along its rows: Σ_k U_rk V_kc. Both factors are active.
  template <class Matmul>
  __attribute__((noinline)) A element(const Matmul& a, std::size_t i) {
    const std::size_t cols = a.right.cols, rank = a.left.cols;
    const std::size_t u = a.left.x.offset() + i / cols * rank, v = a.right.x.offset() + i % cols;
    const auto term = [&](std::size_t k) __attribute__((always_inline)) { return x_[u + k] * x_[v + k * cols]; };
    if constexpr (on_tape) {
      taped_sum<P> sum(x_.list());
      for (std::size_t k = 0; k < rank; ++k) sum.add(term(k));
      return sum.result();
    } else {
      return plain_total<A, true>(rank, term);
    }
  }

  Source x_;
};

/// x as registers (or plain numbers) that lie `stride` elements apart.
template <class X>
struct active_column {
  using active = X;
  column<X> x;
  GRADLANE_INLINE X operator[](std::size_t i) const { return x[i]; }
};

/// The objective's value on active numbers. Functions of their own: the methods that evaluate it share one copy for each
/// number type, which keeps compile times in hand; a call costs nothing beside an evaluation.
template <class Problem, class X, class Data>
__attribute__((noinline, flatten)) X objective_at(column<X> x, std::size_t n, const Data& data) {
  return serial_evaluator<active_column<X>>(active_column<X>{x}).template run<Problem>(n, data);
}
template <class Problem, class A, class Data>
__attribute__((noinline, flatten)) A objective_at(const A* x, std::size_t n, const Data& data) {
  return serial_evaluator<active_array<A>>(active_array<A>{x}).template run<Problem>(n, data);
}
template <class Problem, class R, class Data>
GRADLANE_INLINE real<R> objective_at(const real<R>* x, std::size_t n, const Data& data) {
  using X = real<R>;
  return objective_at<Problem>(column<X>{reinterpret_cast<const typename X::element*>(x), X::width}, n, data);
}

}  // namespace gradlane
