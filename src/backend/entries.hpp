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
  std::vector<gradlane_curvature> curvatures;

  void add(const gradlane_implementation&);
  void add(const gradlane_curvature&);
  void add(const gradlane_absence&);
};

const char* name_of(lane l);

/// What of an entry says which shapes it takes. `many` are the points, or directions, that there may be several of.
struct entry_limits {
  std::uint32_t flags;
  std::size_t max_n;
  bool many;
  const char* only_one;  ///< the complaint about several where there is one
};
/// The shape, checked against the problem and the entry; std::invalid_argument says what is wrong.
shape checked_shape(const entry_limits& entry, const gradlane_shape* s, const problem_facts& facts);
shape checked_shape(const gradlane_implementation& self, const gradlane_shape* s, const problem_facts& facts);

template <class T>
array_source<T> source_of(const gradlane_shape& s);
extern template array_source<float> source_of<float>(const gradlane_shape&);
extern template array_source<double> source_of<double>(const gradlane_shape&);

/// Writes the message and returns the status.
gradlane_status report(gradlane_status status, const char* what, char* message, std::size_t size);
/// Status and message of the exception being handled: none may cross the C interface.
gradlane_status report_exception(char* message, std::size_t size);

/// Whether the bytes [a, a + size_of_a) and [b, b + size_of_b) share one.
inline bool overlap(const void* a, std::size_t size_of_a, const void* b, std::size_t size_of_b) {
  const auto from = reinterpret_cast<std::uintptr_t>(a), to = reinterpret_cast<std::uintptr_t>(b);
  return from < to + size_of_b && to < from + size_of_a;
}
inline bool overlap(const void* a, const void* b, std::size_t size) { return overlap(a, size, b, size); }

/// The pointers of a call for second derivatives.
struct curvature_arguments {
  const void *x, *v;
  void *value, *gradient, *product;
};
/// What is wrong with them, or null. The gradient is as large as x, the product as v.
const char* fault(const curvature_arguments& a, std::size_t bytes_of_x, std::size_t bytes_of_v);

/// The microkernels that measure what this machine can do at most (probes.cpp).
void add_probes(table&);
/// The elementary functions by themselves (functions.cpp).
void add_functions(table&);
/// Second derivatives (curvatures.cpp).
void add_curvatures(table&);

#define GRADLANE_DECLARE(problem)      \
  void add_##problem##_scalar(table&); \
  void add_##problem##_simd(table&);
GRADLANE_FOR_EACH_PROBLEM_NAME(GRADLANE_DECLARE)
#undef GRADLANE_DECLARE

}  // namespace gradlane::backend
