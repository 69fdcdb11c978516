// The command line that the drivers share. Whatever is wrong with it is one usage_error, thrown before any work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gradlane::bench {

/// A mistake of the caller: main prints the one line and exits with 2.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum exit_code { success = 0, wrong_result = 1, usage = 2, interrupted = 130 };

/// An empty list means that the user did not say; what is measured then is the driver's choice.
struct options {
  bool list = false, check_only = false, resume = false, estimate = false;
  std::vector<std::string> problems, methods, lanes, dtypes, backends;
  std::vector<std::size_t> dims, points;
  std::vector<int> threads;
  std::optional<double> step;  ///< relative; unset: the method's default
  std::uint64_t seed = 1;
  std::filesystem::path out;                        ///< empty: print, write nothing
  std::vector<std::filesystem::path> backend_dirs;  ///< never empty after parsing
  std::vector<std::string> benchmark_flags;         ///< --benchmark_*, as given
  std::vector<std::string> command_line;
};

/// What a driver adds to the shared flags: a switch, or a time in seconds or a text that is left empty where the user gave
/// none.
struct own_flag {
  std::string name, help;
  std::variant<bool*, std::optional<double>*, std::optional<std::string>*> value;
};

/// Reads argv. `footer` ends the help. Returns an exit code instead where nothing is left to do (--help, --version:
/// printed to stdout). Throws usage_error.
struct parsed {
  options values;
  std::optional<int> exit;
};
parsed parse_options(int argc, const char* const* argv, const std::string& description,
                     const std::vector<own_flag>& own = {}, const std::string& footer = "");

/// A driver's main: the exit code of `run`, or of what it throws, told in one line that begins with the driver's name.
int run_driver(const char* name, int argc, char** argv, int (*run)(int, char**));

/// "8,64", "8:4096:x2", "1:16:+1" and mixtures, in the order given, without repeats. Throws usage_error that names the
/// flag.
std::vector<std::size_t> parse_sizes(std::string_view flag, std::string_view text);
/// The same for threads, where "all" is the number of cores this process may use.
std::vector<int> parse_threads(std::string_view text);
int available_cores();

/// Comma-separated names, none of them empty, without repeats.
std::vector<std::string> parse_names(std::string_view flag, std::string_view text);

/// "0,0.25,-1": finite numbers. Throws usage_error that names the flag.
std::vector<double> parse_point(std::string_view flag, std::string_view text);

/// The candidate nearest to a mistyped name (edit distance), "" if none is near.
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);
/// Throws usage_error "--flag: unknown name 'x' (did you mean 'y'?)" for the first name that is no candidate.
void require_known(std::string_view flag, std::span<const std::string> names, std::span<const std::string> candidates);

/// What a flag like --case-seconds says, or else the default. usage_error unless it is finite and above 0.
double positive(std::string_view flag, std::optional<double> given, double otherwise);

/// Creates the folder and tries to write in it; usage_error if that fails.
void require_writable(const std::filesystem::path& folder);

}  // namespace gradlane::bench
