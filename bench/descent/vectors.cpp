#include "descent/vectors.hpp"

namespace gradlane::bench {

/// Eight sums side by side, since one would wait for each of its additions.
template <class T>
double dot(const T* a, const T* b, std::size_t n) {
  double sums[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (std::size_t k = 0; k < 8; ++k) sums[k] += static_cast<double>(a[i + k]) * static_cast<double>(b[i + k]);
  for (; i < n; ++i) sums[i % 8] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}
template <class T>
double squared_norm(const T* v, std::size_t n) {
  return dot(v, v, n);
}

template <class T>
bool step_along(T* to, const T* w, const T* g, T rate, std::size_t n) {
  unsigned changed = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const T here = w[i], there = here - rate * g[i];
    changed |= static_cast<unsigned>(there != here);
    to[i] = there;
  }
  return changed != 0;
}

template <class T>
void add_scaled(T* g, const T* w, T factor, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) g[i] += factor * w[i];
}

template <class T>
void turn(T* d, const T* r, T factor, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) d[i] = r[i] + factor * d[i];
}

template <class T>
void add_squares(double* sums, const T* v, std::size_t n) {
  for (std::size_t p = 0; p < n; ++p) sums[p] += static_cast<double>(v[p]) * static_cast<double>(v[p]);
}

template <class T>
void advance(T* w, T* g, T* trial, const T* trial_g, const T* rate, const unsigned char* accepted, std::size_t n) {
  for (std::size_t p = 0; p < n; ++p) {
    const T new_w = accepted[p] ? trial[p] : w[p], new_g = accepted[p] ? trial_g[p] : g[p];
    w[p] = new_w;
    g[p] = new_g;
    trial[p] = new_w - rate[p] * new_g;
  }
}

template double squared_norm(const float*, std::size_t);
template double squared_norm(const double*, std::size_t);
template double dot(const float*, const float*, std::size_t);
template double dot(const double*, const double*, std::size_t);
template bool step_along(float*, const float*, const float*, float, std::size_t);
template bool step_along(double*, const double*, const double*, double, std::size_t);
template void add_scaled(float*, const float*, float, std::size_t);
template void add_scaled(double*, const double*, double, std::size_t);
template void turn(float*, const float*, float, std::size_t);
template void turn(double*, const double*, double, std::size_t);
template void add_squares(double*, const float*, std::size_t);
template void advance(float*, float*, float*, const float*, const float*, const unsigned char*, std::size_t);
template void add_squares(double*, const double*, std::size_t);
template void advance(double*, double*, double*, const double*, const double*, const unsigned char*, std::size_t);

}  // namespace gradlane::bench
