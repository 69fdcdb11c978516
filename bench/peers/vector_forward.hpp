// Forward mode: sweeps with a constant number N of tangents each, the inputs being kept as active numbers from sweep to
// sweep. With N a choice, it is n itself for small n, else a chunk.
#pragma once

#include <algorithm>
#include <variant>
#include <vector>

#include "evaluator.hpp"

namespace gradlane::peers {

/// Library, beside what evaluator.hpp asks for:
///   static constexpr std::size_t directions              the tangents of its numbers
///   static void set(active&, double x)                   a value, all tangents zero
///   static void seed(active&, std::size_t k, double x)   value x, tangent k one, the others zero
///   static double value(const active&), tangent(const active&, std::size_t k)
template <class Problem, class Library>
class tangent_sweeps {
  using data_type = typename Problem::template data<double>;
  static constexpr std::size_t N = Library::directions;

 public:
  tangent_sweeps(const shape& s, const data_type& data) : data_(data), x_(s.n) {}

  void evaluate(const double* x, double* value, double* g) {
    const std::size_t n = x_.size();
    for (std::size_t i = 0; i < n; ++i) Library::set(x_[i], x[i]);
    for (std::size_t first = 0; first < n; first += N) {
      const std::size_t count = std::min(N, n - first);
      for (std::size_t k = 0; k < count; ++k) Library::seed(x_[first + k], k, x[first + k]);
      const auto f = objective_on<Problem, Library>(x_.data(), x, n, data_);
      for (std::size_t k = 0; k < count; ++k) {
        Library::set(x_[first + k], x[first + k]);
        g[first + k] = Library::tangent(f, k);
      }
      *value = Library::value(f);
    }
  }
  std::size_t bytes() const { return x_.capacity() * sizeof(x_[0]); }

 private:
  data_type data_;
  std::vector<typename Library::active> x_;
};

/// One tangent a sweep.
template <class Library>
struct scalar_forward {
  static constexpr method_facts facts{.sweeps = true};
  static constexpr bool splits(lane) { return false; }
  template <class Problem, class, lane>
  using plan = tangent_sweeps<Problem, Library>;
};

/// Library<N> with N tangents a sweep. `static constexpr std::size_t chunk` is the N for n > 16.
template <template <std::size_t> class Library>
struct vector_forward {
  static constexpr method_facts facts{.sweeps = true};
  static constexpr bool splits(lane) { return false; }

  template <class Problem, class, lane>
  class plan {
    template <std::size_t N>
    using sweeps = tangent_sweeps<Problem, Library<N>>;

   public:
    plan(const shape& s, const typename Problem::template data<double>& data) : sweeps_(make(s, data)) {}
    void evaluate(const double* x, double* value, double* g) {
      std::visit([&](auto& s) { s.evaluate(x, value, g); }, sweeps_);
    }
    std::size_t bytes() const {
      return std::visit([](const auto& s) { return s.bytes(); }, sweeps_);
    }

   private:
    using choice = std::variant<sweeps<4>, sweeps<8>, sweeps<16>>;
    static choice make(const shape& s, const auto& data) {
      const std::size_t directions = s.n > 16 ? Library<1>::chunk : s.n;
      if (directions <= 4) return choice(std::in_place_index<0>, s, data);
      if (directions <= 8) return choice(std::in_place_index<1>, s, data);
      return choice(std::in_place_index<2>, s, data);
    }
    choice sweeps_;
  };
};

}  // namespace gradlane::peers
