// accuracy: how exact every implementation is: against the oracle, by its first-order remainder, over its step, and by
// its own estimate. With --recommend it answers from results instead: scripts/recommend, since what is chosen is the
// report's business too, and must be decided in one place.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <optional>
#include <span>

#include "accuracy/isolated.hpp"
#include "accuracy/rows.hpp"
#include "common/environment.hpp"
#include "common/foreign_flags.hpp"
#include "common/results.hpp"
#include "common/selection.hpp"
#include "common/shards.hpp"

namespace gradlane::bench {

namespace {

/// The driver's own flags as they were given; what was left out depends on --full.
struct own_flags {
  bool full = false;
  std::optional<double> max_case_seconds;
  isolation_flags isolated;
};

std::vector<own_flag> flags_of(own_flags& own) {
  std::vector<own_flag> flags{
      {"--full", "the whole sweep over n and all backends instead of the quick run", &own.full},
      {"--max-case-seconds", "leave out a case whose call takes longer, default 0.25, with --full 10",
       &own.max_case_seconds}};
  own.isolated.add_to(flags);
  return flags;
}

settings checked(const own_flags& own, const options& given) {
  refuse_benchmark_flags(given, "nothing is timed here");
  const double longest = positive("--max-case-seconds", own.max_case_seconds, own.full ? 10 : 0.25);
  return {own.full, longest, own.isolated.checked(longest)};
}

/// What decides whether a shard that is there already is the one that this run would write.
json selection_key(const shard& s, const options& given, const settings& own, const json& context) {
  json names = json::array();
  for (const implementation& i : s.implementations) names.push_back(i.name());
  return {{"implementations", names},
          {"dims", s.dims},
          {"points", given.points},
          {"threads", given.threads},
          {"seed", given.seed},
          {"step", given.step ? json(*given.step) : json(nullptr)},
          {"check_only", given.check_only},
          {"max_case_seconds", own.max_case_seconds},
          {"modules", context["provenance"]["modules"]}};
}

void print(const findings& found) {
  for (const json& row : found.gradient_errors)
    std::cout << label(row) << ' ' << row["verdict"].get<std::string>() << " relative_error=" << row["relative_error"]
              << " max_ulp=" << row["max_ulp"] << " tolerance=" << row["tolerance"] << '\n';
  for (const json& row : found.remainders)
    std::cout << label(row) << " remainder direction=" << row["direction"] << ' ' << row["precision"].get<std::string>()
              << " slope=" << row["slope"] << ' ' << row["verdict"].get<std::string>() << '\n';
  for (const json& row : found.steps)
    std::cout << label(row) << " step default=" << row["default_step"] << " error=" << row["default_error"]
              << " best=" << row["best_step"] << " error=" << row["best_error"] << '\n';
  for (const json& row : found.own_estimates)
    std::cout << label(row) << " own estimate honest=" << row["honest"] << " of " << row["components"] << '\n';
}

/// How often a shard says that it starts something, about: what a step of the progress is.
double case_count(const shard& s, const options& given) {
  const double gradients = static_cast<double>(s.implementations.size() * s.dims.size() * threads_of(given).size());
  return given.check_only ? gradients
                          : gradients + 30 * static_cast<double>(one_lane_a_method(s.implementations).size());
}

/// The implementations of a shard that are isolated, or the others.
shard part_of(shard s, bool isolated, const settings& own) {
  std::erase_if(s.implementations, [&](const implementation& i) { return own.isolated.applies_to(i) != isolated; });
  return s;
}

void examine_here(const shard& s, const run_context& run, findings& found) {
  add_gradient_errors(s, run, found);
  if (run.given.check_only) return;
  add_remainders(s, run, found);
  add_steps(s, run, found);
  add_own_estimates(s, run, found);
}

findings examine(const shard& s, const run_context& run) {
  findings found;
  if (const shard here = part_of(s, false, run.own); !here.implementations.empty()) examine_here(here, run, found);
  add_isolated(part_of(s, true, run.own), run, found);
  return found;
}

/// Runs what is left of the sweep; returns the exit code.
int run_all(std::vector<shard> shards, const options& given, const settings& own, const module_set& modules) {
  const json context = environment(given, modules);
  std::size_t right = 0, without_digits = 0, left_out = 0;
  const auto examine_counted = [&](const shard& s, const shard_progress& progress) {
    findings found = examine(s, {given, own, counted_cases(progress, case_count(s, given))});
    right += found.right, without_digits += found.without_digits, left_out += found.skipped.size();
    return found;
  };
  const shard_work<shard, findings> work{.kind = "accuracy",
                                         .stem = &shard::file_stem,
                                         .key = [&](const shard& s) { return selection_key(s, given, own, context); },
                                         .seconds = [&](const shard& s) { return expected_seconds(s, given, own); },
                                         .examine = examine_counted,
                                         .document = [](const shard&, const findings& found) { return to_json(found); },
                                         .print = print};
  told_complaints wrong;
  if (const auto ended = run_shards(work, std::move(shards), given, context, wrong)) return *ended;
  std::cerr << "accuracy: " << right << " gradients checked, " << without_digits << " without digits, " << left_out
            << " left out, " << wrong.count << " wrong\n";
  return wrong.count > 0 ? wrong_result : success;
}

/// Becomes scripts/recommend, with what stands beside --recommend as its arguments.
int recommend(int argc, char** argv) {
  std::vector<char*> arguments;
  const std::string script = GRADLANE_SCRIPTS "/recommend";
  arguments.push_back(const_cast<char*>(script.c_str()));
  for (int k = 1; k < argc; ++k)
    if (std::string_view(argv[k]) != "--recommend") arguments.push_back(argv[k]);
  arguments.push_back(nullptr);
  execv(script.c_str(), arguments.data());
  throw std::runtime_error("--recommend: cannot run " + script + " with python3: " + std::strerror(errno));
}

int run(int argc, char** argv) {
  const std::span<char* const> all(argv, static_cast<std::size_t>(argc));
  const std::optional<worker_request> asked = worker_request_of(all);
  if (std::any_of(argv + 1, argv + argc, [](std::string_view a) { return a == "--recommend"; }))
    return recommend(argc, argv);
  const std::vector<const char*> words = words_beside(asked, all);
  own_flags own_given;
  const parsed line = parse_options(
      static_cast<int>(words.size()), words.data(),
      "How exact gradients are: oracle, first-order remainder, step, own estimates.", flags_of(own_given),
      "accuracy --recommend --problem P --n N --digits D DIR: the fastest method measured with D correct digits, from "
      "the\n"
      "results in DIR (accuracy --recommend --help).");
  if (line.exit) return *line.exit;
  const options& given = line.values;
  const settings own = checked(own_given, given);
  if (asked) run_as_worker(*asked, given, own);
  const module_set modules = load_backends(given, own.isolated);
  check_names(given, modules, problem_names());
  if (given.list) {
    print_list(std::cout, modules, choice_of(given), problem_names());
    return success;
  }
  std::vector<shard> shards = make_sweep(given, own, modules);
  if (!given.out.empty() && !given.estimate) require_writable(given.out / "accuracy");
  return run_all(std::move(shards), given, own, modules);
}

}  // namespace

}  // namespace gradlane::bench

int main(int argc, char** argv) { return gradlane::bench::run_driver("accuracy", argc, argv, gradlane::bench::run); }
