#include "common/caches.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gradlane::bench {

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

namespace {

std::vector<data_cache> sysconf_caches() {
  std::vector<data_cache> found;
#ifdef _SC_LEVEL1_DCACHE_SIZE  // glibc
  struct name {
    int level, size, line;
  };
  for (const name& n : {name{1, _SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL1_DCACHE_LINESIZE},
                        {2, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL2_CACHE_LINESIZE},
                        {3, _SC_LEVEL3_CACHE_SIZE, _SC_LEVEL3_CACHE_LINESIZE}})
    if (const long bytes = sysconf(n.size); bytes > 0)
      found.push_back({n.level, n.level == 1 ? "Data" : "Unified", static_cast<std::size_t>(bytes),
                       static_cast<int>(std::max(0L, sysconf(n.line))), ""});
#endif
  return found;
}

}  // namespace

int data_cache::sharers(int online) const {
  if (shared_by.empty()) return level >= 3 ? online : 1;
  int count = 0;
  std::istringstream list(shared_by);
  for (std::string part; std::getline(list, part, ',');) {
    const auto dash = part.find('-');
    count += dash == std::string::npos ? 1 : std::atoi(part.c_str() + dash + 1) - std::atoi(part.c_str()) + 1;
  }
  return std::max(count, 1);
}

std::vector<data_cache> sysfs_caches() {
  std::vector<data_cache> found;
  for (int i = 0;; ++i) {
    const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(i) + "/";
    if (!std::filesystem::exists(folder + "size")) return found;
    found.push_back({std::atoi(first_line(folder + "level").c_str()), first_line(folder + "type"),
                     static_cast<std::size_t>(std::atol(first_line(folder + "size").c_str())) * 1024,
                     std::atoi(first_line(folder + "coherency_line_size").c_str()),
                     first_line(folder + "shared_cpu_list")});
  }
}

std::vector<data_cache> data_caches() {
  std::vector<data_cache> found = sysfs_caches();
  std::erase_if(found, [](const data_cache& c) { return c.type == "Instruction" || c.bytes == 0; });
  if (found.empty()) found = sysconf_caches();
  std::stable_sort(found.begin(), found.end(),
                   [](const data_cache& a, const data_cache& b) { return a.level < b.level; });
  return found;
}

}  // namespace gradlane::bench
