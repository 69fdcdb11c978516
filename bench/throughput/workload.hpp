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

  /// Moves one element of x between two nearby values; before the next element moves, this one is back. So each call
  /// differs from the last in one element, and x never drifts away.
  void perturb() {
    const spot& s = spots_[(calls_ >> 1) & spot_mask];
    if (calls_ & 1)
      s.put(s.original);
    else
      s.put(s.nearby);
    ++calls_;
  }
  /// Undoes a perturbation that is pending.
  void restore() {
    if (calls_ & 1) perturb();
  }

 protected:
  static constexpr std::size_t spot_mask = 15;
  struct spot {
    void* at = nullptr;
    double original = 0, nearby = 0;
    bool single = false;
    void put(double v) const {
      if (single)
        *static_cast<float*>(at) = static_cast<float>(v);
      else
        *static_cast<double*>(at) = v;
    }
  };
  spot spots_[spot_mask + 1];

 private:
  std::size_t calls_ = 0;
};

/// std::invalid_argument where the inputs would be too large; std::bad_alloc.
std::unique_ptr<workload> make_workload(const std::string& problem, const std::string& dtype, std::size_t n,
                                        std::size_t points, std::uint64_t seed);
/// Why the inputs and outputs of such a shard cannot be made, "" if they can: the limit on a problem's data, or memory.
std::string too_large(const std::string& problem, const std::string& dtype, std::size_t n, std::size_t points);

}  // namespace gradlane::bench
