// elf_fault takes any file: a fault or none, never a crash.
#include "common/elf.hpp"

#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz_input file(data, size);
  const std::string fault = gradlane::bench::elf_fault(file.path());
  if (size < 64 && fault.empty()) std::abort();  // shorter than an ELF header: cannot be a module
  return 0;
}
