#include <cstring>
#include <utility>

#include "common/module.hpp"
#include "common/status.hpp"

namespace gradlane::bench {

plan::plan(const implementation& what, gradlane_shape shape) : entry_(&what.entry()), evaluate_(what.entry().evaluate) {
  shape.struct_size = sizeof shape;
  const gradlane_status s = entry_->prepare(entry_, &shape, &raw_, message_, sizeof message_);
  message_[sizeof message_ - 1] = 0;  // a foreign module's mistake must not become ours
  if (s == GRADLANE_OK && raw_) return;
  throw call_error(s == GRADLANE_OK ? GRADLANE_FAILURE : s, describe(*entry_, s, message_));
}

plan::~plan() {
  if (raw_) entry_->release(raw_);
}

plan::plan(plan&& other) noexcept
    : entry_(other.entry_), evaluate_(other.evaluate_), raw_(std::exchange(other.raw_, nullptr)) {
  std::memcpy(message_, other.message_, sizeof message_);
}

plan& plan::operator=(plan&& other) noexcept {
  std::swap(entry_, other.entry_);
  std::swap(evaluate_, other.evaluate_);
  std::swap(raw_, other.raw_);
  std::swap(message_, other.message_);
  return *this;
}

void plan::fail(gradlane_status status) const {
  char message[sizeof message_];
  std::memcpy(message, message_, sizeof message);
  message[sizeof message - 1] = 0;
  throw call_error(status, describe(*entry_, status, message));
}

}  // namespace gradlane::bench
