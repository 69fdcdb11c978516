# Other libraries as backends, bench/peers/NAME.cpp each, built where the library is found. They are compiled for the
# same instruction set as our own best backend, and as their users compile them: auto-vectorised, contracted to fma.
# A library that is missing is one line in the log.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(peer_set avx2)
else()
  set(peer_set neon64)
endif()
set(peer_flags ${GRADLANE_FLAGS_${peer_set}})
list(FILTER peer_flags INCLUDE REGEX "^-m")
list(APPEND peer_flags -O3 -DNDEBUG -ffp-contract=fast)

file(STRINGS ${PROJECT_SOURCE_DIR}/src/backend/backend.h peer_abi REGEX "define GRADLANE_ABI_VERSION")
string(REGEX REPLACE "[^0-9]*([0-9]+).*" "\\1" peer_abi "${peer_abi}")

# What all peers share: the checks of arguments.
add_library(peer_entries OBJECT ${PROJECT_SOURCE_DIR}/src/backend/entries.cpp)
gradlane_backend_flags(peer_entries ${peer_set})

# gradlane_add_peer(NAME [INCLUDES ...] [LIBRARIES ...] [DEFINITIONS ...])
function(gradlane_add_peer name)
  cmake_parse_arguments(peer "" "" "INCLUDES;LIBRARIES;DEFINITIONS" ${ARGN})
  set(target peer_${name})
  string(JOIN " " shown ${CMAKE_CXX_FLAGS} ${peer_flags})
  add_library(${target} MODULE ${PROJECT_SOURCE_DIR}/bench/peers/${name}.cpp $<TARGET_OBJECTS:peer_entries>)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src ${GRADLANE_GENERATED_DIR})
  target_include_directories(${target} SYSTEM PRIVATE ${XSIMD_INCLUDE_DIR} ${peer_INCLUDES})
  target_compile_options(${target} PRIVATE ${peer_flags} -fvisibility=hidden -fvisibility-inlines-hidden)
  target_compile_definitions(${target} PRIVATE GRADLANE_SHARED_DENSE "GRADLANE_BUILD_TYPE=\"${CMAKE_BUILD_TYPE}\""
    "GRADLANE_BACKEND_NAME=\"${name}\"" "GRADLANE_BACKEND_FLAGS=\"${shown}\"" ${peer_DEFINITIONS})
  target_link_libraries(${target} PRIVATE OpenMP::OpenMP_CXX ${peer_LIBRARIES})
  target_link_options(${target} PRIVATE
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/src/backend/exports.map -Wl,-z,nodelete)
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/backends)
  list(JOIN GRADLANE_NEEDS_${peer_set} "\", \"" needs)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/backends/${name}.json @ONLY CONTENT
"{\"abi\": @peer_abi@, \"name\": \"@name@\", \"needs\": [\"@needs@\"], \"lanes_f64\": 1, \"rank\": 0}
")
  set_property(GLOBAL APPEND PROPERTY GRADLANE_PEERS_BUILT ${name})
endfunction()

find_path(EIGEN_INCLUDE_DIR Eigen/Core PATH_SUFFIXES eigen3)

find_path(CERES_INCLUDE_DIR ceres/jet.h)
if(CERES_INCLUDE_DIR AND EIGEN_INCLUDE_DIR)
  gradlane_add_peer(ceres INCLUDES ${CERES_INCLUDE_DIR} ${EIGEN_INCLUDE_DIR})
else()
  message(STATUS "Peer ceres: not found (Debian: libceres-dev)")
endif()

get_property(peers_built GLOBAL PROPERTY GRADLANE_PEERS_BUILT)
list(JOIN peers_built ", " peers_built)
message(STATUS "Peers: ${peers_built}")
