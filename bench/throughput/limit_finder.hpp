// Holds the rows of a shard against the machine's limit, where bench/limits has measured it into the same folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/module.hpp"
#include "limits/roofs.hpp"
#include "throughput/row.hpp"

namespace gradlane::bench {

class limit_finder {
 public:
  /// `folder` may be empty: then there are no roofs, and every row says so.
  limit_finder(const std::filesystem::path& folder, const module_set& modules);
  /// Fills `least` of every measured row, or why there is none.
  void relate(std::vector<row>& rows) const;

 private:
  void relate(row& r) const;
  const roof_set* roofs_for(const measured_case& c) const;

  const module_set& modules_;
  std::vector<roof_set> measured_;
};

}  // namespace gradlane::bench
