// Arrays that notice what must not be touched.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <span>
#include <vector>

namespace gradlane::testing_memory {

/// `size` elements in front of a page that may be neither read nor written, and `margin` canaries before them.
template <class T>
class guarded_array {
 public:
  explicit guarded_array(std::size_t size, T fill = std::numeric_limits<T>::quiet_NaN()) : size_(size) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    bytes_ = ((size + margin) * sizeof(T) + page - 1) / page * page;
    mapped_ = bytes_ + page;
    void* const p = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    begin_ = static_cast<std::byte*>(p);
    mprotect(begin_ + bytes_, page, PROT_NONE);
    std::memset(begin_, canary, bytes_);
    for (std::size_t i = 0; i < size; ++i) data()[i] = fill;
  }
  explicit guarded_array(const std::vector<T>& values) : guarded_array(values.size()) {
    for (std::size_t i = 0; i < size_; ++i) data()[i] = values[i];
  }
  guarded_array(const guarded_array&) = delete;
  guarded_array& operator=(const guarded_array&) = delete;
  ~guarded_array() { munmap(begin_, mapped_); }

  T* data() { return reinterpret_cast<T*>(begin_ + bytes_) - size_; }
  T& operator[](std::size_t i) { return data()[i]; }
  std::size_t size() const { return size_; }
  std::vector<T> values() { return {data(), data() + size_}; }
  /// Whether nothing wrote in front of the array.
  bool front_untouched() const {
    const std::byte* const end = begin_ + bytes_ - size_ * sizeof(T);
    for (const std::byte* p = begin_; p < end; ++p)
      if (*p != std::byte{canary}) return false;
    return true;
  }

 private:
  static constexpr unsigned char canary = 0xa5;
  static constexpr std::size_t margin = 64;
  std::byte* begin_;
  std::size_t size_, bytes_ = 0, mapped_ = 0;
};

/// Equal to the last bit: −0 is not 0, and NaNs compare by their payload.
template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0;  // NOLINT(bugprone-suspicious-memory-comparison): bits are what counts
}
template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// Numbers in [low, high) that look random and are the same everywhere.
class number_source {
 public:
  explicit number_source(std::uint64_t seed = 1) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
  double next(double low = -1, double high = 1) {
    state_ ^= state_ << 13, state_ ^= state_ >> 7, state_ ^= state_ << 17;
    return low + (high - low) * (static_cast<double>(state_ >> 11) * 0x1p-53);
  }
  template <class T>
  std::vector<T> array(std::size_t size, double low = -1, double high = 1) {
    std::vector<T> values(size);
    for (T& v : values) v = static_cast<T>(next(low, high));
    return values;
  }

 private:
  std::uint64_t state_;
};

}  // namespace gradlane::testing_memory
