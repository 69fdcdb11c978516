// The table of a backend under construction (each generated unit adds its problem's entries), and what all entries
// share without being templates: checks of arguments and the way from exceptions to status codes.
#pragma once

#include <string>
#include <vector>

#include "backend/backend.h"
#include "objective/method.hpp"
#include "problem_names.hpp"

namespace gradlane::backend {

/// For what runs once: compiled for size, since there are thousands of it.
#define GRADLANE_ONCE __attribute__((noinline, cold))

struct table {
  std::vector<gradlane_implementation> implementations;
  std::vector<gradlane_absence> absences;
  std::vector<gradlane_probe> probes;
  std::vector<gradlane_work_model> work;
  std::vector<gradlane_function> functions;

  void add(const gradlane_implementation&);
  void add(const gradlane_absence&);
};

const char* name_of(lane l);

/// The shape, checked against the problem and the implementation's flags; std::invalid_argument says what is wrong.
shape checked_shape(const gradlane_implementation& self, const gradlane_shape* s, const problem_facts& facts);

template <class T>
array_source<T> source_of(const gradlane_shape& s);
extern template array_source<float> source_of<float>(const gradlane_shape&);
extern template array_source<double> source_of<double>(const gradlane_shape&);

/// Writes the message and returns the status.
gradlane_status report(gradlane_status status, const char* what, char* message, std::size_t size);
/// Status and message of the exception being handled: none may cross the C interface.
gradlane_status report_exception(char* message, std::size_t size);

/// Whether the bytes [a, a + size) and [b, b + size) share one.
inline bool overlap(const void* a, const void* b, std::size_t size) {
  const auto from = reinterpret_cast<std::uintptr_t>(a), to = reinterpret_cast<std::uintptr_t>(b);
  return from < to + size && to < from + size;
}

/// The microkernels that measure what this machine can do at most (probes.cpp).
void add_probes(table&);
/// The elementary functions by themselves (functions.cpp).
void add_functions(table&);

#define GRADLANE_DECLARE(problem)      \
  void add_##problem##_scalar(table&); \
  void add_##problem##_simd(table&);
GRADLANE_FOR_EACH_PROBLEM_NAME(GRADLANE_DECLARE)
#undef GRADLANE_DECLARE

}  // namespace gradlane::backend
