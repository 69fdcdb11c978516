// The one exported function of a backend module: puts the units' entries together. The name, the flags and the lane
// counts come from the build (cmake/instruction_sets.cmake).
#include "backend/described_table.hpp"
#include "backend/entries.hpp"
#include "simd.hpp"

#define GRADLANE_TEXT_OF(x) #x
#define GRADLANE_TEXT(x) GRADLANE_TEXT_OF(x)

namespace gradlane::backend {
namespace {

gradlane_backend_table make_table(const table& t) {
  gradlane_backend_table b = described_table("xsimd " GRADLANE_TEXT(XSIMD_VERSION_MAJOR) "." GRADLANE_TEXT(
      XSIMD_VERSION_MINOR) "." GRADLANE_TEXT(XSIMD_VERSION_PATCH));
  b.lanes_f64 = pack<double>::width;
  b.lanes_f32 = pack<float>::width;
  b.implementations = t.implementations.data();
  b.count = t.implementations.size();
  b.absences = t.absences.data();
  b.absence_count = t.absences.size();
  b.probes = t.probes.data();
  b.probe_count = t.probes.size();
  b.work = t.work.data();
  b.work_count = t.work.size();
  b.functions = t.functions.data();
  b.function_count = t.functions.size();
  b.curvatures = t.curvatures.data();
  b.curvature_count = t.curvatures.size();
  return b;
}

}  // namespace
}  // namespace gradlane::backend

extern "C" __attribute__((visibility("default"))) const gradlane_backend_table* gradlane_backend(void) {
  using namespace gradlane::backend;
  static const table entries = [] {
    table t;
#define GRADLANE_ADD(problem) \
  add_##problem##_scalar(t);  \
  add_##problem##_simd(t);
    GRADLANE_FOR_EACH_PROBLEM_NAME(GRADLANE_ADD)
#undef GRADLANE_ADD
    add_probes(t);
    add_functions(t);
    add_curvatures(t);
    return t;
  }();
  static const gradlane_backend_table result = make_table(entries);
  return &result;
}
