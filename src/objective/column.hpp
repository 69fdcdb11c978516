// One evaluation point, or W of them side by side: component i lies `stride` elements behind component i−1.
#pragma once

#include "simd.hpp"

namespace gradlane {

/// Reads component i of W neighbouring points (W = 1: of one).
template <class X>
struct column {
  const typename X::element* p;
  std::size_t stride;
  GRADLANE_INLINE X operator[](std::size_t i) const { return X::load(p + i * stride); }
};

/// The same for writing.
template <class X>
struct mutable_column {
  typename X::element* p;
  std::size_t stride;
  GRADLANE_INLINE void set(std::size_t i, X x) const { x.store(p + i * stride); }
  GRADLANE_INLINE X operator[](std::size_t i) const { return X::load(p + i * stride); }
};

}  // namespace gradlane
