// A problem's passive data: what the driver makes once and hands to every backend, and what an objective sees of it.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gradlane {

/// A read-only array of numbers through which no derivative flows.
template <class T>
struct vector_view {
  const T* p = nullptr;
  std::size_t size = 0;
};

/// A dense row-major matrix, rows × cols, without padding.
template <class T>
struct matrix_view {
  const T* p = nullptr;
  std::size_t rows = 0, cols = 0;
  constexpr const T* row(std::size_t r) const { return p + r * cols; }
};

/// The name and shape of one array of a problem, and how its elements are drawn by the driver's generator.
struct array_spec {
  enum class draw { uniform, sign };  // uniform in [low, high), or −1 and +1 with equal chance
  std::string_view name;
  std::size_t rows = 0, cols = 1;
  draw kind = draw::uniform;
  double low = -1, high = 1;
};

/// A problem without data.
struct no_data {
  template <class Source>
  static no_data bind(const Source&, std::size_t) {
    return {};
  }
};
template <class T>
using no_data_for = no_data;
inline std::vector<array_spec> no_arrays(std::size_t) { return {}; }

/// Looks arrays up by name and checks their shapes; std::invalid_argument says which one is missing or wrong.
template <class T>
class array_source {
 public:
  struct entry {
    std::string_view name;
    const T* p;
    std::size_t rows, cols;
  };
  explicit array_source(std::vector<entry> entries) : entries_(std::move(entries)) {}

  vector_view<T> vector(std::string_view name, std::size_t size) const { return {find(name, size, 1).p, size}; }
  matrix_view<T> matrix(std::string_view name, std::size_t rows, std::size_t cols) const {
    return {find(name, rows, cols).p, rows, cols};
  }

 private:
  const entry& find(std::string_view name, std::size_t rows, std::size_t cols) const {
    for (const entry& e : entries_)
      if (e.name == name) {
        if (e.rows != rows || e.cols != cols || e.p == nullptr)
          throw std::invalid_argument("data array '" + std::string(name) + "' has shape " + std::to_string(e.rows) +
                                      " x " + std::to_string(e.cols) + ", expected " + std::to_string(rows) + " x " +
                                      std::to_string(cols));
        return e;
      }
    throw std::invalid_argument("data array '" + std::string(name) + "' is missing");
  }
  std::vector<entry> entries_;
};

/// What is fixed about a problem besides its mathematics. n is valid if n ≥ least and n is a multiple of `multiple`.
struct problem_facts {
  std::string_view formula;
  std::size_t least = 1, multiple = 1;
  bool dense = false;  ///< the objective reads a matrix: its work grows with n² at most, its data are limited to 1 GiB
  bool multiplies = false;  ///< the objective multiplies two parts of x (language.hpp, matmul)
  constexpr bool valid(std::size_t n) const { return n >= least && n % multiple == 0; }
};

}  // namespace gradlane
