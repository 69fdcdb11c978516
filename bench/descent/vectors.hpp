// What a descent does with vectors beside calling for values and gradients; compiled with -O3, since it is timed.
#pragma once

#include <cstddef>

namespace gradlane::bench {

/// Σ v_i², in double whatever T is: a stop is not to depend on how the sum rounds.
template <class T>
double squared_norm(const T* v, std::size_t n);

/// Σ a_i b_i, likewise.
template <class T>
double dot(const T* a, const T* b, std::size_t n);

/// to = w − rate·g. False where no component changed: the step is lost in w's rounding. `to` may be w.
template <class T>
bool step_along(T* to, const T* w, const T* g, T rate, std::size_t n);

/// g += factor·w.
template <class T>
void add_scaled(T* g, const T* w, T factor, std::size_t n);

/// d = r + factor·d.
template <class T>
void turn(T* d, const T* r, T factor, std::size_t n);

/// sums_p += v_p².
template <class T>
void add_squares(double* sums, const T* v, std::size_t n);

/// A component of many points: w_p and g_p become those of the trial where it was accepted, the next trial is w_p − rate_p·g_p.
template <class T>
void advance(T* w, T* g, T* trial, const T* trial_g, const T* rate, const unsigned char* accepted, std::size_t n);

extern template double squared_norm(const float*, std::size_t);
extern template double squared_norm(const double*, std::size_t);
extern template double dot(const float*, const float*, std::size_t);
extern template double dot(const double*, const double*, std::size_t);
extern template bool step_along(float*, const float*, const float*, float, std::size_t);
extern template bool step_along(double*, const double*, const double*, double, std::size_t);
extern template void add_scaled(float*, const float*, float, std::size_t);
extern template void add_scaled(double*, const double*, double, std::size_t);
extern template void turn(float*, const float*, float, std::size_t);
extern template void turn(double*, const double*, double, std::size_t);
extern template void add_squares(double*, const float*, std::size_t);
extern template void advance(float*, float*, float*, const float*, const float*, const unsigned char*, std::size_t);
extern template void add_squares(double*, const double*, std::size_t);
extern template void advance(double*, double*, double*, const double*, const double*, const unsigned char*,
                             std::size_t);

}  // namespace gradlane::bench
