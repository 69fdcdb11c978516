// One problem, all methods on one set of lanes, both precisions, as entries of a backend's table. Generated sources
// include this after the problem, with GRADLANE_UNIT_PROBLEM, GRADLANE_UNIT_ENTRIES (the function to define) and
// GRADLANE_UNIT_LANES (1: scalar, 2: the SIMD lanes) set; the list of methods is generated from src/methods.
#pragma once

#include "backend/implementation.hpp"
#include "backend/work.hpp"
#include "method_registry.hpp"

namespace gradlane::backend {

template <class Problem, class Method, lane L>
GRADLANE_ONCE void add_lane(table& t, const char* problem, const char* method) {
  if constexpr (Method::absent(L) == nullptr) {
    t.add(implementation<Problem, Method, double, L>::entry(problem, method));
    t.add(implementation<Problem, Method, float, L>::entry(problem, method));
  } else {
    t.add(gradlane_absence{problem, method, name_of(L), Method::absent(L)});
  }
}

/// Lanes is a parameter and not the macro: with one name for both, a linker would keep the scalar or the SIMD version.
template <int Lanes, class Problem, class Method>
GRADLANE_ONCE void add_method(table& t, const char* problem, const char* method) {
  if constexpr (Lanes == 1) {
    add_lane<Problem, Method, lane::scalar>(t, problem, method);
  } else {
    add_lane<Problem, Method, lane::directions>(t, problem, method);
    add_lane<Problem, Method, lane::elements>(t, problem, method);
    add_lane<Problem, Method, lane::points>(t, problem, method);
  }
}

}  // namespace gradlane::backend

#define GRADLANE_TEXT_OF(x) #x
#define GRADLANE_TEXT(x) GRADLANE_TEXT_OF(x)

void gradlane::backend::GRADLANE_UNIT_ENTRIES(gradlane::backend::table& t) {
#define GRADLANE_ADD(method)                                                          \
  add_method<GRADLANE_UNIT_LANES, gradlane::GRADLANE_UNIT_PROBLEM, gradlane::method>( \
      t, GRADLANE_TEXT(GRADLANE_UNIT_PROBLEM), #method);
  GRADLANE_FOR_EACH_METHOD(GRADLANE_ADD)
#undef GRADLANE_ADD
#if GRADLANE_UNIT_LANES != 1
  t.work.push_back(work_entry<gradlane::GRADLANE_UNIT_PROBLEM, double>(GRADLANE_TEXT(GRADLANE_UNIT_PROBLEM)));
  t.work.push_back(work_entry<gradlane::GRADLANE_UNIT_PROBLEM, float>(GRADLANE_TEXT(GRADLANE_UNIT_PROBLEM)));
#endif
}
