// What a measurement depends on besides the code measured. `identity`: runs that differ here are not comparable;
// `volatile`: they are, with a warning; `provenance`: which run this was. A fact that cannot be read is null, and
// `reasons` beside it says why.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/module.hpp"
#include "common/options.hpp"

namespace gradlane::bench {

nlohmann::ordered_json environment(const options& given, const module_set& modules);
/// A document of its own, as --environment prints it.
nlohmann::ordered_json environment_document(const options& given, const module_set& modules);
/// "gradlane 0.1.0 (GNU 12.2.0, Release, commit 0123abc)": what --version prints.
std::string version_line();

/// The parts, for the file that puts them together.
nlohmann::ordered_json machine_identity();
nlohmann::ordered_json machine_state();

/// A group of facts, some of which cannot be read.
class facts {
 public:
  template <class T>
  void set(const char* name, T&& value) {
    values_[name] = std::forward<T>(value);
  }
  void unknown(const char* name, const std::string& reason) {
    values_[name] = nullptr;
    reasons_[name] = reason;
  }
  /// The first line of a file, or why it cannot be read.
  void set_from_file(const char* name, const std::string& file);
  nlohmann::ordered_json json() const {
    nlohmann::ordered_json all = values_;
    all["reasons"] = reasons_;
    return all;
  }

 private:
  nlohmann::ordered_json values_ = nlohmann::ordered_json::object(), reasons_ = nlohmann::ordered_json::object();
};

}  // namespace gradlane::bench
