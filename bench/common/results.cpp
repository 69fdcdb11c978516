#include "common/results.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>

namespace gradlane::bench {
namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

namespace {

constexpr int deepest_document = 64;  // ours have about six levels

/// Closes the descriptor, and removes the temporary file unless it was renamed.
struct temporary_file {
  fs::path path;
  int descriptor;
  bool renamed = false;
  ~temporary_file() {
    if (descriptor >= 0) close(descriptor);
    if (!renamed) unlink(path.c_str());
  }
};

[[noreturn]] void fail(const fs::path& file, const char* step) {
  throw std::runtime_error("cannot write " + file.string() + ": " + step + ": " + std::strerror(errno));
}

/// The path of the first number that JSON cannot express, "" if there is none.
std::string non_finite(const json& value, const std::string& where) {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) return where.empty() ? "/" : where;
  if (value.is_structured())
    for (const auto& [key, child] : value.items())
      if (std::string found = non_finite(child, where + "/" + key); !found.empty()) return found;
  return {};
}

/// Keys under which two selections differ; "all" where one is no selection.
std::vector<std::string> differing(const json& one, const json& other) {
  if (!one.is_object() || !other.is_object()) return {"all"};
  std::vector<std::string> names;
  for (const auto& [key, value] : other.items())
    if (!one.contains(key) || one[key] != value) names.push_back(key);
  for (const auto& [key, value] : one.items())
    if (!other.contains(key)) names.push_back(key);
  return names;
}

void sync_folder(const fs::path& folder) {
  const int descriptor = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return;  // the rename stands; only its survival of a power cut is in doubt
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

void write_atomically(const fs::path& file, std::string_view content) {
  std::error_code error;
  if (!file.parent_path().empty()) fs::create_directories(file.parent_path(), error);
  if (error) throw std::runtime_error("cannot make " + file.parent_path().string() + ": " + error.message());
  temporary_file temporary{file.string() + ".tmp" + std::to_string(getpid()), -1};
  temporary.descriptor = open(temporary.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (temporary.descriptor < 0) fail(file, "open");
  while (!content.empty()) {
    const ssize_t written = write(temporary.descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(file, "write");
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fsync(temporary.descriptor) != 0) fail(file, "fsync");
  if (rename(temporary.path.c_str(), file.c_str()) != 0) fail(file, "rename");
  temporary.renamed = true;
  sync_folder(file.parent_path());
}

void write_json(const fs::path& file, const json& document) {
  if (const std::string where = non_finite(document, ""); !where.empty())
    throw std::logic_error(file.string() + ": a number that is not finite at " + where);
  write_atomically(file, document.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

json finite_or_null(double number) { return std::isfinite(number) ? json(number) : json(nullptr); }

std::optional<json> read_json(const fs::path& file) {
  std::ifstream in(file);
  if (!in) return std::nullopt;
  // Documents are copied and compared by recursion, which a deep enough one would end by running out of stack.
  bool too_deep = false;
  const auto shallow = [&](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > deepest_document;
    return depth <= deepest_document;
  };
  json value = json::parse(in, shallow, false);
  if (value.is_discarded() || too_deep) return std::nullopt;
  return value;
}

json shard_head(std::string_view kind, const json& selection, const json& context) {
  return {
      {"schema", result_schema}, {"kind", kind}, {"complete", true}, {"selection", selection}, {"context", context}};
}

std::optional<json> complete_shard(const fs::path& file, std::string_view kind, const json& selection) {
  std::optional<json> shard = read_json(file);
  if (!shard || !shard->is_object() || shard->value("complete", json()) != json(true)) return std::nullopt;
  const json schema = shard->value("schema", json()), of = shard->value("kind", json());
  if (schema != json(result_schema) || of != json(kind))
    throw usage_error("--out: " + file.string() + " holds other results: choose another folder");
  const std::vector<std::string> other = differing(shard->value("selection", json()), selection);
  if (other.empty()) return shard;
  if (other == std::vector<std::string>{"modules"})
    throw usage_error("--out: " + file.string() +
                      " was measured with other builds of the modules: choose another folder, or remove it");
  std::string names;
  for (const std::string& name : other) names += (names.empty() ? "" : ", ") + name;
  throw usage_error("--out: " + file.string() + " is complete, of another selection (other " + names +
                    "): give the flags it was measured with, or choose another folder");
}

}  // namespace gradlane::bench
