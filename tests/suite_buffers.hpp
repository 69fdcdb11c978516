// Memory for inputs and outputs that shows every access outside: a copy of some numbers at an end of a mapping between
// two pages that may not be touched. What is left of the accessible pages holds a pattern.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace gradlane::suite {

enum class placement { at_begin, at_end };

class guarded_bytes {
 public:
  guarded_bytes(const void* from, std::size_t size, placement where)
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))), size_(size) {
    accessible_ = (size + page_ - 1) / page_ * page_ + (size == 0 ? page_ : 0);
    map_ = mmap(nullptr, accessible_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map_ == MAP_FAILED) throw std::runtime_error("mmap failed");
    begin_ = static_cast<unsigned char*>(map_) + page_;
    protect(PROT_READ | PROT_WRITE);
    std::memset(begin_, pattern, accessible_);
    data_ = where == placement::at_begin ? begin_ : begin_ + (accessible_ - size);
    if (size > 0) std::memcpy(data_, from, size);
  }
  ~guarded_bytes() { munmap(map_, accessible_ + 2 * page_); }
  guarded_bytes(guarded_bytes&& other) noexcept { *this = std::move(other); }
  guarded_bytes& operator=(guarded_bytes&& other) noexcept {
    std::swap(page_, other.page_), std::swap(size_, other.size_), std::swap(accessible_, other.accessible_);
    std::swap(map_, other.map_), std::swap(begin_, other.begin_), std::swap(data_, other.data_);
    return *this;
  }

  unsigned char* data() const { return data_; }
  /// From now on a write is an access violation.
  void make_read_only() { protect(PROT_READ); }
  /// Whether nothing was written beside the numbers.
  bool is_clean() const {
    for (unsigned char* p = begin_; p < begin_ + accessible_; ++p)
      if ((p < data_ || p >= data_ + size_) && *p != pattern) return false;
    return true;
  }

 private:
  static constexpr unsigned char pattern = 0xa5;
  void protect(int how) {
    if (mprotect(begin_, accessible_, how) != 0) throw std::runtime_error("mprotect failed");
  }

  std::size_t page_ = 0, size_ = 0, accessible_ = 0;
  void* map_ = nullptr;
  unsigned char *begin_ = nullptr, *data_ = nullptr;
};

/// The same for numbers of one type.
template <class T>
class guarded {
 public:
  guarded(const std::vector<T>& from, placement where) : bytes_(from.data(), from.size() * sizeof(T), where) {}
  T* data() const { return reinterpret_cast<T*>(bytes_.data()); }
  void make_read_only() { bytes_.make_read_only(); }
  bool is_clean() const { return bytes_.is_clean(); }

 private:
  guarded_bytes bytes_;
};

/// A copy of some numbers whose address is `offset` elements behind a multiple of 64 bytes.
template <class T>
class misaligned {
 public:
  misaligned(const std::vector<T>& from, std::size_t offset) : memory_(from.size() + offset + 64 / sizeof(T)) {
    std::size_t first = offset;
    while ((reinterpret_cast<std::uintptr_t>(memory_.data() + first - offset) % 64) != 0) ++first;
    data_ = memory_.data() + first;
    std::copy(from.begin(), from.end(), data_);
  }
  misaligned(misaligned&&) = default;
  misaligned& operator=(misaligned&&) = default;
  T* data() const { return data_; }

 private:
  std::vector<T> memory_;
  T* data_;
};

}  // namespace gradlane::suite
