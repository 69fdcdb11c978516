#include "common/environment.hpp"

#include <link.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>

#include "common/commit.hpp"
#include "common/results.hpp"

namespace gradlane::bench {
namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

namespace {

std::string compiler() {
#if defined(__clang__)
  return "Clang " + std::to_string(__clang_major__) + "." + std::to_string(__clang_minor__) + "." +
         std::to_string(__clang_patchlevel__);
#else
  return "GNU " + std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__) + "." +
         std::to_string(__GNUC_PATCHLEVEL__);
#endif
}

/// FNV-1a: identifies, protects nothing.
struct fingerprint {
  std::uint64_t state = 0xcbf29ce484222325u;
  void add(const char* bytes, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) state = (state ^ static_cast<unsigned char>(bytes[i])) * 0x100000001b3u;
  }
  std::string text() const {
    std::array<char, 24> buffer;
    std::snprintf(buffer.data(), buffer.size(), "%016llx", static_cast<unsigned long long>(state));
    return std::string("fnv1a64:") + buffer.data();
  }
};

json file_fingerprint(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return nullptr;
  fingerprint f;
  std::array<char, 65536> buffer;
  while (in.read(buffer.data(), buffer.size()), in.gcount() > 0)
    f.add(buffer.data(), static_cast<std::size_t>(in.gcount()));
  return f.text();
}

/// File names of the OpenMP runtimes in this process: a module built by another compiler brings its own.
json openmp_runtimes() {
  json names = json::array();
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* into) {
        const std::string name = fs::path(info->dlpi_name).filename().string();
        for (const char* known : {"libgomp", "libomp", "libiomp"})
          if (name.starts_with(known)) static_cast<json*>(into)->push_back(name);
        return 0;
      },
      &names);
  return names;
}

json backends(const module_set& modules) {
  json list = json::array();
  for (const backend_module& m : modules.modules)
    list.push_back({{"name", m.table->name},
                    {"compiler", m.table->compiler},
                    {"flags", m.table->flags},
                    {"library", m.table->library},
                    {"build_type", m.table->build_type},
                    {"lanes_f64", m.table->lanes_f64},
                    {"lanes_f32", m.table->lanes_f32}});
  return list;
}

json module_fingerprints(const module_set& modules) {
  json prints = json::object();
  for (const backend_module& m : modules.modules) prints[m.about.name] = file_fingerprint(m.file);
  return prints;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm broken{};
  gmtime_r(&now, &broken);
  std::array<char, 32> text;
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &broken);
  return text.data();
}

std::string hashed_host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  fingerprint f;
  f.add(name.data(), std::string_view(name.data()).size());
  return f.text();
}

/// The command line without the folders of whoever ran it.
json command_line(const options& given) {
  json arguments = json::array();
  for (const std::string& a : given.command_line) {
    const auto equals = a.starts_with("--") ? a.find('=') : std::string::npos;
    const std::string flag = equals == std::string::npos ? "" : a.substr(0, equals + 1);
    const std::string value = a.substr(flag.size());
    arguments.push_back(flag +
                        (value.starts_with("/") || arguments.empty() ? fs::path(value).filename().string() : value));
  }
  return arguments;
}

json provenance(const options& given, const module_set& modules) {
  facts f;
  f.set("version", GRADLANE_VERSION);
  f.set("schema", result_schema);
  if (*built_commit != 0) {
    f.set("commit", built_commit);
    f.set("dirty", built_dirty);
  } else {
    f.unknown("commit", "built from sources outside a git repository, or without git");
    f.unknown("dirty", "the commit is unknown");
  }
  if (json print = file_fingerprint("/proc/self/exe"); !print.is_null())
    f.set("driver", print);
  else
    f.unknown("driver", "/proc/self/exe is unreadable");
  f.set("modules", module_fingerprints(modules));
  f.set("command_line", command_line(given));
  f.set("seed", given.seed);
  f.set("utc", utc_now());
  f.set("host", hashed_host_name());
  return f.json();
}

}  // namespace

json environment(const options& given, const module_set& modules) {
  json identity = machine_identity();
  identity["compiler"] = compiler();
  identity["flags"] = GRADLANE_CXX_FLAGS;
  identity["build_type"] = GRADLANE_BUILD_TYPE;
  if (const json runtimes = openmp_runtimes(); !runtimes.empty()) {
    identity["openmp"] = runtimes;
  } else {
    identity["openmp"] = nullptr;
    identity["reasons"]["openmp"] = "no OpenMP runtime is loaded";
  }
  identity["backends"] = backends(modules);
  return {{"identity", identity}, {"volatile", machine_state()}, {"provenance", provenance(given, modules)}};
}

json environment_document(const options& given, const module_set& modules) {
  json document{{"schema", result_schema}, {"kind", "environment"}};
  document.update(environment(given, modules));
  return document;
}

std::string version_line() {
  const std::string commit = *built_commit == 0 ? "unknown" : std::string(built_commit).substr(0, 7);
  return std::string("gradlane " GRADLANE_VERSION " (") + compiler() + ", " + GRADLANE_BUILD_TYPE + ", commit " +
         commit + ")";
}

}  // namespace gradlane::bench
