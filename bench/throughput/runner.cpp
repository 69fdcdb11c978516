#include "throughput/runner.hpp"

#include <algorithm>
#include <cmath>
#include <new>

#include "common/clock.hpp"
#include "throughput/allocations.hpp"
#include "throughput/isolated.hpp"

namespace gradlane::bench {

namespace {

// Plans alive at once, so that their repetitions can be interleaved; above it they are timed in several batches.
constexpr std::size_t batch_bytes = std::size_t{1} << 30;
constexpr double calibration_seconds = 2e-3;
constexpr double warm_again_below_seconds = 0.05;
constexpr double examination_share = 0.15;  // of a case's time, for the progress shown

double one_call(plan& p, workload& w) {
  const steady::time_point start = steady::now();
  p.evaluate(w.x(), w.value(), w.gradient());
  return seconds_since(start);
}

/// Seconds of one call after the first, and what it allocates.
double second_call(plan& p, workload& w, row& r) {
  const allocation_count allocations;
  const double seconds = one_call(p, w);
  if (const auto count = allocations.value()) r.allocations_per_call = static_cast<double>(*count);
  return seconds;
}

/// Seconds of a call once everything is warm; `seconds` took the second one.
double calibrate(plan& p, workload& w, double seconds) {
  // The least of the rounds counts: whatever else the machine did in between made the others longer, and must not end
  // the search.
  for (int calls = 1; seconds * calls < calibration_seconds && calls < 1 << 20;) {
    calls *= 2;
    const steady::time_point start = steady::now();
    for (int k = 0; k < calls; ++k) p.evaluate(w.x(), w.value(), w.gradient());
    seconds = std::min(seconds, seconds_since(start) / calls);
  }
  return seconds;
}

}  // namespace

runner::runner(const options& given, const settings& own, const benchmark_flags& flags,
               const std::vector<problem_entry>& problems, progress& shown)
    : given_(given),
      own_(own),
      flags_(flags),
      predictor_(problems, [this](const measured_case& c) { return probe(c); }),
      progress_(shown) {}

double runner::expected_seconds(const settings& own, const options& given) {
  return given.check_only || own.fixed.given() ? 0.02 : own.case_seconds + 0.03;
}

std::optional<std::vector<row>> runner::run(const shard& s) {
  std::vector<row> rows(s.cases.begin(), s.cases.end());
  for (row& r : rows) {
    if (interrupt_requested()) break;
    const std::size_t waiting = batch_.size();
    advance(r, 0);
    if (own_.isolated.applies_to(r.what.what))
      run_isolated(r, given_, own_);
    else
      examine(r);
    advance(r, batch_.size() > waiting ? examination_share : 1);
    std::size_t held = 0;
    for (const prepared_case& c : batch_) held += c.ready.bytes();
    if (held > batch_bytes) time_batch();
  }
  time_batch();
  if (interrupt_requested()) return std::nullopt;
  relate_to_primal(rows);
  return rows;
}

/// Everything up to the check; what passes joins the batch.
void runner::examine(row& r) {
  const measured_case& c = r.what;
  r.skipped = too_large(std::string(c.what.problem()), std::string(c.what.dtype()), c.n, c.points);
  if (const std::size_t most = c.what.entry().max_n; most > 0 && c.n > most)
    r.skipped = "this implementation takes n up to " + std::to_string(most);
  if (!r.skipped.empty()) return;
  try {
    const auto p = own_.fixed.given() ? std::nullopt : predictor_.predict(c);
    if (p && p->seconds > own_.most_seconds(c))
      r.skipped = "a call would take about " + seconds_text(p->seconds) + " (" + p->basis + "), more than " +
                  seconds_text(own_.most_seconds(c));
    else if (p && p->bytes > settings::most_plan_bytes)
      r.skipped = "the plan would hold about " + std::to_string(std::llround(p->bytes / 0x1p20)) + " MiB, more than " +
                  std::to_string(std::llround(settings::most_plan_bytes / 0x1p20));
    else
      prepare_and_check(r);
  } catch (const call_error& e) {
    (e.declined() ? r.skipped : r.error) = e.what();
  } catch (const std::bad_alloc&) {
    r.skipped = "out of memory";
  } catch (const std::exception& e) {
    r.error = e.what();
  }
}

void runner::prepare_and_check(row& r) {
  const measured_case& c = r.what;
  workload& w = shared_workload(c);
  const double step = given_.step.value_or(0);
  const floating_point_control before = floating_point_control::current();
  const steady::time_point start = steady::now();
  plan ready(c.what, w.shape(c.threads, step));
  r.prepare_ns = seconds_since(start) * 1e9;
  w.poison();
  const double first = one_call(ready, w);
  r.bytes = ready.bytes();
  if (floating_point_control::current() != before) {
    restore(before);
    r.error = "changes the floating-point control word";
    return;
  }
  if (own_.fixed.given()) r.known = own_.fixed.known_of(c.name());
  r.checked = w.check(c.what, step, own_.fixed.given() ? &r.known : nullptr);
  // The first call is cold, and with threads it starts them: as the basis of a prediction it misleads.
  const auto held = static_cast<double>(r.bytes);
  if (!own_.fixed.given())
    predictor_.learn(c, {first < warm_again_below_seconds ? std::min(first, one_call(ready, w)) : first, held});
  if (!r.checked->right)
    r.error = r.checked->complaint;
  else if (given_.check_only)
    return;
  else if (first > own_.most_seconds(c))
    r.skipped = "a call took " + seconds_text(first) + ", more than " + seconds_text(own_.most_seconds(c));
  else {
    double seconds = second_call(ready, w, r);
    if (!own_.fixed.given()) {
      seconds = calibrate(ready, w, seconds);
      predictor_.learn(c, {seconds, held});
    }
    batch_.push_back({std::move(ready), &r, &w, seconds, step});
  }
}

void runner::time_batch() {
  if (!batch_.empty() && !interrupt_requested())
    time_cases(batch_, own_, flags_, [this](const prepared_case& c) {
      advance(*c.result, (1 - examination_share) / repetitions_of(c, own_));
    });
  for (const prepared_case& c : batch_)
    if (const row& r = *c.result; r.measured())
      predictor_.learn(r.what, {r.call_ns() * 1e-9, static_cast<double>(r.bytes)});
  batch_.clear();
}

/// The predictor's try at a smaller n: not checked, and its time goes nowhere but into a prediction.
call_cost runner::probe(const measured_case& c) {
  const std::unique_ptr<workload> w =
      make_workload(std::string(c.what.problem()), std::string(c.what.dtype()), c.n, c.points, given_.seed);
  plan p(c.what, w->shape(c.threads, given_.step.value_or(0)));
  const double seconds = std::min(one_call(p, *w), one_call(p, *w));
  return {seconds, static_cast<double>(p.bytes())};
}

workload& runner::shared_workload(const measured_case& c) {
  const auto fits = [&](const kept_workload& k) {
    return k.problem == c.what.problem() && k.dtype == c.what.dtype() && k.n == c.n && k.points == c.points;
  };
  const auto found = std::find_if(kept_.begin(), kept_.end(), fits);
  if (found != kept_.end()) {
    std::rotate(found, found + 1, kept_.end());
    return *kept_.back().shared;
  }
  // No plan of the batch may lose its inputs: a shard needs at most two, and the one used longest ago goes.
  if (kept_.size() == 2) kept_.erase(kept_.begin());
  const std::string problem(c.what.problem()), dtype(c.what.dtype());
  kept_.push_back({problem, dtype, c.n, c.points, make_workload(problem, dtype, c.n, c.points, given_.seed)});
  return *kept_.back().shared;
}

/// `share` of the time that is expected of a case lies behind.
void runner::advance(const row& r, double share) {
  done_seconds_ += share * expected_seconds(own_, given_);
  progress_.show(r.what.name(), done_seconds_);
}

}  // namespace gradlane::bench
