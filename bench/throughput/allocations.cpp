#include "throughput/allocations.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>

#include "common/sanitized.hpp"

// The executable's malloc takes precedence over the C library's in every module that is loaded, with RTLD_LOCAL too.
// A sanitizer does the same and must win.
#if defined(__GLIBC__) && !defined(GRADLANE_SANITIZED)
#define GRADLANE_COUNTS_ALLOCATIONS 1
#endif

namespace {

// The counter is touched only in the counting phase, which is not timed: outside it an allocation costs one predicted
// branch more.
std::atomic<bool> counting{false};
std::atomic<std::uint64_t> allocations{0};

#ifdef GRADLANE_COUNTS_ALLOCATIONS
void count() {
  if (counting.load(std::memory_order_relaxed)) allocations.fetch_add(1, std::memory_order_relaxed);
}
#endif

}  // namespace

#ifdef GRADLANE_COUNTS_ALLOCATIONS
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) noexcept {
  count();
  return __libc_malloc(size);
}
void* calloc(std::size_t items, std::size_t size) noexcept {
  count();
  return __libc_calloc(items, size);
}
void* realloc(void* old, std::size_t size) noexcept {
  count();
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  count();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** into, std::size_t alignment, std::size_t size) noexcept {
  count();
  if (alignment % sizeof(void*) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  void* p = __libc_memalign(alignment, size);
  if (!p) return ENOMEM;
  *into = p;
  return 0;
}
}
#endif

namespace gradlane::bench {

allocation_count::allocation_count() {
  allocations = 0;
  counting = true;
}

allocation_count::~allocation_count() { counting = false; }

std::optional<std::uint64_t> allocation_count::value() const {
#ifdef GRADLANE_COUNTS_ALLOCATIONS
  return allocations.load();
#else
  return std::nullopt;
#endif
}

}  // namespace gradlane::bench
