// The error of a finite difference against its step: the V between truncation and noise, with the default step and the
// best one of the sweep. The complex step is swept as well; it has no noise, so its curve ends flat.
#include <limits>

#include "accuracy/target.hpp"

namespace gradlane::bench {

namespace {

template <class T>
void sweep(const implementation& i, target<T>& at, const run_context& run, findings& found) {
  json row = case_row(i, at.in.n, 1, 1);
  const auto error_at = [&](double step) {
    evaluation<T> e(i, at, 1, step);
    e.run(at.in.x);
    return at.oracle().compare(e.gradient().data()).relative;
  };
  std::vector<double> steps, errors;
  double best_step = 0, best_error = std::numeric_limits<double>::infinity();
  // Below eps the step is that between neighbouring numbers, whatever was asked for.
  const int most = std::numeric_limits<T>::digits == 53 ? 50 : 24;
  for (int k = 1; k <= most; ++k) {
    run.starts(i.name() + ": step");
    steps.push_back(std::ldexp(1.0, -k));
    errors.push_back(error_at(steps.back()));
    if (errors.back() < best_error) best_step = steps.back(), best_error = errors.back();
  }
  put(row, "step", steps);
  put(row, "relative_error", errors);
  put(row, "default_step", i.entry().default_step);
  put(row, "default_error", error_at(0));
  put(row, "best_step", best_step);
  put(row, "best_error", best_error);
  found.steps.push_back(std::move(row));
}

template <class T>
void add(const shard& s, std::size_t n, const run_context& run, findings& found) {
  target<T> at(*s.problem, n, 1, run.given.seed);
  for (const implementation& i : one_lane_a_method(s.implementations)) {
    if (!i.has(GRADLANE_STEP)) continue;
    const json about = case_row(i, n, 1, 1);
    with_reasons(found, about, step_part, [&] {
      evaluation<T> once(i, at, 1, 0);
      once.run(at.in.x);
      if (50 * once.seconds() > 4 * run.own.max_case_seconds)
        found.leave_out(about, step_part, "50 calls would take about " + std::to_string(50 * once.seconds()) + " s");
      else
        sweep(i, at, run, found);
    });
  }
}

}  // namespace

void add_steps(const shard& s, const run_context& run, findings& found) {
  for (const std::size_t n : s.curve_dims)
    with_memory(found, s, n, step_part,
                [&] { s.dtype == "f32" ? add<float>(s, n, run, found) : add<double>(s, n, run, found); });
}

}  // namespace gradlane::bench
