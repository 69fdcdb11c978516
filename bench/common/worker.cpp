#include "common/worker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/clock.hpp"
#include "common/progress.hpp"

namespace gradlane::bench {

namespace {

constexpr std::string_view worker_flag = "--one-case";
constexpr std::string_view no_case = "load";     // instead of a case's name, which has slashes
constexpr std::ptrdiff_t first_flag_of_run = 4;  // behind the program's name, worker_flag, module and case
constexpr int answer_descriptor = 3;
constexpr std::string_view end_of_answer = "\nend\n";  // tells a whole answer from one that was cut off
constexpr std::size_t largest_answer = std::size_t{1} << 28;

struct descriptor {
  int number = -1;
  ~descriptor() { reset(); }
  void reset() {
    if (number >= 0) close(number);
    number = -1;
  }
};

/// Between fork and exec only what is safe after a fork of a process with threads: system calls.
[[noreturn]] void become_worker(char* const* arguments, int answer) {
  setpgid(0, 0);  // what it starts itself is killed with it
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  // dup2 onto itself would leave close-on-exec set.
  if (answer == answer_descriptor ? fcntl(answer, F_SETFD, 0) >= 0 : dup2(answer, answer_descriptor) >= 0)
    if (dup2(STDERR_FILENO, STDOUT_FILENO) >= 0) execv("/proc/self/exe", arguments);
  _exit(127);
}

/// A child that is killed and reaped whatever happens to the parent's course.
class child {
 public:
  child(char* const* arguments, int answer) : pid_(fork()) {
    if (pid_ == 0) become_worker(arguments, answer);
    if (pid_ > 0) setpgid(pid_, pid_);  // here too: whoever comes first
  }
  ~child() {
    if (pid_ > 0) finish();
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  bool started() const { return pid_ > 0; }
  /// Whether it has ended; it stays a zombie, so that its process group cannot be another's when it is killed.
  bool ended() const {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid_;
  }
  /// Kills what is left of its group; returns the status of waitpid.
  int finish() {
    kill(-pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

/// Whatever is in the pipe now; false at its end.
bool drain(int from, std::string& into) {
  char buffer[1 << 16];
  while (into.size() < largest_answer) {
    const ssize_t count = read(from, buffer, sizeof buffer);
    if (count > 0)
      into.append(buffer, static_cast<std::size_t>(count));
    else if (count == 0 || (errno != EINTR && errno != EAGAIN))
      return false;
    else if (errno == EAGAIN)
      return true;
  }
  return false;
}

enum class end { answered, late, stopped };

/// Until the worker is through, the time is up or the user wants to stop.
end wait_for(const child& worker, int from, double seconds, std::string& answer) {
  const steady::time_point start = steady::now();
  bool open = true;
  for (;;) {
    if (interrupt_requested()) return end::stopped;
    const double left = seconds - seconds_since(start);
    // Something that it left behind may hold the pipe open: look at the process itself as well.
    const bool gone = worker.ended();
    if (open) open = drain(from, answer);
    if (gone || answer.ends_with(end_of_answer)) return end::answered;
    if (left <= 0) return end::late;
    pollfd waiting{from, POLLIN, 0};
    poll(&waiting, open ? 1 : 0, static_cast<int>(std::min(left * 1e3 + 1, open ? 50.0 : 2.0)));
  }
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    const char* const name = sigdescr_np(number);
    return "crashed: signal " + std::to_string(number) + (name ? " (" + std::string(name) + ")" : "");
  }
  return "ended its process with exit status " + std::to_string(WEXITSTATUS(status)) + " instead of returning";
}

std::string limit_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", seconds);
  return text;
}

}  // namespace

bool isolation::applies_to(const sidecar& about) const {
  return which == cases::all || (which == cases::foreign && about.rank == 0);
}

void isolation_flags::add_to(std::vector<own_flag>& flags) {
  flags.push_back(
      {"--isolate", "run every case in a process of its own, not those of foreign backends alone", &isolate});
  flags.push_back({"--no-isolate", "run none so: a crash ends the run", &no_isolate});
  flags.push_back({"--case-limit",
                   "kill an isolated case that takes longer, default 60 and 20 of the longest calls allowed",
                   &case_limit});
}

isolation isolation_flags::checked(double longest_call) const {
  if (isolate && no_isolate) throw usage_error("--isolate and --no-isolate exclude each other");
  using enum isolation::cases;
  return {isolate ? all : no_isolate ? none : foreign, positive("--case-limit", case_limit, 60 + 20 * longest_call)};
}

worker_request request_for(const implementation& i, const std::string& name_of_case, const options& given) {
  return {i.owner().file, name_of_case, {given.command_line.begin() + 1, given.command_line.end()}};
}

worker_outcome run_worker(const worker_request& request, double seconds) {
  std::vector<std::string> words{"gradlane-worker", std::string(worker_flag), request.module.string(), request.name};
  words.insert(words.end(), request.flags.begin(), request.flags.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {"", std::string("cannot be isolated: pipe: ") + std::strerror(errno)};
  const descriptor reading{ends[0]};
  descriptor writing{ends[1]};
  fcntl(reading.number, F_SETFL, O_NONBLOCK);
  child worker(arguments.data(), writing.number);
  if (!worker.started()) return {"", std::string("cannot be isolated: fork: ") + std::strerror(errno)};
  writing.reset();
  worker_outcome outcome;
  const end how = wait_for(worker, reading.number, seconds, outcome.answer);
  if (how == end::answered && outcome.answer.ends_with(end_of_answer)) {
    outcome.answer.resize(outcome.answer.size() - end_of_answer.size());
    return outcome;
  }
  const int status = worker.finish();
  outcome.failure = how == end::stopped ? "interrupted"
                    : how == end::late  ? "hung: killed after " + limit_text(seconds) + " s"
                                        : how_it_ended(status);
  return outcome;
}

std::string run_case(const worker_request& request, const isolation& limits,
                     const std::function<void(const nlohmann::ordered_json&)>& take) {
  const worker_outcome outcome = run_worker(request, limits.seconds);
  if (!outcome.failure.empty()) return outcome.failure + (outcome.failure.starts_with("hung") ? " (--case-limit)" : "");
  try {
    take(nlohmann::ordered_json::parse(outcome.answer));
  } catch (const nlohmann::json::exception&) {
    return "its process gave an answer that cannot be read";
  }
  return "";
}

std::string try_loading(const std::filesystem::path& library, double seconds) {
  return run_worker({library, std::string(no_case), {}}, seconds).failure;
}

void load_if_asked(std::span<char* const> argv) {
  const std::optional<worker_request> asked = worker_request_of(argv);
  if (!asked || asked->name != no_case) return;
  try {
    requested_module(*asked);
  } catch (const std::runtime_error&) {  // the driver will find the same, and say it
  }
  answer_and_exit("");
}

std::optional<worker_request> worker_request_of(std::span<char* const> argv) {
  if (std::ssize(argv) < first_flag_of_run || argv[1] != worker_flag) return std::nullopt;
  if (fcntl(answer_descriptor, F_GETFD) < 0)
    throw usage_error(std::string(worker_flag) + " is how a driver starts itself for one case: not for users");
  fcntl(answer_descriptor, F_SETFD, FD_CLOEXEC);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return worker_request{argv[2], argv[3], {argv.begin() + first_flag_of_run, argv.end()}};
}

std::vector<const char*> words_beside(const std::optional<worker_request>& request, std::span<char* const> argv) {
  std::vector<const char*> words(argv.begin(), argv.end());
  if (request) words.erase(words.begin() + 1, words.begin() + first_flag_of_run);
  return words;
}

void answer_and_exit(std::string_view answer) {
  std::string whole(answer);
  whole += end_of_answer;
  for (std::string_view left = whole; !left.empty();) {
    const ssize_t written = write(answer_descriptor, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) _exit(wrong_result);
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  _exit(success);
}

backend_module requested_module(const worker_request& request) {
  std::filesystem::path sidecar_file = request.module;
  return load_module(request.module, read_sidecar(sidecar_file.replace_extension(".json")));
}

implementation requested_implementation(const worker_request& request, const backend_module& loaded,
                                        std::string& rest) {
  for (std::size_t k = 0; k < loaded.table->count; ++k) {
    const implementation i(loaded, loaded.table->implementations[k]);
    if (!request.name.starts_with(i.name() + "/n:")) continue;
    rest = request.name.substr(i.name().size());
    return i;
  }
  throw std::runtime_error(request.module.string() + ": has no " + request.name);
}

}  // namespace gradlane::bench
