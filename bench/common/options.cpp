#include "common/options.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <fstream>
#include <iostream>

#include "common/environment.hpp"
#include "common/module.hpp"
#include "common/selection.hpp"

namespace gradlane::bench {
namespace fs = std::filesystem;

namespace {

/// The text of each flag; parsed after CLI11 is through, so that every message is ours and one line.
struct raw_flags {
  std::string problem, method, lanes, dtype, backend, dims, points, threads, step, seed;
  std::string out, backend_dir;
};

void add_flags(CLI::App& app, options& o, raw_flags& raw) {
  app.add_flag("--list", o.list, "print every implementation and the absent pairs with their reason");
  app.add_option("--problem", raw.problem, "names, comma-separated")->type_name("NAMES");
  app.add_option("--method", raw.method, "names, comma-separated")->type_name("NAMES");
  app.add_option("--lanes", raw.lanes, "scalar, directions, elements, points")->type_name("NAMES");
  app.add_option("--dtype", raw.dtype, "f32, f64")->type_name("NAMES");
  app.add_option("--backend", raw.backend, "names, comma-separated")->type_name("NAMES");
  app.add_option("--dims", raw.dims, "n: 8,64 or 8:4096:x2 or 1:16:+1")->type_name("SIZES");
  app.add_option("--points", raw.points, "independent points, for lanes points")->type_name("SIZES");
  app.add_option("--threads", raw.threads, "1,4 or 1:16:x2 or all")->type_name("SIZES");
  app.add_option("--step", raw.step, "relative finite-difference step, instead of each method's own")->type_name("C");
  app.add_option("--seed", raw.seed, "of the generated inputs")->type_name("INT");
  app.add_option("--out", raw.out, "write a JSON file per shard below DIR")->type_name("DIR");
  app.add_flag("--check-only", o.check_only, "check against the oracle, measure nothing");
  app.add_flag("--resume", o.resume, "with --out: skip what is there and complete");
  app.add_flag("--estimate", o.estimate, "print how many seconds this would take, and do nothing");
  app.add_option("--backend-dir", raw.backend_dir, "folders of backend modules, comma-separated")->type_name("DIRS");
}

/// A repeated flag takes its last value in most tools and an error in others; here it is an error, a silent loss else.
void finish_app(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) option->multi_option_policy(CLI::MultiOptionPolicy::Throw);
}

double parse_step(const std::string& text) {
  std::size_t used = 0;
  double step = 0;
  try {
    step = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used != text.size() || !std::isfinite(step) || step <= 0)
    throw usage_error("--step: '" + text + "' is not a finite number above 0");
  return step;
}

std::uint64_t parse_seed(const std::string& text) {
  if (text == "0") return 0;
  return parse_sizes("--seed", text).size() == 1 && text.find(':') == std::string::npos
             ? parse_sizes("--seed", text).front()
             : throw usage_error("--seed: '" + text + "' is not one whole number");
}

void interpret(const CLI::App& app, const raw_flags& raw, options& o) {
  const auto given = [&](const char* flag) { return app.count(flag) > 0; };
  const auto names = [&](const char* flag, const std::string& text, std::vector<std::string>& into) {
    if (given(flag)) into = parse_names(flag, text);
  };
  names("--problem", raw.problem, o.problems);
  names("--method", raw.method, o.methods);
  names("--lanes", raw.lanes, o.lanes);
  names("--dtype", raw.dtype, o.dtypes);
  names("--backend", raw.backend, o.backends);
  const std::string lanes[] = {"scalar", "directions", "elements", "points"}, dtypes[] = {"f32", "f64"};
  require_known("--lanes", o.lanes, lanes);
  require_known("--dtype", o.dtypes, dtypes);
  if (given("--dims")) o.dims = parse_sizes("--dims", raw.dims);
  if (given("--points")) o.points = parse_sizes("--points", raw.points);
  if (given("--threads")) o.threads = parse_threads(raw.threads);
  if (given("--step")) o.step = parse_step(raw.step);
  if (given("--seed")) o.seed = parse_seed(raw.seed);
  if (given("--out") && raw.out.empty()) throw usage_error("--out: an empty path");
  o.out = raw.out;
  if (o.resume && o.out.empty()) throw usage_error("--resume needs --out DIR");
  if (given("--backend-dir")) {
    const std::vector<std::string> folders = parse_names("--backend-dir", raw.backend_dir);
    o.backend_dirs.assign(folders.begin(), folders.end());
  } else {
    o.backend_dirs = {default_backend_folder()};
  }
}

/// CLI11's messages can name a flag that does not exist; ours says which one does.
std::string unknown_flag(const CLI::App& app, const std::string& what) {
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  const std::string typed = what.substr(0, what.find('='));
  const std::string near = nearest_name(typed, known);
  return "unknown argument '" + what + "'" + (near.empty() ? "" : " (did you mean '" + near + "'?)");
}

std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

}  // namespace

parsed parse_options(int argc, const char* const* argv, const std::string& description,
                     const std::vector<own_flag>& own, const std::string& footer) {
  options o;
  raw_flags raw;
  CLI::App app{description, argc > 0 ? fs::path(argv[0]).filename().string() : ""};
  bool version = false, environment_only = false;
  add_flags(app, o, raw);
  app.add_flag("--version", version, "print version, commit and compiler");
  app.add_flag("--environment", environment_only, "print what a measurement would depend on, as JSON");
  for (const own_flag& flag : own)
    if (bool* const* on = std::get_if<bool*>(&flag.value))
      app.add_flag(flag.name, **on, flag.help);
    else if (auto* const* seconds = std::get_if<std::optional<double>*>(&flag.value))
      app.add_option(flag.name, **seconds, flag.help)->type_name("S");
    else
      app.add_option(flag.name, *std::get<std::optional<std::string>*>(flag.value), flag.help)->type_name("TEXT");
  app.footer(footer);
  finish_app(app);
  app.allow_extras();
  std::vector<std::string> arguments;
  o.command_line.assign(argv, argv + argc);
  for (int i = 1; i < argc; ++i)
    (std::string_view(argv[i]).starts_with("--benchmark_") ? o.benchmark_flags : arguments).emplace_back(argv[i]);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return {o, success};
  } catch (const CLI::ParseError& e) {
    throw usage_error(one_line(e.what()));
  }
  if (const std::vector<std::string> rest = app.remaining(); !rest.empty())
    throw usage_error(unknown_flag(app, rest.front()));
  if (version) {
    std::cout << version_line() << '\n';
    return {o, success};
  }
  interpret(app, raw, o);
  if (environment_only) {
    std::cout << environment_document(o, load_backends(o)).dump(1) << '\n';
    return {o, success};
  }
  return {o, std::nullopt};
}

int run_driver(const char* name, int argc, char** argv, int (*run)(int, char**)) {
  try {
    load_if_asked({argv, static_cast<std::size_t>(argc)});
    return run(argc, argv);
  } catch (const usage_error& e) {
    std::cerr << name << ": " << e.what() << '\n';
    return usage;
  } catch (const std::exception& e) {
    std::cerr << name << ": " << e.what() << '\n';
    return wrong_result;
  }
}

double positive(std::string_view flag, std::optional<double> given, double otherwise) {
  const double number = given.value_or(otherwise);
  if (!std::isfinite(number) || number <= 0) throw usage_error(std::string(flag) + ": not a finite number above 0");
  return number;
}

void require_writable(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw usage_error("--out: cannot make " + folder.string() + ": " + error.message());
  const fs::path probe = folder / (".writable-" + std::to_string(getpid()));
  const bool written = static_cast<bool>(std::ofstream(probe) << "x" << std::flush);
  fs::remove(probe, error);
  if (!written) throw usage_error("--out: cannot write in " + folder.string());
}

}  // namespace gradlane::bench
