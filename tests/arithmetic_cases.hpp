// Every operator and elementary function of two active numbers a, b and a passive p, with the derivatives by a and b.
// The expressions are evaluated by active types and, for the expected values, by plain doubles.
#pragma once

#include <algorithm>
#include <cmath>

// M(name, expression, ∂/∂a, ∂/∂b) for a, b in (0.2, 1.5) and p in (0.5, 2).
#define GRADLANE_ARITHMETIC_CASES(M)                                                        \
  M(copy, a, 1, 0)                                                                          \
  M(add, a + b, 1, 1)                                                                       \
  M(subtract, a - b, 1, -1)                                                                 \
  M(multiply, a* b, b, a)                                                                   \
  M(divide, a / b, 1 / b, -a / (b * b))                                                     \
  M(negate, -a, -1, 0)                                                                      \
  M(add_passive, a + p, 1, 0)                                                               \
  M(add_to_passive, p + a, 1, 0)                                                            \
  M(subtract_passive, a - p, 1, 0)                                                          \
  M(subtract_from_passive, p - a, -1, 0)                                                    \
  M(multiply_passive, a* p, p, 0)                                                           \
  M(multiply_to_passive, p* a, p, 0)                                                        \
  M(divide_by_passive, a / p, 1 / p, 0)                                                     \
  M(divide_passive, p / a, -p / (a * a), 0)                                                 \
  M(add_literals, 0.5 + a + 2, 1, 0)                                                        \
  M(subtract_literals, 0.5 - (a - 2), -1, 0)                                                \
  M(multiply_literals, 0.1 * a * 3, 0.1 * 3, 0)                                             \
  M(divide_literals, 2 / (a / 3.0), -6 / (a * a), 0)                                        \
  M(twice_the_same, a + a * a, 1 + 2 * a, 0)                                                \
  M(same_difference, a - a, 0, 0)                                                           \
  M(same_quotient, (a * b) / (a * b), 0, 0)                                                 \
  M(powers, a* a* a* b* b, 3 * a * a * b * b, 2 * a * a * a * b)                            \
  M(square_of, square(a - b), 2 * (a - b), -2 * (a - b))                                    \
  M(exp_of, exp(a* b), b* exp(a* b), a* exp(a* b))                                          \
  M(log_of, log(a), 1 / a, 0)                                                               \
  M(log1p_of, log1p(a - 0.1), 1 / (0.9 + a), 0)                                             \
  M(expm1_of, expm1(-a), -exp(-a), 0)                                                       \
  M(sqrt_of, sqrt(a), 0.5 / sqrt(a), 0)                                                     \
  M(sin_of, sin(3 * b), 0, 3 * cos(3 * b))                                                  \
  M(cos_of, cos(3 * b), 0, -3 * sin(3 * b))                                                 \
  M(tanh_of, tanh(a), 1 - tanh(a) * tanh(a), 0)                                             \
  M(softplus_of, softplus(3 * a), 3 * sigmoid(3 * a), 0)                                    \
  M(softplus_of_negative, softplus(-30 * a), -30 * sigmoid(-30 * a), 0)                     \
  M(sigmoid_of, sigmoid(-a), -sigmoid(-a) * sigmoid(a), 0)                                  \
  M(nested, exp(sin(a) * p) / (b + log(a)),                                                 \
    cos(a) * p * exp(sin(a) * p) / (b + log(a)) - exp(sin(a) * p) / square(b + log(a)) / a, \
    -exp(sin(a) * p) / square(b + log(a)))

namespace gradlane::arithmetic_cases {

using std::cos, std::exp, std::expm1, std::log, std::log1p, std::sin, std::sqrt, std::tanh;
inline double square(double a) { return a * a; }
inline double sigmoid(double a) { return 1 / (1 + std::exp(-a)); }
inline double softplus(double a) { return std::max(a, 0.0) + std::log1p(std::exp(-std::abs(a))); }

struct expectation {
  double value, by_a, by_b;
};

#define GRADLANE_CASE(name, expression, by_a, by_b)                                                                  \
  struct name {                                                                                                      \
    static auto of([[maybe_unused]] auto a, [[maybe_unused]] auto b, [[maybe_unused]] auto p) { return expression; } \
    static expectation expected([[maybe_unused]] double a, [[maybe_unused]] double b, [[maybe_unused]] double p) {   \
      return {expression, by_a, by_b};                                                                               \
    }                                                                                                                \
  };
GRADLANE_ARITHMETIC_CASES(GRADLANE_CASE)
#undef GRADLANE_CASE

}  // namespace gradlane::arithmetic_cases
