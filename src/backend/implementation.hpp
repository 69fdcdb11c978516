// The C functions of one implementation, a method on a problem, and its entry in a backend's table.
#pragma once

#include "backend/entries.hpp"

namespace gradlane::backend {

template <class Method, class T>
constexpr double default_step_of() {
  return 0;
}
template <class Method, class T>
requires requires { Method::template default_step<T>(); }
double default_step_of() { return static_cast<double>(Method::template default_step<T>()); }

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

  GRADLANE_ONCE static gradlane_status prepare(const gradlane_implementation* self, const gradlane_shape* s,
                                               void** plan, char* message, std::size_t size) {
    if (plan == nullptr || self == nullptr)
      return report(GRADLANE_BAD_ARGUMENT, "a null pointer for the implementation or the plan", message, size);
    *plan = nullptr;
    try {
      const shape checked = checked_shape(*self, s, Problem::facts);
      *plan = new holder{checked, plan_type(checked, data_type::bind(source_of<T>(*s), s->n))};
      return report(GRADLANE_OK, "", message, size);
    } catch (...) {
      return report_exception(message, size);
    }
  }

  static gradlane_status evaluate(void* plan, const void* x, void* value, void* gradient, char* message,
                                  std::size_t size) {
    if (plan == nullptr || x == nullptr || value == nullptr || (gradient == nullptr && !Method::facts.value_only))
      return report(GRADLANE_BAD_ARGUMENT, "a null pointer for plan, x, value or gradient", message, size);
    holder& h = *static_cast<holder*>(plan);
    if (!Method::facts.value_only && overlap(x, gradient, ((h.s.n - 1) * h.s.stride + h.s.points) * sizeof(T)))
      return report(GRADLANE_BAD_ARGUMENT, "x and gradient overlap", message, size);
    try {
      h.plan.evaluate(static_cast<const T*>(x), static_cast<T*>(value), static_cast<T*>(gradient));
      return GRADLANE_OK;
    } catch (...) {
      return report_exception(message, size);
    }
  }
  GRADLANE_ONCE static void release(void* plan) { delete static_cast<holder*>(plan); }
  GRADLANE_ONCE static std::size_t bytes(const void* plan) {
    return plan == nullptr ? 0 : sizeof(holder) + static_cast<const holder*>(plan)->plan.bytes();
  }

  GRADLANE_ONCE static gradlane_implementation entry(const char* problem, const char* method) {
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

}  // namespace gradlane::backend
