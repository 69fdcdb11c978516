// Result files: complete or absent, and valid JSON always.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

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
/// A complete shard of this kind, schema and selection key?
bool is_complete_shard(const std::filesystem::path& file, std::string_view kind,
                       const nlohmann::ordered_json& selection);

}  // namespace gradlane::bench
