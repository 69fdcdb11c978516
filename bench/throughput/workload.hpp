// What all the cases of a shard share: the point or points x, the problem's data, the outputs, and the exact answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "common/module.hpp"
#include "throughput/row.hpp"

namespace gradlane::bench {

class workload {
 public:
  virtual ~workload() = default;
  /// A shape for `prepare`; step 0 asks for the method's own.
  virtual gradlane_shape shape(int threads, double step) const = 0;
  virtual const void* x() const = 0;
  virtual void* value() = 0;
  virtual void* gradient() = 0;
  /// Fills the outputs with NaN, so that what is not written is seen.
  virtual void poison() = 0;
  /// Compares the outputs, as computed at the unperturbed x, with the oracle.
  virtual check_result check(const implementation& by, double step) = 0;

  /// Puts x back as it was; a series of timed calls begins. It does not begin with the element that the last series
  /// began with: a series may be a single call.
  void rewind();
  /// The x of the next call. It differs from the last one's in one element, which moves between two nearby values, and
  /// before the next element moves it is back: nothing can be cached, and x never drifts away.
  ///
  /// Stored just before the call, the element would still be in the store buffer when a SIMD load of its neighbours
  /// needs it, which stalls until it is written back: 10 to 30 ns of a call at n ≤ 8, 5 to 13 ns at n = 64 (measured
  /// against calls that change nothing). So where x is small, four copies take turns, and the one changed now is read
  /// three calls later; that costs 1 to 5 ns. Where x is large, copies would take cache from the code that is timed,
  /// and the stall is lost in the call.
  const void* next_x() {
    const std::size_t k = calls_++;
    if (!turns_) {
      put(0, spots_[(k >> 1) & spot_mask], (k & 1) == 0);
      return copies_[0];
    }
    if ((k & 1) == 0) {  // the copies 0 and 2 stay as they are
      put((k + 3) & 3, spots_[((k - 1) >> 1) & spot_mask], false);
      put((k + 3) & 3, spots_[((k + 3) >> 1) & spot_mask], true);
    }
    return copies_[k & 3];
  }

 protected:
  static constexpr std::size_t spot_mask = 15, copy_count = 4;
  struct spot {
    std::size_t index = 0;
    double original = 0, nearby = 0;
  };
  void put(std::size_t copy, const spot& s, bool moved) {
    const double v = moved ? s.nearby : s.original;
    if (single_)
      static_cast<float*>(copies_[copy])[s.index] = static_cast<float>(v);
    else
      static_cast<double*>(copies_[copy])[s.index] = v;
  }
  spot spots_[spot_mask + 1];
  void* copies_[copy_count] = {};  ///< the first alone unless they take turns
  bool turns_ = false, single_ = false;

 private:
  std::size_t calls_ = 0;
};

/// std::invalid_argument where the inputs would be too large; std::bad_alloc.
std::unique_ptr<workload> make_workload(const std::string& problem, const std::string& dtype, std::size_t n,
                                        std::size_t points, std::uint64_t seed);
/// Why the inputs and outputs of such a shard cannot be made, "" if they can: the limit on a problem's data, or memory.
std::string too_large(const std::string& problem, const std::string& dtype, std::size_t n, std::size_t points);

}  // namespace gradlane::bench
