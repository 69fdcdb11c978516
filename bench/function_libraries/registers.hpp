// The registers of the instruction set that a library of vector functions is called for, and its parts of their names.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#else
#include <arm_neon.h>
#endif

namespace gradlane::peers {

#if defined(__AVX512F__)
using doubles = __m512d;
using floats = __m512;
#elif defined(__AVX2__)
using doubles = __m256d;
using floats = __m256;
#elif defined(__x86_64__)
using doubles = __m128d;
using floats = __m128;
#else
using doubles = float64x2_t;
using floats = float32x4_t;
#endif

}  // namespace gradlane::peers

/// NAME_f64 and NAME_f32, which call the library's functions of these names.
#define GRADLANE_ONE_REGISTER(type, number, registers, function) \
  struct type {                                                  \
    using element = number;                                      \
    using vector = registers;                                    \
    static vector of(vector x) { return function(x); }           \
  };
