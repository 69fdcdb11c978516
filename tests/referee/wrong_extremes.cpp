// Mutants that are right at ordinary numbers: NaN, infinities, subnormals, and the far ends of the range.
#include <algorithm>
#include <cmath>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "suspect.hpp"

namespace gradlane::referee {
namespace {

template <class T>
constexpr T nan_of = std::numeric_limits<T>::quiet_NaN();

template <class T>
bool any_nan(const call<T>& c) {
  return std::any_of(c.x, c.x + c.span(), [](T x) { return std::isnan(x); });
}
template <class T>
bool any_infinite(const call<T>& c) {
  return std::any_of(c.x, c.x + c.span(), [](T x) { return std::isinf(x); });
}
/// The answer at an x of which every element is changed.
template <class F>
constexpr auto with_x(F) {
  return []<class T>(call<T>& c) {
    T* const x = c.copy_of_x();
    for (std::size_t i = 0; i < c.span(); ++i) x[i] = F{}(x[i]);
    return c.sound(x, c.value, c.gradient);
  };
}

}  // namespace

std::vector<suspect> wrong_extremes() {
  return {
    mutant("nan_swallowed", "a maximum that prefers the number over the NaN, at every input",
           {"log_sum_exp/analytic/elements"},
           with_x([]<class T>(T x) { return std::isnan(x) ? std::numeric_limits<T>::lowest() : x; })),
        mutant("nan_swallowed_in_tail", "the same behind the last full register only",
               {"gaussian_bump/analytic/elements"},
               []<class T>(call<T>& c) {
                 T* const x = c.copy_of_x();
                 for (std::size_t i = c.n() / c.p.width * c.p.width; i < c.n(); ++i)
                   if (std::isnan(x[i])) x[i] = 0;
                 return c.sound(x, c.value, c.gradient);
               }),
        mutant("nan_of_gradient_lost", "the value is NaN, the gradient is made 0 there",
               {"quartic/reverse_fused/elements"},
               []<class T>(call<T>& c) {
                 const gradlane_status s = c.sound();
                 for (std::size_t i = 0; i < c.n(); ++i)
                   if (std::isnan(c.g(i))) c.g(i) = 0;
                 return s;
               }),
        mutant("nan_strays", "a NaN makes the whole register that it lies in NaN", {"quartic/analytic/elements"},
               []<class T>(call<T>& c) {
                 const gradlane_status s = c.sound();
                 for (std::size_t i = 0; i < c.n(); ++i)
                   if (std::isnan(c.x[i]))
                     for (std::size_t k = i / c.p.width * c.p.width;
                          k < std::min(c.n(), (i / c.p.width + 1) * c.p.width); ++k)
                       c.g(k) = nan_of<T>;
                 return s;
               }),
        mutant("nan_crosses_points", "a NaN in one point reaches the next", {"rosenbrock/analytic/points"},
               []<class T>(call<T>& c) {
                 const gradlane_status s = c.sound();
                 for (std::size_t p = c.points() - 1; p > 0; --p)
                   if (std::isnan(c.value[p - 1])) c.value[p] = c.value[p - 1];
                 return s;
               }),
        mutant("nan_is_an_error", "NaN in x is refused", {"chain/analytic/elements"},
               []<class T>(call<T>& c) { return any_nan(c) ? GRADLANE_BAD_ARGUMENT : c.sound(); }),
        mutant("infinity_made_finite", "what overflows is clamped to the largest number", {"quartic/analytic/elements"},
               []<class T>(call<T>& c) {
                 const T most = std::numeric_limits<T>::max();
                 const gradlane_status s = c.sound();
                 c.value[0] = std::isinf(c.value[0]) ? std::copysign(most, c.value[0]) : c.value[0];
                 return s;
               }),
        mutant("infinite_x_clamped", "an infinite input is taken for the largest number", {"linear/analytic/elements"},
               with_x([]<class T>(T x) {
                 return std::isinf(x) ? std::copysign(std::numeric_limits<T>::max() / 4, x) : x;
               })),
        mutant("infinity_is_an_error", "infinities in x are refused", {"log_sum_exp/reverse_fused/elements"},
               []<class T>(call<T>& c) { return any_infinite(c) ? GRADLANE_FAILURE : c.sound(); }),
        mutant("unshifted_exp", "log Σ exp without the shift by the maximum: right unless exp overflows or vanishes",
               {"log_sum_exp/analytic/elements"},
               []<class T>(call<T>& c) {
                 const gradlane_status s = c.sound();
                 T sum = 0;
                 for (std::size_t i = 0; i < c.n(); ++i) sum += std::exp(c.x[i]);
                 if (sum == 0 || std::isinf(sum)) {
                   c.value[0] = std::log(sum);
                   for (std::size_t i = 0; i < c.n(); ++i) c.g(i) = std::exp(c.x[i]) / sum;
                 }
                 return s;
               }),
        mutant("all_minus_infinity", "log Σ exp of −∞ alone: ∞ − ∞ in the shift", {"log_sum_exp/analytic/elements"},
               []<class T>(call<T>& c) {
                 const gradlane_status s = c.sound();
                 if (std::all_of(c.x, c.x + c.n(), [](T x) { return x == -std::numeric_limits<T>::infinity(); }))
                   c.value[0] = nan_of<T>;
                 return s;
               }),
        mutant("huge_reduced", "an input beyond half the range is reduced before it is used",
               {"log_sum_exp/reverse_array/elements"}, with_x([]<class T>(T x) {
                 const T most = std::numeric_limits<T>::max() / 4;
                 return std::isfinite(x) ? std::clamp(x, -most, most) : x;
               })),
        mutant("subnormals_of_x", "subnormal inputs are taken for 0", {"linear/analytic/elements"},
               with_x([]<class T>(T x) { return std::fpclassify(x) == FP_SUBNORMAL ? T(0) : x; })),
#if defined(__SSE2__)
        mutant("flushes_to_zero", "sets flush-to-zero for its own arithmetic and puts the control word back",
               {"linear/reverse_fused/elements"},
               []<class T>(call<T>& c) {
                 const unsigned before = _mm_getcsr();
                 _mm_setcsr(before | 0x8040);
                 const gradlane_status s = c.sound();
                 _mm_setcsr(before);
                 return s;
               }),
        mutant("leaves_flush_to_zero", "sets flush-to-zero and leaves it so", {"quartic/analytic/elements"},
               []<class T>(call<T>& c) {
                 const gradlane_status s = c.sound();
                 _mm_setcsr(_mm_getcsr() | 0x8000);
                 return s;
               }),
        mutant("leaves_rounding_upward", "rounds upward after a call", {"gaussian_bump/analytic/elements"},
               []<class T>(call<T>& c) {
                 const gradlane_status s = c.sound();
                 _mm_setcsr((_mm_getcsr() & ~0x6000u) | 0x4000u);
                 return s;
               }),
#endif
        mutant("overflow_hidden", "a difference whose shifted value overflows gives 0",
               {"quartic/forward_difference/elements"}, []<class T>(call<T>& c) {
                 const gradlane_status s = c.sound();
                 if (std::isfinite(c.value[0]))
                   for (std::size_t i = 0; i < c.n(); ++i)
                     if (!std::isfinite(c.g(i))) c.g(i) = 0;
                 return s;
               }),
  };
}

}  // namespace gradlane::referee
