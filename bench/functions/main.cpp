// functions: how exact the elementary functions of each backend are, over all numbers, and what an element costs, ours
// beside those of libraries.
#include <algorithm>
#include <bit>
#include <iostream>
#include <optional>
#include <set>

#include "common/environment.hpp"
#include "common/foreign_flags.hpp"
#include "common/results.hpp"
#include "common/selection.hpp"
#include "common/shards.hpp"
#include "functions/rows.hpp"
#include "functions/timing.hpp"

namespace gradlane::bench {

namespace {

using json = nlohmann::ordered_json;

struct own_flags {
  bool full = false;
  std::optional<double> case_seconds;
  std::optional<std::string> functions, sweep;
};

struct settings {
  std::vector<std::string> functions;  ///< empty: all
  std::uint64_t sweep = 0;             ///< arguments in f32
  double case_seconds = 0;
  int threads = 1;

  /// In f64 one takes as long as 64 of f32, since exact values come from quad.
  std::uint64_t count(gradlane_dtype dtype) const {
    return dtype == GRADLANE_F32 ? sweep : std::max<std::uint64_t>(sweep / 64, 256);
  }
};

/// One function in one precision: a shard.
struct shard {
  const elementary_facts* facts = nullptr;
  gradlane_dtype dtype = GRADLANE_F64;
  std::vector<candidate> candidates;
  std::vector<std::string> lacking;  ///< backends with functions, but not this one

  std::string name() const { return std::string(facts->name) + "-" + dtype_name(dtype); }
  /// Measured: about 25 ns for the exact value of an f32, 2 µs for one of an f64, 8 ns for each result.
  double expected_seconds(const settings& own, bool timed) const {
    const auto backends = static_cast<double>(candidates.size());
    const double edges = 15e3, each = (dtype == GRADLANE_F32 ? 25e-9 : 2e-6) + 8e-9 * backends;
    const double swept = static_cast<double>(own.count(dtype)) / own.threads + edges;
    return swept * each + (timed ? 1.2 * own.case_seconds * backends : 0);
  }
};

std::vector<own_flag> flags_of(own_flags& own) {
  return {{"--function", "names of functions, comma-separated", &own.functions},
          {"--sweep",
           "arguments of each function in f32, a power of two, at most 2^32: default 2^20, with --full 2^26; "
           "in f64 a 64th of it",
           &own.sweep},
          {"--full", "the long sweep and longer timings, instead of the quick run", &own.full},
          {"--case-seconds", "time spent timing a function of a backend, default 0.008, with --full 0.06",
           &own.case_seconds}};
}

/// "67108864" or "2^26".
std::uint64_t parse_sweep(const std::string& text) {
  if (text.starts_with("2^")) {
    const std::vector<std::size_t> exponent = parse_sizes("--sweep", text.substr(2));
    if (exponent.size() == 1 && exponent[0] >= 10 && exponent[0] <= 32) return std::uint64_t{1} << exponent[0];
  } else {
    const std::vector<std::size_t> count = parse_sizes("--sweep", text);
    if (count.size() == 1 && std::has_single_bit(count[0]) && count[0] >= 1024 && count[0] <= std::size_t{1} << 32)
      return count[0];
  }
  throw usage_error("--sweep: '" + text + "' is not a power of two from 2^10 to 2^32");
}

settings checked(const own_flags& own, const options& given) {
  refuse_benchmark_flags(given, "no gradient is timed here");
  if (!given.problems.empty() || !given.methods.empty() || !given.lanes.empty() || !given.dims.empty() ||
      !given.points.empty() || given.step)
    throw usage_error("functions are measured here, not gradients: --function, --backend and --dtype choose");
  if (given.threads.size() > 1)
    throw usage_error("--threads: one number here, of threads that share the sweep; times are those of one");
  settings chosen;
  if (own.functions) chosen.functions = parse_names("--function", *own.functions);
  std::vector<std::string> known;
  for (const elementary_facts& f : elementary_functions()) known.emplace_back(f.name);
  require_known("--function", chosen.functions, known);
  chosen.sweep = own.sweep ? parse_sweep(*own.sweep) : std::uint64_t{1} << (own.full ? 26 : 20);
  chosen.case_seconds = positive("--case-seconds", own.case_seconds, own.full ? 0.06 : 0.008);
  chosen.threads = given.threads.empty() ? available_cores() : given.threads[0];
  return chosen;
}

const gradlane_function* find_function(const backend_module& m, const char* name, gradlane_dtype dtype) {
  for (std::size_t i = 0; i < m.table->function_count; ++i)
    if (const gradlane_function& f = m.table->functions[i]; f.dtype == dtype && std::string_view(f.name) == name)
      return &f;
  return nullptr;
}

std::vector<shard> selection(const options& given, const settings& own, const module_set& modules) {
  std::vector<shard> shards;
  for (const elementary_facts& facts : elementary_functions())
    for (const gradlane_dtype dtype : {GRADLANE_F32, GRADLANE_F64}) {
      if (!chooses(own.functions, facts.name) || !chooses(given.dtypes, dtype_name(dtype))) continue;
      shard s{&facts, dtype, {}, {}};
      for (const backend_module& m : modules.modules) {
        if (m.table->function_count == 0 || !chooses(given.backends, m.about.name)) continue;
        if (const gradlane_function* const f = find_function(m, facts.name, dtype))
          s.candidates.push_back({&m, f});
        else
          s.lacking.push_back(m.about.name);
      }
      if (!s.candidates.empty()) shards.push_back(std::move(s));
    }
  if (shards.empty()) throw usage_error("nothing selected: no backend has such a function (see --list)");
  return shards;
}

/// Functions that modules offer and nothing is known of.
void tell_unknown(const options& given, const module_set& modules) {
  std::set<std::string> unknown;
  for (const backend_module& m : modules.modules)
    for (std::size_t i = 0; i < m.table->function_count && chooses(given.backends, m.about.name); ++i)
      if (find_elementary(m.table->functions[i].name) == nullptr) unknown.insert(m.table->functions[i].name);
  for (const std::string& name : unknown)
    std::cerr << "note: '" << name << "' is left out: nothing here knows its exact values\n";
}

void print_functions(const options& given, const settings& own, const module_set& modules) {
  for (const backend_module& m : modules.modules)
    for (std::size_t i = 0; i < m.table->function_count && chooses(given.backends, m.about.name); ++i) {
      const gradlane_function& f = m.table->functions[i];
      if (!chooses(given.dtypes, dtype_name(f.dtype)) || !chooses(own.functions, f.name)) continue;
      std::cout << name_of({&m, &f});
      if (f.bound > 0) std::cout << "  promises " << f.bound << " ulp";
      std::cout << '\n';
    }
}

json selection_key(const shard& s, const options& given, const settings& own, const json& context) {
  json backends = json::array();
  for (const candidate& c : s.candidates) backends.push_back(c.backend());
  return {{"sweep", own.sweep},
          {"seed", given.seed},
          {"case_seconds", given.check_only ? json(nullptr) : json(own.case_seconds)},
          {"backends", backends},
          {"modules", context["provenance"]["modules"]}};
}

json document(const shard& s, const settings& own, const std::vector<finding>& findings) {
  json rows = json::array(), lines = json::array();
  for (const finding& f : findings) {
    rows.push_back(to_json(f));
    for (const std::string& line : complaints(f)) lines.push_back(line);
  }
  return {{"function", s.facts->name},
          {"formula", s.facts->formula},
          {"dtype", dtype_name(s.dtype)},
          {"swept", own.count(s.dtype)},
          {"timed_from", s.facts->ordinary.low},
          {"timed_to", s.facts->ordinary.high},
          {"rows", rows},
          {"lacking", s.lacking},
          {"complaints", lines}};
}

void print(const std::vector<finding>& findings) {
  for (const finding& f : findings) std::cout << to_text(f) << '\n';
}

template <class T>
std::vector<finding> examine(const shard& s, const options& given, const settings& own, const shard_progress& tick) {
  const double timing = given.check_only ? 0 : 0.5;
  std::vector<error_report> errors =
      measure_errors<T>(*s.facts, s.candidates, given.seed, own.count(s.dtype), own.threads,
                        [&](double done) { tick(s.name(), done * (1 - timing)); });
  std::vector<std::vector<double>> times(s.candidates.size());
  if (!given.check_only)
    times = measure_times<T>(*s.facts, s.candidates, own.case_seconds,
                             [&](double done) { tick(s.name(), 1 - timing + done * timing); });
  std::vector<finding> findings;
  for (std::size_t c = 0; c < s.candidates.size(); ++c)
    findings.push_back({&s.candidates[c], std::move(errors[c]), std::move(times[c])});
  return findings;
}

int run_all(std::vector<shard> shards, const options& given, const settings& own, const module_set& modules) {
  const json context = environment(given, modules);
  const auto examine_in = [&](const shard& s, const shard_progress& tick) {
    return s.dtype == GRADLANE_F32 ? examine<float>(s, given, own, tick) : examine<double>(s, given, own, tick);
  };
  const shard_work<shard, std::vector<finding>> work{
      .kind = "functions",
      .stem = &shard::name,
      .key = [&](const shard& s) { return selection_key(s, given, own, context); },
      .seconds = [&](const shard& s) { return s.expected_seconds(own, !given.check_only); },
      .examine = examine_in,
      .document = [&](const shard& s, const std::vector<finding>& found) { return document(s, own, found); },
      .print = print};
  told_complaints wrong;
  if (const auto ended = run_shards(work, std::move(shards), given, context, wrong)) return *ended;
  return wrong.count > 0 ? wrong_result : success;
}

int run(int argc, char** argv) {
  own_flags own_given;
  const parsed line = parse_options(
      argc, argv, "How exact elementary functions are, in ulp over all numbers, and their times.", flags_of(own_given));
  if (line.exit) return *line.exit;
  const options& given = line.values;
  const settings own = checked(own_given, given);
  const module_set modules = load_backends(given);
  check_names(given, modules, {});
  if (given.list) {
    print_functions(given, own, modules);
    return success;
  }
  tell_unknown(given, modules);
  std::vector<shard> shards = selection(given, own, modules);
  if (!given.out.empty() && !given.estimate) require_writable(given.out / "functions");
  return run_all(std::move(shards), given, own, modules);
}

}  // namespace

}  // namespace gradlane::bench

int main(int argc, char** argv) { return gradlane::bench::run_driver("functions", argc, argv, gradlane::bench::run); }
