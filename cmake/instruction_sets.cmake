# Instruction sets: the one place for their flags. A module is built for each and loaded where the CPU has what it
# `needs` (names as __builtin_cpu_supports knows them). The higher the rank, the sooner it is taken as the best.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(GRADLANE_SETS sse2 avx2 avx512)
  set(GRADLANE_REFERENCE_SET avx2)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  set(GRADLANE_SETS neon64)
  set(GRADLANE_REFERENCE_SET neon64)
else()
  message(FATAL_ERROR "gradlane knows no instruction set for '${CMAKE_SYSTEM_PROCESSOR}': add one to cmake/instruction_sets.cmake")
endif()

set(GRADLANE_FLAGS_sse2 -march=x86-64)
set(GRADLANE_NEEDS_sse2 sse2)
set(GRADLANE_LANES_sse2 2)
set(GRADLANE_RANK_sse2 10)

set(GRADLANE_FLAGS_avx2 -march=x86-64 -mavx2 -mfma -mbmi -mbmi2)
set(GRADLANE_NEEDS_avx2 avx2 fma bmi bmi2)
set(GRADLANE_LANES_avx2 4)
set(GRADLANE_RANK_avx2 20)

# g++ would otherwise keep to 256-bit registers for its own code, which costs nothing here, but says nothing either.
set(GRADLANE_FLAGS_avx512 ${GRADLANE_FLAGS_avx2} -mavx512f -mavx512cd -mavx512dq -mavx512bw -mavx512vl
  -mprefer-vector-width=512)
set(GRADLANE_NEEDS_avx512 ${GRADLANE_NEEDS_avx2} avx512f avx512cd avx512dq avx512bw avx512vl)
set(GRADLANE_LANES_avx512 8)
set(GRADLANE_RANK_avx512 30)
# On single numbers avx512 has no instruction that avx2 with FMA lacks: the scalar units are built once for both.
set(GRADLANE_SCALAR_LIKE_avx512 avx2)

set(GRADLANE_FLAGS_neon64 -march=armv8-a)
set(GRADLANE_NEEDS_neon64 asimd)
set(GRADLANE_LANES_neon64 2)
set(GRADLANE_RANK_neon64 10)

# g++ schedules before it allocates registers only when told to. The unrolled steps of a loop are independent chains of
# operations; interleaved they fill the CPU's window (chain/reverse_fused on Zen 3: 1.1 × faster). It also keeps objects
# of more than a few registers in memory unless told otherwise: expressions on a tape, duals of several tangents
# (chain/reverse_tape/points: 2.3 × faster).
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  foreach(set IN LISTS GRADLANE_SETS)
    list(APPEND GRADLANE_FLAGS_${set} -fschedule-insns -fsched-pressure --param=sra-max-scalarization-size-Ospeed=1024)
  endforeach()
endif()

# The scalar lane means scalar: the same instruction set, no auto-vectorisation.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(GRADLANE_SCALAR_FLAGS -fno-vectorize -fno-slp-vectorize)
else()
  set(GRADLANE_SCALAR_FLAGS -fno-tree-vectorize -fno-tree-slp-vectorize)
endif()

if(GRADLANE_BACKENDS STREQUAL "all")
  set(GRADLANE_ENABLED_SETS ${GRADLANE_SETS})
elseif(GRADLANE_BACKENDS STREQUAL "reference")
  set(GRADLANE_ENABLED_SETS ${GRADLANE_REFERENCE_SET})
else()
  string(REPLACE "," ";" GRADLANE_ENABLED_SETS "${GRADLANE_BACKENDS}")
  foreach(set IN LISTS GRADLANE_ENABLED_SETS)
    if(NOT set IN_LIST GRADLANE_SETS)
      message(FATAL_ERROR "GRADLANE_BACKENDS: '${set}' is none of ${GRADLANE_SETS}")
    endif()
  endforeach()
endif()
