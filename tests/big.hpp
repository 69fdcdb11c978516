// A number of MPFR with 200 bits, for what the oracle's 113 are held against.
#pragma once

// The build says whether the library is there to be linked as well.
#if defined(GRADLANE_HAVE_MPFR) && __has_include(<mpfr.h>)
#include <mpfr.h>

#include <type_traits>

#include "oracle/quad.hpp"

namespace gradlane {

class big {
 public:
  big() : big(0) {}
  template <class U>
  requires std::is_arithmetic_v<U> big(U u) { mpfr_init2(v_, 200), mpfr_set_d(v_, static_cast<double>(u), MPFR_RNDN); }
  big(const big& o) { mpfr_init2(v_, 200), mpfr_set(v_, o.v_, MPFR_RNDN); }
  big& operator=(const big& o) { return mpfr_set(v_, o.v_, MPFR_RNDN), *this; }
  ~big() { mpfr_clear(v_); }

  friend big operator+(const big& a, const big& b) { return apply(mpfr_add, a, b); }
  friend big operator-(const big& a, const big& b) { return apply(mpfr_sub, a, b); }
  friend big operator*(const big& a, const big& b) { return apply(mpfr_mul, a, b); }
  friend big operator/(const big& a, const big& b) { return apply(mpfr_div, a, b); }
  friend big operator-(const big& a) { return apply(mpfr_neg, a); }
  big& operator+=(const big& b) { return mpfr_add(v_, v_, b.v_, MPFR_RNDN), *this; }
  big& operator-=(const big& b) { return mpfr_sub(v_, v_, b.v_, MPFR_RNDN), *this; }
  big& operator*=(const big& b) { return mpfr_mul(v_, v_, b.v_, MPFR_RNDN), *this; }
  friend bool operator<(const big& a, const big& b) { return mpfr_less_p(a.v_, b.v_) != 0; }
  friend bool operator>(const big& a, const big& b) { return b < a; }
  friend bool operator>=(const big& a, const big& b) { return mpfr_greaterequal_p(a.v_, b.v_) != 0; }
  friend bool operator<=(const big& a, const big& b) { return b >= a; }
  friend bool operator==(const big& a, const big& b) { return mpfr_equal_p(a.v_, b.v_) != 0; }

  friend big exp(const big& a) { return apply(mpfr_exp, a); }
  friend big expm1(const big& a) { return apply(mpfr_expm1, a); }
  friend big log(const big& a) { return apply(mpfr_log, a); }
  friend big log1p(const big& a) { return apply(mpfr_log1p, a); }
  friend big sqrt(const big& a) { return apply(mpfr_sqrt, a); }
  friend big sin(const big& a) { return apply(mpfr_sin, a); }
  friend big cos(const big& a) { return apply(mpfr_cos, a); }
  friend big tanh(const big& a) { return apply(mpfr_tanh, a); }
  friend big abs(const big& a) { return apply(mpfr_abs, a); }

  explicit operator double() const { return mpfr_get_d(v_, MPFR_RNDN); }
  /// Exact: 113 bits are the sum of three doubles.
  static big from(quad q) {
    big sum;
    for (int k = 0; k < 3; ++k) {
      const auto part = static_cast<double>(q);
      sum += big(part);
      q -= quad(part);
    }
    return sum;
  }
  /// Rounded to 113 bits, as three doubles' sum.
  quad to_quad() const {
    big rest = *this;
    quad sum(0);
    for (int k = 0; k < 3; ++k) {
      const auto part = static_cast<double>(rest);
      sum += part;
      rest -= big(part);
    }
    return sum;
  }

 private:
  template <class F, class... Args>
  static big apply(F f, const Args&... args) {
    big r;
    f(r.v_, args.v_..., MPFR_RNDN);
    return r;
  }
  mpfr_t v_;
};

}  // namespace gradlane
#endif
