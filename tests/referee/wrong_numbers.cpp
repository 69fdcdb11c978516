// Mutants whose numbers are wrong at ordinary inputs: slips of the derivative, of the loops around it, of precision.
#include <algorithm>
#include <cmath>

#include "second_plan.hpp"

namespace gradlane::referee {
namespace {

constexpr auto zero_gradient = []<class T>(call<T>& c) {
  const gradlane_status s = c.sound();
  for (std::size_t i = 0; i < c.n(); ++i) c.g(i) = 0;
  return s;
};

/// The gradient changed by f(c) after the sound call.
template <class F>
constexpr auto after(F) {
  return []<class T>(call<T>& c) {
    const gradlane_status s = c.sound();
    if (s == GRADLANE_OK) F{}(c);
    return s;
  };
}

}  // namespace

std::vector<suspect> wrong_numbers() {
  return {
      mutant("zero_gradient", "the gradient is 0, the value right",
             {"log_sum_exp/analytic/elements", "quadratic_form/reverse_array/elements"}, zero_gradient),
      mutant("dropped_term", "the last term of the sum is left out of value and gradient",
             {"quartic/analytic/elements"}, after([]<class T>(call<T>& c) {
               c.value[0] -= quartic_term(c.x[c.n() - 1]);
               c.g(c.n() - 1) = 0;
             })),
      mutant("dropped_term_of_value", "a term in the middle is left out of the value alone",
             {"quartic/reverse_fused/elements"},
             after([]<class T>(call<T>& c) { c.value[0] -= quartic_term(c.x[c.n() / 2]); })),
      mutant("dropped_contribution", "of two terms that share an input, the first adds nothing to its gradient",
             {"rosenbrock/analytic/elements"}, after([]<class T>(call<T>& c) {
               const std::size_t i = c.n() / 2;
               if (i > 0) c.g(i) -= 200 * (c.x[i] - c.x[i - 1] * c.x[i - 1]);
             })),
      mutant("dropped_at_register_edge", "the contribution that crosses from one register to the next is lost",
             {"rosenbrock/reverse_fused/elements"}, after([]<class T>(call<T>& c) {
               for (std::size_t i = c.p.width; i < c.n(); i += c.p.width)
                 c.g(i) -= 200 * (c.x[i] - c.x[i - 1] * c.x[i - 1]);
             })),
      mutant("twice_at_block_edge", "a contribution that two blocks share is added by both",
             {"rosenbrock/analytic/elements"}, after([]<class T>(call<T>& c) {
               if (c.n() > 4097) c.g(4096) += 200 * (c.x[4096] - c.x[4095] * c.x[4095]);
             })),
      mutant("last_of_tail", "the last element of a tail gets its neighbour's gradient", {"quartic/analytic/elements"},
             after([]<class T>(call<T>& c) {
               if (c.n() % c.p.width > 1) c.g(c.n() - 1) = c.g(c.n() - 2);
             })),
      mutant("tail_of_one", "n mod W = 1: the one element behind the registers is not computed",
             {"log_sum_exp/reverse_fused/elements"},
             []<class T>(call<T>& c) {
               const T before = c.g(c.n() - 1);
               const gradlane_status s = c.sound();
               if (c.n() > 1 && c.n() % c.p.width == 1) c.g(c.n() - 1) = before;
               return s;
             }),
      mutant("tail_too_long", "n mod W = W − 1: the tail is taken for a full register and its last lane for an input",
             {"linear/analytic/elements"}, after([]<class T>(call<T>& c) {
               if (c.n() % c.p.width == c.p.width - 1) c.value[0] += c.x[c.n() - 1];
             })),
      mutant("sign_of_gradient", "the gradient is that of descent, −∇L", {"chain/analytic/elements"},
             after([]<class T>(call<T>& c) {
               for (std::size_t i = 0; i < c.n(); ++i) c.g(i) = -c.g(i);
             })),
      mutant("sign_of_one", "one component in the middle has the wrong sign", {"logistic_regression/analytic/elements"},
             after([]<class T>(call<T>& c) { c.g(c.n() / 2) = -c.g(c.n() / 2); })),
      mutant("sign_lost", "components below 0 are returned as their absolute values",
             {"quadratic_form/analytic/elements"}, after([]<class T>(call<T>& c) {
               for (std::size_t i = 0; i < c.n(); ++i) c.g(i) = std::abs(c.g(i));
             })),
      mutant("factor_of_two", "the gradient of 2L", {"gaussian_bump/reverse_fused/elements"},
             after([]<class T>(call<T>& c) {
               for (std::size_t i = 0; i < c.n(); ++i) c.g(i) *= 2;
             })),
      mutant("factor_of_two_for_one_block", "beyond the first block of 4096 the seed of the sweep is 2",
             {"gaussian_bump/analytic/elements"}, after([]<class T>(call<T>& c) {
               for (std::size_t i = 4096; i < c.n(); ++i) c.g(i) *= 2;
             })),
      mutant("f32_arithmetic", "computed in f32, handed out as f64",
             {"log_sum_exp/analytic/elements", "linear/analytic/elements"}, by_second_plan<float>),
      mutant("f32_value", "f64 but for the sum behind the value", {"quartic/analytic/elements"},
             after([]<class T>(call<T>& c) { c.value[0] = static_cast<T>(static_cast<float>(c.value[0])); })),
      mutant("short_function", "an exp of 10⁻¹¹ (in f32 10⁻⁵): some hundred times the rounding of n terms",
             {"log_sum_exp/analytic/elements"}, after([]<class T>(call<T>& c) {
               for (std::size_t i = 0; i < c.n(); ++i) c.g(i) *= 1 + T(sizeof(T) == 8 ? 1e-11 : 3e-4);
             })),
      mutant("value_few_ulps", "the value is off by 32 times the rounding that its terms may have",
             {"quartic/analytic/elements"}, after([]<class T>(call<T>& c) {
               T size = 0;
               for (std::size_t i = 0; i < c.n(); ++i)
                 size += c.x[i] * c.x[i] * (3 * c.x[i] * c.x[i] + 4 * std::abs(c.x[i]) + 12);
               const T bits = static_cast<T>(std::log2(std::max<double>(2, static_cast<double>(c.n()))));
               c.value[0] += 32 * 8 * bits * std::numeric_limits<T>::epsilon() * size;
             })),
      mutant("value_of_the_shift", "the maximum that log Σ exp is shifted by is not added back",
             {"log_sum_exp/reverse_fused/elements"},
             after([]<class T>(call<T>& c) { c.value[0] -= *std::max_element(c.x, c.x + c.n()); })),
      mutant("gradient_elsewhere", "a right value, and the right gradient of another point",
             {"logistic_regression/reverse_fused/elements"},
             []<class T>(call<T>& c) {
               T* const moved = c.copy_of_x();
               for (std::size_t i = 0; i < c.n(); ++i) moved[i] += T(0.01);
               T value = 0, other = 0;
               const gradlane_status s = c.sound(c.x, &value, c.gradient);
               c.sound(moved, &other, c.gradient);
               c.value[0] = value;
               return s;
             }),
      mutant("gradient_of_first_point", "of many points each gets the gradient of the first",
             {"rosenbrock/analytic/points"}, after([]<class T>(call<T>& c) {
               for (std::size_t i = 0; i < c.n(); ++i)
                 for (std::size_t p = 1; p < c.points(); ++p) c.g(i, p) = c.g(i);
             })),
      mutant("last_points", "the points behind the last full register get the value of the point before",
             {"log_sum_exp/reverse_tape/points"}, after([]<class T>(call<T>& c) {
               for (std::size_t p = c.points() / c.p.width * c.p.width; p < c.points(); ++p)
                 if (p > 0) c.value[p] = c.value[p - 1];
             })),
      mutant("points_above_eight", "from the ninth point on the gradient is one component late",
             {"chain/analytic/points"}, after([]<class T>(call<T>& c) {
               for (std::size_t p = 8; p < c.points(); ++p)
                 for (std::size_t i = c.n() - 1; i > 0; --i) c.g(i, p) = c.g(i - 1, p);
             })),
      mutant("lanes_swapped", "a shuffle swaps two lanes of every register", {"quartic/reverse_array/elements"},
             after([]<class T>(call<T>& c) {
               for (std::size_t i = 0; i + c.p.width <= c.n(); i += c.p.width) std::swap(c.g(i), c.g(i + 1));
             })),
      mutant("lanes_reversed", "the register before a tail is stored in reverse",
             {"log_sum_exp/reverse_array/elements"}, after([]<class T>(call<T>& c) {
               const std::size_t full = c.n() / c.p.width * c.p.width;
               if (full > 0 && full < c.n()) std::reverse(c.gradient + (full - c.p.width), c.gradient + full);
             })),
      mutant("one_input", "n = 1 takes the path of an empty sum", {"quartic/analytic/elements"},
             after([]<class T>(call<T>& c) {
               if (c.n() == 1) c.g(0) = 0;
             })),
      mutant("beyond_a_block", "above 4096 terms the last partial sum is not added", {"quartic/analytic/elements"},
             after([]<class T>(call<T>& c) {
               if (c.n() <= 4096) return;
               for (std::size_t i = c.n() / 4096 * 4096 - (c.n() % 4096 == 0 ? 4096 : 0); i < c.n(); ++i)
                 c.value[0] -= quartic_term(c.x[i]);
             })),
      mutant("index_of_16_bits", "beyond 65536 inputs an index wraps", {"linear/reverse_fused/elements"},
             after([]<class T>(call<T>& c) {
               for (std::size_t i = 65536; i < c.n(); ++i) c.g(i) = c.g(i - 65536);
             })),
      mutant("transposed", "a matrix is read by columns where it is not symmetric",
             {"logistic_regression/analytic/scalar"},
             []<class T>(call<T>& c) {
               const gradlane_status s = c.sound();
               const T first = c.g(0);
               if (c.n() > 1) c.g(0) = c.g(c.n() - 1), c.g(c.n() - 1) = first;
               return s;
             }),
      mutant("difference_of_wrong_order", "a central difference with the divisor of the forward one",
             {"quartic/central_difference_2/elements"}, after([]<class T>(call<T>& c) {
               for (std::size_t i = 0; i < c.n(); ++i) c.g(i) *= 2;
             })),
      mutant("difference_without_digits", "a difference that returns 0 where its step is lost in x",
             {"log_sum_exp/central_difference_4/elements"}, after([]<class T>(call<T>& c) {
               for (std::size_t i = 0; i < c.n(); ++i)
                 if (std::abs(c.x[i]) > T(0.5)) c.g(i) = 0;
             })),
  };
}

}  // namespace gradlane::referee
