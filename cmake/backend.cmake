# gradlane_add_backend(SET): the module of one instruction set, build/<preset>/backends/SET.so with its sidecar SET.json.
# A generated source for each problem and kind of lanes keeps the build parallel and the memory of a compiler small.
function(gradlane_add_backend set)
  gradlane_backend_units(${set} simd 2)
  set(scalar backend_${GRADLANE_SCALAR_LIKE_${set}}_scalar)
  if(NOT TARGET ${scalar})
    set(scalar backend_${set}_scalar)
    gradlane_backend_units(${set} scalar 1)
    target_compile_options(${scalar} PRIVATE ${GRADLANE_SCALAR_FLAGS})
  endif()

  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  string(JOIN " " shown ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}} -ffp-contract=off ${GRADLANE_FLAGS_${set}})
  add_library(backend_${set} MODULE ${PROJECT_SOURCE_DIR}/src/backend/module.cpp)
  gradlane_backend_flags(backend_${set} ${set})
  target_compile_definitions(backend_${set} PRIVATE "GRADLANE_BUILD_TYPE=\"${CMAKE_BUILD_TYPE}\""
    "GRADLANE_BACKEND_NAME=\"${set}\"" "GRADLANE_BACKEND_FLAGS=\"${shown}\"")
  # In this order: of functions that both kinds of units hold, the linker keeps the set's own.
  target_link_libraries(backend_${set} PRIVATE backend_${set}_simd ${scalar})
  # Equal template symbols of other instruction sets must never be bound: only the entry point is global.
  target_link_options(backend_${set} PRIVATE
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/src/backend/exports.map -Wl,-z,nodelete)
  set_target_properties(backend_${set} PROPERTIES PREFIX "" OUTPUT_NAME ${set}
    LINK_DEPENDS ${PROJECT_SOURCE_DIR}/src/backend/exports.map
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/backends)

  gradlane_sidecar(${PROJECT_BINARY_DIR}/backends ${set} NEEDS ${GRADLANE_NEEDS_${set}}
    LANES_F64 ${GRADLANE_LANES_${set}} RANK ${GRADLANE_RANK_${set}})
endfunction()

# The objects of a backend's scalar or simd units, in this order. They share one precompiled header (whether loops are
# vectorised is no part of it): reading the headers anew would take a quarter of the time.
function(gradlane_backend_units set part lanes)
  set(target backend_${set}_${part})
  set(sources "")
  foreach(problem IN LISTS GRADLANE_PROBLEMS)
    set(unit ${GRADLANE_GENERATED_DIR}/${set}/${problem}_${part}.cpp)
    file(CONFIGURE OUTPUT ${unit} @ONLY CONTENT
"// Generated. Do not edit.
#define GRADLANE_UNIT_PROBLEM @problem@
#define GRADLANE_UNIT_LANES @lanes@
#define GRADLANE_UNIT_ENTRIES add_@problem@_@part@
#include \"problems/@problem@.hpp\"
#include \"backend/unit.hpp\"
")
    list(APPEND sources ${unit})
  endforeach()
  if(part STREQUAL "simd")
    foreach(file IN ITEMS curvatures entries functions probes)
      list(APPEND sources ${PROJECT_SOURCE_DIR}/src/backend/${file}.cpp)
    endforeach()
  endif()
  add_library(${target} OBJECT ${sources})
  gradlane_backend_flags(${target} ${set})
  if(part STREQUAL "simd")
    target_precompile_headers(${target} PRIVATE ${GRADLANE_GENERATED_DIR}/method_registry.hpp)
  else()
    target_precompile_headers(${target} REUSE_FROM backend_${set}_simd)
  endif()
endfunction()

function(gradlane_backend_flags target set)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src ${GRADLANE_GENERATED_DIR})
  target_include_directories(${target} SYSTEM PRIVATE ${XSIMD_INCLUDE_DIR})
  target_compile_definitions(${target} PRIVATE GRADLANE_SHARED_DENSE)
  target_compile_options(${target} PRIVATE ${GRADLANE_FLAGS_${set}} -fvisibility=hidden -fvisibility-inlines-hidden)
  target_link_libraries(${target} PRIVATE OpenMP::OpenMP_CXX)
endfunction()
