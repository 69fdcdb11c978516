// The C functions of one method of second derivatives on a problem, and its entry in a backend's table, in f64 alone: in
// f32 all would compile twice as long, and a second derivative has few digits there.
#pragma once

#include "backend/entries.hpp"
#include "objective/curvature.hpp"

namespace gradlane::backend {

template <class Problem, class Method, class T, lane L>
struct curvature {
  using data_type = typename Problem::template data<T>;
  using plan_type = typename Method::template plan<Problem, T, L>;

  struct holder {
    std::size_t bytes_of_x, bytes_of_v;
    plan_type plan;
  };

  GRADLANE_ONCE static gradlane_status prepare(const gradlane_curvature* self, const gradlane_shape* s, void** plan,
                                               char* message, std::size_t size) {
    if (plan == nullptr || self == nullptr)
      return report(GRADLANE_BAD_ARGUMENT, "a null pointer for the entry or the plan", message, size);
    *plan = nullptr;
    try {
      const shape checked = checked_shape(
          {self->flags, self->max_n, L != lane::elements, "on elements lanes there is one point and one direction"}, s,
          Problem::facts);
      const std::size_t strided = ((checked.n - 1) * checked.stride + checked.points) * sizeof(T);
      const std::size_t plain = checked.n * sizeof(T);
      *plan = new holder{L == lane::points ? strided : plain, L == lane::elements ? plain : strided,
                         plan_type(checked, data_type::bind(source_of<T>(*s), s->n))};
      return report(GRADLANE_OK, "", message, size);
    } catch (...) {
      return report_exception(message, size);
    }
  }
  static gradlane_status evaluate(void* plan, const void* x, const void* v, void* value, void* gradient, void* product,
                                  char* message, std::size_t size) {
    if (plan == nullptr) return report(GRADLANE_BAD_ARGUMENT, "a null pointer for the plan", message, size);
    holder& h = *static_cast<holder*>(plan);
    if (const char* const wrong = fault({x, v, value, gradient, product}, h.bytes_of_x, h.bytes_of_v))
      return report(GRADLANE_BAD_ARGUMENT, wrong, message, size);
    try {
      h.plan.evaluate(static_cast<const T*>(x), static_cast<const T*>(v), static_cast<T*>(value),
                      static_cast<T*>(gradient), static_cast<T*>(product));
      return GRADLANE_OK;
    } catch (...) {
      return report_exception(message, size);
    }
  }
  GRADLANE_ONCE static void release(void* plan) { delete static_cast<holder*>(plan); }
  GRADLANE_ONCE static std::size_t bytes(const void* plan) {
    return plan == nullptr ? 0 : sizeof(holder) + static_cast<const holder*>(plan)->plan.bytes();
  }
};

template <class Problem, class Method, lane L>
GRADLANE_ONCE void add_curvature(table& t, const char* problem, const char* method) {
  const char* why = Method::absent(L);
  if constexpr (Method::absent(L) == nullptr) {
    using c = curvature<Problem, Method, double, L>;
    t.add(gradlane_curvature{problem, method, name_of(L), GRADLANE_F64,
                             GRADLANE_THREADS | (L == lane::points ? std::uint32_t{GRADLANE_POINTS} : 0u) |
                                 (Method::sweeps ? std::uint32_t{GRADLANE_SWEEPS} : 0u),
                             L == lane::points ? max_points_n : 0, nullptr, c::prepare, c::evaluate, c::release,
                             c::bytes});
    why = "in f32: second derivatives are compiled in f64 alone, where they have digits, to spare build time";
  }
  t.add(gradlane_absence{problem, method, name_of(L), why});
}

}  // namespace gradlane::backend
