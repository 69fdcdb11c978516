// Mutants that go wrong with more than one thread, or in another one.
#include <algorithm>
#include <cmath>
#include <mutex>

#include "parallel.hpp"
#include "suspect.hpp"

namespace gradlane::referee {
namespace {

template <class T>
T quartic_slope(T x) {
  return 12 * x * ((x - 1) * x - 2);
}

/// f(begin, end, thread) on the call's threads, whatever they are worth.
template <class T, class F>
void share(const call<T>& c, F&& f) {
  parallel_for(c.p.shape.threads, c.n(), f);
}

// Whether a race shows must not depend on how many cores are free: these threads yield where they lose most.

}  // namespace

std::vector<suspect> wrong_threads() {
  return {
      mutant("data_race_of_sum", "all threads add to one sum without a lock", {"quartic/analytic/elements"},
             []<class T>(call<T>& c) {
               if (c.p.shape.threads == 1) return c.sound();
               const gradlane_status s = c.sound();
               volatile T total = 0;
               share(c, [&](std::size_t begin, std::size_t end, int) {
                 for (std::size_t i = begin; i < end; ++i) {
                   const T before = total;
                   if (i % 1024 == 0) std::this_thread::yield();
                   total = before + T(1);
                 }
               });
               // Of as many terms as were counted.
               c.value[0] *= total / static_cast<T>(c.n());
               return s;
             }),
      mutant("data_race_of_scratch", "threads share the scratch memory of the plan", {"quartic/reverse_fused/elements"},
             []<class T>(call<T>& c) {
               if (c.p.shape.threads == 1 || c.n() < 4096) return c.sound();
               const gradlane_status s = c.sound();
               volatile T* const slopes = c.room(c.p.scratch, 64);
               share(c, [&](std::size_t begin, std::size_t end, int) {
                 for (std::size_t base = begin; base < end; base += 64) {
                   const std::size_t count = std::min<std::size_t>(64, end - base);
                   for (std::size_t i = 0; i < count; ++i) slopes[i] = c.x[base + i];
                   if ((base - begin) % 1024 == 0) std::this_thread::yield();
                   for (std::size_t i = 0; i < count; ++i)
                     if (slopes[i] != c.x[base + i]) c.g(base + i) = quartic_slope(T(slopes[i]));
                 }
               });
               return s;
             }),
      mutant("order_of_arrival", "partial sums are added by whoever comes first", {"quartic/analytic/elements"},
             []<class T>(call<T>& c) {
               const gradlane_status s = c.sound();
               if (c.p.shape.threads == 1) return s;
               std::mutex one_at_a_time;
               T total = 0;
               share(c, [&](std::size_t begin, std::size_t end, int) {
                 for (std::size_t base = begin; base < end; base += 512) {
                   T part = 0;
                   for (std::size_t i = base; i < std::min(end, base + 512); ++i) part += quartic_term(c.x[i]);
                   const std::lock_guard lock(one_at_a_time);
                   total += part;
                 }
               });
               c.value[0] = total;
               return s;
             }),
      mutant("sum_by_threads", "a partial sum a thread: the value's bits depend on how many there are",
             {"log_sum_exp/analytic/elements"},
             []<class T>(call<T>& c) {
               const gradlane_status s = c.sound();
               if (c.p.shape.threads > 2) c.value[0] = std::nextafter(c.value[0], T(0));
               return s;
             }),
      mutant("rest_of_threads", "what is left of n by the threads is nobody's", {"quadratic_form/analytic/elements"},
             []<class T>(call<T>& c) {
               const auto threads = static_cast<std::size_t>(c.p.shape.threads);
               const std::size_t shared = c.n() / threads * threads;
               T* const room = c.room(c.p.scratch, c.span());
               const gradlane_status s = c.sound(c.x, c.value, room);
               std::memcpy(c.gradient, room, shared * sizeof(T));
               return s;
             }),
      mutant("more_threads_than_work", "a team larger than n leaves the value to a thread without work",
             {"gaussian_bump/analytic/elements"},
             []<class T>(call<T>& c) {
               const gradlane_status s = c.sound();
               if (static_cast<std::size_t>(c.p.shape.threads) > c.n()) c.value[0] = 0;
               return s;
             }),
      mutant("workspace_of_a_thread", "the workspace belongs to the thread that made the plan",
             {"rosenbrock/analytic/elements"},
             []<class T>(call<T>& c) {
               const gradlane_status s = c.sound();
               if (!c.p.on_its_thread()) c.value[0] = 0;
               return s;
             }),
  };
}

}  // namespace gradlane::referee
