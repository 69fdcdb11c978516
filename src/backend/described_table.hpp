// A module's table as far as the build knows it.
#pragma once

#include "backend/backend.h"

namespace gradlane::backend {

/// Name, flags and build type come from the build (GRADLANE_BACKEND_NAME, …), one lane, and nothing in it yet.
inline gradlane_backend_table described_table(const char* library) {
  gradlane_backend_table b{};
  b.abi_version = GRADLANE_ABI_VERSION;
  b.implementation_size = sizeof(gradlane_implementation);
  b.name = GRADLANE_BACKEND_NAME;
#if defined(__clang__)
  b.compiler = "Clang " __clang_version__;
#else
  b.compiler = "GNU " __VERSION__;
#endif
  b.flags = GRADLANE_BACKEND_FLAGS;
  b.library = library;
  b.build_type = GRADLANE_BUILD_TYPE;
  b.lanes_f64 = b.lanes_f32 = 1;
  return b;
}

}  // namespace gradlane::backend
