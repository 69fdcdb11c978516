// Networks of depth d and width m, built by repeating one unit: the chapter's step from (a, b) to (a + b)², (a − b)², scaled,
//   u = ½(a + b)² − 1,  v = ½(a − b)² − 1,
// which keeps numbers of [−1, 1] there however deep the network is (unscaled, values grow or vanish like x^(2^d)). A layer
// pairs node i with node i XOR 2^(l mod log₂ m), as in a butterfly, so that after log₂ m layers everything depends on every
// input; L is the sum of the last layer. d layers of m/2 units: counts are those of one recorded unit times their number.
#pragma once

#include <cstddef>
#include <vector>

#include "ad/chain_rule.hpp"

namespace gradlane {

/// Operations for the value, and for all m partial derivatives.
struct network_counts {
  double primal = 0;
  double expanded = 0;  ///< formulas written out, without the value; rounded past 2⁵³
  double forward = 0;   ///< m sweeps, each with the value
  double backward = 0;  ///< one sweep, with the value
};

/// A unit's operations, from its recorded lists.
struct unit_counts {
  int primal, forward, backward;  ///< values; values and tangents; adjoints alone
};
unit_counts counts_of_unit();

class network {
 public:
  /// `width` is a power of two, at least 2; std::invalid_argument otherwise or if depth is 0.
  network(std::size_t depth, std::size_t width);

  network_counts counts() const;
  std::size_t depth() const { return depth_; }
  std::size_t width() const { return width_; }

  // All on single numbers. x and gradient have `width` numbers.
  double primal(const double* x);
  /// Dual numbers, one direction a sweep, and eight.
  double forward(const double* x, double* gradient);
  double forward_by_eight(const double* x, double* gradient);
  /// The unit's recorded adjoints, from the last layer to the first.
  double backward(const double* x, double* gradient);

 private:
  template <std::size_t W>
  double forward_sweeps(const double* x, double* gradient);

  std::size_t depth_, width_;
  static constexpr std::size_t most_directions = 8;
  std::vector<double> values_, adjoints_, tangents_;  ///< of each layer; of one
};

}  // namespace gradlane
