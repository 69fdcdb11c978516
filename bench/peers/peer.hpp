// What every other library brings to be compared: a module like our own backends, with entries for every problem. A
// file includes this, then says what its methods are (see ceres.cpp):
//
//   template <class Problem>
//   void gradlane::peers::add_methods(entries<Problem>& to) { to.template add<METHOD, lane::…>("name of the mode"); }
//   GRADLANE_PEER("Library version")
//
// A METHOD is what objective/method.hpp describes, in f64.
#pragma once

#include "backend/described_table.hpp"
#include "backend/implementation.hpp"
#include "evaluator.hpp"
#include "problem_registry.hpp"

namespace gradlane::peers {

template <class Problem>
struct entries {
  backend::table& table;
  const char* problem;

  template <class Method, lane L>
  gradlane_implementation& add(const char* method) {
    table.add(backend::implementation<Problem, Method, double, L>::entry(problem, method));
    return table.implementations.back();
  }
  void leave_out(const char* method, lane l, const char* reason) {
    table.add(gradlane_absence{problem, method, backend::name_of(l), reason});
  }
};

template <class Problem>
void add_methods(entries<Problem>& to);

inline gradlane_backend_table make_table(const backend::table& t, const char* library) {
  gradlane_backend_table b = backend::described_table(library);
  b.implementations = t.implementations.data();
  b.count = t.implementations.size();
  b.absences = t.absences.data();
  b.absence_count = t.absences.size();
  return b;
}

inline backend::table all_entries() {
  backend::table t;
#define GRADLANE_ADD(problem)                  \
  {                                            \
    entries<gradlane::problem> e{t, #problem}; \
    add_methods(e);                            \
  }
  GRADLANE_FOR_EACH_PROBLEM(GRADLANE_ADD)
#undef GRADLANE_ADD
  return t;
}

}  // namespace gradlane::peers

/// The exported function. `library`: name and version, a string.
#define GRADLANE_PEER(library)                                                                             \
  extern "C" __attribute__((visibility("default"))) const gradlane_backend_table* gradlane_backend(void) { \
    static const gradlane::backend::table all = gradlane::peers::all_entries();                            \
    static const gradlane_backend_table result = gradlane::peers::make_table(all, library);                \
    return &result;                                                                                        \
  }
