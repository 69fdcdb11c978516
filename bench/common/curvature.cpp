#include "common/curvature.hpp"

#include <cstring>
#include <utility>

#include "common/status.hpp"

namespace gradlane::bench {

std::string curvature::name() const {
  std::string text;
  for (const std::string_view part : {problem(), method(), lanes(), dtype(), backend()})
    text.append(text.empty() ? "" : "/").append(part);
  return text;
}

std::vector<curvature> all_curvatures(const module_set& set) {
  std::vector<curvature> all;
  for (const backend_module& m : set.modules)
    for (std::size_t i = 0; i < m.table->curvature_count; ++i) all.emplace_back(m, m.table->curvatures[i]);
  return all;
}

curvature_plan::curvature_plan(const curvature& what, gradlane_shape shape) : entry_(&what.entry()) {
  shape.struct_size = sizeof shape;
  const gradlane_status s = entry_->prepare(entry_, &shape, &raw_, message_, sizeof message_);
  message_[sizeof message_ - 1] = 0;  // a foreign module's mistake must not become ours
  if (s == GRADLANE_OK && raw_) return;
  throw call_error(s == GRADLANE_OK ? GRADLANE_FAILURE : s, describe(*entry_, s, message_));
}

curvature_plan::~curvature_plan() {
  if (raw_) entry_->release(raw_);
}

curvature_plan::curvature_plan(curvature_plan&& other) noexcept
    : entry_(other.entry_), raw_(std::exchange(other.raw_, nullptr)) {
  std::memcpy(message_, other.message_, sizeof message_);
}

void curvature_plan::fail(gradlane_status status) const {
  char message[sizeof message_];
  std::memcpy(message, message_, sizeof message);
  message[sizeof message - 1] = 0;
  throw call_error(status, describe(*entry_, status, message));
}

}  // namespace gradlane::bench
