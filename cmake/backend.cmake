# gradlane_add_backend(SET): the module of one instruction set, build/<preset>/backends/SET.so with its sidecar SET.json.
# A generated source for each problem and kind of lanes keeps the build parallel and the memory of a compiler small.
function(gradlane_add_backend set)
  set(sources ${PROJECT_SOURCE_DIR}/src/backend/module.cpp ${PROJECT_SOURCE_DIR}/src/backend/entries.cpp)
  foreach(problem IN LISTS GRADLANE_PROBLEMS)
    foreach(part IN ITEMS scalar simd)
      set(lanes 2)
      if(part STREQUAL "scalar")
        set(lanes 1)
      endif()
      set(unit ${GRADLANE_GENERATED_DIR}/${set}/${problem}_${part}.cpp)
      file(CONFIGURE OUTPUT ${unit} @ONLY CONTENT
"// Generated. Do not edit.
#define GRADLANE_UNIT_PROBLEM @problem@
#define GRADLANE_UNIT_LANES @lanes@
#define GRADLANE_UNIT_ENTRIES add_@problem@_@part@
#include \"problems/@problem@.hpp\"
#include \"backend/unit.hpp\"
")
      if(part STREQUAL "scalar")
        set_source_files_properties(${unit} PROPERTIES COMPILE_OPTIONS "${GRADLANE_SCALAR_FLAGS}")
      endif()
      list(APPEND sources ${unit})
    endforeach()
  endforeach()

  add_library(backend_${set} MODULE ${sources})
  set(flags ${GRADLANE_FLAGS_${set}})
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  string(JOIN " " shown ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}} -ffp-contract=off ${flags})
  target_include_directories(backend_${set} PRIVATE ${PROJECT_SOURCE_DIR}/src ${GRADLANE_GENERATED_DIR})
  target_include_directories(backend_${set} SYSTEM PRIVATE ${XSIMD_INCLUDE_DIR})
  target_compile_options(backend_${set} PRIVATE ${flags} -fvisibility=hidden -fvisibility-inlines-hidden)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/backend/module.cpp PROPERTIES COMPILE_DEFINITIONS
    "GRADLANE_BUILD_TYPE=\"${CMAKE_BUILD_TYPE}\"")
  target_compile_definitions(backend_${set} PRIVATE
    GRADLANE_SHARED_DENSE "GRADLANE_BACKEND_NAME=\"${set}\"" "GRADLANE_BACKEND_FLAGS=\"${shown}\"")
  target_link_libraries(backend_${set} PRIVATE OpenMP::OpenMP_CXX)
  # Equal template symbols of other instruction sets must never be bound: only the entry point is global.
  target_link_options(backend_${set} PRIVATE
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/src/backend/exports.map -Wl,-z,nodelete)
  set_target_properties(backend_${set} PROPERTIES PREFIX "" OUTPUT_NAME ${set}
    LINK_DEPENDS ${PROJECT_SOURCE_DIR}/src/backend/exports.map
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/backends)

  list(JOIN GRADLANE_NEEDS_${set} "\", \"" needs)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/backends/${set}.json @ONLY CONTENT
"{\"abi\": 1, \"name\": \"@set@\", \"needs\": [\"@needs@\"], \"lanes_f64\": ${GRADLANE_LANES_${set}}, \"rank\": ${GRADLANE_RANK_${set}}}
")
endfunction()
