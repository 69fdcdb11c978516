# gradlane_sidecar(FOLDER NAME [NEEDS FEATURE...] [LANES_F64 N] [RANK N]): writes FOLDER/NAME.json, what is read of a backend
# before any of its code is loaded (src/backend/backend.h). The ABI is that of the header in GRADLANE_BACKEND_HEADER. For
# our modules, and for those of whoever finds the package.
function(gradlane_sidecar folder name)
  cmake_parse_arguments(about "" "LANES_F64;RANK" "NEEDS" ${ARGN})
  file(STRINGS ${GRADLANE_BACKEND_HEADER} abi REGEX "define GRADLANE_ABI_VERSION")
  string(REGEX REPLACE "[^0-9]*([0-9]+).*" "\\1" abi "${abi}")
  set(needs "")
  if(about_NEEDS)
    list(JOIN about_NEEDS "\", \"" needs)
    set(needs "\"${needs}\"")
  endif()
  if(NOT DEFINED about_LANES_F64)
    set(about_LANES_F64 1)
  endif()
  if(NOT DEFINED about_RANK)
    set(about_RANK 0)
  endif()
  file(CONFIGURE OUTPUT ${folder}/${name}.json @ONLY CONTENT
"{\"abi\": @abi@, \"name\": \"@name@\", \"needs\": [@needs@], \"lanes_f64\": @about_LANES_F64@, \"rank\": @about_RANK@}
")
endfunction()
