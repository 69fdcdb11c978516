# Libraries of elementary functions as modules beside our backends, bench/function_libraries/NAME.cpp each: the C library always, others
# where they are found, once for each of our instruction sets. Unlike the peers they need no option: they are a
# second to compile each, and measured by bench/functions alone.

# gradlane_add_function_library(BACKEND NAME SET [SCALAR] [INCLUDES ...] [LIBRARIES ...]); SCALAR: one number a call.
function(gradlane_add_function_library backend name set)
  cmake_parse_arguments(library "SCALAR" "" "INCLUDES;LIBRARIES" ${ARGN})
  set(target functions_${backend})
  set(flags ${GRADLANE_FLAGS_${set}})
  list(FILTER flags INCLUDE REGEX "^-m")
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  string(JOIN " " shown ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}} ${flags})
  add_library(${target} MODULE ${PROJECT_SOURCE_DIR}/bench/function_libraries/${name}.cpp)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_include_directories(${target} SYSTEM PRIVATE ${library_INCLUDES})
  target_compile_options(${target} PRIVATE ${flags} -fvisibility=hidden -fvisibility-inlines-hidden)
  target_compile_definitions(${target} PRIVATE "GRADLANE_BUILD_TYPE=\"${CMAKE_BUILD_TYPE}\""
    "GRADLANE_BACKEND_NAME=\"${backend}\"" "GRADLANE_BACKEND_FLAGS=\"${shown}\"")
  target_link_libraries(${target} PRIVATE ${library_LIBRARIES})
  target_link_options(${target} PRIVATE
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/src/backend/exports.map -Wl,-z,nodelete)
  set(lanes ${GRADLANE_LANES_${set}})
  if(library_SCALAR)
    set(lanes 1)
  endif()
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${backend}
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/backends)
  gradlane_sidecar(${PROJECT_BINARY_DIR}/backends ${backend} NEEDS ${GRADLANE_NEEDS_${set}}
    LANES_F64 ${lanes})
  set_property(GLOBAL APPEND PROPERTY GRADLANE_FUNCTION_LIBRARIES ${target})
endfunction()

list(GET GRADLANE_SETS 0 baseline)
gradlane_add_function_library(libm libm ${baseline} SCALAR LIBRARIES m)

# Since 2.35 glibc's has all of the functions, on x86-64.
include(CheckLibraryExists)
check_library_exists(mvec _ZGVbN2v_tanh "" GRADLANE_HAVE_LIBMVEC)
find_path(SLEEF_INCLUDE_DIR sleef.h DOC "Folder that holds sleef.h (Debian: libsleef-dev)")
find_library(SLEEF_LIBRARY sleef DOC "SLEEF (Debian: libsleef-dev)")
mark_as_advanced(SLEEF_INCLUDE_DIR SLEEF_LIBRARY)
foreach(set IN LISTS GRADLANE_ENABLED_SETS)
  if(GRADLANE_HAVE_LIBMVEC)
    gradlane_add_function_library(libmvec_${set} libmvec ${set} LIBRARIES mvec)
  endif()
  if(SLEEF_INCLUDE_DIR AND SLEEF_LIBRARY AND NOT CMAKE_CROSSCOMPILING)  # what is found may be the host's
    gradlane_add_function_library(sleef_${set} sleef ${set} INCLUDES ${SLEEF_INCLUDE_DIR} LIBRARIES ${SLEEF_LIBRARY})
  endif()
endforeach()
get_property(GRADLANE_FUNCTION_LIBRARIES GLOBAL PROPERTY GRADLANE_FUNCTION_LIBRARIES)
list(JOIN GRADLANE_FUNCTION_LIBRARIES ", " shown)
message(STATUS "Libraries of functions: ${shown}")
