// glibc's vector functions, called by the names that its vector ABI gives them, for which compilers call them under
// -ffast-math: _ZGV, the instruction set (b: SSE, d: AVX2, e: AVX-512), N without a mask, the lanes, v, the function. They
// promise 4 ulp (of round to nearest), and nothing for subnormals.
#include <gnu/libc-version.h>

#include <string>

#include "functions.hpp"
#include "registers.hpp"

#if defined(__AVX512F__)
#define GRADLANE_F64_NAME(name) _ZGVeN8v_##name
#define GRADLANE_F32_NAME(name) _ZGVeN16v_##name##f
#elif defined(__AVX2__)
#define GRADLANE_F64_NAME(name) _ZGVdN4v_##name
#define GRADLANE_F32_NAME(name) _ZGVdN8v_##name##f
#else
#define GRADLANE_F64_NAME(name) _ZGVbN2v_##name
#define GRADLANE_F32_NAME(name) _ZGVbN4v_##name##f
#endif

#define GRADLANE_DECLARE(name)                                                \
  gradlane::peers::doubles GRADLANE_F64_NAME(name)(gradlane::peers::doubles); \
  gradlane::peers::floats GRADLANE_F32_NAME(name)(gradlane::peers::floats);
extern "C" {
GRADLANE_LIBRARY_FUNCTIONS(GRADLANE_DECLARE)
}

namespace gradlane::peers {
namespace {

#define GRADLANE_VECTOR(name)                                                 \
  GRADLANE_ONE_REGISTER(name##_f64, double, doubles, GRADLANE_F64_NAME(name)) \
  GRADLANE_ONE_REGISTER(name##_f32, float, floats, GRADLANE_F32_NAME(name))
GRADLANE_LIBRARY_FUNCTIONS(GRADLANE_VECTOR)

const char* library_name() {
  static const std::string name = std::string("libmvec of glibc ") + gnu_get_libc_version();
  return name.c_str();
}

}  // namespace
}  // namespace gradlane::peers

GRADLANE_FUNCTION_LIBRARY(library_name())
