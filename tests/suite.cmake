# The suite: every implementation of the modules that run here, tested through the C interface (suite.hpp). Split into
# tests of similar length, so that ctest runs them side by side.
add_executable(suite suite.cpp suite_arguments_test.cpp suite_bits_test.cpp suite_calls_test.cpp
  suite_curvature_calls_test.cpp suite_curvature_test.cpp suite_golden_test.cpp suite_large_test.cpp suite_memory_test.cpp suite_modes_test.cpp suite_nonfinite_test.cpp suite_oracle_test.cpp
  ${PROJECT_SOURCE_DIR}/bench/throughput/allocations.cpp)
# One TU would be long, ten are mostly the same headers.
set_target_properties(suite PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 4)
target_compile_options(suite PRIVATE ${test_flags})
target_compile_definitions(suite PRIVATE "GRADLANE_BACKEND_DIR=\"${PROJECT_BINARY_DIR}/backends\"")
target_link_libraries(suite PRIVATE gradlane_bench_common gradlane_oracle GTest::gtest_main)
foreach(set IN LISTS GRADLANE_ENABLED_SETS)
  add_dependencies(suite backend_${set})
endforeach()
if(GRADLANE_FUNCTION_LIBRARIES)  # their sidecars are there, and a sidecar without its module is a fault
  add_dependencies(suite ${GRADLANE_FUNCTION_LIBRARIES})
endif()

function(gradlane_add_suite_test name filter)
  add_test(NAME suite_${name} COMMAND suite --gtest_filter=${filter} --gtest_brief=1)
  # Passive: several of these on few cores must not spin while they wait for their threads.
  set_tests_properties(suite_${name} PROPERTIES LABELS suite TIMEOUT ${timeout}
    ENVIRONMENT "OMP_WAIT_POLICY=passive;${thread_sanitizer_environment}")
endfunction()
# A sanitizer is slow, sees nothing at the third block that it does not see at the second, watches the ends of ordinary
# memory by itself, which guard pages are for in builds without one, and has nothing to say on exact values.
set(later_blocks)
set(guard_pages)
set(golden ":*/golden.*")
if(brief)
  set(later_blocks "-*/oracle.agrees_around_later_blocks/*")
  set(guard_pages "-*/memory.is_touched_neither_before_nor_behind/*")
  set(golden)
endif()
gradlane_add_suite_test(oracle "modules.*:control_word.*:*/oracle.*${later_blocks}")
gradlane_add_suite_test(memory "*/memory.*${guard_pages}")
gradlane_add_suite_test(nonfinite "*/nonfinite.*")
gradlane_add_suite_test(bits "*/threads.*:*/instruction_sets.*")
gradlane_add_suite_test(arguments "*/arguments.*${golden}")
gradlane_add_suite_test(large "*/large.*")
set_tests_properties(suite_large PROPERTIES LABELS long)
gradlane_add_suite_test(curvature "*/second_derivatives.*:curvatures.*")
gradlane_add_suite_test(calls "*/calls.*:*/modes.*:*/invariances.*")
gradlane_is_memory_test(suite suite_oracle suite_memory suite_arguments suite_curvature)
gradlane_is_thread_test(suite suite_oracle suite_memory suite_arguments suite_bits suite_curvature)
gradlane_is_other_test(suite suite_nonfinite suite_bits suite_calls)
