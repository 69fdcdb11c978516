// What a fuzz target reads, as the file that the function under test asks for.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

/// A file in memory alone, with these bytes.
class fuzz_input {
 public:
  fuzz_input(const std::uint8_t* data, std::size_t size) : descriptor_(memfd_create("input", MFD_CLOEXEC)) {
    if (descriptor_ < 0 || write(descriptor_, data, size) != static_cast<ssize_t>(size)) std::abort();
  }
  ~fuzz_input() { close(descriptor_); }
  fuzz_input(const fuzz_input&) = delete;
  fuzz_input& operator=(const fuzz_input&) = delete;
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};
