#include "throughput/display.hpp"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "common/options.hpp"

namespace gradlane::bench {

namespace {

using run = benchmark::BenchmarkReporter::Run;

benchmark::TimeUnit unit_of(const std::string& name) {
  return name == "s"    ? benchmark::kSecond
         : name == "ms" ? benchmark::kMillisecond
         : name == "us" ? benchmark::kMicrosecond
                        : benchmark::kNanosecond;
}

run run_of(const row& r, double call_ns, benchmark::TimeUnit unit) {
  run result;
  result.run_name.function_name = r.what.name();
  result.family_index = result.per_family_instance_index = 0;
  result.run_type = run::RT_Iteration;
  result.repetition_index = 0;
  result.repetitions = static_cast<std::int64_t>(r.times_ns.size());
  result.iterations = r.iterations;
  result.time_unit = unit;
  result.statistics = nullptr;
  result.real_accumulated_time = call_ns * 1e-9 * static_cast<double>(r.iterations);
  result.cpu_accumulated_time = r.cpu_ns * 1e-9 * static_cast<double>(r.iterations);
  const auto counter = [&](const char* name, double value) {
    if (std::isfinite(value)) result.counters[name] = value;  // a NaN would make Google Benchmark's JSON invalid
  };
  const double gradients = static_cast<double>(r.what.points) * 1e9 / call_ns;
  if (r.primal_ns > 0) counter("cost_over_primal", 1e9 / gradients / r.primal_ns);
  if (r.least) counter("limit_fraction", r.limit_fraction() * r.call_ns() / call_ns);
  counter("components_per_second", gradients * static_cast<double>(r.what.n));
  counter("gradients_per_second", gradients);
  return result;
}

run failure_of(const row& r, const std::string& message) {
  run result;
  result.run_name.function_name = r.what.name();
  result.family_index = result.per_family_instance_index = 0;
  result.repetition_index = result.repetitions = 0;
  result.statistics = nullptr;
  result.iterations = 0;
  result.error_occurred = true;
  result.error_message = message;
  return result;
}

/// The console's context lines would repeat at length what --version and the results say, and Debian's library calls
/// itself a debug build in it.
class table_reporter : public benchmark::ConsoleReporter {
 public:
  table_reporter(bool colour, bool tabular)
      : ConsoleReporter(static_cast<OutputOptions>((colour ? OO_Color : OO_None) | (tabular ? OO_Tabular : OO_None))) {
    SetErrorStream(&nowhere_);
  }

 private:
  std::ostringstream nowhere_;
};

}  // namespace

display::display(const benchmark_flags& flags, bool to_console, std::size_t name_width)
    : flags_(flags), name_width_(name_width) {
  if (to_console && flags.format == "json") reporters_.push_back(std::make_unique<benchmark::JSONReporter>());
  if (to_console && flags.format == "console") {
    const bool watched = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    reporters_.push_back(std::make_unique<table_reporter>(flags.colour.value_or(watched), flags.tabular_counters));
    table_ = true;
  }
  if (!flags.out.empty()) {
    file_.open(flags.out);
    if (!file_) throw usage_error("--benchmark_out: cannot write " + flags.out);
    if (flags.out_format == "json")
      reporters_.push_back(std::make_unique<benchmark::JSONReporter>());
    else
      reporters_.push_back(std::make_unique<table_reporter>(false, flags.tabular_counters));
    reporters_.back()->SetOutputStream(&file_);
  }
  benchmark::BenchmarkReporter::Context context;
  context.name_field_width = name_width;
  for (const auto& r : reporters_) r->ReportContext(context);
}

display::~display() = default;

void display::show(const std::vector<row>& rows) {
  const benchmark::TimeUnit unit = unit_of(flags_.time_unit);
  for (const row& r : rows) {
    std::vector<run> runs;
    if (!r.error.empty())
      runs.push_back(failure_of(r, r.error));
    else if (!r.skipped.empty())
      runs.push_back(failure_of(r, "skipped: " + r.skipped));
    else if (r.measured() && flags_.show_repetitions)
      for (const double ns : r.times_ns) runs.push_back(run_of(r, ns, unit));
    else if (r.measured())
      runs.push_back(run_of(r, r.call_ns(), unit));
    for (const auto& reporter : reporters_) {
      if (runs.empty()) continue;
      if (table_ && reporter == reporters_.front() && !r.skipped.empty())
        std::cout << std::left << std::setw(static_cast<int>(name_width_)) << r.what.name() << " skipped: " << r.skipped
                  << '\n';
      else
        reporter->ReportRuns(runs);
    }
  }
  std::cout.flush();
}

void display::finish() {
  for (const auto& r : reporters_) r->Finalize();
}

}  // namespace gradlane::bench
