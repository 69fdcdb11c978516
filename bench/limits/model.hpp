// The least time that a value and gradient can take on this machine: a work model (what has to be done) over measured
// roofs (how fast anything can be done).
//
// Pass by pass, since a pass needs what the one before it found, the longest of three times that an out-of-order core
// can at best hide behind each other:
//  - arithmetic: instructions (a fused multiply-add is one) over the best rate of any mixture of them. Some machines have
//    units for additions and others for multiplications (AMD: two and two), others units that do both (Intel). How a
//    kernel divides between them is no fixed fact: x² − x is a fused operation or x(x − 1), and the hand-written quartic
//    takes 7 multiplications where the recorded one takes 9. So the units' own rates bound only what has no other form,
//    the fused operations of a product of matrices;
//  - transcendental: the sum over functions of count over measured rate. They run on the multipliers too, but their
//    additions may find adders idle: arithmetic + transcendental would not be a lower bound, the longer one is;
//  - traffic: for each level of the memory, what cannot lie in the caches before it. Of a working set of S bytes a cache
//    of C bytes holds at most C when a pass begins, so at least a share 1 − C/S of what the pass touches comes from
//    behind it. How long that takes is bounded by every measured kernel that moves no more than the pass in any way:
//    a triad moves two bytes in for each one out, so reading R and writing W takes at least min(R/2, W) times the time
//    of its element; likewise read, write, copy and update in place.
//
// A modelled time that exceeds a measured one is a fault of the model. What it does not know: an implementation with
// fewer operations than the recorded lists (hand-written ones have up to a tenth less), non-temporal stores.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "limits/roofs.hpp"

namespace gradlane::bench {

struct limit {
  double seconds = 0;  ///< of a call
  std::string bound;   ///< what takes most of it: "arithmetic", "transcendental", or a level: "L1", …, "DRAM"
  /// Of a call, for a roofline: additions and multiplications, a fused one as two, a function as the multiply-adds (two
  /// each) that take its time; bytes read and written, an update as both.
  double operations = 0, bytes = 0;
};

/// Bytes of distinct memory: x, the gradient, the problem's data.
struct call_shape {
  std::size_t points = 1;
  double point_bytes = 0;  ///< of one point's x; its gradient has as many
  double data_bytes = 0;
  double working_set() const { return 2 * point_bytes * static_cast<double>(points) + data_bytes; }
};

/// Nothing where a rate that the work needs was not measured.
///
/// Of many points each needs its arithmetic and its functions, but passes after the first find a small problem in the
/// nearest caches, and a matrix is shared by all: of the traffic only that from where x, gradient and data lie counts,
/// once.
std::optional<limit> limit_of(const std::vector<gradlane_pass>& passes, const call_shape& shape, const roof_set& roofs);

}  // namespace gradlane::bench
