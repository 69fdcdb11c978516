// Kernels of two active arguments a, b and a passive p, for lists and duals to agree on.
#pragma once

#include "ad/elementary.hpp"

namespace gradlane::recorder_kernels {

inline constexpr auto polynomial = [](auto a, auto b, auto p) { return a * a * (3 * a - 4) + b * b * b * p - 7; };
inline constexpr auto quotients = [](auto a, auto b, auto p) { return (a + p) / (b * b + 2) - 1 / (3 + a) + b / 3; };
inline constexpr auto nested = [](auto a, auto b, auto p) { return exp(sin(a * b) + cos(p - tanh(a - 2 * b))); };
inline constexpr auto logarithms = [](auto a, auto b, auto p) {
  return log(2 + a * a) * log1p(b * b) - expm1(p * a) + log(p * p + 1);
};
inline constexpr auto softplus_and_sigmoid = [](auto a, auto b, auto p) {
  return softplus(a - p * b) + sigmoid(2 * a) * softplus(-b) - sigmoid(sigmoid(b));
};
inline constexpr auto roots = [](auto a, auto b, auto p) { return sqrt(1 + a * a + b * b) / sqrt(2 + p); };
inline constexpr auto negations = [](auto a, auto b, auto p) {
  return -(-a - b) * -(p - a) - (-b) / (-2 - b * b) + -p;
};
inline constexpr auto shared = [](auto a, auto b, auto p) {
  const auto e = exp(a * b);
  return e * e + e / (1 + e) - (a * b) * p * e;
};
inline constexpr auto squares = [](auto a, auto b, auto p) { return square(square(a + b) - square(p - b)) * 0.25; };
inline constexpr auto only_a = [](auto a, auto, auto p) { return a * p; };
inline constexpr auto accumulated = [](auto a, auto b, auto p) {
  auto s = a * p;
  s += b;
  s += s * s;
  return s - a;
};
inline constexpr auto constants = [](auto a, auto b, auto) {
  return 2 * (3 * (0.1 * a)) - (-1) * b + 1 * a - 0 * b + (a - 0) / 1 + 0.5 * (4 * b);
};
inline constexpr auto tanh_of_everything = [](auto a, auto b, auto p) {
  return tanh(softplus(a) * sigmoid(b)) + tanh(tanh(p * a)) * tanh(b);
};
inline constexpr auto oscillations = [](auto a, auto b, auto p) {
  return sin(3 * a + p) * cos(b) - cos(a * a) / (2 + sin(b));
};

}  // namespace gradlane::recorder_kernels
