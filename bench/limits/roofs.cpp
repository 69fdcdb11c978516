#include "limits/roofs.hpp"

#include <algorithm>

#include "common/caches.hpp"
#include "common/options.hpp"
#include "common/results.hpp"
#include "common/whole_number.hpp"

namespace gradlane::bench {
namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

const roof* roof_set::find(const std::string& probe, const std::string& level) const {
  for (const roof& r : roofs)
    if (r.probe == probe && r.level == level) return &r;
  return nullptr;
}

double roof_set::rate(const std::string& probe) const {
  const roof* r = find(probe);
  return r == nullptr ? 0 : r->rate;
}

std::vector<memory_level> levels_for(int threads) {
  std::vector<memory_level> levels;
  for (const data_cache& c : data_caches()) {
    const int sharers = c.sharers(available_cores());
    const auto caches = static_cast<std::size_t>((threads + sharers - 1) / sharers);
    levels.push_back({"L" + std::to_string(c.level), c.bytes * caches});
  }
  levels.push_back({"DRAM", 0});
  return levels;
}

json to_json(const roof_set& set) {
  json levels = json::array(), roofs = json::array();
  for (const memory_level& l : set.levels) levels.push_back({{"name", l.name}, {"bytes", l.bytes}});
  for (const roof& r : set.roofs) {
    json row{{"probe", r.probe}, {"rate", r.rate}, {"median_rate", r.median}};
    row["unit"] = r.level.empty() ? "operations/s" : "bytes/s";
    if (!r.level.empty()) {
      row["level"] = r.level;
      row["working_set"] = r.working_set;
      row["read"] = r.read, row["written"] = r.written, row["updated"] = r.updated;
    }
    roofs.push_back(row);
  }
  return {
      {"backend", set.backend}, {"dtype", set.dtype}, {"threads", set.threads}, {"levels", levels}, {"roofs", roofs}};
}

namespace {

/// invalid_shard unless it is one that fits; what is missing is 0.
struct invalid_shard {};
template <class I>
I whole(const json& row, const char* key) {
  if (!row.contains(key)) return 0;
  const std::optional<I> number = whole_number<I>(row.at(key));
  if (!number) throw invalid_shard{};
  return *number;
}

}  // namespace

std::optional<roof_set> roofs_from_json(const json& shard) {
  try {
    if (shard.value("kind", "limits") != "limits" || !shard.value("complete", true)) return std::nullopt;
    roof_set set{shard.at("backend"), shard.at("dtype"), whole<int>(shard, "threads"), {}, {}};
    for (const json& l : shard.at("levels")) set.levels.push_back({l.at("name"), whole<std::size_t>(l, "bytes")});
    for (const json& r : shard.at("roofs"))
      set.roofs.push_back({r.at("probe"), r.value("level", ""), whole<unsigned>(r, "read"),
                           whole<unsigned>(r, "written"), whole<unsigned>(r, "updated"),
                           whole<std::size_t>(r, "working_set"), r.at("rate"), r.at("median_rate")});
    return set;
  } catch (const json::exception&) {
    return std::nullopt;
  } catch (const invalid_shard&) {
    return std::nullopt;
  }
}

std::vector<roof_set> read_roofs(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "limits", error))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<roof_set> found;
  for (const fs::path& file : files) {
    const std::optional<json> shard = read_json(file);
    if (!shard || !shard->is_object() || !shard->contains("kind") || !shard->contains("complete")) continue;
    if (std::optional<roof_set> set = roofs_from_json(*shard)) found.push_back(std::move(*set));
  }
  return found;
}

}  // namespace gradlane::bench
