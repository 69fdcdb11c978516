// The problems, at run time: every header of src/problems/, through the generated registry.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "objective/data.hpp"

namespace gradlane {

template <class T>
class oracle_of;

struct catalogue_entry {
  std::string_view name;
  problem_facts facts;  ///< formula, least, multiple, dense, valid(n)
  std::vector<array_spec> (*arrays)(std::size_t n);
  std::unique_ptr<oracle_of<float>> (*make_f32)(const float* x, std::size_t n, std::span<const gradlane_array> arrays);
  std::unique_ptr<oracle_of<double>> (*make_f64)(const double* x, std::size_t n,
                                                 std::span<const gradlane_array> arrays);
  /// Null where the problem has no closed form of second derivatives.
  std::unique_ptr<oracle_of<double>> (*make_product)(const double* x, const double* v, std::size_t n,
                                                     std::span<const gradlane_array> arrays);
};

/// By name.
std::span<const catalogue_entry> catalogue();
std::vector<std::string> problem_names();
/// Null if there is none of that name.
const catalogue_entry* find_problem(std::string_view name);

/// The smallest n ≥ about that the problem takes.
std::size_t valid_size(const catalogue_entry& problem, std::size_t about);

/// Bytes of a problem's data, and of x with all its points, for elements of `element_size` bytes.
/// std::invalid_argument says what is wrong: n not valid for the problem, a product that overflows, a matrix problem's
/// data above 1 GiB.
std::size_t data_bytes(const catalogue_entry& problem, std::size_t n, std::size_t element_size);
std::size_t point_bytes(const catalogue_entry& problem, std::size_t n, std::size_t points, std::size_t element_size);

inline constexpr std::size_t dense_data_limit = std::size_t{1} << 30;

}  // namespace gradlane
