// The scalars over the sums, as seen by reverse mode: an expression tree whose type is its shape and whose leaves are
// the sums not yet run. From the type follows, at compile time, for each sum whether its adjoint is known before it
// runs (only additions and passive factors above it) and whether it alone writes its part of the gradient; the tree
// itself lives on the stack, a few numbers, without heap or indirect calls. These numbers are plain ones of the
// precision, or duals, whose tangents make second derivatives of the same tree.
#pragma once

#include <tuple>

#include "ad/elementary.hpp"
#include "objective/language.hpp"

namespace gradlane::outer {

/// What is known of a node's adjoint on the way down: it is 1, it is a known number, or it depends on other sums.
struct unit_seed {};
template <class T>
struct known_seed {
  T value;
};
struct unknown_seed {};

template <class T>
GRADLANE_INLINE known_seed<T> scale(unit_seed, T c) {
  return {c};
}
template <class T>
GRADLANE_INLINE known_seed<T> scale(known_seed<T> s, T c) {
  return {s.value * c};
}
template <class T>
GRADLANE_INLINE unknown_seed scale(unknown_seed, T) {
  return {};
}

/// Every node: `forward(context, seed)` returns its value and runs the sums below it; `backward(context, adjoint)`
/// hands adjoints down to sums that wait for one; `finish(context)` runs what waited. `leaves` lists the sums.
template <class... Leaves>
struct leaf_list {};
template <class A, class B>
struct concat;
template <class... A, class... B>
struct concat<leaf_list<A...>, leaf_list<B...>> {
  using type = leaf_list<A..., B...>;
};

template <class E>
concept expression = requires {
  typename std::remove_cvref_t<E>::leaves;
};

/// A sum. `slot` tells its copies apart from other sums made by the same line of code.
template <class T, class Kernel, class... Args>
struct sum_leaf {
  using leaves = leaf_list<sum_leaf>;
  using element = T;
  using kernel = Kernel;
  using arguments = std::tuple<Args...>;
  std::size_t slot;
  arguments args;

  template <class Context, class Seed>
  GRADLANE_INLINE T forward(Context& c, Seed seed) {
    return c.run(*this, seed);
  }
  template <class Context>
  GRADLANE_INLINE void backward(Context& c, T adjoint) {
    c.add_adjoint(*this, adjoint);
  }
  template <class Context>
  GRADLANE_INLINE void finish(Context& c) {
    c.finish(*this);
  }
};

/// c + e, c·e with a passive c.
template <class E>
struct shifted {
  using leaves = typename E::leaves;
  using element = typename E::element;
  element c;
  E e;
  template <class Context, class Seed>
  GRADLANE_INLINE element forward(Context& x, Seed seed) {
    return c + e.forward(x, seed);
  }
  template <class Context>
  GRADLANE_INLINE void backward(Context& x, element adjoint) {
    e.backward(x, adjoint);
  }
  template <class Context>
  GRADLANE_INLINE void finish(Context& x) {
    e.finish(x);
  }
};
template <class E>
struct scaled {
  using leaves = typename E::leaves;
  using element = typename E::element;
  element c;
  E e;
  template <class Context, class Seed>
  GRADLANE_INLINE element forward(Context& x, Seed seed) {
    return c * e.forward(x, scale(seed, c));
  }
  template <class Context>
  GRADLANE_INLINE void backward(Context& x, element adjoint) {
    e.backward(x, adjoint * c);
  }
  template <class Context>
  GRADLANE_INLINE void finish(Context& x) {
    e.finish(x);
  }
};

/// The passive number that belongs to the tree's numbers, and the value and slope of a function at one of them.
template <class T>
struct passive_beside {
  using type = typename T::passive;
};
template <literal T>
struct passive_beside<T> {
  using type = scalar<T>;
};
template <class F, class T>
GRADLANE_INLINE value_and_slope<T> both(const T& x) {
  if constexpr (literal<T>) {
    const auto [value, slope] = F::both(scalar<T>(x));
    return {value.r, slope.r};
  } else {
    return F::both(x);
  }
}

/// f(e) for an elementary function f, or a passive number divided by e.
template <class F, class E>
struct unary {
  using leaves = typename E::leaves;
  using element = typename E::element;
  E e;
  element slope{};
  template <class Context, class Seed>
  GRADLANE_INLINE element forward(Context& x, Seed) {
    const auto [value, derivative] = both<F>(e.forward(x, unknown_seed{}));
    slope = derivative;
    return value;
  }
  template <class Context>
  GRADLANE_INLINE void backward(Context& x, element adjoint) {
    e.backward(x, adjoint * slope);
  }
  template <class Context>
  GRADLANE_INLINE void finish(Context& x) {
    e.finish(x);
  }
};
struct reciprocal {
  template <class X>
  static GRADLANE_INLINE value_and_slope<X> both(X x) {
    const X y = 1 / x;
    return {y, -(y * y)};
  }
};

enum class operation { add, subtract, multiply, divide };

template <operation Op, class L, class R>
struct binary {
  using leaves = typename concat<typename L::leaves, typename R::leaves>::type;
  using element = typename L::element;
  static constexpr bool linear = Op == operation::add || Op == operation::subtract;
  L l;
  R r;
  element a{}, b{};

  template <class Context, class Seed>
  GRADLANE_INLINE element forward(Context& x, Seed seed) {
    if constexpr (Op == operation::add)
      return (a = l.forward(x, seed)) + (b = r.forward(x, seed));
    else if constexpr (Op == operation::subtract)
      return (a = l.forward(x, seed)) - (b = r.forward(x, scale(seed, element(-1))));
    else {
      a = l.forward(x, unknown_seed{});
      b = r.forward(x, unknown_seed{});
      return Op == operation::multiply ? a * b : a / b;
    }
  }
  template <class Context>
  GRADLANE_INLINE void backward(Context& x, element adjoint) {
    if constexpr (linear) {
      l.backward(x, adjoint);
      r.backward(x, Op == operation::add ? adjoint : -adjoint);
    } else if constexpr (Op == operation::multiply) {
      l.backward(x, adjoint * b);
      r.backward(x, adjoint * a);
    } else {
      l.backward(x, adjoint / b);
      r.backward(x, -(adjoint / b) * (a / b));
    }
  }
  template <class Context>
  GRADLANE_INLINE void finish(Context& x) {
    l.finish(x);
    r.finish(x);
  }
};

// ---- operators ---------------------------------------------------------------------------------------------------

template <class E, class P>
concept passive_for = expression<E> &&
    (literal<P> || std::same_as<P, typename passive_beside<typename E::element>::type>);

template <class T, class P>
GRADLANE_INLINE T number(P p) {
  if constexpr (literal<T> && !literal<P>)
    return p.r;
  else
    return static_cast<T>(p);
}

template <expression L, expression R>
GRADLANE_INLINE binary<operation::add, L, R> operator+(L l, R r) {
  return {l, r};
}
template <expression L, expression R>
GRADLANE_INLINE binary<operation::subtract, L, R> operator-(L l, R r) {
  return {l, r};
}
template <expression L, expression R>
GRADLANE_INLINE binary<operation::multiply, L, R> operator*(L l, R r) {
  return {l, r};
}
template <expression L, expression R>
GRADLANE_INLINE binary<operation::divide, L, R> operator/(L l, R r) {
  return {l, r};
}

template <expression E, class P>
requires passive_for<E, P> GRADLANE_INLINE shifted<E>
operator+(E e, P p) { return {number<typename E::element>(p), e}; }
template <expression E, class P>
requires passive_for<E, P> GRADLANE_INLINE shifted<E>
operator+(P p, E e) { return e + p; }
template <expression E, class P>
requires passive_for<E, P> GRADLANE_INLINE scaled<E>
operator*(E e, P p) { return {number<typename E::element>(p), e}; }
template <expression E, class P>
requires passive_for<E, P> GRADLANE_INLINE scaled<E>
operator*(P p, E e) { return e * p; }
template <expression E>
GRADLANE_INLINE scaled<E> operator-(E e) {
  return e * -1;
}
template <expression E, class P>
requires passive_for<E, P> GRADLANE_INLINE shifted<E>
operator-(E e, P p) { return {-number<typename E::element>(p), e}; }
template <expression E, class P>
requires passive_for<E, P> GRADLANE_INLINE auto operator-(P p, E e) { return -e + p; }
template <expression E, class P>
requires passive_for<E, P> GRADLANE_INLINE scaled<E>
operator/(E e, P p) { return {1 / number<typename E::element>(p), e}; }
template <expression E, class P>
requires passive_for<E, P> GRADLANE_INLINE auto operator/(P p, E e) { return unary<reciprocal, E>{e} * p; }

#define GRADLANE_OUTER(name)                           \
  template <expression E>                              \
  GRADLANE_INLINE unary<function::name, E> name(E e) { \
    return {e};                                        \
  }
GRADLANE_ELEMENTARY(GRADLANE_OUTER)
#undef GRADLANE_OUTER
template <expression E>
GRADLANE_INLINE auto square(E e) {
  return e * e;
}

}  // namespace gradlane::outer
