// A program run to its end, or to the end of its time, with what it printed.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gradlane::referee {

struct child_end {
  std::string output;    ///< stdout and stderr, in the order written
  bool in_time = false;  ///< else killed
  int signal = 0, exit_status = 0;
};

/// `environment` is added to this process's own. std::runtime_error if it cannot be started.
child_end run_child(const std::vector<std::string>& words,
                    const std::vector<std::pair<std::string, std::string>>& environment, double seconds);

}  // namespace gradlane::referee
