// Mutants that compute right, and do not keep to the C interface: arguments, messages, facts, the end of the process.
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <stdexcept>

#include "suspect.hpp"

namespace gradlane::referee {
namespace {

constexpr const char* plain = "quartic/analytic/elements";
constexpr const char* with_data = "linear/analytic/elements";

}  // namespace

std::vector<suspect> wrong_interface() {
  return {
      mutant("null_x_is_ok", "without x nothing is done, and all is well", {plain},
             faults{.arguments =
                        [](plan* p, const void* x, void*, void*, gradlane_status& status) {
                          status = GRADLANE_OK;
                          return p != nullptr && x == nullptr;
                        }}),
      mutant("null_gradient_is_ok", "without room for a gradient the value is computed", {plain},
             faults{.arguments =
                        [](plan* p, const void* x, void* value, void* gradient, gradlane_status& status) {
                          status = GRADLANE_OK;
                          return p != nullptr && x != nullptr && value != nullptr && gradient == nullptr;
                        }}),
      mutant("no_threads_is_one", "threads = 0 is taken for one", {plain},
             faults{.request = [](gradlane_shape& s) { s.threads = s.threads < 1 ? 1 : s.threads; }}),
      mutant("threads_unheard", "says nothing of threads, and takes any number", {"quartic/analytic/scalar"},
             faults{.request = [](gradlane_shape& s) { s.threads = s.threads > 1 ? 1 : s.threads; }}),
      mutant("points_unheard", "takes any number of points and computes the first", {plain},
             faults{.request = [](gradlane_shape& s) { s.points = s.points > 1 ? 1 : s.points; }}),
      mutant("no_points_is_one", "points = 0 is taken for one", {plain},
             faults{.request = [](gradlane_shape& s) { s.points = s.points == 0 ? 1 : s.points; }}),
      mutant("stride_below_points", "a stride below the points is made as large as they are",
             {"log_sum_exp/analytic/points"},
             faults{.request = [](gradlane_shape& s) { s.stride = s.stride < s.points ? s.points : s.stride; }}),
      mutant("any_step", "a step that is negative or no number is the default one",
             {"quartic/central_difference_2/elements"},
             faults{.request = [](gradlane_shape& s) { s.step = std::isfinite(s.step) && s.step >= 0 ? s.step : 0; }}),
      mutant("step_ignored", "takes a step, and uses its own", {"quartic/central_difference_2/elements"},
             faults{.request = [](gradlane_shape& s) { s.step = std::isfinite(s.step) && s.step > 0 ? 0 : s.step; }}),
      mutant("any_size", "an n that the problem does not have is rounded up", {"chain/analytic/elements"},
             faults{.request = [](gradlane_shape& s) { s.n = s.n > 0 && s.n < 1000 ? (s.n + 1) / 2 * 2 : s.n; }}),
      mutant("any_struct", "struct_size is not looked at", {plain},
             faults{.request = [](gradlane_shape& s) { s.struct_size = sizeof s; }}),
      mutant("data_of_any_shape", "rows and columns of the data are not looked at", {with_data},
             faults{.request =
                        [](gradlane_shape& s) {
                          static gradlane_array first;
                          if (s.data_count != 1 || s.data == nullptr) return;
                          first = s.data[0], first.rows = s.n, first.cols = 1;
                          s.data = &first;
                        }}),
      mutant("data_by_position", "data is taken by its position, not by its name", {with_data},
             faults{.request =
                        [](gradlane_shape& s) {
                          static gradlane_array first;
                          if (s.data_count != 1 || s.data == nullptr) return;
                          first = s.data[0], first.name = "weights";
                          s.data = &first;
                        }}),
      mutant("message_overruns", "writes its message without looking at the room for it", {plain},
             faults{.answer =
                        [](gradlane_status status, void**, char* message, std::size_t) {
                          if (status != GRADLANE_OK && message != nullptr)
                            std::memcpy(message, "a message of some length", 25);
                          return status;
                        }}),
      mutant("message_not_ended", "fills the room for the message to the last byte", {plain},
             faults{.answer =
                        [](gradlane_status status, void**, char* message, std::size_t size) {
                          if (status != GRADLANE_OK && message != nullptr) std::memset(message, '!', size);
                          return status;
                        }}),
      mutant("no_message", "refuses without a word", {plain},
             faults{.answer =
                        [](gradlane_status status, void**, char* message, std::size_t size) {
                          if (size > 0) message[0] = 0;
                          return status;
                        }}),
      mutant("plan_left_behind", "a refused request leaves an address for a plan", {plain},
             faults{.answer =
                        [](gradlane_status status, void** plan, char*, std::size_t) {
                          static int anything;
                          if (status != GRADLANE_OK && plan != nullptr) *plan = &anything;
                          return status;
                        }}),
      mutant("another_status", "every refusal is a failure", {plain},
             faults{.answer = [](gradlane_status status, void**, char*,
                                 std::size_t) { return status == GRADLANE_OK ? status : GRADLANE_FAILURE; }}),
      mutant("holds_nothing", "says that its plan holds no memory", {"log_sum_exp/reverse_array/elements"},
             faults{.bytes = [](const plan&, std::size_t) { return std::size_t{0}; }}),
      mutant("holds_half", "counts its memory in elements of f32, whatever they are",
             {"log_sum_exp/reverse_array/elements"},
             faults{.bytes = [](const plan& p,
                                std::size_t base) { return p.base->dtype == GRADLANE_F64 ? base / 2 : base; }}),
      mutant("calls_itself_exact", "a difference that says it is exact up to rounding",
             {"log_sum_exp/central_difference_2/elements"},
             faults{.entry = [](gradlane_implementation& e) { e.order = 0; }}),
      mutant("order_too_high", "a formula of order 2 that says it has order 8",
             {"log_sum_exp/central_difference_2/elements"},
             faults{.entry = [](gradlane_implementation& e) { e.order = 8; }}),
      mutant("calls_itself_gradient", "a primal that does not say that it has no gradient", {"quartic/primal/elements"},
             faults{.entry = [](gradlane_implementation& e) { e.flags &= ~std::uint32_t{GRADLANE_VALUE_ONLY}; }}),
      mutant("calls_itself_primal", "a gradient that says it is the value alone, and so takes the primal's place",
             {plain}, faults{.entry = [](gradlane_implementation& e) { e.flags |= GRADLANE_VALUE_ONLY; }}),
      mutant("limit_unsaid", "takes n up to 4096 only, and says that there is no limit", {plain},
             faults{.request = [](gradlane_shape& s) { s.n = s.n > 4096 ? 0 : s.n; }}),
      mutant("throws", "an exception for an x that is not finite crosses the interface", {plain},
             []<class T>(call<T>& c) {
               if (!std::isfinite(c.x[0])) throw std::domain_error("x is not finite");
               return c.sound();
             }),
      mutant("ends_the_process", "a failure of its own ends the process as if all were well", {plain},
             []<class T>(call<T>& c) {
               if (c.n() == 9) _exit(0);  // no handler of anybody runs
               return c.sound();
             }),
      mutant("aborts", "an assertion on n ends the process", {with_data},
             []<class T>(call<T>& c) {
               if (c.n() % 4 == 3) std::abort();
               return c.sound();
             }),
      mutant("fails_now_and_then", "every fourth call fails", {plain},
             [](auto& c) { return c.p.calls % 4 == 3 ? GRADLANE_FAILURE : c.sound(); }),
  };
}

}  // namespace gradlane::referee
