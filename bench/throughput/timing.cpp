// The timed loop, in Google Benchmark's hands.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <map>
#include <new>

#include "common/clock.hpp"
#include "throughput/runner.hpp"

namespace gradlane::bench {

namespace {

// Seven repetitions give a 98 % order-statistic interval; fewer than three give no spread at all.
constexpr int most_repetitions = 7, least_repetitions = 3;
// A call that is short beside a repetition is made once before the clock starts: the cases of a shard take turns, and
// each finds the caches as another one left them.
constexpr double warm_up_below_seconds = 5e-3;

/// Keeps every repetition, by name; shows nothing.
class collecting_reporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& r : runs)
      if (r.run_type == Run::RT_Iteration) by_name[r.run_name.function_name].push_back(r);
  }
  std::map<std::string, std::vector<Run>> by_name;
};

// Never SkipWithError here: where one repetition of a case is skipped and another was not, Google Benchmark 1.7.1 ends
// the process (ComputeStats checks that all made the same number of iterations). A function of its own, by whose name
// callgrind can be told what to count (scripts/compare instructions).
[[gnu::noinline]] int timed_loop(benchmark::State& state, plan& p, workload& w, bool warm_up) {
  void *const value = w.value(), *const gradient = w.gradient();
  int status = GRADLANE_OK;
  if (warm_up) status = p.evaluate_unchecked(w.next_x(), value, gradient);
  for ([[maybe_unused]] auto _ : state) {
    status |= p.evaluate_unchecked(w.next_x(), value, gradient);
    benchmark::ClobberMemory();
  }
  return status;
}

/// What the last call of a series left behind: whether what is timed is what was checked.
void check_series(prepared_case& c, int status, bool verified) {
  row& r = *c.result;
  if (!r.error.empty()) return;
  if (status != GRADLANE_OK)
    r.error = "a call failed that had succeeded before";
  else if (verified)
    try {
      if (const check_result last = c.shared->check_last(r.what.what, c.step, r.known.any() ? &r.known : nullptr);
          !last.right)
        r.error = "right when it was checked, but not when it was timed: " + last.complaint;
    } catch (const std::bad_alloc&) {
      r.error = "out of memory for checking what was timed";
    }
}

void time_series(benchmark::State& state, prepared_case& c) {
  if (interrupt_requested()) {  // the shard is not kept: only get to the end
    for ([[maybe_unused]] auto _ : state) {
    }
    return;
  }
  workload& w = *c.shared;
  const bool warm_up = c.call_seconds < warm_up_below_seconds;
  const std::size_t calls = static_cast<std::size_t>(state.max_iterations) + warm_up;
  const bool verified = calls > 1;  // a single call must not meet the same x every other time: it has check_afterwards
  w.poison();
  w.begin_series(calls, verified);
  const int status = timed_loop(state, c.ready, w, warm_up);
  check_series(c, status, verified);
  w.rewind();
}

/// One call more, after all that were timed.
void check_afterwards(prepared_case& c) {
  workload& w = *c.shared;
  w.poison();
  w.begin_series(1);
  const int status = c.ready.evaluate_unchecked(w.next_x(), w.value(), w.gradient());
  check_series(c, status, true);
  w.rewind();
}

void choose_length(benchmark::internal::Benchmark& b, const prepared_case& c, const settings& own,
                   const benchmark_flags& flags) {
  const double affordable = own.case_seconds / std::max(c.call_seconds, 1e-9);
  const int repetitions = repetitions_of(c, own);
  if (!flags.sets_repetitions) b.Repetitions(repetitions);
  if (own.fixed.given()) {
    b.Iterations(own.fixed.of(c.result->what.name()));
    return;
  }
  if (!flags.sets_min_time)
    b.Iterations(std::max<std::int64_t>(1, static_cast<std::int64_t>(affordable / repetitions)));
}

void fill(row& r, const std::vector<benchmark::BenchmarkReporter::Run>& runs) {
  std::vector<double> cpu_ns;
  for (const auto& run : runs) {
    r.iterations = run.iterations;
    r.times_ns.push_back(run.real_accumulated_time * 1e9 / static_cast<double>(run.iterations));
    cpu_ns.push_back(run.cpu_accumulated_time * 1e9 / static_cast<double>(run.iterations));
  }
  r.cpu_ns = median(cpu_ns);
  if (runs.empty()) r.error = "was not run";
  if (!r.error.empty()) r.times_ns.clear();
}

}  // namespace

int repetitions_of(const prepared_case& c, const settings& own) {
  if (own.fixed.given()) return 1;
  const double affordable = own.case_seconds / std::max(c.call_seconds, 1e-9);
  return std::clamp(static_cast<int>(std::min(affordable, 1e3)), least_repetitions, most_repetitions);
}

void time_cases(std::vector<prepared_case>& batch, const settings& own, const benchmark_flags& flags,
                const std::function<void(const prepared_case&)>& on_repetition) {
  for (prepared_case& c : batch) {
    benchmark::internal::Benchmark* b =
        benchmark::RegisterBenchmark(c.result->what.name().c_str(), [&c, &on_repetition](benchmark::State& state) {
          on_repetition(c);
          time_series(state, c);
        });
    b->UseRealTime();
    choose_length(*b, c, own, flags);
  }
  collecting_reporter collected;
  benchmark::RunSpecifiedBenchmarks(&collected, "all");
  benchmark::ClearRegisteredBenchmarks();
  for (prepared_case& c : batch)
    if (!interrupt_requested()) check_afterwards(c);
  for (prepared_case& c : batch) fill(*c.result, collected.by_name[c.result->what.name()]);
}

}  // namespace gradlane::bench
