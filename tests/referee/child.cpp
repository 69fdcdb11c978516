#include "child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace gradlane::referee {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  list.reserve(words.size() + 1);
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> with(const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    bool replaced = false;
    const std::string name_of_it = text.substr(0, text.find('='));
    for (const auto& [name, value] : added) replaced = replaced || name == name_of_it;
    if (!replaced) all.push_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(std::string(name).append("=").append(value));
  return all;
}

/// Only system calls: other threads of the parent may have held any lock.
[[noreturn]] void become(char* const* words, char* const* variables, int output) {
  setpgid(0, 0);  // what it starts is killed with it
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  if (dup2(output, STDOUT_FILENO) >= 0 && dup2(output, STDERR_FILENO) >= 0) execve(words[0], words, variables);
  _exit(127);
}

std::string all_of(std::FILE* file) {
  std::string text;
  char buffer[1 << 16];
  std::rewind(file);
  for (std::size_t count; (count = std::fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, count);
  return text;
}

}  // namespace

child_end run_child(const std::vector<std::string>& words,
                    const std::vector<std::pair<std::string, std::string>>& environment, double seconds) {
  using steady = std::chrono::steady_clock;
  std::vector<std::string> argument_texts = words, variable_texts = with(environment);
  const std::vector<char*> arguments = pointers(argument_texts), variables = pointers(variable_texts);
  std::FILE* const output = std::tmpfile();  // a file is never full, and can be read when all is over
  if (output == nullptr) throw std::runtime_error(std::string("no temporary file: ") + std::strerror(errno));
  fcntl(fileno(output), F_SETFD, FD_CLOEXEC);
  const pid_t pid = fork();
  if (pid == 0) become(arguments.data(), variables.data(), fileno(output));
  if (pid < 0) throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
  const steady::time_point start = steady::now();
  child_end end;
  int status = 0;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (std::chrono::duration<double>(steady::now() - start).count() > seconds) {
      kill(-pid, SIGKILL);
      while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
      }
      end.output = all_of(output);
      std::fclose(output);
      return end;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  end.in_time = true;
  end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  end.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  end.output = all_of(output);
  std::fclose(output);
  return end;
}

}  // namespace gradlane::referee
