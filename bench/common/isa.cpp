#include "common/isa.hpp"

#include <cfenv>

#include "common/module.hpp"

namespace gradlane::bench {

namespace {

struct feature {
  std::string_view name;
  bool (*supported)();
};

// __builtin_cpu_supports takes literals only; it asks the operating system too (XGETBV), which reading CPUID does not.
#if defined(__x86_64__) || defined(__i386__)
#define GRADLANE_FEATURE(name)                             \
  {                                                        \
    name, [] { return __builtin_cpu_supports(name) != 0; } \
  }
constexpr feature features[] = {
    GRADLANE_FEATURE("sse2"),     GRADLANE_FEATURE("sse3"),     GRADLANE_FEATURE("ssse3"),
    GRADLANE_FEATURE("sse4.1"),   GRADLANE_FEATURE("sse4.2"),   GRADLANE_FEATURE("popcnt"),
    GRADLANE_FEATURE("avx"),      GRADLANE_FEATURE("avx2"),     GRADLANE_FEATURE("fma"),
    GRADLANE_FEATURE("fma4"),     GRADLANE_FEATURE("bmi"),      GRADLANE_FEATURE("bmi2"),
    GRADLANE_FEATURE("avx512f"),  GRADLANE_FEATURE("avx512vl"), GRADLANE_FEATURE("avx512bw"),
    GRADLANE_FEATURE("avx512dq"), GRADLANE_FEATURE("avx512cd")};
#undef GRADLANE_FEATURE
#elif defined(__aarch64__)
// Advanced SIMD is part of the base architecture.
constexpr feature features[] = {{"neon", [] { return true; }}, {"asimd", [] { return true; }}};
#else
constexpr feature features[] = {{"none", [] { return true; }}};
#endif

}  // namespace

std::optional<bool> cpu_supports(std::string_view name) {
  for (const feature& f : features)
    if (f.name == name) return f.supported();
  return std::nullopt;
}

std::vector<std::string> supported_features() {
  std::vector<std::string> names;
  for (const feature& f : features)
    if (f.supported()) names.emplace_back(f.name);
  return names;
}

floating_point_control floating_point_control::current() {
  std::fenv_t env;
  std::fegetenv(&env);
#if defined(__x86_64__)
  // The low six bits of MXCSR are the sticky flags. fegetenv masks the x87 exceptions: fnstenv does, glibc reloads it.
  return {(static_cast<unsigned long>(env.__control_word) << 32) | (env.__mxcsr & ~0x3fu)};
#elif defined(__aarch64__)
  return {static_cast<unsigned long>(env.__fpcr)};
#else
  return {static_cast<unsigned long>(std::fegetround())};
#endif
}

void restore(floating_point_control control) {
  std::fenv_t env;
  std::fegetenv(&env);
#if defined(__x86_64__)
  env.__control_word = static_cast<unsigned short>(control.bits >> 32);
  env.__mxcsr = (env.__mxcsr & 0x3fu) | static_cast<unsigned>(control.bits & 0xffffffffu);
#elif defined(__aarch64__)
  env.__fpcr = static_cast<decltype(env.__fpcr)>(control.bits);
#endif
  std::fesetenv(&env);
}

}  // namespace gradlane::bench
