// A number of 113 bits, for the oracle only: everything measured in f64 is 60 bits coarser, so what is computed in
// quad counts as exact. (long double is not enough: the 2⁻⁶⁴ of one addition is half an ulp of f64 after 10⁶ of them.)
//
// On x86-64 it is __float128 with libquadmath, whose functions are declared here by hand: clang does not find
// <quadmath.h>, which lies among g++'s own headers. On AArch64 long double is the same format in the C library.
#pragma once

#include <cfloat>
#include <cmath>
#include <type_traits>

namespace gradlane {

#if defined(__x86_64__)
__extension__ typedef __float128 quad_bits;
namespace libquadmath {
extern "C" {
quad_bits expq(quad_bits);
quad_bits expm1q(quad_bits);
quad_bits logq(quad_bits);
quad_bits log1pq(quad_bits);
quad_bits sqrtq(quad_bits);
quad_bits sinq(quad_bits);
quad_bits cosq(quad_bits);
quad_bits tanhq(quad_bits);
quad_bits fabsq(quad_bits);
quad_bits scalbnq(quad_bits, int);
int ilogbq(quad_bits);
}
}  // namespace libquadmath
#define GRADLANE_QUAD(name) libquadmath::name##q
#else
static_assert(LDBL_MANT_DIG == 113, "the oracle needs a long double of 113 bits or libquadmath");
typedef long double quad_bits;
#define GRADLANE_QUAD(name) std::name
#endif

/// Mixes with the arithmetic types as they mix among each other; back to them only by request.
struct quad {
  static constexpr int digits = 113;
  quad_bits v;

  quad() = default;
  template <class U>
  requires std::is_arithmetic_v<U>
  constexpr quad(U u) : v(static_cast<quad_bits>(u)) {}
  constexpr static quad from_bits(quad_bits v) {
    quad q(0);
    q.v = v;
    return q;
  }
  template <class U>
  requires std::is_arithmetic_v<U>
  constexpr explicit operator U() const { return static_cast<U>(v); }

  friend quad operator+(quad a, quad b) { return from_bits(a.v + b.v); }
  friend quad operator-(quad a, quad b) { return from_bits(a.v - b.v); }
  friend quad operator*(quad a, quad b) { return from_bits(a.v * b.v); }
  friend quad operator/(quad a, quad b) { return from_bits(a.v / b.v); }
  friend quad operator-(quad a) { return from_bits(-a.v); }
  quad& operator+=(quad b) { return *this = *this + b; }
  quad& operator-=(quad b) { return *this = *this - b; }
  quad& operator*=(quad b) { return *this = *this * b; }
  quad& operator/=(quad b) { return *this = *this / b; }
  friend bool operator<(quad a, quad b) { return a.v < b.v; }
  friend bool operator>(quad a, quad b) { return a.v > b.v; }
  friend bool operator<=(quad a, quad b) { return a.v <= b.v; }
  friend bool operator>=(quad a, quad b) { return a.v >= b.v; }
  friend bool operator==(quad a, quad b) { return a.v == b.v; }

  friend quad exp(quad a) { return from_bits(GRADLANE_QUAD(exp)(a.v)); }
  friend quad expm1(quad a) { return from_bits(GRADLANE_QUAD(expm1)(a.v)); }
  friend quad log(quad a) { return from_bits(GRADLANE_QUAD(log)(a.v)); }
  friend quad log1p(quad a) { return from_bits(GRADLANE_QUAD(log1p)(a.v)); }
  friend quad sqrt(quad a) { return from_bits(GRADLANE_QUAD(sqrt)(a.v)); }
  friend quad sin(quad a) { return from_bits(GRADLANE_QUAD(sin)(a.v)); }
  friend quad cos(quad a) { return from_bits(GRADLANE_QUAD(cos)(a.v)); }
  friend quad tanh(quad a) { return from_bits(GRADLANE_QUAD(tanh)(a.v)); }
  friend quad abs(quad a) { return from_bits(GRADLANE_QUAD(fabs)(a.v)); }
  /// a·2ᵏ.
  friend quad scalbn(quad a, int k) { return from_bits(GRADLANE_QUAD(scalbn)(a.v, k)); }
  /// The exponent of the leading bit of a finite a ≠ 0.
  friend int ilogb(quad a) { return GRADLANE_QUAD(ilogb)(a.v); }
  /// Infinities and NaN minus themselves are NaN.
  friend bool is_finite(quad a) { return a.v - a.v == 0; }
};

#undef GRADLANE_QUAD

}  // namespace gradlane
