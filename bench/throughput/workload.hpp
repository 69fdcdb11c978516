// What all the cases of a shard share: the point or points x, the problem's data, the outputs, and the exact answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "common/module.hpp"
#include "throughput/answer_bits.hpp"
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
  /// Compares the outputs, as computed at the unperturbed x, with the oracle; or, where their bits are `known`, with
  /// those. Bits found right are put there. A null pointer: with the oracle always.
  virtual check_result check(const implementation& by, double step, answer_bits* known = nullptr) = 0;

  // Timed calls come in series. In a series one element of x moves, another element in the next; its values lie a clear
  // step from where it was, are never the same again (in f64 for 2³² calls, in f32 for 2¹⁶), and any two in succession
  // lie far apart: neither can an answer be kept, nor is the last one right to within a tolerance. The last x of a series
  // is one of two only, so that there can be an exact answer for it: what the last call left in the outputs is compared
  // with that. Until then nothing tells it from the calls before.

  /// x is as it was, but for the element that moves. A series of a single call repeats the x of the last such series but
  /// one; without `verified` it does not, and check_last() has nothing to compare with.
  void begin_series(std::size_t calls, bool verified = true);
  /// The x of the next call.
  ///
  /// Stored just before the call, the element would still be in the store buffer when a SIMD load of its neighbours
  /// needs it, which stalls until it is written back: 10 to 30 ns of a call at n ≤ 8, 5 to 13 ns at n = 64 (measured
  /// against calls that change nothing). So where x is small, four copies take turns, and the one changed now is read
  /// three calls later; that costs 1 to 5 ns. Where x is large, copies would take cache from the code that is timed,
  /// and the stall is lost in the call.
  const void* next_x() {
    const std::size_t k = calls_++;
    if (!turns_) {
      move(0, k);
      return copies_[0];
    }
    move((k + 3) & 3, k + 3);
    return copies_[k & 3];
  }
  /// The outputs as the last call of a verified series left them, against the exact answer at its x; `known` as above.
  virtual check_result check_last(const implementation& by, double step, answer_bits* known = nullptr) = 0;
  /// Puts x back as it was.
  void rewind();

 protected:
  static constexpr std::size_t spot_count = 16, copy_count = 4;
  /// An element that moves: from `original` to original + reach·[1, 2].
  struct spot {
    std::size_t index = 0;
    double original = 0, reach = 0;
  };
  /// Which of the two last x. Two in turn, so that an answer kept from the last series is wrong.
  std::size_t ending() const { return series_ & 1; }
  const spot& moving() const { return *moving_; }
  spot spots_[spot_count];
  spot last_spots_[2];             ///< of verified series
  void* copies_[copy_count] = {};  ///< the first alone unless they take turns
  bool turns_ = false, single_ = false;

 private:
  /// Where the element is in call k, as a fraction of its way: 1 in the last call, less in any other.
  double fraction(std::size_t k) const {
    if (k == last_) return 1;
    // The golden ratio's multiples modulo 1 lie far apart, and an odd factor modulo a power of two repeats none.
    return single_ ? 0x1p-16 * static_cast<double>(static_cast<std::uint16_t>(k * 40503u))
                   : 0x1p-32 * static_cast<double>(static_cast<std::uint32_t>(k * 2654435769u));
  }
  void move(std::size_t copy, std::size_t k) {
    put(copy, *moving_, moving_->original + moving_->reach * (1 + fraction(k)));
  }
  void put(std::size_t copy, const spot& s, double v) {
    if (single_)
      static_cast<float*>(copies_[copy])[s.index] = static_cast<float>(v);
    else
      static_cast<double*>(copies_[copy])[s.index] = v;
  }

  std::size_t calls_ = 0, series_ = 0, last_ = 0;
  const spot* moving_ = spots_;
};

/// std::invalid_argument where the inputs would be too large; std::bad_alloc.
std::unique_ptr<workload> make_workload(const std::string& problem, const std::string& dtype, std::size_t n,
                                        std::size_t points, std::uint64_t seed);
/// Why the inputs and outputs of such a shard cannot be made, "" if they can: the limit on a problem's data, or memory.
std::string too_large(const std::string& problem, const std::string& dtype, std::size_t n, std::size_t points);

}  // namespace gradlane::bench
