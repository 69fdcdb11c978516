// throughput: time of value and gradient, for every implementation of every loaded backend, checked before it is timed.
#include <iostream>
#include <optional>
#include <span>

#include "common/environment.hpp"
#include "common/results.hpp"
#include "common/selection.hpp"
#include "common/shards.hpp"
#include "oracle/catalogue.hpp"
#include "throughput/display.hpp"
#include "throughput/isolated.hpp"
#include "throughput/limit_finder.hpp"
#include "throughput/runner.hpp"

namespace gradlane::bench {

namespace {

using json = nlohmann::ordered_json;

std::vector<problem_entry> known_problems() {
  std::vector<problem_entry> problems;
  for (const catalogue_entry& e : catalogue())
    problems.push_back(
        {std::string(e.name), e.facts.dense, [facts = e.facts](std::size_t n) { return facts.valid(n); }});
  return problems;
}

/// The driver's own flags as they were given; what was left out depends on --full.
struct own_flags {
  bool full = false;
  std::optional<double> case_seconds, max_case_seconds;
  std::optional<std::string> iterations;
  isolation_flags isolated;
};

std::vector<own_flag> flags_of(own_flags& own) {
  std::vector<own_flag> flags{
      {"--full", "the whole sweep instead of the quick run", &own.full},
      {"--case-seconds", "time spent in the timed loops of a case, default 0.15, with --full 0.3", &own.case_seconds},
      {"--max-case-seconds",
       "skip a case whose call takes longer, default 0.25, with --full 10; if more: 4 ns an input",
       &own.max_case_seconds},
      {"--iterations",
       "calls in a repetition, one repetition unless told otherwise: a number, or a JSON file {\"CASE\": number, ...}, "
       "then of those cases only",
       &own.iterations}};
  own.isolated.add_to(flags);
  return flags;
}

settings checked(const own_flags& given) {
  settings own;
  own.full = given.full;
  own.case_seconds = positive("--case-seconds", given.case_seconds, given.full ? 0.3 : 0.15);
  own.max_case_seconds = positive("--max-case-seconds", given.max_case_seconds, given.full ? 10 : 0.25);
  if (given.max_case_seconds) own.seconds_per_input = 0;
  if (given.iterations) own.fixed = parse_fixed_calls(*given.iterations);
  own.isolated = given.isolated.checked(own.max_case_seconds + own.case_seconds / 4);  // three repetitions or more
  return own;
}

/// What decides whether a shard that is there already is the one that this run would write.
json selection_key(const shard& s, const options& given, const settings& own, const benchmark_flags& flags,
                   const json& context) {
  json names = json::array();
  for (const measured_case& c : s.cases) names.push_back(c.name());
  json key{{"cases", names},
           {"seed", given.seed},
           {"step", given.step ? json(*given.step) : json(nullptr)},
           {"check_only", given.check_only},
           {"case_seconds", own.case_seconds},
           {"max_case_seconds", own.max_case_seconds},
           {"benchmark_flags", flags.passed_on},
           {"modules", context["provenance"]["modules"]}};
  if (own.fixed.given()) key["iterations"] = own.fixed.to_json();
  return key;
}

json document(const json& key, const json& context, const std::vector<row>& rows) {
  json shard = shard_head("throughput", key, context);
  shard["benchmarks"] = json::array();
  for (const row& r : rows) shard["benchmarks"].push_back(to_json(r));
  return shard;
}

struct tally {
  std::size_t good = 0, skipped = 0, failed = 0;
  void add(const std::vector<row>& rows) {
    for (const row& r : rows) {
      if (!r.error.empty()) std::cerr << "error: " << r.what.name() << ": " << r.error << '\n';
      ++(!r.error.empty() ? failed : !r.skipped.empty() ? skipped : good);
    }
  }
  /// A shard that a resumed run keeps: what is wrong in it stays wrong.
  void keep(const json& shard) {
    for (const json& r : shard.value("benchmarks", json::array())) {
      if (!r.contains("error")) continue;
      std::cerr << "error: " << r["name"].get<std::string>() << ": " << r["error"].get<std::string>() << '\n';
      ++failed;
    }
  }
};

void show_checks(const std::vector<row>& rows) {
  for (const row& r : rows)
    if (r.checked && r.error.empty())
      std::cout << r.what.name() << ' ' << r.checked->text << " relative_error=" << r.checked->relative_error
                << " max_ulp=" << r.checked->max_ulp << '\n';
    else
      std::cout << r.what.name() << (r.error.empty() ? " skipped: " + r.skipped : " wrong: " + r.error) << '\n';
}

std::size_t case_count(const std::vector<shard>& shards) {
  std::size_t count = 0;
  for (const shard& s : shards) count += s.cases.size();
  return count;
}

std::size_t longest_name(const std::vector<shard>& shards) {
  std::size_t longest = 10;
  for (const shard& s : shards)
    for (const measured_case& c : s.cases) longest = std::max(longest, c.name().size());
  return longest;
}

/// Runs what is left of the sweep; returns the exit code.
int run_all(std::vector<shard> shards, const options& given, const settings& own, const benchmark_flags& flags,
            const module_set& modules) {
  const json context = environment(given, modules);
  const auto file_of = [&](const shard& s) { return given.out / "throughput" / (s.file_stem() + ".json"); };
  const auto key_of = [&](const shard& s) { return selection_key(s, given, own, flags, context); };
  tally total;
  take_out_complete(shards, given, "throughput", file_of, key_of, [&](const json& there) { total.keep(there); });
  const double expected = static_cast<double>(case_count(shards)) * runner::expected_seconds(own, given);
  if (given.estimate) return print_estimate(expected);
  display shown(flags, given.out.empty() && !given.check_only, longest_name(shards));  // may refuse --benchmark_out
  std::cerr << "throughput: " << case_count(shards) << " cases in " << shards.size()
            << (shards.size() == 1 ? " shard, " : " shards, ") << duration_text(expected) << '\n';
  progress bar(expected);
  catch_interrupts();
  runner measuring(given, own, flags, known_problems(), bar);
  const limit_finder limits(given.out, modules);
  for (const shard& s : shards) {
    auto rows = measuring.run(s);
    bar.clear();
    if (!rows) break;
    limits.relate(*rows);
    if (!given.out.empty()) write_json(file_of(s), document(key_of(s), context, *rows));
    if (given.check_only && given.out.empty()) show_checks(*rows);
    shown.show(*rows);
    total.add(*rows);
  }
  shown.finish();
  std::cerr << "throughput: " << total.good << (given.check_only ? " checked, " : " measured, ") << total.skipped
            << " skipped, " << total.failed << " failed\n";
  if (interrupt_requested()) return tell_interrupted("throughput", given);
  return total.failed > 0 ? wrong_result : success;
}

/// What a worker does: the one case, by the flags of the run.
[[noreturn]] void work_for(const worker_request& request, const options& given, settings own,
                           const benchmark_flags& flags) {
  own.isolated.which = isolation::cases::none;
  run_as_worker(request, [&](const measured_case& c) {
    progress silent;
    runner measuring(given, own, flags, known_problems(), silent);
    return measuring.run({std::string(c.what.problem()), std::string(c.what.dtype()), c.n, c.points, c.threads, {c}})
        .value()
        .front();
  });
}

int run(int argc, char** argv) {
  const std::span<char* const> all(argv, static_cast<std::size_t>(argc));
  const std::optional<worker_request> asked = worker_request_of(all);
  const std::vector<const char*> words = words_beside(asked, all);
  own_flags own_given;
  const parsed line = parse_options(static_cast<int>(words.size()), words.data(),
                                    "Time of value and gradient, checked before it is timed.", flags_of(own_given),
                                    benchmark_flags_help());
  if (line.exit) return *line.exit;
  const options& given = line.values;
  const settings own = checked(own_given);
  const benchmark_flags flags = initialise_benchmark(given.benchmark_flags);
  if (own.fixed.given() && (flags.sets_min_time || own_given.case_seconds || own_given.max_case_seconds))
    throw usage_error("--iterations leaves nothing to decide by time: leave out seconds and --benchmark_min_time");
  if (asked) work_for(*asked, given, own, flags);
  const module_set modules = load_backends(given, own.isolated);
  const std::vector<std::string> problems = problem_names();
  check_names(given, modules, problems);
  if (given.list) {
    print_list(std::cout, modules, choice_of(given), problems);
    return success;
  }
  std::vector<shard> shards =
      keep_counted(filter_by_name(make_sweep(given, own, modules, known_problems()), flags.filter), own.fixed);
  if (flags.list_tests) {
    for (const shard& s : shards)
      for (const measured_case& c : s.cases)
        if (!c.reference) std::cout << c.name() << '\n';
    return success;
  }
  if (!given.out.empty() && !given.estimate) require_writable(given.out / "throughput");
  return run_all(std::move(shards), given, own, flags, modules);
}

}  // namespace

}  // namespace gradlane::bench

int main(int argc, char** argv) { return gradlane::bench::run_driver("throughput", argc, argv, gradlane::bench::run); }
