// The referee: every suspect is put before the checks that any backend goes through, the suite and then the driver. A
// mutant that no check catches is a hole in the checks, a twin that one catches a false alarm.
#include <dlfcn.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "child.hpp"
#include "common/module.hpp"
#include "common/options.hpp"
#include "suspect.hpp"

namespace gradlane::referee {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t least_mutants = 40;
constexpr double child_seconds = 120;  // a suite over one suspect takes about one
// Of the suite, those that need no exact gradients come first, then all others but those of sizes past 32 bits, which take
// half a minute each.
constexpr const char* quick_tests = "*/arguments.*:*/golden.*:*/calls.*:*/threads.*";
constexpr const char* other_tests = "-*/arguments.*:*/golden.*:*/calls.*:*/threads.*:*/large.*";
// Of a suspect of second derivatives nothing else can be wrong.
constexpr const char* product_tests = "*/second_derivatives.*";

/// Where things are: the referee lies in tests/ of a build.
struct build_tree {
  fs::path tests = fs::read_symlink("/proc/self/exe").parent_path();
  fs::path suite = tests / "suite", bench = tests.parent_path() / "bench";
  fs::path throughput = bench / "throughput", curvature = bench / "curvature";
  fs::path folder = tests / "suspects", module = folder / "suspect.so";
  std::string base;  ///< of our modules that run here the one of the narrowest registers: the suite is then shortest

  build_tree() {
    for (const fs::path& file : {suite, throughput, curvature, module})
      if (!fs::exists(file)) throw std::runtime_error(file.string() + " is missing: build all of the tests first");
    const bench::module_set modules = bench::load_modules({bench::default_backend_folder()});
    for (const bench::backend_module& m : modules.modules)  // by descending rank
      if (m.about.rank > 0) base = m.file.string();
    if (base.empty()) throw std::runtime_error("no module of ours runs here");
  }
};

const std::vector<suspect>& list_of(const build_tree& tree) {
  void* const module = dlopen(tree.module.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* const list = module == nullptr ? nullptr : dlsym(module, list_function_name);
  if (list == nullptr) throw std::runtime_error(dlerror());
  return *reinterpret_cast<list_function>(list)();
}

// ---- what a child's output says -----------------------------------------------------------------------------------

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// GoogleTest's "all/oracle.agrees_at_every_small_n/quartic_…": "oracle.agrees_at_every_small_n (quartic_…)".
std::string test_of(std::string line) {
  line.erase(0, std::strlen("[  FAILED  ] "));
  line.resize(std::min(line.find(" ("), line.find(", where")) == std::string::npos
                  ? line.size()
                  : std::min(line.find(" ("), line.find(", where")));
  if (line.starts_with("all/")) line.erase(0, 4);
  if (const std::size_t slash = line.find('/'); slash != std::string::npos)
    line = line.substr(0, slash) + " (" + line.substr(slash + 1) + ")";
  return line;
}

/// "" where all passed.
std::string caught_by_suite(const child_end& end) {
  std::string running = "before the first test", failed;
  bool passed = false;
  for (const std::string& line : lines_of(end.output)) {
    if (line.starts_with("[ RUN      ] ")) running = "in " + test_of(line);
    if (line.starts_with("[  FAILED  ] ") && failed.empty()) failed = test_of(line);
    if (line.starts_with("[  PASSED  ] ")) passed = true;
  }
  if (!failed.empty()) return failed;
  if (!end.in_time) return "hung " + running;
  if (end.signal != 0) return "signal " + std::to_string(end.signal) + " (" + strsignal(end.signal) + ") " + running;
  if (end.exit_status != 0 || !passed) return "ended the process " + running;
  return {};
}

std::string caught_by_driver(const std::string& driver, const child_end& end) {
  if (!end.in_time) return driver + " hung";
  for (const std::string& line : lines_of(end.output))
    if (line.starts_with("error: ")) return driver + ": " + line.substr(std::strlen("error: "));
  if (end.signal != 0) return driver + ": signal " + std::to_string(end.signal);
  if (end.exit_status != 0) return driver + ": exit status " + std::to_string(end.exit_status);
  return {};
}

// ---- the trial ----------------------------------------------------------------------------------------------------

/// What is wrong with the trial itself must not pass for a mutant that was caught.
child_end run_checked(const std::vector<std::string>& words,
                      const std::vector<std::pair<std::string, std::string>>& environment) {
  child_end end = run_child(words, environment, child_seconds);
  if (end.output.find(module_complaint) != std::string::npos || end.exit_status == bench::usage ||
      end.exit_status == 127)
    throw std::runtime_error(words[0] + ", exit status " + std::to_string(end.exit_status) + ": " + end.output);
  return end;
}

/// What caught the suspect, "" if nothing did.
std::string examine(const suspect& who, const build_tree& tree) {
  const std::vector<std::pair<std::string, std::string>> environment{{suspect_variable, who.name},
                                                                     {base_variable, tree.base},
                                                                     {"GRADLANE_BACKEND_DIR", tree.folder.string()},
                                                                     {"OMP_WAIT_POLICY", "passive"}};
  const bool products = who.product != nullptr;
  for (const char* tests : products ? std::vector{product_tests} : std::vector{quick_tests, other_tests}) {
    const std::string filter = std::string("--gtest_filter=") + tests;
    const std::vector<std::string> words{tree.suite.string(), "--gtest_fail_fast", "--gtest_color=no", filter};
    if (std::string by = caught_by_suite(run_checked(words, environment)); !by.empty()) return by;
  }
  // As little as is measured at all: of points and in f32 of n that no register divides.
  std::vector<std::string> words{(products ? tree.curvature : tree.throughput).string(),
                                 "--backend-dir",
                                 tree.folder.string(),
                                 "--dims",
                                 "36",
                                 "--case-seconds",
                                 "0.005"};
  for (const char* word : products ? std::vector{"--part", "products,hessians"} : std::vector{"--points", "1,13"})
    words.emplace_back(word);
  return caught_by_driver(products ? "curvature" : "throughput", run_checked(words, environment));
}

struct score {
  std::size_t mutants = 0, killed = 0, twins = 0, alarms = 0;
};

void print(const suspect& who, const std::string& by) {
  const char* const word = who.is_twin ? (by.empty() ? "fine" : "ALARM") : (by.empty() ? "SURVIVED" : "killed");
  std::printf("%-8s  %-28s  %s\n          %s%s\n", word, who.name.c_str(), who.what.c_str(), by.empty() ? "" : "by ",
              by.empty() ? "no check complains" : by.c_str());
  std::fflush(stdout);
}

score examine_all(const std::vector<const suspect*>& chosen, const build_tree& tree, int jobs) {
  std::atomic<std::size_t> next{0};
  std::vector<std::optional<std::string>> found(chosen.size());
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(jobs));
  std::mutex printing;
  std::size_t printed = 0;
  const auto work = [&](std::exception_ptr& failure) {
    try {
      for (std::size_t k; (k = next++) < chosen.size();) {
        std::string by = examine(*chosen[k], tree);
        const std::lock_guard lock(printing);
        found[k] = std::move(by);
        for (; printed < chosen.size() && found[printed]; ++printed)
          print(*chosen[printed], *found[printed]);  // in order
      }
    } catch (...) {
      failure = std::current_exception();
    }
  };
  std::vector<std::thread> team;
  team.reserve(failures.size());
  for (std::exception_ptr& failure : failures) team.emplace_back(work, std::ref(failure));
  for (std::thread& t : team) t.join();
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
  score s;
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    const bool caught = !found[k]->empty();
    if (chosen[k]->is_twin)
      ++s.twins, s.alarms += caught;
    else
      ++s.mutants, s.killed += caught;
  }
  return s;
}

// ---- the command line ---------------------------------------------------------------------------------------------

struct request {
  bool list = false;
  std::string only;
  int jobs = bench::available_cores();
};

std::vector<const suspect*> choose(const std::vector<suspect>& all, const std::string& only) {
  std::vector<std::string> known, wanted;
  for (const suspect& s : all) known.push_back(s.name);
  if (!only.empty()) wanted = bench::parse_names("--only", only);
  bench::require_known("--only", wanted, known);
  std::vector<const suspect*> chosen;
  for (const suspect& s : all)
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), s.name) != wanted.end()) chosen.push_back(&s);
  return chosen;
}

std::optional<int> parse(int argc, char** argv, request& asked) {
  CLI::App app{
      "Puts mutants of our implementations before the suite and the driver that times them (throughput, or curvature "
      "for second derivatives), which must catch every one, and correct twins, which they must not.\nThe last line is: "
      "killed K of M, false alarms F. Exit codes: 0 if K = M and F = 0 (of all, M at least 40), else 1; 2 for bad "
      "usage.",
      "referee"};
  app.add_flag("--list", asked.list, "print the mutants and twins, and stop");
  app.add_option("--only", asked.only, "comma-separated names: these alone");
  app.add_option("--jobs", asked.jobs, "how many are examined at a time, default the cores")->check(CLI::Range(1, 256));
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return bench::success;
  } catch (const CLI::ParseError& e) {
    throw bench::usage_error(e.what());
  }
  return std::nullopt;
}

int run(int argc, char** argv) {
  request asked;
  if (const std::optional<int> code = parse(argc, argv, asked)) return *code;
  const build_tree tree;
  const std::vector<const suspect*> chosen = choose(list_of(tree), asked.only);
  if (asked.list) {
    for (const suspect* s : chosen)
      std::printf("%-6s  %-28s  %s\n", s->is_twin ? "twin" : "mutant", s->name.c_str(), s->what.c_str());
    return bench::success;
  }
  const score s = examine_all(chosen, tree, asked.jobs);
  std::printf("killed %zu of %zu, false alarms %zu\n", s.killed, s.mutants, s.alarms);
  const bool enough = s.mutants >= least_mutants || !asked.only.empty();
  return s.killed == s.mutants && s.alarms == 0 && enough ? bench::success : bench::wrong_result;
}

}  // namespace
}  // namespace gradlane::referee

int main(int argc, char** argv) { return gradlane::bench::run_driver("referee", argc, argv, gradlane::referee::run); }
