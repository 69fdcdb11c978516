// One case in a process of its own: what crashes, hangs or ends the process there loses that case alone.
//
// The worker is this executable once more, started by exec, not a bare fork: a child that is forked after OpenMP (or a
// library) has started threads finds locks that nobody will open and a pool whose threads are not there. By exec it
// starts with nothing but its arguments, loads the one module that it needs, and hands its answer back through a pipe.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/module.hpp"
#include "common/options.hpp"

namespace gradlane::bench {

/// Which cases get a process of their own, and for how long.
struct isolation {
  /// Foreign is another library's module, or anybody's: one that has no rank among our instruction sets.
  enum class cases { foreign, all, none } which = cases::foreign;
  double seconds = 60;  ///< what takes longer is killed
  bool applies_to(const sidecar& about) const;
  bool applies_to(const implementation& i) const { return applies_to(i.owner().about); }
};

/// The flags of a driver that isolates its cases, as they were given.
struct isolation_flags {
  bool isolate = false, no_isolate = false;
  std::optional<double> case_limit;
  void add_to(std::vector<own_flag>& flags);
  /// usage_error where both switches are given, or the limit is no time. The limit is otherwise 60 s and 20 calls that
  /// are as long as one may be: inputs and exact gradient, calls to check, to predict and to measure.
  isolation checked(double longest_call) const;
};

/// What became of a worker.
struct worker_outcome {
  std::string answer;   ///< what it handed back; complete only if there is no failure
  std::string failure;  ///< one line, "" if it ended as it should
};

/// What a worker is asked for. The flags are those of the run, as given.
struct worker_request {
  std::filesystem::path module;
  std::string name;  ///< of the case; its form is the driver's own
  std::vector<std::string> flags;
};
worker_request request_for(const implementation& i, const std::string& name_of_case, const options& given);

/// Runs this executable as a worker, for at most that many seconds; what it and its children are doing then is killed,
/// also when the run is interrupted or ends. What it prints goes to stderr, so that no library spoils a driver's stdout.
worker_outcome run_worker(const worker_request& request, double seconds);

/// Runs a case and hands its answer to `take`; returns what went wrong in one line, "" if nothing.
std::string run_case(const worker_request& request, const isolation& limits,
                     const std::function<void(const nlohmann::ordered_json&)>& take);

/// Loads a module in a process of its own, where a constructor may crash, hang or end the process; returns what became of
/// it, "" if it is no worse than refused.
std::string try_loading(const std::filesystem::path& library, double seconds);
/// The other side: in a process that was started for that, does it and ends the process.
void load_if_asked(std::span<char* const> argv);

/// The other side: what main was started for as a worker, nothing in an ordinary run. From here on the worker dies with
/// the driver that started it.
std::optional<worker_request> worker_request_of(std::span<char* const> argv);
/// The command line without the request, which is nothing for parse_options.
std::vector<const char*> words_beside(const std::optional<worker_request>& request, std::span<char* const> argv);
/// Hands the answer to the driver and ends the process at once: what a library does at exit is not ours to wait for.
[[noreturn]] void answer_and_exit(std::string_view answer);

/// The implementation that a request names, of the one module that is loaded; `rest` is the name behind it, which begins
/// with "/n:". std::runtime_error if it is not there.
implementation requested_implementation(const worker_request& request, const backend_module& loaded, std::string& rest);
backend_module requested_module(const worker_request& request);

}  // namespace gradlane::bench
