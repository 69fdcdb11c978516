# gradlane_add_module(NAME SOURCE... [NEEDS FEATURE...] [LANES_F64 N]): a backend module NAME.so with its sidecar NAME.json
# beside it, in the current binary folder. NEEDS: what the CPU must have, by the names of __builtin_cpu_supports, since the
# flags of the instruction set are the caller's.
function(gradlane_add_module name)
  cmake_parse_arguments(module "" "LANES_F64" "NEEDS" ${ARGN})
  add_library(${name} MODULE ${module_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE gradlane::backend)
  # The generator expression keeps generators of several configurations from adding a folder of their own.
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" LIBRARY_OUTPUT_DIRECTORY "$<1:${CMAKE_CURRENT_BINARY_DIR}>")
  set(lanes "")
  if(DEFINED module_LANES_F64)
    set(lanes LANES_F64 ${module_LANES_F64})
  endif()
  gradlane_sidecar(${CMAKE_CURRENT_BINARY_DIR} ${name} NEEDS ${module_NEEDS} ${lanes})
endfunction()
