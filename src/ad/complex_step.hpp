// The complex step: f(x + ih) = f(x) + ih·f′(x) − h²/2·f″(x) − …, so Im f(x + ih)/h is f′(x) without the cancellation
// of a difference, and h may be as small as underflow allows: 1e-100 in f64, where h² vanishes. In f32, 1e-20 times a
// small partial underflows already, so h = eps, and the h² terms are of the order of rounding.
//
// Own type: std::complex multiplies through a NaN-recovery path. Products and quotients are those of complex numbers.
// The elementary functions are continued to first order, f(a + ib) ≈ f(a) + ib·f′(a); what is left out, b²/2·f″(a) in
// the real and b³/6·f‴(a) in the imaginary part, is below rounding since |b| is h times a partial derivative.
#pragma once

#include "ad/elementary.hpp"
#include "simd.hpp"

namespace gradlane {

/// The default h: smallest power of ten that is safe in f64, eps in f32.
template <class T>
inline constexpr T complex_step_size = sizeof(T) == 8 ? static_cast<T>(1e-100) : std::numeric_limits<T>::epsilon();

template <class X>
struct complex_number {
  using passive = X;
  X re, im;

  complex_number() = default;
  explicit GRADLANE_INLINE complex_number(X real_part) : re(real_part), im(0) {}
  GRADLANE_INLINE complex_number(X real_part, X imaginary_part) : re(real_part), im(imaginary_part) {}

  friend GRADLANE_INLINE complex_number operator+(complex_number a, complex_number b) {
    return {a.re + b.re, a.im + b.im};
  }
  friend GRADLANE_INLINE complex_number operator-(complex_number a, complex_number b) {
    return {a.re - b.re, a.im - b.im};
  }
  friend GRADLANE_INLINE complex_number operator*(complex_number a, complex_number b) {
    return {fnma(a.im, b.im, a.re * b.re), fma(a.re, b.im, a.im * b.re)};
  }
  friend GRADLANE_INLINE complex_number operator/(complex_number a, complex_number b) {
    const X inverse = 1 / fma(b.im, b.im, b.re * b.re);
    return {fma(a.im, b.im, a.re * b.re) * inverse, fnma(a.re, b.im, a.im * b.re) * inverse};
  }
  friend GRADLANE_INLINE complex_number operator-(complex_number a) { return {-a.re, -a.im}; }
  GRADLANE_INLINE complex_number& operator+=(complex_number b) { return *this = *this + b; }

  // with a passive number (literals convert to X)
  friend GRADLANE_INLINE complex_number operator+(complex_number a, X b) { return {a.re + b, a.im}; }
  friend GRADLANE_INLINE complex_number operator+(X a, complex_number b) { return {a + b.re, b.im}; }
  friend GRADLANE_INLINE complex_number operator-(complex_number a, X b) { return {a.re - b, a.im}; }
  friend GRADLANE_INLINE complex_number operator-(X a, complex_number b) { return {a - b.re, -b.im}; }
  friend GRADLANE_INLINE complex_number operator*(complex_number a, X b) { return {a.re * b, a.im * b}; }
  friend GRADLANE_INLINE complex_number operator*(X a, complex_number b) { return {a * b.re, a * b.im}; }
  friend GRADLANE_INLINE complex_number operator/(complex_number a, X b) { return {a.re / b, a.im / b}; }
  friend GRADLANE_INLINE complex_number operator/(X a, complex_number b) { return complex_number(a) / b; }
};

#define GRADLANE_COMPLEX(name)                                  \
  template <class X>                                            \
  GRADLANE_INLINE complex_number<X> name(complex_number<X> a) { \
    const auto [value, slope] = name##_with_slope(a.re);        \
    return {value, a.im * slope};                               \
  }
GRADLANE_ELEMENTARY(GRADLANE_COMPLEX)
#undef GRADLANE_COMPLEX
template <class X>
GRADLANE_INLINE complex_number<X> square(complex_number<X> a) {
  return a * a;
}

}  // namespace gradlane
