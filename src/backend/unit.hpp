// One problem, all methods on one set of lanes, both precisions, as entries of a backend's table. Generated sources
// include this after the problem, with GRADLANE_UNIT_PROBLEM, GRADLANE_UNIT_ENTRIES (the function to define) and
// GRADLANE_UNIT_LANES (1: scalar, 2: the SIMD lanes) set; the list of methods is generated from src/methods.
#pragma once

#include <cstdint>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "backend/backend.h"
#include "backend/entries.hpp"
#include "method_registry.hpp"
#include "objective/method.hpp"

namespace gradlane::backend {

inline const char* name_of(lane l) {
  switch (l) {
    case lane::scalar: return "scalar";
    case lane::directions: return "directions";
    case lane::elements: return "elements";
    default: return "points";
  }
}

inline gradlane_status report(gradlane_status status, const char* what, char* message, std::size_t size) {
  if (message != nullptr && size > 0) std::snprintf(message, size, "%s", what);
  return status;
}

/// Runs f; what it throws becomes a status and a message, since no exception may cross the C interface.
template <class F>
gradlane_status guarded(char* message, std::size_t size, F&& f) {
  try {
    f();
    if (message != nullptr && size > 0) *message = '\0';
    return GRADLANE_OK;
  } catch (const std::invalid_argument& e) {
    return report(GRADLANE_BAD_ARGUMENT, e.what(), message, size);
  } catch (const std::bad_alloc&) {
    return report(GRADLANE_OUT_OF_MEMORY, "out of memory", message, size);
  } catch (const std::exception& e) {
    return report(GRADLANE_FAILURE, e.what(), message, size);
  } catch (...) {
    return report(GRADLANE_FAILURE, "unknown exception", message, size);
  }
}

inline void require(bool ok, const std::string& what) {
  if (!ok) throw std::invalid_argument(what);
}

template <class Method, class T>
constexpr double default_step_of() {
  return 0;
}
template <class Method, class T>
  requires requires { Method::template default_step<T>(); }
double default_step_of() {
  return static_cast<double>(Method::template default_step<T>());
}

/// The C functions of one implementation.
template <class Problem, class Method, class T, lane L>
struct implementation {
  using data_type = typename Problem::template data<T>;
  using plan_type = typename Method::template plan<Problem, T, L>;

  /// A plan and what is needed to check the arguments of `evaluate`.
  struct holder {
    shape s;
    plan_type plan;
  };

  static shape checked(const gradlane_shape* s) {
    require(s != nullptr && s->struct_size == sizeof(gradlane_shape), "the shape is null or of another size");
    require(Problem::facts.valid(s->n), "n = " + std::to_string(s->n) + " is not valid: it must be at least " +
                                            std::to_string(Problem::facts.least) + " and a multiple of " +
                                            std::to_string(Problem::facts.multiple));
    require(s->points >= 1, "points must be at least 1");
    require(L == lane::points || s->points == 1, "only the points lanes take more than one point");
    require(L != lane::points || s->n <= max_points_n,
            "the points lanes take n up to " + std::to_string(max_points_n));
    require(s->stride >= s->points, "the stride must be at least the number of points");
    require(s->n <= SIZE_MAX / sizeof(T) / s->stride / 2, "n times stride overflows");
    require(s->threads >= 1 && s->threads <= 4096, "threads must be from 1 to 4096");
    require(Method::splits(L) || s->threads == 1, "this implementation does not split over threads");
    require(std::isfinite(s->step) && s->step >= 0, "the step must be positive and finite (0: the default)");
    require(s->data != nullptr || s->data_count == 0, "the data arrays are null");
    return {s->n, s->points, s->stride, s->threads, s->step};
  }
  static array_source<T> source_of(const gradlane_shape* s) {
    std::vector<typename array_source<T>::entry> entries;
    for (std::size_t i = 0; i < s->data_count; ++i) {
      const gradlane_array& a = s->data[i];
      entries.push_back({a.name, static_cast<const T*>(a.data), a.rows, a.cols});
    }
    return array_source<T>(std::move(entries));
  }

  static gradlane_status prepare(const gradlane_implementation*, const gradlane_shape* s, void** plan, char* message,
                                 std::size_t size) {
    if (plan == nullptr) return report(GRADLANE_BAD_ARGUMENT, "the place for the plan is null", message, size);
    *plan = nullptr;
    return guarded(message, size, [&] {
      const shape checked_shape = checked(s);
      *plan = new holder{checked_shape, plan_type(checked_shape, data_type::bind(source_of(s), s->n))};
    });
  }

  static gradlane_status evaluate(void* plan, const void* x, void* value, void* gradient, char* message,
                                  std::size_t size) {
    if (plan == nullptr || x == nullptr || value == nullptr || (gradient == nullptr && !Method::facts.value_only))
      return report(GRADLANE_BAD_ARGUMENT, "a null pointer for plan, x, value or gradient", message, size);
    holder& h = *static_cast<holder*>(plan);
    const auto *const xt = static_cast<const T*>(x);
    auto *const gt = static_cast<T*>(gradient);
    const std::size_t extent = (h.s.n - 1) * h.s.stride + h.s.points;
    const auto from = reinterpret_cast<std::uintptr_t>(xt), to = reinterpret_cast<std::uintptr_t>(gt);
    if (!Method::facts.value_only && from < to + extent * sizeof(T) && to < from + extent * sizeof(T))
      return report(GRADLANE_BAD_ARGUMENT, "x and gradient overlap", message, size);
    return guarded(message, size, [&] { h.plan.evaluate(xt, static_cast<T*>(value), gt); });
  }
  static void release(void* plan) { delete static_cast<holder*>(plan); }
  static std::size_t bytes(const void* plan) {
    return plan == nullptr ? 0 : sizeof(holder) + static_cast<const holder*>(plan)->plan.bytes();
  }

  static gradlane_implementation entry(const char* problem, const char* method) {
    gradlane_implementation e{};
    e.problem = problem;
    e.method = method;
    e.lanes = name_of(L);
    e.dtype = sizeof(T) == 8 ? GRADLANE_F64 : GRADLANE_F32;
    e.order = Method::facts.order;
    e.default_step = default_step_of<Method, T>();
    e.flags = (Method::splits(L) ? std::uint32_t{GRADLANE_THREADS} : 0u) |
              (L == lane::points ? std::uint32_t{GRADLANE_POINTS} : 0u) |
              (e.default_step > 0 ? std::uint32_t{GRADLANE_STEP} : 0u) |
              (Method::facts.value_only ? std::uint32_t{GRADLANE_VALUE_ONLY} : 0u) |
              (Method::facts.sweeps ? std::uint32_t{GRADLANE_SWEEPS} : 0u);
    e.max_n = L == lane::points ? max_points_n : 0;
    e.prepare = prepare;
    e.evaluate = evaluate;
    e.release = release;
    e.bytes = bytes;
    return e;
  }
};

template <class Problem, class Method, lane L>
void add_lane(table& t, const char* problem, const char* method) {
  if constexpr (Method::absent(L) == nullptr) {
    t.implementations.push_back(implementation<Problem, Method, double, L>::entry(problem, method));
    t.implementations.push_back(implementation<Problem, Method, float, L>::entry(problem, method));
  } else {
    t.absences.push_back({problem, method, name_of(L), Method::absent(L)});
  }
}

template <class Problem, class Method>
void add_method(table& t, const char* problem, const char* method) {
#if GRADLANE_UNIT_LANES == 1
  add_lane<Problem, Method, lane::scalar>(t, problem, method);
#else
  add_lane<Problem, Method, lane::directions>(t, problem, method);
  add_lane<Problem, Method, lane::elements>(t, problem, method);
  add_lane<Problem, Method, lane::points>(t, problem, method);
#endif
}

}  // namespace gradlane::backend

#define GRADLANE_TEXT_OF(x) #x
#define GRADLANE_TEXT(x) GRADLANE_TEXT_OF(x)

void gradlane::backend::GRADLANE_UNIT_ENTRIES(gradlane::backend::table& t) {
#define GRADLANE_ADD(method) \
  add_method<gradlane::GRADLANE_UNIT_PROBLEM, gradlane::method>(t, GRADLANE_TEXT(GRADLANE_UNIT_PROBLEM), #method);
  GRADLANE_FOR_EACH_METHOD(GRADLANE_ADD)
#undef GRADLANE_ADD
}
