// SLEEF's vector functions, those that promise 1.0 ulp (u10; it has faster ones of 3.5), of the variant written for the
// instruction set: no dispatcher is asked.
#include <sleef.h>

#include "functions.hpp"
#include "registers.hpp"

#if defined(__AVX512F__)
#define GRADLANE_F64_NAME(name) Sleef_##name##d8_u10avx512f
#define GRADLANE_F32_NAME(name) Sleef_##name##f16_u10avx512f
#elif defined(__AVX2__)
#define GRADLANE_F64_NAME(name) Sleef_##name##d4_u10avx2
#define GRADLANE_F32_NAME(name) Sleef_##name##f8_u10avx2
#elif defined(__x86_64__)
#define GRADLANE_F64_NAME(name) Sleef_##name##d2_u10sse2
#define GRADLANE_F32_NAME(name) Sleef_##name##f4_u10sse2
#else
#define GRADLANE_F64_NAME(name) Sleef_##name##d2_u10advsimd
#define GRADLANE_F32_NAME(name) Sleef_##name##f4_u10advsimd
#endif
#define GRADLANE_TEXT_OF(x) #x
#define GRADLANE_TEXT(x) GRADLANE_TEXT_OF(x)

namespace gradlane::peers {
namespace {

#define GRADLANE_VECTOR(name)                                                 \
  GRADLANE_ONE_REGISTER(name##_f64, double, doubles, GRADLANE_F64_NAME(name)) \
  GRADLANE_ONE_REGISTER(name##_f32, float, floats, GRADLANE_F32_NAME(name))
GRADLANE_LIBRARY_FUNCTIONS(GRADLANE_VECTOR)

}  // namespace
}  // namespace gradlane::peers

GRADLANE_FUNCTION_LIBRARY("SLEEF " GRADLANE_TEXT(SLEEF_VERSION_MAJOR) "." GRADLANE_TEXT(
    SLEEF_VERSION_MINOR) "." GRADLANE_TEXT(SLEEF_VERSION_PATCHLEVEL) ", u10")
