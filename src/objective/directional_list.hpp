// A sum with a direction: the kernel's list, its gradient and the tangents of both as one recorded list (ad/tangent.hpp),
// and arguments that have a tangent. What forward over reverse runs, on elements and on directions.
#pragma once

#include "ad/tangent.hpp"
#include "objective/fused_pass.hpp"

namespace gradlane {

/// Inputs: the arguments, with Seeded the adjoint of the sum, then the tangents of all these. Outputs: the value, the
/// derivatives of the active arguments, then the tangents of all these.
template <class Kernel, std::size_t Arguments, activity Active, bool Seeded>
struct directional_list {
  static constexpr program list = with_fma(with_tangents(unfused_gradient_list<Kernel, Arguments, Active, Seeded>::list,
                                                         Active | (Seeded ? 1u << Arguments : 0u)));
  static constexpr std::size_t tangents = static_cast<std::size_t>(list.output_count) / 2;  ///< where they begin
};
/// The value and its tangent.
template <class Kernel, std::size_t Arguments, activity Active>
struct directional_value_list {
  static constexpr program list = with_fma(with_tangents(unfused_value_list<Kernel, Arguments>::list, Active));
  static constexpr std::size_t tangents = 1;
};

/// An argument and its tangent, both resolved.
template <class A, class B>
struct moving_argument {
  A value;
  B tangent;
};
/// `z` and `dz` hold rows of a product, as in resolve.
template <class X, class A, class T = typename X::element>
GRADLANE_INLINE auto resolve_moving(const A& a, const T* x, const T* v, const T* z = nullptr, const T* dz = nullptr,
                                    std::size_t first = 0) {
  const auto value = resolve<X>(a, x, z, first);
  if constexpr (is_active<A>) {
    const auto tangent = resolve<X>(a, v, dz, first);
    return moving_argument<decltype(value), decltype(tangent)>{value, tangent};
  } else {
    return moving_argument<decltype(value), number_argument<X>>{value, {X(0)}};
  }
}

}  // namespace gradlane
