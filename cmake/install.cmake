# cmake --install BUILD --prefix DIR: the headers and a package for find_package(gradlane) (docs/backend.md). Nothing
# compiled is installed, so that a build folder that was only configured will do.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_DATADIR}/cmake/gradlane)
set(staged ${PROJECT_BINARY_DIR}/install)

# gradlane::backend: the C interface, for any language. gradlane::methods: objectives and methods. No flag of an
# instruction set among what they hand on: that is for whoever compiles.
add_library(gradlane_backend INTERFACE)
target_include_directories(gradlane_backend INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(gradlane_backend PROPERTIES EXPORT_NAME backend)
add_library(gradlane_methods INTERFACE)
target_include_directories(gradlane_methods INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(gradlane_methods INTERFACE cxx_std_20)
target_compile_options(gradlane_methods INTERFACE -ffp-contract=off)  # the bits of sums and functions depend on it
target_link_libraries(gradlane_methods INTERFACE OpenMP::OpenMP_CXX)
set_target_properties(gradlane_methods PROPERTIES EXPORT_NAME methods)
foreach(part IN ITEMS backend methods)
  install(TARGETS gradlane_${part} EXPORT gradlane_${part})
  install(EXPORT gradlane_${part} NAMESPACE gradlane:: DESTINATION ${package_folder} FILE gradlane-${part}.cmake)
endforeach()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/package/gradlane-config.cmake.in
  ${staged}/gradlane-config.cmake INSTALL_DESTINATION ${package_folder} PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${staged}/gradlane-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${staged}/gradlane-config.cmake ${staged}/gradlane-config-version.cmake
  ${PROJECT_SOURCE_DIR}/cmake/sidecar.cmake ${PROJECT_SOURCE_DIR}/cmake/package/gradlane-module.cmake
  DESTINATION ${package_folder})

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(CODE "set(FROM \"${PROJECT_SOURCE_DIR}/src\")\nset(TO \"${staged}/include\")")
install(SCRIPT ${PROJECT_SOURCE_DIR}/cmake/install_headers.cmake)
install(DIRECTORY ${staged}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
