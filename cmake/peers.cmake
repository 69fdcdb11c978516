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
  # What g++ finds in their code, inlined into ours, must not end a build whose warnings are errors.
  target_compile_options(${target} PRIVATE ${peer_flags} -Wno-error -fvisibility=hidden -fvisibility-inlines-hidden)
  target_compile_definitions(${target} PRIVATE GRADLANE_SHARED_DENSE "GRADLANE_BUILD_TYPE=\"${CMAKE_BUILD_TYPE}\""
    "GRADLANE_BACKEND_NAME=\"${name}\"" "GRADLANE_BACKEND_FLAGS=\"${shown}\"" ${peer_DEFINITIONS})
  target_link_libraries(${target} PRIVATE OpenMP::OpenMP_CXX ${peer_LIBRARIES})
  target_link_options(${target} PRIVATE
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/src/backend/exports.map -Wl,-z,nodelete)
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/backends)
  gradlane_sidecar(${PROJECT_BINARY_DIR}/backends ${name} NEEDS ${GRADLANE_NEEDS_${peer_set}})
  set_property(GLOBAL APPEND PROPERTY GRADLANE_PEERS_BUILT ${name})
endfunction()

# gradlane_find_peer(NAME HINT HEADER... [SUFFIXES ...] [HINTS ...]): the folders of the headers, or one line that says
# what to do. NAME_FOUND and NAME_INCLUDES are set for the caller.
function(gradlane_find_peer name hint)
  cmake_parse_arguments(peer "" "" "SUFFIXES;HINTS" ${ARGN})
  set(includes "")
  foreach(header IN LISTS peer_UNPARSED_ARGUMENTS)
    string(MAKE_C_IDENTIFIER "GRADLANE_HEADER_${header}" found)
    find_path(${found} ${header} HINTS ${peer_HINTS} PATH_SUFFIXES ${peer_SUFFIXES})
    mark_as_advanced(${found})
    if(NOT ${found})
      message(STATUS "Peer ${name}: no ${header} (${hint})")
      set(${name}_FOUND FALSE PARENT_SCOPE)
      return()
    endif()
    list(APPEND includes ${${found}})
  endforeach()
  set(${name}_FOUND TRUE PARENT_SCOPE)
  set(${name}_INCLUDES ${includes} PARENT_SCOPE)
endfunction()

# ---- packages of Debian and Ubuntu (scripts/setup --peers) --------------------------------------------------------

gradlane_find_peer(ceres "Debian: libceres-dev" ceres/jet.h Eigen/Core SUFFIXES eigen3)
if(ceres_FOUND)
  gradlane_add_peer(ceres INCLUDES ${ceres_INCLUDES})
endif()

# Without Trilinos' configuration, which asks for Kokkos: these headers need neither that nor a library.
gradlane_find_peer(sacado "Debian: libtrilinos-sacado-dev" Sacado_No_Kokkos.hpp SUFFIXES trilinos)
if(sacado_FOUND)
  gradlane_add_peer(sacado INCLUDES ${sacado_INCLUDES} DEFINITIONS TRILINOS_NO_CONFIG_H SACADO_ENABLE_NEW_DESIGN
    SACADO_NEW_FAD_DESIGN_IS_DEFAULT)
endif()

gradlane_find_peer(eigen "Debian: libeigen3-dev" Eigen/Core SUFFIXES eigen3)
if(eigen_FOUND)
  gradlane_add_peer(eigen INCLUDES ${eigen_INCLUDES})
endif()

gradlane_find_peer(boost "Debian: libboost-dev" boost/math/differentiation/autodiff.hpp)
if(boost_FOUND)
  gradlane_add_peer(boost INCLUDES ${boost_INCLUDES})
endif()

gradlane_find_peer(adolc "Debian: libadolc-dev" adolc/adolc.h)
find_library(ADOLC_LIBRARY adolc)
if(adolc_FOUND AND ADOLC_LIBRARY)
  gradlane_add_peer(adolc INCLUDES ${adolc_INCLUDES} LIBRARIES ${ADOLC_LIBRARY})
endif()

gradlane_find_peer(stan "Debian: r-cran-stanheaders, libboost-dev, libeigen3-dev, libtbb-dev" stan/math.hpp Eigen/Core
  boost/version.hpp tbb/version.h SUFFIXES eigen3 lib/R/site-library/StanHeaders/include)
if(stan_FOUND)
  gradlane_add_peer(stan INCLUDES ${stan_INCLUDES})
endif()

gradlane_find_peer(torch "Debian: libtorch-dev" torch/torch.h ATen/ATen.h SUFFIXES torch/csrc/api/include)
find_library(TORCH_LIBRARY torch)
find_library(TORCH_CPU_LIBRARY torch_cpu)
find_library(C10_LIBRARY c10)
if(torch_FOUND AND TORCH_LIBRARY AND TORCH_CPU_LIBRARY AND C10_LIBRARY)
  gradlane_add_peer(torch INCLUDES ${torch_INCLUDES} LIBRARIES ${TORCH_LIBRARY} ${TORCH_CPU_LIBRARY} ${C10_LIBRARY})
endif()

# ---- libraries in a folder that the user names: GRADLANE_NAME_DIR -------------------------------------------------
# What their installation makes (NAME/include, NAME/lib), or a checkout where they are headers alone.

function(gradlane_find_peer_in name)
  string(TOUPPER "GRADLANE_${name}_DIR" folder)
  set(${folder} "" CACHE PATH "Folder of the library behind the backend ${name}: its installation, or its sources")
  gradlane_find_peer(${name} "-D${folder}=..." ${ARGN} HINTS ${${folder}} SUFFIXES include eigen3)
  set(${name}_FOUND ${${name}_FOUND} PARENT_SCOPE)
  set(${name}_INCLUDES ${${name}_INCLUDES} PARENT_SCOPE)
endfunction()

gradlane_find_peer_in(codipack codi.hpp)
if(codipack_FOUND)
  gradlane_add_peer(codipack INCLUDES ${codipack_INCLUDES})
endif()

gradlane_find_peer_in(cppad cppad/cppad.hpp cppad/configure.hpp Eigen/Core)
if(cppad_FOUND)
  gradlane_add_peer(cppad INCLUDES ${cppad_INCLUDES})
endif()

gradlane_find_peer_in(xad XAD/XAD.hpp XAD/Config.hpp)
find_library(XAD_LIBRARY xad HINTS ${GRADLANE_XAD_DIR} PATH_SUFFIXES lib)
if(xad_FOUND AND XAD_LIBRARY)
  gradlane_add_peer(xad INCLUDES ${xad_INCLUDES} LIBRARIES ${XAD_LIBRARY})
endif()

gradlane_find_peer_in(autodiff autodiff/forward/real.hpp Eigen/Core)
if(autodiff_FOUND)
  gradlane_add_peer(autodiff INCLUDES ${autodiff_INCLUDES})
endif()

gradlane_find_peer_in(fastad fastad Eigen/Core)
if(fastad_FOUND)
  gradlane_add_peer(fastad INCLUDES ${fastad_INCLUDES})
endif()

gradlane_find_peer_in(adept adept_arrays.h adept_source.h)
if(adept_FOUND)
  gradlane_add_peer(adept INCLUDES ${adept_INCLUDES})
endif()

get_property(peers_built GLOBAL PROPERTY GRADLANE_PEERS_BUILT)
list(JOIN peers_built ", " peers_built)
message(STATUS "Peers: ${peers_built}")
