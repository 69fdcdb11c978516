#include "throughput/flags.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <string_view>

#include "common/options.hpp"

namespace gradlane::bench {

namespace {

constexpr std::string_view prefix = "--benchmark_";

/// One flag as it was written: --benchmark_NAME=VALUE, or --benchmark_NAME for true.
struct written {
  std::string whole, name, value;
  bool has_value;

  explicit written(const std::string& flag) : whole(flag) {
    const std::size_t equals = flag.find('=');
    has_value = equals != std::string::npos;
    name = flag.substr(prefix.size(), has_value ? equals - prefix.size() : equals);
    if (has_value) value = flag.substr(equals + 1);
  }

  std::string title() const { return std::string(prefix) + name; }
  [[noreturn]] void reject(const std::string& why) const { throw usage_error(title() + ": '" + value + "' " + why); }

  const std::string& text() const {
    if (value.empty()) throw usage_error(title() + " needs a value");
    return value;
  }

  const std::string& one_of(std::initializer_list<std::string_view> words, const std::string& what) const {
    if (std::find(words.begin(), words.end(), text()) == words.end()) reject("is not " + what);
    return value;
  }

  bool truth() const {
    if (!has_value) return true;
    const auto is = [&](auto... word) { return ((value == word) || ...); };
    if (is("true", "1", "yes", "on", "t", "y")) return true;
    if (is("false", "0", "no", "off", "f", "n")) return false;
    reject("is neither true nor false");
  }

  template <class T>
  T number(T least, const char* what) const {
    T parsed{};
    const auto [end, error] = std::from_chars(text().data(), value.data() + value.size(), parsed);
    if (error != std::errc() || end != value.data() + value.size() || !(parsed >= least)) reject(what);
    if constexpr (std::is_floating_point_v<T>)
      if (!std::isfinite(parsed)) reject(what);
    return parsed;
  }
};

void take_context(const written& f) {
  std::string_view rest = f.text();
  while (true) {
    const std::string_view pair = rest.substr(0, rest.find(','));
    if (const std::size_t equals = pair.find('='); equals == std::string_view::npos || equals == 0)
      f.reject("is not KEY=VALUE,…");
    if (pair.size() == rest.size()) return;
    rest.remove_prefix(pair.size() + 1);
  }
}

struct entry {
  std::string_view name;
  void (*take)(const written&, benchmark_flags&);
  bool passed_on = false;  ///< Google Benchmark acts on it, once its value was checked here
};

constexpr std::array known{
    entry{"filter", [](const written& f, benchmark_flags& own) { own.filter = f.text(); }},
    entry{"list_tests", [](const written& f, benchmark_flags& own) { own.list_tests = f.truth(); }},
    entry{"min_time",
          [](const written& f, benchmark_flags& own) {
            f.number(1e-9, "is not a finite number of seconds above 0");
            own.sets_min_time = true;
          },
          true},
    entry{"min_warmup_time", [](const written& f, benchmark_flags&) { f.number(0.0, "is not a number of seconds"); },
          true},
    entry{"repetitions",
          [](const written& f, benchmark_flags& own) {
            f.number(1, "is not a whole number of at least 1");
            own.sets_repetitions = true;
          },
          true},
    entry{"enable_random_interleaving", [](const written& f, benchmark_flags&) { f.truth(); }, true},
    entry{"report_aggregates_only", [](const written& f, benchmark_flags& own) { own.show_repetitions = !f.truth(); }},
    entry{"display_aggregates_only", [](const written& f, benchmark_flags& own) { own.show_repetitions = !f.truth(); }},
    entry{"format",
          [](const written& f, benchmark_flags& own) {
            own.format = f.one_of({"console", "json"}, "console or json");
          }},
    entry{"out", [](const written& f, benchmark_flags& own) { own.out = f.text(); }},
    entry{"out_format",
          [](const written& f, benchmark_flags& own) {
            own.out_format = f.one_of({"console", "json"}, "console or json");
          }},
    entry{"color",
          [](const written& f, benchmark_flags& own) {
            if (f.value != "auto") own.colour = f.truth();
          }},
    entry{"counters_tabular", [](const written& f, benchmark_flags& own) { own.tabular_counters = f.truth(); }},
    entry{"context", [](const written& f, benchmark_flags&) { take_context(f); }, true},
    entry{"time_unit",
          [](const written& f, benchmark_flags& own) {
            own.time_unit = f.one_of({"ns", "us", "ms", "s"}, "ns, us, ms or s");
          }},
    entry{"perf_counters",
          [](const written&, benchmark_flags&) {
            throw usage_error("--benchmark_perf_counters has no effect here: no counters of the CPU are read");
          }},
};

std::string unknown_flag(const written& f) {
  std::vector<std::string> names;
  for (const entry& e : known) names.push_back(std::string(prefix).append(e.name));
  const std::string near = nearest_name(f.title(), names);
  return "unknown argument '" + f.whole + "'" + (near.empty() ? "" : " (did you mean '" + near + "'?)");
}

benchmark_flags interpret(const std::vector<std::string>& flags) {
  benchmark_flags own;
  std::set<std::string> seen;
  for (const std::string& flag : flags) {
    const written f(flag);
    const auto at = std::find_if(known.begin(), known.end(), [&](const entry& e) { return e.name == f.name; });
    if (at == known.end()) throw usage_error(unknown_flag(f));
    if (!seen.insert(f.name).second) throw usage_error(f.title() + ": given more than once");
    at->take(f, own);
    if (at->passed_on) own.passed_on.push_back(flag);
  }
  if (seen.count("out_format") > 0 && own.out.empty())
    throw usage_error("--benchmark_out_format needs --benchmark_out=FILE");
  return own;
}

}  // namespace

benchmark_flags initialise_benchmark(const std::vector<std::string>& flags) {
  benchmark_flags own = interpret(flags);
  // Repetitions of all the cases of a shard in random order: a drift of the machine then hits all of them alike.
  static std::vector<std::string> rest;  // static: Google Benchmark keeps a pointer to the program's name
  rest = {"throughput", "--benchmark_enable_random_interleaving=true"};
  rest.insert(rest.end(), own.passed_on.begin(), own.passed_on.end());
  std::vector<char*> argv;
  for (std::string& argument : rest) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int argc = static_cast<int>(rest.size());
  benchmark::Initialize(&argc, argv.data());
  if (argc > 1) throw usage_error(std::string("unknown argument '") + argv[1] + "'");
  return own;
}

std::string benchmark_flags_help() {
  std::string text = "Of Google Benchmark's flags, --benchmark_NAME=VALUE, these work:";
  for (const entry& e : known)
    if (e.name != "perf_counters") text.append(text.back() == ':' ? " " : ", ").append(e.name);
  return text + ".\nformat and out_format are console or json; what is shown has no effect with --out.";
}

}  // namespace gradlane::bench
