// Ridders' method: a derivative by extrapolating central differences to the step 0, with its own estimate of the error.
// C. J. F. Ridders, Accurate computation of F'(x) and F'(x)F''(x), Advances in Engineering Software 4 (1982) 75–76.
//
// The central difference is a series in the square of the step, D(h) = f' + a₂h² + a₄h⁴ + … Of two steps that differ by
// a factor c, (c²D(h/c) − D(h)) / (c² − 1) is free of h², and so on, column after column (Richardson's table by Neville's
// scheme; row i has step h₀/cⁱ):
//   A_i0 = D(h₀/cⁱ),   A_ij = A_i,j−1 + (A_i,j−1 − A_i−1,j−1) / (c²ʲ − 1),   of order 2(j + 1).
// As long as truncation rules, entries of a row agree better and better; once rounding rules, they do not. So an entry's
// error is estimated by how far it is from the two that it was made of, the entry with the least estimate is the answer,
// and the table ends where the diagonal moves by more than twice that. c = 1.4 and ten rows at most, 20 values.
//
// The answer is never a plain difference, so its order is 4 at least. The estimate is no bound: two entries may agree by
// chance (the accuracy driver counts how often). Plain numbers only, so that the driver can use it on any function.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace gradlane {

template <class T>
struct estimated_derivative {
  T value;
  T error;  ///< by its own estimate; infinite where there is none: the step is down to the spacing of x, or f not finite
};

/// h₀ over max(1, |x|). Large: the first rows only give the extrapolation something to work with.
inline constexpr double ridders_step = 0.1;

/// D(h), divided by the difference of the abscissae that f really saw. A step that rounds to nothing becomes a spacing.
template <class T, class F>
T central_quotient(F&& f, T x, T h) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  const T right = x + h > x ? x + h : std::nextafter(x, infinity),
          left = x - h < x ? x - h : std::nextafter(x, -infinity);
  return (f(right) - f(left)) / (right - left);
}

/// f' at x with first step h > 0. What is not finite in x or f ends as a value that is not finite.
template <class T, class F>
estimated_derivative<T> ridders_derivative(F&& f, T x, T h) {
  constexpr int rows = 10;
  constexpr T shrink = T(1.4), too_far = 2, infinity = std::numeric_limits<T>::infinity();
  // Below it the ratio of the steps taken is no longer c.
  const T least = 32 * std::numeric_limits<T>::epsilon() * std::abs(x);
  std::array<T, rows> above{}, row{};
  above[0] = central_quotient(f, x, h);
  estimated_derivative<T> best{above[0], infinity};
  for (int i = 1; i < rows && h > shrink * least; ++i) {
    h /= shrink;
    row[0] = central_quotient(f, x, h);
    T ratio = 1;
    for (std::size_t j = 1; j <= static_cast<std::size_t>(i); ++j) {
      ratio *= shrink * shrink;
      row[j] = row[j - 1] + (row[j - 1] - above[j - 1]) / (ratio - 1);
      const T error = std::max(std::abs(row[j] - row[j - 1]), std::abs(row[j] - above[j - 1]));
      if (error <= best.error) best = {row[j], error};
    }
    const auto last = static_cast<std::size_t>(i);
    if (!(std::abs(row[last] - above[last - 1]) < too_far * best.error)) break;  // NaN, too
    std::swap(row, above);
  }
  return best;
}

}  // namespace gradlane
