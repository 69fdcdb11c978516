// Measuring a backend's roofs.
//
// A roof is a rate that nothing may exceed, so what counts is the highest one seen, not the median: whatever else the
// machine does makes a sample slower, and nothing makes one of a millisecond faster than the machine. The samples
// of all probes are spread over several rounds, so that a busy stretch spoils a few of each and not all of one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/module.hpp"
#include "common/page_memory.hpp"
#include "limits/roofs.hpp"

namespace gradlane::bench {

/// What is measured together: one shard.
struct probing {
  const backend_module* module = nullptr;
  gradlane_dtype dtype = GRADLANE_F64;
  int threads = 1;
  /// Without folder or extension: avx2-f64-threads1
  std::string file_stem() const;
};

/// Memory for the arrays of any probe, allocated and touched once.
class arena {
 public:
  arena() = default;
  /// `count` arrays of `bytes` each, which begin with numbers from [0.5, 1.5): valid arguments of every function. Where
  /// they lie in a page keeps a store from looking like one that a later load waits for (their addresses agree in the
  /// last 12 bits).
  std::vector<void*> arrays(std::size_t count, std::size_t bytes, gradlane_dtype dtype);

 private:
  page_memory memory_;
  std::size_t size_ = 0;
};

/// Bytes of the arrays together that lie in a level and in none before it.
std::size_t working_set_at(const std::vector<memory_level>& levels, std::size_t level);

/// All of the module's probes of that precision. `tick` is called before each sample with the seconds that it will take,
/// and may throw to end it all. call_error where a probe fails.
roof_set measure(const probing& what, double probe_seconds, arena& memory, const std::function<void(double)>& tick);

/// How long that will take.
double expected_seconds(const probing& what, double probe_seconds);

}  // namespace gradlane::bench
