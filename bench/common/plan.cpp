#include <cstring>
#include <utility>

#include "common/module.hpp"

namespace gradlane::bench {

namespace {

const char* status_text(gradlane_status s) {
  switch (s) {
    case GRADLANE_OK:
      return "ok";
    case GRADLANE_BAD_ARGUMENT:
      return "bad argument";
    case GRADLANE_UNSUPPORTED:
      return "unsupported";
    case GRADLANE_OUT_OF_MEMORY:
      return "out of memory";
    case GRADLANE_FAILURE:
      return "failure";
  }
  return "unknown status";
}

template <class Entry>
std::string describe(const Entry& e, gradlane_status s, const char* message) {
  std::string text = std::string(e.problem) + "/" + e.method + "/" + e.lanes + ": " + status_text(s);
  if (*message) text.append(": ").append(message);
  return text;
}

}  // namespace

template <class Entry>
plan_of<Entry>::plan_of(const table_entry<Entry>& what, gradlane_shape shape)
    : entry_(&what.entry()), evaluate_(what.entry().evaluate) {
  shape.struct_size = sizeof shape;
  const gradlane_status s = entry_->prepare(entry_, &shape, &raw_, message_, sizeof message_);
  message_[sizeof message_ - 1] = 0;  // a foreign module's mistake must not become ours
  if (s == GRADLANE_OK && raw_) return;
  throw call_error(s == GRADLANE_OK ? GRADLANE_FAILURE : s, describe(*entry_, s, message_));
}

template <class Entry>
plan_of<Entry>::~plan_of() {
  if (raw_) entry_->release(raw_);
}

template <class Entry>
plan_of<Entry>::plan_of(plan_of&& other) noexcept
    : entry_(other.entry_), evaluate_(other.evaluate_), raw_(std::exchange(other.raw_, nullptr)) {
  std::memcpy(message_, other.message_, sizeof message_);
}

template <class Entry>
plan_of<Entry>& plan_of<Entry>::operator=(plan_of&& other) noexcept {
  std::swap(entry_, other.entry_);
  std::swap(evaluate_, other.evaluate_);
  std::swap(raw_, other.raw_);
  std::swap(message_, other.message_);
  return *this;
}

template <class Entry>
void plan_of<Entry>::fail(gradlane_status status) const {
  char message[sizeof message_];
  std::memcpy(message, message_, sizeof message);
  message[sizeof message - 1] = 0;
  throw call_error(status, describe(*entry_, status, message));
}

template class plan_of<gradlane_implementation>;
template class plan_of<gradlane_curvature>;

}  // namespace gradlane::bench
