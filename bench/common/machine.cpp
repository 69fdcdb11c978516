// The machine's part of the environment: processor, caches, topology, and the state of the system.
#include <gnu/libc-version.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "common/caches.hpp"
#include "common/environment.hpp"
#include "common/isa.hpp"

namespace gradlane::bench {
namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

namespace {

std::string trimmed(const std::string& text) {
  const auto from = text.find_first_not_of(" \t"), to = text.find_last_not_of(" \t\n");
  return from == std::string::npos ? "" : text.substr(from, to - from + 1);
}

/// "key : value" of the first processor.
std::string cpuinfo(const std::string& key) {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line) && !line.empty();)
    if (const auto colon = line.find(':'); colon != std::string::npos && trimmed(line.substr(0, colon)) == key)
      return trimmed(line.substr(colon + 1));
  return {};
}

void add_cpuinfo(facts& f, const char* name, const char* key) {
  if (const std::string value = cpuinfo(key); !value.empty())
    f.set(name, value);
  else
    f.unknown(name, std::string("/proc/cpuinfo has no '") + key + "'");
}

/// With the instruction caches where sysfs tells of them.
json caches() {
  std::vector<data_cache> found = sysfs_caches();
  if (found.empty()) found = data_caches();
  json list = json::array();
  for (const data_cache& c : found)
    list.push_back({{"level", c.level},
                    {"type", c.type},
                    {"size_kib", c.bytes / 1024},
                    {"line", c.line},
                    {"shared_by", c.shared_by}});
  return list;
}

/// Of the machine; std::thread::hardware_concurrency() gives those that this process may use.
unsigned online_cores() { return static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN))); }

/// Different (package, core) pairs; 0 where sysfs does not say.
std::size_t physical_cores() {
  std::set<std::string> cores;
  for (unsigned i = 0; i < online_cores(); ++i) {
    const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(i) + "/topology/";
    if (!fs::exists(folder + "core_id")) return 0;
    cores.insert(first_line(folder + "physical_package_id") + ":" + first_line(folder + "core_id"));
  }
  return cores.size();
}

void add_topology(facts& f) {
  const unsigned logical = online_cores();
  f.set("logical_cores", logical);
  if (const std::size_t physical = physical_cores(); physical > 0) {
    f.set("physical_cores", physical);
    f.set("smt", logical > physical);
  } else {
    f.unknown("physical_cores", "sysfs has no core topology");
    f.unknown("smt", "sysfs has no core topology");
  }
  f.set_from_file("numa_nodes", "/sys/devices/system/node/online");
}

void add_hypervisor(facts& f) {
#if defined(__x86_64__)
  unsigned a = 0, vendor[4] = {};
  __cpuid(1, a, vendor[0], vendor[1], vendor[2]);
  if ((vendor[1] >> 31) == 0) return f.set("hypervisor", "none");
  __cpuid(0x40000000, a, vendor[0], vendor[1], vendor[2]);
  vendor[3] = 0;
  f.set("hypervisor", trimmed(reinterpret_cast<const char*>(vendor)));
#else
  f.unknown("hypervisor", "not readable on this architecture");
#endif
}

void add_turbo(facts& f) {
  const std::string no_turbo = "/sys/devices/system/cpu/intel_pstate/no_turbo",
                    boost = "/sys/devices/system/cpu/cpufreq/boost";
  if (fs::exists(no_turbo)) return f.set("turbo", first_line(no_turbo) == "0");
  if (fs::exists(boost)) return f.set("turbo", first_line(boost) == "1");
  f.unknown("turbo", "neither intel_pstate/no_turbo nor cpufreq/boost exists");
}

void add_affinity(facts& f) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return f.unknown("affinity", "sched_getaffinity failed: more processors than its set holds");
  json list = json::array();
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set)) list.push_back(i);
  f.set("affinity", list);
}

/// "QUOTA PERIOD" in µs, QUOTA "max" where there is none: of the process's own control group, or of the one whose files a
/// container sees at the root; version 2, else 1.
void add_quota(facts& f) {
  const std::string root = "/sys/fs/cgroup";
  std::ifstream groups("/proc/self/cgroup");
  std::string own;
  for (std::string line; std::getline(groups, line);)
    if (line.starts_with("0::")) own = line.substr(3);
  for (const std::string& folder : {root + own, root})
    if (const std::string quota = first_line(folder + "/cpu.max"); !quota.empty()) return f.set("cgroup_quota", quota);
  const std::string quota = first_line(root + "/cpu/cpu.cfs_quota_us");
  if (quota.empty()) return f.unknown("cgroup_quota", "neither cpu.max nor cpu/cpu.cfs_quota_us exists below " + root);
  f.set("cgroup_quota", (quota == "-1" ? "max" : quota) + " " + first_line(root + "/cpu/cpu.cfs_period_us"));
}

void add_load(facts& f) {
  double load[3];
  if (getloadavg(load, 3) == 3)
    f.set("load", json{load[0], load[1], load[2]});
  else
    f.unknown("load", "getloadavg failed");
  std::istringstream stat(first_line("/proc/stat"));
  std::string label;
  long long ticks[8] = {};
  stat >> label;
  for (long long& t : ticks) stat >> t;
  if (stat)
    f.set("steal_seconds", static_cast<double>(ticks[7]) / static_cast<double>(sysconf(_SC_CLK_TCK)));
  else
    f.unknown("steal_seconds", "/proc/stat is unreadable");
}

}  // namespace

void facts::set_from_file(const char* name, const std::string& file) {
  if (const std::string line = first_line(file); !line.empty())
    set(name, line);
  else
    unknown(name, file + (fs::exists(file) ? " is empty or unreadable" : " does not exist"));
}

json machine_identity() {
  facts f;
  add_cpuinfo(f, "cpu_vendor", "vendor_id");
  add_cpuinfo(f, "cpu_model_name", "model name");
  add_cpuinfo(f, "cpu_family", "cpu family");
  add_cpuinfo(f, "cpu_model", "model");
  add_cpuinfo(f, "cpu_stepping", "stepping");
  f.set("cpu_features", supported_features());
  if (const json found = caches(); !found.empty())
    f.set("caches", found);
  else
    f.unknown("caches", "neither /sys/devices/system/cpu/cpu0/cache nor sysconf tells");
  add_topology(f);
  add_hypervisor(f);
  f.set("libc", std::string("glibc ") + gnu_get_libc_version());
  return f.json();
}

json machine_state() {
  facts f;
  utsname system{};
  if (uname(&system) == 0)
    f.set("kernel", std::string(system.sysname) + " " + system.release);
  else
    f.unknown("kernel", "uname failed");
  f.set_from_file("governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  add_turbo(f);
  f.set_from_file("transparent_huge_pages", "/sys/kernel/mm/transparent_hugepage/enabled");
  add_affinity(f);
  add_quota(f);
  json omp = json::object();
  for (char** variable = environ; *variable; ++variable)
    if (const std::string text = *variable; text.starts_with("GRADLANE_LEAST_SHARE=") || text.starts_with("OMP_") ||
                                            text.starts_with("GOMP_") || text.starts_with("KMP_"))
      omp[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  f.set("openmp_variables", omp);
  add_load(f);
  return f.json();
}

}  // namespace gradlane::bench
