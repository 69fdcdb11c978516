// Lanes. The only file that includes xsimd: what changed between its releases (8.1 to current) is settled here.
//
// `real<R>` is the number that kernels compute with. R is either T (one number) or xsimd::batch<T> (W numbers, one a
// lane); both have the same operations, so that every algorithm is written once. Why not the raw types: an
// arithmetic literal converts to T *before* the operation (2.5 * x stays f32 in f32), and a*b + c is never contracted
// behind our back (-ffp-contract=off), so that the bits do not depend on the compiler.
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <xsimd/xsimd.hpp>

#ifdef __FAST_MATH__
#error "gradlane's sums, NaN rules and exp rely on IEEE arithmetic: build without -ffast-math"
#endif

#ifdef __OPTIMIZE__
#define GRADLANE_INLINE inline __attribute__((always_inline))
#else  // what compiles most often, tests and sanitizers: inlining deep templates takes longer than their calls
#define GRADLANE_INLINE inline
#endif

namespace gradlane {

template <class U>
concept literal = std::is_arithmetic_v<U>;

/// The storage behind real<R>: element type, lane count, comparison result, integers of the same width.
template <class R>
struct lane_traits {  // one number
  using element = R;
  using mask = bool;
  using integer = std::conditional_t<sizeof(R) == 8, std::int64_t, std::int32_t>;
  static constexpr std::size_t width = 1;
};
template <class T, class A>
struct lane_traits<xsimd::batch<T, A>> {
  using element = T;
  using mask = xsimd::batch_bool<T, A>;
  using integer = xsimd::batch<std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>, A>;
  static constexpr std::size_t width = xsimd::batch<T, A>::size;
};

template <class R>
struct real {
  using register_type = R;
  using element = typename lane_traits<R>::element;
  using mask = typename lane_traits<R>::mask;
  using integer = typename lane_traits<R>::integer;
  static constexpr std::size_t width = lane_traits<R>::width;

  R r;

  real() = default;
  template <literal U>
  GRADLANE_INLINE constexpr real(U u) : r(static_cast<element>(u)) {}
  GRADLANE_INLINE constexpr explicit real(const R& reg) requires(width > 1) : r(reg) {}
  /// A single number spreads over all lanes.
  template <class E>
  requires(width > 1 && std::is_same_v<E, element>)  // a template: for width 1 it would be the copy constructor
      GRADLANE_INLINE real(const real<E>& one)
      : r(one.r) {}

  static GRADLANE_INLINE real load(const element* p) {
    if constexpr (width == 1)
      return real(*p);
    else
      return real(R::load_unaligned(p));
  }
  GRADLANE_INLINE void store(element* p) const {
    if constexpr (width == 1)
      *p = r;
    else
      r.store_unaligned(p);
  }

  GRADLANE_INLINE constexpr friend real operator+(real a, real b) { return wrap(a.r + b.r); }
  GRADLANE_INLINE constexpr friend real operator-(real a, real b) { return wrap(a.r - b.r); }
  GRADLANE_INLINE constexpr friend real operator*(real a, real b) { return wrap(a.r * b.r); }
  GRADLANE_INLINE constexpr friend real operator/(real a, real b) {
#ifdef __aarch64__  // xsimd 8.1 divides floats by a refined estimate of 1/b there, which is not rounded correctly
    if constexpr (width > 1) {
      typedef element vector __attribute__((vector_size(sizeof(R))));
      using native = typename R::register_type;
      return wrap(R((native)((vector) static_cast<native>(a.r) / (vector) static_cast<native>(b.r))));
    } else
#endif
      return wrap(a.r / b.r);
  }
  GRADLANE_INLINE constexpr friend real operator-(real a) { return wrap(-a.r); }
  GRADLANE_INLINE constexpr real& operator+=(real b) { return *this = *this + b; }
  GRADLANE_INLINE constexpr real& operator-=(real b) { return *this = *this - b; }
  GRADLANE_INLINE constexpr real& operator*=(real b) { return *this = *this * b; }

  GRADLANE_INLINE friend mask operator<(real a, real b) { return a.r < b.r; }
  GRADLANE_INLINE friend mask operator>(real a, real b) { return a.r > b.r; }
  GRADLANE_INLINE friend mask operator<=(real a, real b) { return a.r <= b.r; }
  GRADLANE_INLINE friend mask operator>=(real a, real b) { return a.r >= b.r; }
  GRADLANE_INLINE friend mask operator==(real a, real b) { return a.r == b.r; }

  /// The register as a real; a factory, since float + float must not pass through the literal constructor twice.
  static GRADLANE_INLINE constexpr real wrap(const R& reg) { return real(reg); }
};

template <class T>
using scalar = real<T>;
template <class T>
using pack = real<xsimd::batch<T>>;

template <class X>
struct is_real : std::false_type {};
template <class R>
struct is_real<real<R>> : std::true_type {};
template <class X>
concept any_real = is_real<X>::value;

// ---- elementary operations -------------------------------------------------------------------------------------

namespace detail {
// xsimd 8.1 has no fused operations for AVX-512 (it multiplies and adds), and none for NEON's c − a·b.
#ifdef __AVX512F__
GRADLANE_INLINE __m512d fused(__m512d a, __m512d b, __m512d c) { return _mm512_fmadd_pd(a, b, c); }
GRADLANE_INLINE __m512 fused(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }
GRADLANE_INLINE __m512d fused_minus(__m512d a, __m512d b, __m512d c) { return _mm512_fmsub_pd(a, b, c); }
GRADLANE_INLINE __m512 fused_minus(__m512 a, __m512 b, __m512 c) { return _mm512_fmsub_ps(a, b, c); }
GRADLANE_INLINE __m512d minus_fused(__m512d a, __m512d b, __m512d c) { return _mm512_fnmadd_pd(a, b, c); }
GRADLANE_INLINE __m512 minus_fused(__m512 a, __m512 b, __m512 c) { return _mm512_fnmadd_ps(a, b, c); }
// With a mask of all lanes, since g++ 12 warns about its own header behind the plain intrinsics.
GRADLANE_INLINE __m512d square_root(__m512d a) { return _mm512_maskz_sqrt_pd(0xff, a); }
GRADLANE_INLINE __m512 square_root(__m512 a) { return _mm512_maskz_sqrt_ps(0xffff, a); }
template <class X>
inline constexpr bool is_zmm = X::width * sizeof(typename X::element) == 64;
template <class X>
GRADLANE_INLINE auto zmm(X a) {
  return static_cast<typename X::register_type::register_type>(a.r);
}
#endif
}  // namespace detail

/// a·b + c with one rounding where the target has FMA, with two where it has not (sse2).
template <any_real X>
GRADLANE_INLINE X fma(X a, X b, X c) {
  using T [[maybe_unused]] = typename X::element;
  if constexpr (X::width > 1) {
#ifdef __AVX512F__
    if constexpr (detail::is_zmm<X>)
      return X(typename X::register_type(detail::fused(detail::zmm(a), detail::zmm(b), detail::zmm(c))));
    else
#endif
      return X(xsimd::fma(a.r, b.r, c.r));
  } else {
#if defined(__FMA__) || defined(__aarch64__)
    if constexpr (sizeof(T) == 8)
      return X(__builtin_fma(a.r, b.r, c.r));
    else
      return X(__builtin_fmaf(a.r, b.r, c.r));
#else
    return a * b + c;
#endif
  }
}
/// a·b − c.
template <any_real X>
GRADLANE_INLINE X fms(X a, X b, X c) {
  if constexpr (X::width > 1) {
#ifdef __AVX512F__
    if constexpr (detail::is_zmm<X>)
      return X(typename X::register_type(detail::fused_minus(detail::zmm(a), detail::zmm(b), detail::zmm(c))));
    else
#endif
      return X(xsimd::fms(a.r, b.r, c.r));
  } else {
    return fma(a, b, -c);
  }
}
/// c − a·b.
template <any_real X>
GRADLANE_INLINE X fnma(X a, X b, X c) {
  if constexpr (X::width > 1) {
#ifdef __AVX512F__
    if constexpr (detail::is_zmm<X>)
      return X(typename X::register_type(detail::minus_fused(detail::zmm(a), detail::zmm(b), detail::zmm(c))));
    else
#endif
#ifdef __aarch64__
      return fma(-a, b, c);
#else
    return X(xsimd::fnma(a.r, b.r, c.r));
#endif
  } else {
    return fma(-a, b, c);
  }
}

template <any_real X>
GRADLANE_INLINE X select(typename X::mask m, X yes, X no) {
  if constexpr (X::width > 1)
    return X(xsimd::select(m, yes.r, no.r));
  else
    return m ? yes : no;
}

namespace detail {
/// A pack's register as a compiler vector.
template <any_real X>
struct vector_of {
  // NOLINTNEXTLINE(modernize-use-using): the attribute depends on a template parameter
  typedef typename X::element type __attribute__((vector_size(sizeof(typename X::register_type))));
};
template <any_real X>
GRADLANE_INLINE auto vector(X a) {
  return (typename vector_of<X>::type)(static_cast<typename X::register_type::register_type>(a.r));
}
template <any_real X>
GRADLANE_INLINE X from_vector(typename vector_of<X>::type v) {
  return X(typename X::register_type((typename X::register_type::register_type)v));
}
}  // namespace detail

/// a > b ? a : b, one instruction: where a comparison with NaN decides, b is returned. Not xsimd's, which returns b
/// in 8.1 and a in later releases.
template <any_real X>
GRADLANE_INLINE X max(X a, X b) {
  if constexpr (X::width > 1) {
    const auto u = detail::vector(a), v = detail::vector(b);
    return detail::from_vector<X>(u > v ? u : v);
  } else {
    return a.r > b.r ? a : b;
  }
}
/// a < b ? a : b.
template <any_real X>
GRADLANE_INLINE X min(X a, X b) {
  if constexpr (X::width > 1) {
    const auto u = detail::vector(a), v = detail::vector(b);
    return detail::from_vector<X>(u < v ? u : v);
  } else {
    return a.r < b.r ? a : b;
  }
}
template <any_real X>
GRADLANE_INLINE X abs(X a) {
  if constexpr (X::width > 1)
    return X(xsimd::abs(a.r));
  else
    return X(std::fabs(a.r));
}
template <any_real X>
GRADLANE_INLINE X sqrt(X a) {
  if constexpr (X::width > 1)
#ifdef __AVX512F__
    if constexpr (detail::is_zmm<X>)
      return X(typename X::register_type(detail::square_root(detail::zmm(a))));
    else
#endif
#ifdef __aarch64__  // as for the division
      if constexpr (sizeof(typename X::element) == 4)
        return X(typename X::register_type(vsqrtq_f32(static_cast<float32x4_t>(a.r))));
      else
#endif
        return X(xsimd::sqrt(a.r));
  else
    return X(std::sqrt(a.r));
}
template <any_real X>
GRADLANE_INLINE typename X::mask is_nan(X a) {
  return !(a == a);
}

/// True if any lane of the mask is set.
template <class M>
GRADLANE_INLINE bool any(const M& m) {
  if constexpr (std::is_same_v<M, bool>)
    return m;
  else
    return xsimd::any(m);
}

/// True if all lanes of the mask are set.
template <class M>
GRADLANE_INLINE bool all(const M& m) {
  if constexpr (std::is_same_v<M, bool>)
    return m;
  else
    return xsimd::all(m);
}

// ---- bits ------------------------------------------------------------------------------------------------------

namespace detail {
// A cast between native registers keeps the bits (xsimd's bitwise_cast changed its template argument after 8.1).
template <class To, class From>
GRADLANE_INLINE To cast_bits(const From& from) {
  return To((typename To::register_type)(static_cast<typename From::register_type>(from)));
}
}  // namespace detail

/// The bit pattern of each lane as an integer of the same width (with xsimd's integer operators), and back.
template <any_real X>
GRADLANE_INLINE typename X::integer to_bits(X a) {
  if constexpr (X::width > 1)
    return detail::cast_bits<typename X::integer>(a.r);
  else
    return std::bit_cast<typename X::integer>(a.r);
}
template <any_real X>
GRADLANE_INLINE X from_bits(typename X::integer bits) {
  if constexpr (X::width > 1)
    return X(detail::cast_bits<typename X::register_type>(bits));
  else
    return X(std::bit_cast<typename X::element>(bits));
}

namespace detail {
template <class I>
struct unsigned_lanes {
  using type = std::make_unsigned_t<I>;
};
template <class T, class A>
struct unsigned_lanes<xsimd::batch<T, A>> {
  // NOLINTNEXTLINE(modernize-use-using): the attribute depends on a template parameter
  typedef std::make_unsigned_t<T> type __attribute__((vector_size(sizeof(xsimd::batch<T, A>))));
};
template <class I, class Shift>
GRADLANE_INLINE I shift_lanes(const I& bits, Shift shift) {
  using lanes = typename unsigned_lanes<I>::type;
  if constexpr (std::is_integral_v<I>)
    return static_cast<I>(shift(static_cast<lanes>(bits)));
  else
    return I((typename I::register_type)shift((lanes)(static_cast<typename I::register_type>(bits))));
}
}  // namespace detail

/// Each integer lane shifted by N bits; zeros move in. On compiler vectors: xsimd's >> repeats the sign, which AVX2
/// cannot do for 64 bits, and g++ 12 warns about its own header behind the shift intrinsics of AVX-512.
template <int N, class I>
GRADLANE_INLINE I shift_left(const I& bits) {
  return detail::shift_lanes(bits, [](auto lanes) { return lanes << N; });
}
template <int N, class I>
GRADLANE_INLINE I shift_right(const I& bits) {
  return detail::shift_lanes(bits, [](auto lanes) { return lanes >> N; });
}

}  // namespace gradlane

#include "simd_lanes.hpp"
