// What every implementation of a problem gets: evaluation points and the problem's arrays, made once in the driver.
// (Made twice, in modules compiled with different flags, they once differed by an ulp and faked errors of 10⁵ ulp.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
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

/// As the ABI takes them; they point into `arrays`.
template <class T>
std::vector<gradlane_array> abi_of(const std::vector<named_array<T>>& arrays) {
  std::vector<gradlane_array> list;
  list.reserve(arrays.size());
  for (const named_array<T>& a : arrays) list.push_back({a.name.c_str(), a.values.data(), a.rows, a.cols});
  return list;
}

template <class T>
struct inputs {
  std::size_t n = 0, points = 1, stride = 1;
  std::vector<T> x;  ///< component i of point p at x[i * stride + p]
  std::vector<named_array<T>> arrays;

  /// As the ABI takes them; they point into this object.
  std::vector<gradlane_array> abi() const { return abi_of(arrays); }
  /// A contiguous copy of one point.
  std::vector<T> point(std::size_t p) const;
};

/// x uniform in [−1, 1), drawn in T: component i of point p at x[i * stride + p]. Point p is the same whatever the number
/// of points.
template <class T>
void draw_points(T* x, std::size_t n, std::size_t points, std::size_t stride, std::uint64_t seed, int threads = 1);
/// The problem's arrays alone. Throws as data_bytes does.
template <class T>
std::vector<named_array<T>> make_arrays(const catalogue_entry& problem, std::size_t n, std::uint64_t seed,
                                        int threads = 1);
/// Both. Throws as data_bytes does.
template <class T>
inputs<T> make_inputs(const catalogue_entry& problem, std::size_t n, std::size_t points, std::uint64_t seed,
                      int threads = 1);

/// Uniform components, scaled to length 1; `name` tells one direction from another.
std::vector<double> unit_direction(std::size_t n, std::uint64_t seed, std::string_view name);

extern template struct inputs<float>;
extern template struct inputs<double>;

}  // namespace gradlane
