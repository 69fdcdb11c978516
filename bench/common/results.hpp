// Result files: complete or absent, and valid JSON always.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "common/options.hpp"

namespace gradlane::bench {

inline constexpr int result_schema = 1;

/// Temporary file in the same folder, fsync, rename: a reader or an interrupted run sees the old file or the whole new
/// one. Folders are made. std::runtime_error names the file.
void write_atomically(const std::filesystem::path& file, std::string_view content);
/// The same for JSON. JSON has no infinities and no NaN: a document that holds one is refused (std::logic_error names
/// the place), so that whoever computed it decides what to say instead.
void write_json(const std::filesystem::path& file, const nlohmann::ordered_json& document);
/// null for a number that is not finite.
nlohmann::ordered_json finite_or_null(double number);
/// Empty where the file is missing or is not JSON.
std::optional<nlohmann::ordered_json> read_json(const std::filesystem::path& file);
/// What every shard begins with: `complete_shard` asks for it, scripts for the context.
nlohmann::ordered_json shard_head(std::string_view kind, const nlohmann::ordered_json& selection,
                                  const nlohmann::ordered_json& context);
/// The complete shard of this kind, schema and selection key at `file`, if it is there. usage_error where a complete one
/// lies there that differs in any of these: whoever writes `file` now would lose it.
std::optional<nlohmann::ordered_json> complete_shard(const std::filesystem::path& file, std::string_view kind,
                                                     const nlohmann::ordered_json& selection);

/// Before any work: usage_error as above for all that the run would write. With --resume, what is there is taken out of
/// `shards` and handed to `keep`, which counts what went wrong in it.
template <class Shard, class FileOf, class KeyOf, class Keep>
void take_out_complete(std::vector<Shard>& shards, const options& given, std::string_view kind, FileOf&& file_of,
                       KeyOf&& key_of, Keep&& keep) {
  if (given.out.empty()) return;
  std::vector<Shard> left;
  for (Shard& s : shards) {
    const std::optional<nlohmann::ordered_json> there = complete_shard(file_of(s), kind, key_of(s));
    if (there && given.resume)
      keep(*there);
    else
      left.push_back(std::move(s));
  }
  shards = std::move(left);
}

}  // namespace gradlane::bench
