// The caches that hold one core's data.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace gradlane::bench {

/// The first line of a file, "" where it cannot be read.
std::string first_line(const std::string& file);

struct data_cache {
  int level = 0;
  std::string type;  ///< "Data", "Unified" (or "Instruction", which data_caches leaves out)
  std::size_t bytes = 0;
  int line = 0;
  std::string shared_by;  ///< as sysfs lists the processors: "0-7,16"; "" where it does not say
  /// Processors that share it; 1 where that is unknown below the third level, `online` above.
  int sharers(int online) const;
};

/// As sysfs describes them; in virtual machines it may be empty.
std::vector<data_cache> sysfs_caches();
/// One a level, from the nearest on, from sysfs or else from sysconf; empty where neither knows.
std::vector<data_cache> data_caches();

}  // namespace gradlane::bench
