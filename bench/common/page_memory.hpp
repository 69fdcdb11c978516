// Memory for arrays that are measured: from a page boundary, and in huge pages where it is large.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace gradlane::bench {

inline constexpr std::size_t page = 4096, cache_line = 64;

struct page_release {
  void operator()(std::byte* p) const { std::free(p); }
};
using page_memory = std::unique_ptr<std::byte, page_release>;

/// `size` bytes, not filled. Above 8 MiB the kernel is asked for pages of 2 MiB: walks of page tables belong to the
/// machine's setup, not to a method, and the roofs are measured in the same memory. Throws std::bad_alloc.
inline page_memory allocate_pages(std::size_t size) {
  constexpr std::size_t huge = std::size_t{1} << 21;
  const std::size_t boundary = size > 4 * huge ? huge : page;
  const std::size_t rounded = (size + boundary - 1) / boundary * boundary;
  page_memory memory(static_cast<std::byte*>(std::aligned_alloc(boundary, rounded)));
  if (!memory) throw std::bad_alloc();
  if (boundary == huge) madvise(memory.get(), rounded, MADV_HUGEPAGE);  // where it is refused, small pages do
  return memory;
}

}  // namespace gradlane::bench
