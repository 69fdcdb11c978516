// What every implementation of a problem gets: evaluation points and the problem's arrays, made once in the driver.
// (Made twice, in modules compiled with different flags, they once differed by an ulp and faked errors of 10⁵ ulp.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "oracle/catalogue.hpp"

namespace gradlane {

template <class T>
struct named_array {
  std::string name;
  std::size_t rows = 0, cols = 1;
  std::vector<T> values;
};

template <class T>
struct inputs {
  std::size_t n = 0, points = 1, stride = 1;
  std::vector<T> x;  ///< component i of point p at x[i * stride + p]
  std::vector<named_array<T>> arrays;

  /// As the ABI takes them; they point into this object.
  std::vector<gradlane_array> abi() const;
  /// A contiguous copy of one point.
  std::vector<T> point(std::size_t p) const;
};

/// x uniform in [−1, 1), drawn in T; point p is the same whatever the number of points. Throws as data_bytes does.
template <class T>
inputs<T> make_inputs(const catalogue_entry& problem, std::size_t n, std::size_t points, std::uint64_t seed,
                      int threads = 1);

extern template struct inputs<float>;
extern template struct inputs<double>;

}  // namespace gradlane
