// The C library's functions, one number a call, as a plain loop calls them: glibc takes its FMA versions by itself where
// the CPU has them. No compiler vectorises such a loop without -ffast-math or OpenMP's leave.
#include <cmath>
#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

#include <string>

#include "functions.hpp"

namespace gradlane::peers {
namespace {

#define GRADLANE_ONE_NUMBER(name, suffix, type)     \
  struct name##_##suffix {                          \
    using element = type;                           \
    using vector = type;                            \
    static type of(type x) { return std::name(x); } \
  };
#define GRADLANE_SCALAR(name) GRADLANE_ONE_NUMBER(name, f64, double) GRADLANE_ONE_NUMBER(name, f32, float)
GRADLANE_LIBRARY_FUNCTIONS(GRADLANE_SCALAR)

const char* library_name() {
#if defined(__GLIBC__)
  static const std::string name = std::string("glibc ") + gnu_get_libc_version();
  return name.c_str();
#else
  return "the C library";
#endif
}

}  // namespace
}  // namespace gradlane::peers

GRADLANE_FUNCTION_LIBRARY(library_name())
