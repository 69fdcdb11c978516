#include "common/elf.hpp"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <vector>

namespace gradlane::bench {

namespace {

constexpr unsigned machine =
#if defined(__x86_64__)
    EM_X86_64;
#elif defined(__aarch64__)
    EM_AARCH64;
#else
    EM_NONE;
#endif

template <class T>
bool read_at(std::ifstream& in, std::uint64_t offset, T* into, std::size_t count) {
  in.seekg(static_cast<std::streamoff>(offset));
  in.read(reinterpret_cast<char*>(into), static_cast<std::streamsize>(count * sizeof(T)));
  return static_cast<bool>(in);
}

/// Saturating: an end that wraps around would lie within the file.
std::uint64_t sum(std::uint64_t offset, std::uint64_t size) {
  std::uint64_t end = 0;
  return __builtin_add_overflow(offset, size, &end) ? UINT64_MAX : end;
}

}  // namespace

std::string elf_fault(const std::filesystem::path& file) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(file, error);
  std::ifstream in(file, std::ios::binary);
  if (error || !in) return "unreadable";
  ElfW(Ehdr) header;
  if (!read_at(in, 0, &header, 1)) return "truncated: shorter than an ELF header";
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return "not an ELF shared object";
  if (header.e_ident[EI_CLASS] != (sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32) || header.e_type != ET_DYN ||
      (machine != EM_NONE && header.e_machine != machine))
    return "not a shared object for this machine";
  std::vector<ElfW(Phdr)> segments(header.e_phnum);
  if (header.e_phentsize != sizeof(ElfW(Phdr)) || !read_at(in, header.e_phoff, segments.data(), segments.size()))
    return "truncated: no program headers";
  // The section headers come last: where they are missing something was cut off, even if every segment is there.
  std::uint64_t end = header.e_shoff == 0 ? 0 : sum(header.e_shoff, std::uint64_t{header.e_shnum} * header.e_shentsize);
  for (const ElfW(Phdr) & s : segments) end = std::max(end, sum(s.p_offset, s.p_filesz));
  if (end > size) return "truncated: " + std::to_string(size) + " of " + std::to_string(end) + " bytes";
  return {};
}

}  // namespace gradlane::bench
