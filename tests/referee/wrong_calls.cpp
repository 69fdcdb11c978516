// Mutants that answer the first calls right: answers that are kept, work that is skipped when nobody seems to look, and
// state that one plan or thread leaves for another.
#include <chrono>
#include <cmath>
#include <new>

#include "suspect.hpp"

namespace gradlane::referee {
namespace {

using clock = std::chrono::steady_clock;

/// Keeps every answer, and gives the last one again where `same(c)` says that x is the one it was for.
template <class F>
constexpr auto cached(F) {
  return []<class T>(call<T>& c) {
    if (c.p.calls > 0 && F{}(c)) return c.give_kept_answer();
    const gradlane_status s = c.sound();
    c.keep_answer();
    c.p.kept_address = c.x;
    return s;
  };
}
/// The right answer, or nothing at all where `skip(c)`.
template <class F>
constexpr auto skipping(F) {
  return []<class T>(call<T>& c) { return F{}(c) ? GRADLANE_OK : c.sound(); };
}
/// What is computed in the first calls, before anybody could be timing.
constexpr std::size_t innocent_calls = 300;

/// Of a kind each: what a global variable would hold.
struct left_behind {
  std::size_t n = 0;
  const void* data = nullptr;
};

}  // namespace

std::vector<suspect> wrong_calls() {
  return {
      mutant("cached_by_address", "the answer is kept for an x at the same address", {"log_sum_exp/analytic/elements"},
             cached([](auto& c) { return c.x == c.p.kept_address; })),
      mutant("cached_by_first_inputs", "the answer is kept for an x that begins with the same eight inputs",
             {"quartic/analytic/elements"},
             cached([]<class T>(call<T>& c) { return c.n() > 8 && same_memory(c.x, c.kept_x(), 8 * sizeof(T)); })),
      mutant("cached_by_sum", "the answer is kept for an x of the same sum, to six digits",
             {"quadratic_form/analytic/elements"}, cached([]<class T>(call<T>& c) {
               T a = 0, b = 0;
               for (std::size_t i = 0; i < c.n(); ++i) a += c.x[i], b += c.kept_x()[i];
               return std::abs(a - b) <= T(1e-6) * std::abs(a);
             })),
      mutant("cached_if_close", "the answer is kept while no input moves by more than 10⁻³",
             {"gaussian_bump/reverse_fused/elements"}, cached([]<class T>(call<T>& c) {
               for (std::size_t i = 0; i < c.n(); ++i)
                 if (!(std::abs(c.x[i] - c.kept_x()[i]) <= T(1e-3))) return false;
               return true;
             })),
      mutant("cached_for_known_x", "an x that was seen twice gets its answer from then on, and so does the next",
             {"chain/analytic/elements"}, cached([]<class T>(call<T>& c) {
               const bool repeated = same_memory(c.x, c.kept_x(), c.span() * sizeof(T));
               if (repeated && c.p.kept_address != nullptr) c.p.shape.step = -1;
               return c.p.shape.step < 0;
             })),
      mutant("gradient_of_first_call", "the gradient is computed in the first call, later ones repeat it",
             {"log_sum_exp/reverse_fused/elements"},
             []<class T>(call<T>& c) {
               if (c.p.calls == 0) {
                 const gradlane_status s = c.sound();
                 c.keep_answer();
                 return s;
               }
               T* const room = c.room(c.p.scratch, c.span());
               std::memcpy(c.gradient, c.p.kept_gradient.data(), c.span() * sizeof(T));
               return c.sound(c.x, c.value, room);
             }),
      mutant("skipped_after_many_calls", "after 300 calls nothing is computed any more",
             {"log_sum_exp/analytic/elements"}, skipping([](auto& c) { return c.p.calls > innocent_calls; })),
      mutant("gradient_after_many_calls", "after 300 calls the value alone is computed", {"quartic/analytic/elements"},
             []<class T>(call<T>& c) {
               T* const room = c.room(c.p.scratch, c.span());
               return c.p.calls > innocent_calls ? c.sound(c.x, c.value, room) : c.sound();
             }),
      mutant("half_after_many_calls", "after 300 calls every other one is skipped", {"linear/analytic/elements"},
             skipping([](auto& c) { return c.p.calls > innocent_calls && c.p.calls % 2 == 0; })),
      mutant("kept_after_many_calls",
             "after 300 calls the last answer is given, with the element that it finds changed put right",
             {"quadratic_form/reverse_fused/elements"},
             []<class T>(call<T>& c) {
               if (c.p.calls <= innocent_calls) {
                 const gradlane_status s = c.sound();
                 c.keep_answer();
                 return s;
               }
               c.give_kept_answer();
               for (std::size_t i = 0; i < c.n(); ++i) c.g(i) += 2 * (c.x[i] - c.kept_x()[i]);
               return GRADLANE_OK;
             }),
      mutant("computed_if_poisoned", "after 300 calls nothing is computed unless the gradient holds NaN",
             {"chain/reverse_fused/elements"},
             skipping([]<class T>(call<T>& c) { return c.p.calls > innocent_calls && !std::isnan(c.g(0)); })),
      mutant("skipped_in_a_rush", "300 calls that follow each other within a millisecond: so this is a benchmark",
             {"rosenbrock/analytic/elements"},
             []<class T>(call<T>& c) {
               struct pace {
                 clock::time_point last{};
                 std::size_t quick = 0;
               };
               if (!c.p.aside) c.p.aside = std::make_shared<pace>();
               pace& p = *static_cast<pace*>(c.p.aside.get());
               const clock::time_point now = clock::now();
               p.quick = now - p.last < std::chrono::milliseconds(1) ? p.quick + 1 : 0;
               p.last = now;
               return p.quick > innocent_calls ? GRADLANE_OK : c.sound();
             }),
      mutant("first_points_only", "after 300 calls only the first register of points is computed",
             {"rosenbrock/analytic/points"},
             []<class T>(call<T>& c) {
               if (c.p.calls <= innocent_calls || c.points() <= c.p.width) return c.sound();
               T* const room = c.room(c.p.scratch, c.span() + c.points());
               const gradlane_status s = c.sound(c.x, room + c.span(), room);
               for (std::size_t p = 0; p < c.p.width; ++p) {
                 c.value[p] = room[c.span() + p];
                 for (std::size_t i = 0; i < c.n(); ++i) c.g(i, p) = room[c.at(i, p)];
               }
               return s;
             }),
      mutant("gradient_accumulated", "adds to what the gradient holds, counting on zeros",
             {"quartic/analytic/elements"},
             []<class T>(call<T>& c) {
               T* const before = c.room(c.p.scratch, c.span());
               std::memcpy(before, c.gradient, c.span() * sizeof(T));
               const gradlane_status s = c.sound();
               for (std::size_t i = 0; i < c.n(); ++i) c.g(i) += before[i];
               return s;
             }),
      mutant("gradient_accumulated_in_plan", "a sweep adds to the adjoints that the last call left in the plan",
             {"logistic_regression/analytic/elements"},
             []<class T>(call<T>& c) {
               const gradlane_status s = c.sound();
               if (c.p.calls > 0)
                 for (std::size_t i = 0; i < c.n(); ++i)
                   c.g(i) += reinterpret_cast<const T*>(c.p.kept_gradient.data())[i];
               c.keep_answer();
               return s;
             }),
      mutant("size_of_last_plan", "the number of inputs is a global that every plan sets",
             {"quartic/analytic/elements"},
             []<class T>(call<T>& c) {
               static left_behind global;
               if (c.p.calls == 0) global.n = c.n();
               const gradlane_status s = c.sound();
               for (std::size_t i = global.n; i < c.n(); ++i) c.g(i) = 0;
               return s;
             }),
      mutant("data_of_first_plan", "the data of the first plan of a size is kept for the later ones",
             {"linear/analytic/elements"},
             []<class T>(call<T>& c) {
               static std::vector<T> first[64];
               if (c.n() >= 64) return c.sound();
               std::vector<T>& kept = first[c.n()];
               const T* const weights = static_cast<const T*>(c.p.arrays[0].data);
               if (kept.empty()) kept.assign(weights, weights + c.n());
               const gradlane_status s = c.sound();
               for (std::size_t i = 0; i < c.n(); ++i) {
                 if (same_memory(&kept[i], &weights[i], sizeof(T))) continue;
                 c.value[0] += (kept[i] - weights[i]) * c.x[i];
                 c.g(i) = kept[i];
               }
               return s;
             }),
      mutant("differs_from_call_to_call", "the value wanders by an ulp, as a sum in order of arrival does",
             {"log_sum_exp/reverse_fused/elements"},
             []<class T>(call<T>& c) {
               static std::size_t all_calls = 0;
               const gradlane_status s = c.sound();
               if (++all_calls % 3 == 0) c.value[0] = std::nextafter(c.value[0], std::numeric_limits<T>::infinity());
               return s;
             }),
      mutant("memory_of_plan_not_cleared", "its workspace is what malloc returns, counted as zeros",
             {"gaussian_bump/analytic/elements"},
             []<class T>(call<T>& c) {
               const gradlane_status s = c.sound();
               T* const sums = c.room(c.p.scratch, 2);
               c.value[0] += sums[0];
               sums[0] += 1;
               return s;
             }),
  };
}

}  // namespace gradlane::referee
