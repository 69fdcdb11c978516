// Reverse mode at run time: a Wengert list of edges, recorded anew on every call.
//
// An edge (p, src, dst) says: the result `src` has the partial derivative p by the variable `dst`. The reverse sweep is
// A[dst] += p·A[src] from the last edge to the first, without headers or branches. A row of a matrix, whose entries are
// the partials by variables side by side, is recorded as a pointer. A whole statement makes one variable,
// however many operations it has: expressions are templates that carry their partials, by value (an `auto` intermediate
// in a kernel is right; its edges are emitted where it is used). X is a number, or a register of W points, whose tapes
// have the same shape, so that an edge carries W partials; or a dual, whose adjoints then carry second derivatives.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "ad/elementary.hpp"
#include "simd.hpp"

namespace gradlane {

template <class X>
class tape {
  using T = typename X::element;

 public:
  using id = std::uint32_t;

  /// Forgets everything but the memory; variables 0 … inputs−1 are the inputs.
  void restart(std::size_t inputs) {
    check(inputs);
    size_ = 0;
    rows_.clear();
    variables_ = static_cast<id>(inputs);
  }
  GRADLANE_INLINE id new_variable() {
    if (variables_ == ~id{0}) too_many();
    return variables_++;
  }
  /// Room for `count` more edges: once a statement, so that push need not look.
  GRADLANE_INLINE void reserve(std::size_t count) {
    if (size_ + count > links_.size()) [[unlikely]]
      grow(count);
  }
  GRADLANE_INLINE void push(X partial, id src, id dst) {
    partial.store(partials_.data() + size_ * X::width);
    links_[size_] = {src, dst};
    ++size_;
  }
  /// Edges from src to the variables dst, dst + 1, … with the passive partials c[0], c[1], … (equal in all lanes), which
  /// stay where they are. As n² edges they are 42 MB written and read again, for quadratic_form at n = 1024 on four points,
  /// which then runs at 1.6 × the speed of single numbers instead of 2.8 ×.
  void push_row(const T* c, std::size_t count, id src, id dst) { rows_.push_back({c, count, size_, src, dst}); }

  /// Adjoints of all variables, that of `result` being 1.
  void reverse(id result) {
    if (adjoints_.size() < std::size_t{variables_} * X::width) adjoints_.resize(std::size_t{variables_} * X::width);
    T* const a = adjoints_.data();
    std::fill(a, a + std::size_t{variables_} * X::width, T(0));
    X(1).store(a + std::size_t{result} * X::width);
    std::size_t end = size_;
    for (std::size_t r = rows_.size(); r-- > 0;) {
      reverse_edges(a, rows_[r].edges_before, end);
      reverse_row(a, rows_[r]);
      end = rows_[r].edges_before;
    }
    reverse_edges(a, 0, end);
    if (!trimmed_) trim();
  }
  X adjoint(std::size_t variable) const { return X::load(adjoints_.data() + variable * X::width); }

  std::size_t edges() const { return size_; }
  std::size_t bytes() const {
    return (partials_.capacity() + adjoints_.capacity()) * sizeof(T) + links_.capacity() * sizeof(link) +
           rows_.capacity() * sizeof(row);
  }

 private:
  struct link {
    id src, dst;
  };
  struct row {
    const T* partials;
    std::size_t count, edges_before;
    id src, dst;
  };

  void reverse_edges(T* a, std::size_t begin, std::size_t end) const {
    const T* const p = partials_.data();
    const link* const l = links_.data();
    for (std::size_t e = end; e-- > begin;) {
      T* const to = a + std::size_t{l[e].dst} * X::width;
      fma(X::load(p + e * X::width), X::load(a + std::size_t{l[e].src} * X::width), X::load(to)).store(to);
    }
  }
  static void reverse_row(T* a, const row& r) {
    const X adjoint = X::load(a + std::size_t{r.src} * X::width);
    T* const to = a + std::size_t{r.dst} * X::width;
    for (std::size_t j = 0; j < r.count; ++j)
      fma(X(r.partials[j]), adjoint, X::load(to + j * X::width)).store(to + j * X::width);
  }
  [[noreturn]] static void too_many() { throw std::length_error("a tape of more than 2^32 variables"); }
  static void check(std::size_t count) {
    if (count > ~id{0}) too_many();
  }
  __attribute__((noinline)) void grow(std::size_t count) {
    const std::size_t size = std::max<std::size_t>({1024, links_.size() * 2, size_ + count});
    links_.resize(size);
    partials_.resize(size * X::width);
  }

  /// Gives back what doubling took beyond the first recording: the next ones are as long. A statement reserves a few
  /// edges more than it makes.
  __attribute__((noinline)) void trim() {
    trimmed_ = true;
    links_.resize(std::min(links_.size(), size_ + 64));
    partials_.resize(links_.size() * X::width);
    links_.shrink_to_fit();
    partials_.shrink_to_fit();
  }

  std::vector<T> partials_, adjoints_;
  std::vector<link> links_;
  std::vector<row> rows_;
  std::size_t size_ = 0;
  id variables_ = 0;
  bool trimmed_ = false;
};

// ---- expressions -----------------------------------------------------------------------------------------------

/// An expression knows its value, the tape, how many edges it has at most, and how to emit them: with the partial
/// derivative of the statement's result by this expression, or `one` where that is 1.
///
/// Expressions stay short, since compilers keep only small objects in registers (chain, where every intermediate is used
/// twice: 8 × faster) and a reused one emits its edges anew: what a function is applied to becomes a variable if it has
/// more than two edges, and so do the operands of an operation with more than four.
struct one {};
template <class X>
GRADLANE_INLINE X times(one, X x) {
  return x;
}
template <class X>
GRADLANE_INLINE X times(X f, X x) {
  return f * x;
}

template <class E>
concept taped = requires {
  typename std::remove_cvref_t<E>::taped_tag;
};

/// A variable on the tape.
template <class X>
struct variable {
  using taped_tag = void;
  using passive = X;
  static constexpr std::size_t edges = 1;
  X value;
  typename tape<X>::id id;
  tape<X>* on;

  variable() = default;
  GRADLANE_INLINE variable(X v, typename tape<X>::id i, tape<X>* t) : value(v), id(i), on(t) {}
  GRADLANE_INLINE tape<X>* list() const { return on; }
  /// A statement: one new variable, an edge for each use of a variable in the expression.
  template <taped E>
  requires(!std::same_as<E, variable>) GRADLANE_INLINE variable(const E& e) : value(e.value), on(e.list()) {
    id = on->new_variable();
    on->reserve(E::edges);
    e.emit(id, one{});
  }
  GRADLANE_INLINE void emit(typename tape<X>::id result, one) const { on->push(X(1), result, id); }
  GRADLANE_INLINE void emit(typename tape<X>::id result, X factor) const { on->push(factor, result, id); }
};

/// f(e) with slope f′(e); also e·c and e/c.
template <class E>
struct taped_unary {
  using taped_tag = void;
  using passive = typename E::passive;
  static constexpr std::size_t edges = E::edges;
  E e;
  passive value, slope;
  GRADLANE_INLINE tape<passive>* list() const { return e.list(); }
  template <class F>
  GRADLANE_INLINE void emit(typename tape<passive>::id result, F factor) const {
    e.emit(result, times(factor, slope));
  }
};
/// e + c: nothing but another value.
template <class E>
struct taped_shift {
  using taped_tag = void;
  using passive = typename E::passive;
  static constexpr std::size_t edges = E::edges;
  E e;
  passive value;
  GRADLANE_INLINE tape<passive>* list() const { return e.list(); }
  template <class F>
  GRADLANE_INLINE void emit(typename tape<passive>::id result, F factor) const {
    e.emit(result, factor);
  }
};
enum class taped_operation { add, subtract, multiply, divide };
template <taped_operation Op, class L, class R>
struct taped_binary {
  using taped_tag = void;
  using passive = typename L::passive;
  using id = typename tape<passive>::id;
  static constexpr std::size_t edges = L::edges + R::edges;
  L l;
  R r;
  passive value;
  GRADLANE_INLINE tape<passive>* list() const { return l.list(); }
  template <class F>
  GRADLANE_INLINE void emit(id result, F factor) const {
    if constexpr (Op == taped_operation::add) {
      l.emit(result, factor);
      r.emit(result, factor);
    } else if constexpr (Op == taped_operation::subtract) {
      l.emit(result, factor);
      r.emit(result, times(factor, passive(-1)));
    } else if constexpr (Op == taped_operation::multiply) {
      if constexpr (std::is_same_v<L, variable<passive>> && std::is_same_v<R, L>)
        if (l.id == r.id) return l.emit(result, times(factor, 2 * l.value));  // x·x: one edge
      l.emit(result, times(factor, r.value));
      r.emit(result, times(factor, l.value));
    } else {
      const passive inverse = 1 / r.value;
      l.emit(result, times(factor, inverse));
      r.emit(result, times(factor, -(value * inverse)));
    }
  }
};

/// The expression itself if it has at most `most` edges, else a variable.
template <std::size_t most, taped E>
GRADLANE_INLINE auto short_form(const E& e) {
  if constexpr (E::edges <= most)
    return e;
  else
    return variable<typename E::passive>(e);
}
/// Edges of each operand of an operation.
template <class L, class R>
inline constexpr std::size_t most_edges = L::edges + R::edges <= 4 ? 4 : 1;

template <taped_operation Op, class L, class R>
GRADLANE_INLINE auto combined(const L& l, const R& r, typename L::passive value) {
  constexpr std::size_t most = most_edges<L, R>;
  using left = decltype(short_form<most>(l));
  using right = decltype(short_form<most>(r));
  return taped_binary<Op, left, right>{short_form<most>(l), short_form<most>(r), value};
}
template <taped E>
GRADLANE_INLINE auto applied(const E& e, typename E::passive value, typename E::passive slope) {
  using argument = decltype(short_form<2>(e));
  return taped_unary<argument>{short_form<2>(e), value, slope};
}

template <taped L, taped R>
GRADLANE_INLINE auto operator+(const L& l, const R& r) {
  return combined<taped_operation::add>(l, r, l.value + r.value);
}
template <taped L, taped R>
GRADLANE_INLINE auto operator-(const L& l, const R& r) {
  return combined<taped_operation::subtract>(l, r, l.value - r.value);
}
template <taped L, taped R>
GRADLANE_INLINE auto operator*(const L& l, const R& r) {
  return combined<taped_operation::multiply>(l, r, l.value * r.value);
}
template <taped L, taped R>
GRADLANE_INLINE auto operator/(const L& l, const R& r) {
  return combined<taped_operation::divide>(l, r, l.value / r.value);
}
template <taped E>
GRADLANE_INLINE auto operator-(const E& e) {
  return taped_unary<E>{e, -e.value, typename E::passive(-1)};
}

// with a passive number: literals and single numbers become the expression's X
template <class E, class P>
concept passive_with = taped<E> && !taped<P> && std::constructible_from<typename E::passive, P>;

template <class E, class P>
requires passive_with<E, P> GRADLANE_INLINE auto operator+(const E& e, P p) {
  return taped_shift<E>{e, e.value + typename E::passive(p)};
}
template <class E, class P>
requires passive_with<E, P> GRADLANE_INLINE auto operator+(P p, const E& e) {
  return taped_shift<E>{e, typename E::passive(p) + e.value};
}
template <class E, class P>
requires passive_with<E, P> GRADLANE_INLINE auto operator-(const E& e, P p) {
  return taped_shift<E>{e, e.value - typename E::passive(p)};
}
template <class E, class P>
requires passive_with<E, P> GRADLANE_INLINE auto operator-(P p, const E& e) {
  return taped_unary<E>{e, typename E::passive(p) - e.value, typename E::passive(-1)};
}
template <class E, class P>
requires passive_with<E, P> GRADLANE_INLINE auto operator*(const E& e, P p) {
  const typename E::passive c(p);
  return taped_unary<E>{e, e.value * c, c};
}
template <class E, class P>
requires passive_with<E, P> GRADLANE_INLINE auto operator*(P p, const E& e) { return e * p; }
template <class E, class P>
requires passive_with<E, P> GRADLANE_INLINE auto operator/(const E& e, P p) {
  const typename E::passive c(p);
  return taped_unary<E>{e, e.value / c, 1 / c};
}
template <class E, class P>
requires passive_with<E, P> GRADLANE_INLINE auto operator/(P p, const E& e) {
  const typename E::passive y = typename E::passive(p) / e.value;
  return applied(e, y, -(y / e.value));
}

#define GRADLANE_TAPED(name)                                \
  template <taped E>                                        \
  GRADLANE_INLINE auto name(const E& e) {                   \
    const auto [value, slope] = name##_with_slope(e.value); \
    return applied(e, value, slope);                        \
  }
GRADLANE_ELEMENTARY(GRADLANE_TAPED)
#undef GRADLANE_TAPED
template <taped E>
GRADLANE_INLINE auto square(const E& e) {
  return applied(e, e.value * e.value, 2 * e.value);
}

/// A running sum: one variable that statements add edges to in place. Adding through a new variable each time would
/// make the reverse sweep a chain through the sum.
template <class X>
class taped_sum {
 public:
  explicit GRADLANE_INLINE taped_sum(tape<X>& list) : sum_(X(0), list.new_variable(), &list) {}
  template <taped E>
  GRADLANE_INLINE void add(const E& e) {
    sum_.value += e.value;
    sum_.on->reserve(E::edges);
    e.emit(sum_.id, one{});
  }
  GRADLANE_INLINE variable<X> result() const { return sum_; }

 private:
  variable<X> sum_;
};

}  // namespace gradlane
