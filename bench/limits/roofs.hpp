// The measured limits of a machine through one backend: rates that nothing exceeds, and their way into and out of the
// results.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace gradlane::bench {

/// One probe's rate, in operations a second, or for a probe of memory in bytes a second at one level.
struct roof {
  std::string probe, level;  ///< level "" unless it is a probe of memory
  unsigned read = 0, written = 0, updated = 0;
  std::size_t working_set = 0;  ///< bytes, all threads together
  double rate = 0;              ///< the highest of all samples
  double median = 0;            ///< of the samples: far below the rate, the machine was busy with something else
};

/// What can hold a working set: a cache, or memory (bytes 0).
struct memory_level {
  std::string name;
  std::size_t bytes = 0;  ///< for all the threads together
};

/// Everything measured for one backend, precision and number of threads.
struct roof_set {
  std::string backend, dtype;
  int threads = 1;
  std::vector<memory_level> levels;  ///< from the nearest on
  std::vector<roof> roofs;

  const roof* find(const std::string& probe, const std::string& level = "") const;
  /// Operations a second; 0 where it was not measured.
  double rate(const std::string& probe) const;
};

/// The levels that this machine's caches make for so many threads: private caches count once a thread.
std::vector<memory_level> levels_for(int threads);

nlohmann::ordered_json to_json(const roof_set& set);
/// Nothing where it is none.
std::optional<roof_set> roofs_from_json(const nlohmann::ordered_json& shard);

/// The complete shards of DIR/limits. One that cannot be read is left out.
std::vector<roof_set> read_roofs(const std::filesystem::path& folder);

}  // namespace gradlane::bench
