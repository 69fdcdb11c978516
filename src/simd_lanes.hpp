// What happens across the lanes of one register: partial loads and stores, the fixed-tree sum, and the shift that
// combines overlapping slices. Written on compiler vectors (g++ and clang agree on them), because xsimd's
// permutations differ between releases. Included by simd.hpp alone.
#pragma once

namespace gradlane::lanes {

/// T[N] as a compiler vector; `alignas` stays with the registers, memory is always read unaligned.
template <class T, std::size_t N>
struct vector_of {
  // NOLINTBEGIN(modernize-use-using): the attributes depend on template parameters
  typedef T type __attribute__((vector_size(sizeof(T) * N)));
  typedef T unaligned __attribute__((vector_size(sizeof(T) * N), aligned(alignof(T)), may_alias));
  // NOLINTEND(modernize-use-using)
};
template <class T, std::size_t N>
using vec = typename vector_of<T, N>::type;

template <any_real X>
GRADLANE_INLINE auto native(X x) {
  using reg = typename X::register_type::register_type;
  return (vec<typename X::element, X::width>)(static_cast<reg>(x.r));
}
template <any_real X>
GRADLANE_INLINE X from_native(vec<typename X::element, X::width> v) {
  using R = typename X::register_type;
  return X(R((typename R::register_type)v));
}

/// Where a loaded number is used twice, g++ 12 loads it twice, as a memory operand of each fma: 20 loads for 16 fma
/// where 12 do, 1.3 × slower. An empty asm that takes and returns the register leaves it no choice.
template <any_real X>
GRADLANE_INLINE X in_register(X x) {
#if defined(__x86_64__) || defined(__aarch64__)
  if constexpr (X::width > 1) {
    auto in = native(x);
#ifdef __x86_64__
    asm("" : "+v"(in));
#else
    asm("" : "+w"(in));
#endif
    return from_native<X>(in);
  }
#endif
  return x;
}

/// p, which the compiler may not read through before it has x: it loads the operands of a whole step ahead otherwise, and
/// keeps sums in memory for want of registers. At run time nothing waits.
template <any_real X, class T>
GRADLANE_INLINE const T* read_after(const T* p, X& x) {
#if defined(__x86_64__) || defined(__aarch64__)
  if constexpr (X::width > 1) {
    auto in = native(x);
#ifdef __x86_64__
    asm("" : "+r"(p), "+v"(in));
#else
    asm("" : "+r"(p), "+w"(in));
#endif
    x = from_native<X>(in);
  }
#endif
  return p;
}

template <std::size_t N, std::size_t From, class V, std::size_t... I>
GRADLANE_INLINE auto slice_impl(V v, std::index_sequence<I...>) {
  return __builtin_shufflevector(v, v, (From + I)...);
}
/// Lanes From … From+N−1.
template <std::size_t N, std::size_t From, class V>
GRADLANE_INLINE auto slice(V v) {
  return slice_impl<N, From>(v, std::make_index_sequence<N>{});
}
template <class V, std::size_t... I>
GRADLANE_INLINE auto join_impl(V lo, V hi, std::index_sequence<I...>) {
  return __builtin_shufflevector(lo, hi, I...);
}

template <class T, std::size_t N>
GRADLANE_INLINE vec<T, N> load_first(const T* p, std::size_t count) {
  if constexpr (N == 2) {
    return count >= 2 ? vec<T, 2>{p[0], p[1]} : count == 1 ? vec<T, 2>{p[0], T(0)} : vec<T, 2>{};
  } else {
    constexpr std::size_t half = N / 2;
    vec<T, half> lo{}, hi{};
    if (count >= half) {
      lo = *reinterpret_cast<const typename vector_of<T, half>::unaligned*>(p);
      hi = load_first<T, half>(p + half, count - half);
    } else {
      lo = load_first<T, half>(p, count);
    }
    return join_impl(lo, hi, std::make_index_sequence<N>{});
  }
}

template <class T, std::size_t N>
GRADLANE_INLINE void store_first(vec<T, N> v, T* p, std::size_t count) {
  if constexpr (N == 2) {
    if (count >= 1) p[0] = v[0];
    if (count >= 2) p[1] = v[1];
  } else {
    constexpr std::size_t half = N / 2;
    if (count >= half) {
      *reinterpret_cast<typename vector_of<T, half>::unaligned*>(p) = slice<half, 0>(v);
      store_first<T, half>(slice<half, half>(v), p + half, count - half);
    } else {
      store_first<T, half>(slice<half, 0>(v), p, count);
    }
  }
}

template <std::size_t D, class V, std::size_t... I>
GRADLANE_INLINE V shift_impl(V before, V here, std::index_sequence<I...>) {
  return __builtin_shufflevector(before, here, (sizeof...(I) - D + I)...);
}

template <std::size_t L, class V, std::size_t... I>
GRADLANE_INLINE V replace_impl(V into, V from, std::index_sequence<I...>) {
  return __builtin_shufflevector(into, from, (I == L ? sizeof...(I) + I : I)...);
}

template <std::size_t N, class T, class V, class Combine>
GRADLANE_INLINE T fold(V v, Combine combine) {
  if constexpr (N == 2)
    return combine(T(v[0]), T(v[1]));
  else
    return fold<N / 2, T>(combine(slice<N / 2, 0>(v), slice<N / 2, N / 2>(v)), combine);
}

template <class T>
inline constexpr T counting[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

}  // namespace gradlane::lanes

namespace gradlane {

/// The first `count` < width elements at p; the other lanes are zero. Reads nothing behind p + count (a masked load
/// would do for AVX2, its masked store costs 10 to 20 ns: hence halves, quarters, … in registers for both).
template <any_real X>
GRADLANE_INLINE X load_first(const typename X::element* p, std::size_t count) {
  if constexpr (X::width == 1)
    return count ? X::load(p) : X(0);
  else
    return lanes::from_native<X>(lanes::load_first<typename X::element, X::width>(p, count));
}

/// Stores the first `count` < width lanes at p and touches nothing behind them.
template <any_real X>
GRADLANE_INLINE void store_first(X x, typename X::element* p, std::size_t count) {
  if constexpr (X::width == 1) {
    if (count) x.store(p);
  } else {
    lanes::store_first<typename X::element, X::width>(lanes::native(x), p, count);
  }
}

/// x with every lane from `count` on replaced by that of `other`, NaN lanes too.
template <any_real X>
GRADLANE_INLINE X first_or(X x, std::size_t count, X other) {
  if constexpr (X::width == 1) return count ? x : other;
  const X lane = X::load(lanes::counting<typename X::element>);
  return select(lane < X(count), x, other);
}
/// x with every lane from `count` on set to zero, NaN lanes too.
template <any_real X>
GRADLANE_INLINE X keep_first(X x, std::size_t count) {
  return first_or(x, count, X(0));
}

/// `into` with lane L of `from`.
template <std::size_t L, any_real X>
GRADLANE_INLINE X replace_lane(X into, X from) {
  return lanes::from_native<X>(
      lanes::replace_impl<L>(lanes::native(into), lanes::native(from), std::make_index_sequence<X::width>{}));
}

/// The register D elements to the left of `here`, where `before` is the one that precedes it:
/// lane l holds before[W−D+l] for l < D and here[l−D] from there on. 0 ≤ D ≤ W.
template <std::size_t D, any_real X>
GRADLANE_INLINE X shift_in(X before, X here) {
  static_assert(D <= X::width);
  if constexpr (D == 0)
    return here;
  else if constexpr (D == X::width)
    return before;
  else
    return lanes::from_native<X>(
        lanes::shift_impl<D>(lanes::native(before), lanes::native(here), std::make_index_sequence<X::width>{}));
}

/// Sum over the lanes by halving: l with l+W/2, then W/4, … The same tree for every width (see reduce.hpp).
template <any_real X>
GRADLANE_INLINE typename X::element sum_lanes(X x) {
  if constexpr (X::width == 1)
    return x.r;
  else
    return lanes::fold<X::width, typename X::element>(lanes::native(x), [](auto a, auto b) { return a + b; });
}

/// Largest lane; NaN if a lane is NaN. By halving, in registers: through memory it took longer than an exp.
template <any_real X>
GRADLANE_INLINE typename X::element max_lanes(X x) {
  if constexpr (X::width == 1)
    return x.r;
  else
    return lanes::fold<X::width, typename X::element>(lanes::native(x),
                                                      [](auto a, auto b) { return ((a > b) | (a != a)) ? a : b; });
}

}  // namespace gradlane
