// Any sidecar is read or refused with a line that names it, and what is read can be asked what it needs.
#include <stdexcept>

#include "common/module.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz_input file(data, size);
  try {
    const gradlane::bench::sidecar about = gradlane::bench::read_sidecar(file.path());
    if (about.name.empty()) std::abort();
    static_cast<void>(gradlane::bench::missing_feature(about, file.path()));
  } catch (const std::runtime_error& e) {
    if (std::string(e.what()).find(file.path().string()) == std::string::npos) std::abort();
  }
  return 0;
}
