// All methods of second derivatives on all problems, in one unit: most of the time of a small one would go into headers
// (8 units took 32 s with a precompiled header, this takes 19).
#include "backend/curvature.hpp"
#include "curvature_registry.hpp"
#include "problem_registry.hpp"

namespace gradlane::backend {
namespace {

template <class Problem>
GRADLANE_ONCE void add_problem(table& t, const char* problem) {
#define GRADLANE_ADD(method)                                                       \
  add_curvature<Problem, gradlane::method, lane::elements>(t, problem, #method);   \
  add_curvature<Problem, gradlane::method, lane::directions>(t, problem, #method); \
  add_curvature<Problem, gradlane::method, lane::points>(t, problem, #method);
  GRADLANE_FOR_EACH_CURVATURE(GRADLANE_ADD)
#undef GRADLANE_ADD
}

}  // namespace

void add_curvatures(table& t) {
#define GRADLANE_ADD(problem) add_problem<gradlane::problem>(t, #problem);
  GRADLANE_FOR_EACH_PROBLEM(GRADLANE_ADD)
#undef GRADLANE_ADD
}

}  // namespace gradlane::backend
