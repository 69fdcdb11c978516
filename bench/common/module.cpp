#include "common/module.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/elf.hpp"
#include "common/isa.hpp"
#include "common/whole_number.hpp"

namespace gradlane::bench {
namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
  throw std::runtime_error(file.string() + ": " + why);
}

std::string known_lanes(const char* lanes) {
  for (const char* known : {"scalar", "directions", "elements", "points"})
    if (std::strcmp(lanes, known) == 0) return {};
  return "has unknown lanes '" + std::string(lanes) + "'";
}

/// What is wrong with an entry of the table, "" if nothing.
std::string fault(const gradlane_implementation& e) {
  if (!e.problem || !e.method || !e.lanes) return "has no problem, method or lanes";
  if (e.dtype != GRADLANE_F32 && e.dtype != GRADLANE_F64) return "has an unknown dtype";
  if (!e.prepare || !e.evaluate || !e.release || !e.bytes) return "lacks one of prepare, evaluate, release, bytes";
  return known_lanes(e.lanes);
}

/// The same for a function.
std::string fault(const gradlane_function& f) {
  if (!f.name || !f.apply) return "has no name or no apply";
  if (f.dtype != GRADLANE_F32 && f.dtype != GRADLANE_F64) return "has an unknown dtype";
  if (!std::isfinite(f.bound) || f.bound < 0) return "has a bound that is not a finite number from 0 on";
  return {};
}

/// … and for second derivatives.
std::string fault(const gradlane_curvature& c) {
  if (!c.problem || !c.method || !c.lanes) return "has no problem, method or lanes";
  if (c.dtype != GRADLANE_F32 && c.dtype != GRADLANE_F64) return "has an unknown dtype";
  if (!c.prepare || !c.evaluate || !c.release || !c.bytes) return "lacks one of prepare, evaluate, release, bytes";
  return known_lanes(c.lanes);
}

void check_table(const gradlane_backend_table* table, const sidecar& about, const fs::path& file) {
  if (!table) refuse(file, "gradlane_backend() returned a null table");
  if (table->abi_version != GRADLANE_ABI_VERSION)
    refuse(file, "ABI version " + std::to_string(table->abi_version) + ", this driver speaks " +
                     std::to_string(GRADLANE_ABI_VERSION));
  if (table->implementation_size != sizeof(gradlane_implementation))
    refuse(file, "its implementations have " + std::to_string(table->implementation_size) + " bytes, expected " +
                     std::to_string(sizeof(gradlane_implementation)));
  if (!table->name || about.name != table->name)
    refuse(file,
           "calls itself '" + std::string(table->name ? table->name : "") + "', its sidecar '" + about.name + "'");
  if (!table->compiler || !table->flags || !table->library || !table->build_type)
    refuse(file, "the table lacks compiler, flags, library or build type");
  if (table->count == 0 && table->function_count == 0)
    refuse(file, "the table has no implementations and no functions");
  if (table->count > 0 && !table->implementations) refuse(file, "the table's implementations are null");
  if (table->function_count > 0 && !table->functions) refuse(file, "the table's functions are null");
  for (std::size_t i = 0; i < table->count; ++i)
    if (const std::string why = fault(table->implementations[i]); !why.empty())
      refuse(file, "implementation " + std::to_string(i) + " " + why);
  for (std::size_t i = 0; i < table->function_count; ++i)
    if (const std::string why = fault(table->functions[i]); !why.empty())
      refuse(file, "function " + std::to_string(i) + " " + why);
  if (table->curvature_count > 0 && !table->curvatures) refuse(file, "the table's curvatures are null");
  for (std::size_t i = 0; i < table->curvature_count; ++i)
    if (const std::string why = fault(table->curvatures[i]); !why.empty())
      refuse(file, "curvature " + std::to_string(i) + " " + why);
  if (table->absence_count > 0 && !table->absences) refuse(file, "the table's absences are null");
}

/// Adds the modules of a folder to those of the folders before it.
void load_folder(const fs::path& folder, const module_trial& trial, module_set& set) {
  std::error_code error;
  std::map<std::string, fs::path> stems;  // ordered, so that messages and runs do not depend on the folder's order
  fs::directory_iterator entries(folder, error);
  if (error) throw std::runtime_error(folder.string() + ": cannot read the backend folder: " + error.message());
  for (const fs::directory_entry& entry : entries)
    if (const fs::path& p = entry.path(); p.extension() == ".so" || p.extension() == ".json")
      stems.emplace(p.stem().string(), p.parent_path() / p.stem());
  for (const auto& [stem, base] : stems) {
    const fs::path library = base.string() + ".so", json_file = base.string() + ".json";
    std::string name = stem;
    try {
      if (!fs::exists(library)) refuse(json_file, "a sidecar without its module " + library.filename().string());
      const sidecar about = read_sidecar(json_file);
      name = about.name;
      if (const std::string feature = missing_feature(about, json_file); !feature.empty()) {
        set.refused.push_back({library, name, library.string() + ": this CPU lacks " + feature, true});
        continue;
      }
      for (const backend_module& other : set.modules)
        if (other.about.name == name) refuse(library, "'" + name + "' is already loaded from " + other.file.string());
      if (const std::string against = trial ? trial(library, about) : ""; !against.empty()) refuse(library, against);
      set.modules.push_back(load_module(library, about));
    } catch (const std::runtime_error& e) {
      set.refused.push_back({library, name, e.what(), false});
    }
  }
}

}  // namespace

sidecar read_sidecar(const fs::path& json_file) {
  std::ifstream in(json_file);
  if (!in) refuse(json_file, "the sidecar is missing or unreadable");
  try {
    const nlohmann::json j = nlohmann::json::parse(in);
    const auto whole = [&]<class I>(const char* key, I& number) {
      const auto found = whole_number<I>(j.at(key));
      if (!found) refuse(json_file, std::string("invalid sidecar: ") + key + " is no whole number, or too large a one");
      number = *found;
    };
    sidecar s;
    whole("abi", s.abi);
    s.name = j.at("name").get<std::string>();
    s.needs = j.at("needs").get<std::vector<std::string>>();
    if (j.contains("lanes_f64")) whole("lanes_f64", s.lanes_f64);
    if (j.contains("rank")) whole("rank", s.rank);
    if (s.name.empty()) refuse(json_file, "the sidecar's name is empty");
    return s;
  } catch (const nlohmann::json::exception& e) {
    refuse(json_file, std::string("invalid sidecar: ") + e.what());
  }
}

std::string missing_feature(const sidecar& about, const fs::path& json_file) {
  for (const std::string& feature : about.needs) {
    const auto supported = cpu_supports(feature);
    if (!supported) refuse(json_file, "unknown CPU feature '" + feature + "'");
    if (!*supported) return feature;
  }
  return {};
}

backend_module load_module(const fs::path& library, const sidecar& about) {
  if (about.abi != GRADLANE_ABI_VERSION)
    refuse(library, "ABI version " + std::to_string(about.abi) + " by its sidecar, this driver speaks " +
                        std::to_string(GRADLANE_ABI_VERSION));
  if (const std::string why = elf_fault(library); !why.empty()) refuse(library, why);
  const floating_point_control before = floating_point_control::current();
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  const gradlane_backend_table* table = nullptr;
  std::string why;
  if (!handle) {
    const char* message = dlerror();
    why = message ? message : "dlopen failed";
    if (const std::string named = library.string() + ": "; why.starts_with(named)) why.erase(0, named.size());
  } else if (void* symbol = dlsym(handle, GRADLANE_ENTRY_POINT); !symbol) {
    why = "exports no " GRADLANE_ENTRY_POINT;
  } else {
    table = reinterpret_cast<gradlane_entry_point>(symbol)();
  }
  if (floating_point_control::current() != before) {
    restore(before);
    refuse(library, "loading it changes the floating-point control word (flush-to-zero or rounding)");
  }
  if (!why.empty()) refuse(library, why);
  check_table(table, about, library);
  return {library, about, table};
}

module_set load_modules(const std::vector<fs::path>& folders, const module_trial& trial) {
  module_set set;
  for (const fs::path& folder : folders) load_folder(folder, trial, set);
  std::stable_sort(set.modules.begin(), set.modules.end(), [](const backend_module& a, const backend_module& b) {
    return a.about.rank != b.about.rank ? a.about.rank > b.about.rank : a.about.name < b.about.name;
  });
  return set;
}

const refusal* module_set::find_refusal(std::string_view backend) const {
  for (const refusal& r : refused)
    if (r.name == backend) return &r;
  return nullptr;
}

fs::path default_backend_folder() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path("backends") : self.parent_path().parent_path() / "backends";
}

template <class Entry>
std::string table_entry<Entry>::name() const {
  std::string text;
  for (const std::string_view part : {problem(), method(), lanes(), dtype(), backend()})
    text.append(text.empty() ? "" : "/").append(part);
  return text;
}

std::vector<implementation> all_implementations(const module_set& set) {
  std::vector<implementation> all;
  for (const backend_module& m : set.modules)
    for (std::size_t i = 0; i < m.table->count; ++i) all.emplace_back(m, m.table->implementations[i]);
  return all;
}

std::vector<curvature> all_curvatures(const module_set& set) {
  std::vector<curvature> all;
  for (const backend_module& m : set.modules)
    for (std::size_t i = 0; i < m.table->curvature_count; ++i) all.emplace_back(m, m.table->curvatures[i]);
  return all;
}

std::vector<implementation> implementations_of(const backend_module& m, std::string_view problem,
                                               std::string_view dtype) {
  std::vector<implementation> some;
  for (std::size_t i = 0; i < m.table->count; ++i)
    if (const implementation one(m, m.table->implementations[i]); one.problem() == problem && one.dtype() == dtype)
      some.push_back(one);
  return some;
}

std::vector<curvature> curvatures_of(const backend_module& m, std::string_view problem, std::string_view dtype) {
  std::vector<curvature> some;
  for (std::size_t i = 0; i < m.table->curvature_count; ++i)
    if (const curvature one(m, m.table->curvatures[i]); one.problem() == problem && one.dtype() == dtype)
      some.push_back(one);
  return some;
}

template class table_entry<gradlane_implementation>;
template class table_entry<gradlane_curvature>;

}  // namespace gradlane::bench
