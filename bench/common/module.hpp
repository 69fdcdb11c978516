// Finding, vetting and calling backend modules: NAME.so with its sidecar NAME.json, which says what instruction set the
// code needs, so that an unfit module is skipped before any of its code is loaded.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"

namespace gradlane::bench {

struct sidecar {
  unsigned abi = 0;
  std::string name;
  std::vector<std::string> needs;  ///< CPU features, named as __builtin_cpu_supports names them
  unsigned lanes_f64 = 1;
  int rank = 0;  ///< among our instruction sets, higher is preferred; 0: stands alone (another library)
};

/// A module that was loaded and found sound. It is never unloaded: OpenMP's threads outlive any call into it.
struct backend_module {
  std::filesystem::path file;
  sidecar about;
  const gradlane_backend_table* table = nullptr;
};

struct refusal {
  std::filesystem::path file;
  std::string name;        ///< of the backend: the sidecar's, else the file's stem
  std::string reason;      ///< one line that names the file
  bool lacks_isa = false;  ///< a fact about this CPU, not a fault of the module
};

struct module_set {
  std::vector<backend_module> modules;  ///< by descending rank, then by name
  std::vector<refusal> refused;
  const refusal* find_refusal(std::string_view backend) const;
};

/// Reads one sidecar; std::runtime_error names the file and what is wrong with it.
sidecar read_sidecar(const std::filesystem::path& json_file);
/// The first of the needed features that this CPU lacks, "" if none; std::runtime_error on an unknown feature name.
std::string missing_feature(const sidecar& about, const std::filesystem::path& json_file);
/// Loads one module whose sidecar has been read; std::runtime_error names the file and why it was refused.
backend_module load_module(const std::filesystem::path& library, const sidecar& about);
/// Says what speaks against loading a module, "" if nothing, before any of its code is in this process.
using module_trial = std::function<std::string(const std::filesystem::path& library, const sidecar& about)>;
/// All modules of the folders. Nothing is thrown for a module that is refused, as one is whose name was met before;
/// std::runtime_error if a folder cannot be read.
module_set load_modules(const std::vector<std::filesystem::path>& folders, const module_trial& trial = {});
/// `backends/` of the build tree that this executable stands in.
std::filesystem::path default_backend_folder();

/// The bits that decide how floating-point operations round and whether subnormals are flushed, without the sticky
/// exception flags.
struct floating_point_control {
  unsigned long bits = 0;
  static floating_point_control current();
  bool operator==(const floating_point_control&) const = default;
};
void restore(floating_point_control control);

/// "f32" or "f64".
constexpr const char* dtype_name(gradlane_dtype dtype) { return dtype == GRADLANE_F32 ? "f32" : "f64"; }

/// One entry of a loaded module's table. A cheap handle; the module set must outlive it.
template <class Entry>
class table_entry {
 public:
  table_entry(const backend_module& m, const Entry& entry) : module_(&m), entry_(&entry) {}
  std::string_view problem() const { return entry_->problem; }
  std::string_view method() const { return entry_->method; }
  std::string_view lanes() const { return entry_->lanes; }
  std::string_view dtype() const { return dtype_name(entry_->dtype); }
  std::string_view backend() const { return module_->table->name; }
  bool has(gradlane_flags flag) const { return (entry_->flags & static_cast<std::uint32_t>(flag)) != 0; }
  const Entry& entry() const { return *entry_; }
  const backend_module& owner() const { return *module_; }
  /// problem/method/lanes/dtype/backend
  std::string name() const;

 private:
  const backend_module* module_;
  const Entry* entry_;
};
using implementation = table_entry<gradlane_implementation>;
/// Products of the Hessian with directions.
using curvature = table_entry<gradlane_curvature>;

/// Every implementation of every module.
std::vector<implementation> all_implementations(const module_set& modules);
std::vector<curvature> all_curvatures(const module_set& modules);
/// Those of one module, of one problem in one precision: what belongs together.
std::vector<implementation> implementations_of(const backend_module& m, std::string_view problem,
                                               std::string_view dtype);
std::vector<curvature> curvatures_of(const backend_module& m, std::string_view problem, std::string_view dtype);

/// What an implementation answered instead of GRADLANE_OK, with its message.
struct call_error : std::runtime_error {
  call_error(gradlane_status s, const std::string& message) : std::runtime_error(message), status(s) {}
  gradlane_status status;
  /// A shape that the implementation does not have, or cannot hold: no fault of it.
  bool declined() const { return status == GRADLANE_UNSUPPORTED || status == GRADLANE_OUT_OF_MEMORY; }
};

/// A prepared plan, released with its owner.
template <class Entry>
class plan_of {
 public:
  /// Calls `prepare`. struct_size is set here; the arrays that shape.data points to must outlive the plan.
  plan_of(const table_entry<Entry>& what, gradlane_shape shape);
  ~plan_of();
  plan_of(plan_of&& other) noexcept;
  plan_of& operator=(plan_of&& other) noexcept;

  /// The entry's `evaluate`: x, value, gradient, or x, v, value, gradient, product.
  template <class... Pointers>
  void evaluate(Pointers... arrays) {
    if (const gradlane_status s = evaluate_unchecked(arrays...); s != GRADLANE_OK) fail(s);
  }
  /// For timed loops: the status alone, no branch on it.
  template <class... Pointers>
  gradlane_status evaluate_unchecked(Pointers... arrays) {
    return evaluate_(raw_, arrays..., message_, sizeof message_);
  }
  [[noreturn]] void fail(gradlane_status status) const;
  std::size_t bytes() const { return entry_->bytes(raw_); }

 private:
  const Entry* entry_;
  decltype(Entry::evaluate) evaluate_;
  void* raw_ = nullptr;
  char message_[256] = {};
};
using plan = plan_of<gradlane_implementation>;
using curvature_plan = plan_of<gradlane_curvature>;

extern template class table_entry<gradlane_implementation>;
extern template class table_entry<gradlane_curvature>;
extern template class plan_of<gradlane_implementation>;
extern template class plan_of<gradlane_curvature>;

}  // namespace gradlane::bench
