// Counts allocations of the whole process, the modules' included, while a scope is open: a gradient should make none
// after its first call. Google Benchmark 1.7.1's MemoryManager prints garbage with repetitions, hence our own.
#pragma once

#include <cstdint>
#include <optional>

namespace gradlane::bench {

class allocation_count {
 public:
  allocation_count();
  ~allocation_count();
  allocation_count(const allocation_count&) = delete;
  allocation_count& operator=(const allocation_count&) = delete;
  /// Since the scope was opened; nothing where allocations cannot be counted (sanitizers, other C libraries).
  std::optional<std::uint64_t> value() const;
};

}  // namespace gradlane::bench
