// Memory for inputs and outputs that shows every access outside: a copy of some numbers at an end of a mapping between
// two pages that may not be touched. What is left of the accessible pages holds a pattern.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

namespace gradlane::suite {

enum class placement { at_begin, at_end };

/// Pages that may be touched between two that may not. Given back they are kept for the next of their size: most of the
/// time that a new mapping takes, the kernel spends on clearing its pages.
class guarded_pages {
 public:
  explicit guarded_pages(std::size_t least)
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))),
        size_(std::max(least + page_ - 1, page_) / page_ * page_) {
    std::vector<unsigned char*>& kept = spare()[size_];
    if (!kept.empty()) {
      begin_ = kept.back();
      kept.pop_back();
    } else {
      void* const map = mmap(nullptr, size_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (map == MAP_FAILED) throw std::runtime_error("mmap failed");
      begin_ = static_cast<unsigned char*>(map) + page_;
      protect(PROT_READ | PROT_WRITE);
    }
  }
  ~guarded_pages() {
    if (begin_ == nullptr) return;
    if (size_ > most_kept_pages * page_) {
      munmap(begin_ - page_, size_ + 2 * page_);
    } else {
      if (read_only_) mprotect(begin_, size_, PROT_READ | PROT_WRITE);
      spare()[size_].push_back(begin_);
    }
  }
  guarded_pages(guarded_pages&& other) noexcept { *this = std::move(other); }
  guarded_pages& operator=(guarded_pages&& other) noexcept {
    std::swap(page_, other.page_), std::swap(size_, other.size_);
    std::swap(begin_, other.begin_), std::swap(read_only_, other.read_only_);
    return *this;
  }

  unsigned char* begin() const { return begin_; }
  unsigned char* end() const { return begin_ + size_; }
  void make_read_only() {
    protect(PROT_READ);
    read_only_ = true;
  }

 private:
  static constexpr std::size_t most_kept_pages = 64;
  /// By size. Never destroyed: buffers of static storage duration may still come back.
  static std::map<std::size_t, std::vector<unsigned char*>>& spare() {
    static auto* const kept = new std::map<std::size_t, std::vector<unsigned char*>>;
    return *kept;
  }
  void protect(int how) {
    if (mprotect(begin_, size_, how) != 0) throw std::runtime_error("mprotect failed");
  }

  std::size_t page_ = 0, size_ = 0;
  unsigned char* begin_ = nullptr;
  bool read_only_ = false;
};

class guarded_bytes {
 public:
  guarded_bytes(const void* from, std::size_t size, placement where) : pages_(size), size_(size) {
    std::memset(pages_.begin(), pattern, static_cast<std::size_t>(pages_.end() - pages_.begin()));
    data_ = where == placement::at_begin ? pages_.begin() : pages_.end() - size;
    if (size > 0) std::memcpy(data_, from, size);
  }

  unsigned char* data() const { return data_; }
  /// From now on a write is an access violation.
  void make_read_only() { pages_.make_read_only(); }
  /// Whether nothing was written beside the numbers.
  bool is_clean() const {
    const auto untouched = [](unsigned char byte) { return byte == pattern; };
    return std::all_of(pages_.begin(), data_, untouched) && std::all_of(data_ + size_, pages_.end(), untouched);
  }

 private:
  static constexpr unsigned char pattern = 0xa5;
  guarded_pages pages_;
  std::size_t size_ = 0;
  unsigned char* data_ = nullptr;
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
