// The parts of a run and what they share.
#pragma once

#include <functional>
#include <new>
#include <string>
#include <vector>

#include "common/case_row.hpp"
#include "descent/sweep.hpp"
#include "oracle/tolerance.hpp"

namespace gradlane::bench {

/// What a shard came to.
struct findings {
  json approximations = json::array(), directions = json::array(), descents = json::array(), starts = json::array(),
       critical = json::array(), closed_forms = json::array(), skipped = json::array();
  std::vector<std::string> complaints;  ///< one line each; any makes the run fail

  /// A row that has no figures, and why.
  void leave_out(const json& case_of, const std::string& part, const std::string& reason);
};

struct run_context {
  const options& given;
  const settings& own;
  /// Called as each case is started; throws `interrupted_run` when the user wants to stop.
  std::function<void(const std::string& label)> starts;
};

/// Each is complete by itself.
void add_approximations(const shard& s, const run_context& run, findings& found);
void add_directions(const shard& s, const run_context& run, findings& found);
void add_descents(const shard& s, const run_context& run, findings& found);
void add_starts(const shard& s, const run_context& run, findings& found);
void add_critical(const shard& s, const run_context& run, findings& found);
void add_closed_forms(const shard& s, const run_context& run, findings& found);
/// Whether a formula for the gradient is known: what the last of them compares with.
bool has_closed_form(std::string_view problem);

/// How long a shard is expected to take.
double expected_seconds(const shard& s, const options& given, const settings& own);

/// The gradient of the problem itself, without any term, at the oracle's point.
struct gradient_check {
  verdict result = verdict::wrong;
  double relative = 0, absolute = 0, tolerance = 0;
  bool has_digits() const { return result == verdict::ok; }
};
/// ‖ĝ − ∇L‖ at a point.
template <class T>
double gradient_error_at(const implementation& i, const landscape<T>& at, const std::vector<T>& w, double step);

/// Before anything is measured: a wrong gradient is a complaint and is not followed. The oracle is that of `w`.
template <class T>
bool is_sound(const implementation& i, const landscape<T>& at, oracle_of<T>& oracle, const std::vector<T>& w,
              const run_context& run, const json& about, const std::string& part, findings& found,
              gradient_check& check);

/// --step for finite differences, 0: their own.
inline double step_of(const implementation& i, const options& given) {
  return i.has(GRADLANE_STEP) ? given.step.value_or(0) : 0;
}

/// The start at this n: the user's, or the first of the points that the other drivers take.
template <class T>
std::vector<T> start_of(std::size_t n, const run_context& run) {
  std::vector<T> w(n);
  draw_points(w.data(), n, 1, 1, run.given.seed);
  for (std::size_t k = 0; k < run.own.start.size(); ++k) w[k] = static_cast<T>(run.own.start[k]);
  return w;
}

/// Calls f, and turns a refusal by the implementation or lack of memory into a row that says so. A refusal because of
/// shape or memory is no failure of the run, any other is.
template <class F>
void with_reasons(findings& found, const json& case_of, const std::string& part, F&& f) {
  try {
    f();
  } catch (const call_error& e) {
    found.leave_out(case_of, part, e.what());
    if (e.status != GRADLANE_UNSUPPORTED && e.status != GRADLANE_OUT_OF_MEMORY)
      found.complaints.push_back(part + " of " + case_of.dump() + ": " + e.what());
  } catch (const std::bad_alloc&) {
    found.leave_out(case_of, part, "out of memory");
  }
}

}  // namespace gradlane::bench
