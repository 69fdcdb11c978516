// Elementary functions of a real<R>: the C library's for one number, our own for packs of lanes.
#pragma once

#include <cmath>
#include <limits>

#include "math_exp.hpp"
#include "math_hyperbolic.hpp"
#include "math_log.hpp"
#include "math_trig.hpp"
#include "simd.hpp"

namespace gradlane {

template <any_real X>
GRADLANE_INLINE constexpr X square(X x) {
  return x * x;
}

/// ±infinity becomes 0, everything else stays as it is, NaN too.
template <any_real X>
GRADLANE_INLINE constexpr X finite_or_zero(X x) {
  using limits = std::numeric_limits<typename X::element>;
  if constexpr (X::width == 1)
    return x.r > limits::max() || x.r < limits::lowest() ? X(0) : x;
  else
    return select(abs(x) == X(limits::infinity()), X(0), x);
}

}  // namespace gradlane
