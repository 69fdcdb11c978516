// The methods of second derivatives of the loaded modules, as module.hpp has those of gradients.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/module.hpp"

namespace gradlane::bench {

/// One entry of a module's `curvatures`. A cheap handle; the module set must outlive it.
class curvature {
 public:
  curvature(const backend_module& m, const gradlane_curvature& entry) : module_(&m), entry_(&entry) {}
  std::string_view problem() const { return entry_->problem; }
  std::string_view method() const { return entry_->method; }
  std::string_view lanes() const { return entry_->lanes; }
  std::string_view dtype() const { return entry_->dtype == GRADLANE_F32 ? "f32" : "f64"; }
  std::string_view backend() const { return module_->table->name; }
  bool has(gradlane_flags flag) const { return (entry_->flags & static_cast<std::uint32_t>(flag)) != 0; }
  /// How many directions a call takes at one point: any number, or one; points lanes take one at each of any number.
  bool takes_directions() const { return lanes() == "directions"; }
  bool takes_points() const { return lanes() == "points"; }
  const gradlane_curvature& entry() const { return *entry_; }
  const backend_module& owner() const { return *module_; }
  /// problem/method/lanes/dtype/backend
  std::string name() const;

 private:
  const backend_module* module_;
  const gradlane_curvature* entry_;
};

/// Every entry of every module.
std::vector<curvature> all_curvatures(const module_set& modules);

/// A prepared plan, released with its owner.
class curvature_plan {
 public:
  /// As for `plan`.
  curvature_plan(const curvature& what, gradlane_shape shape);
  ~curvature_plan();
  curvature_plan(curvature_plan&& other) noexcept;
  curvature_plan& operator=(curvature_plan&&) = delete;

  void evaluate(const void* x, const void* v, void* value, void* gradient, void* product) {
    if (const gradlane_status s = evaluate_unchecked(x, v, value, gradient, product); s != GRADLANE_OK) fail(s);
  }
  gradlane_status evaluate_unchecked(const void* x, const void* v, void* value, void* gradient, void* product) {
    return entry_->evaluate(raw_, x, v, value, gradient, product, message_, sizeof message_);
  }
  [[noreturn]] void fail(gradlane_status status) const;
  std::size_t bytes() const { return entry_->bytes(raw_); }

 private:
  const gradlane_curvature* entry_;
  void* raw_ = nullptr;
  char message_[256] = {};
};

}  // namespace gradlane::bench
