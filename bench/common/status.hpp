// What a call answered, in words.
#pragma once

#include <string>

#include "backend/backend.h"

namespace gradlane::bench {

inline const char* text_of(gradlane_status s) {
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

/// problem/method/lanes: status: message
template <class Entry>
std::string describe(const Entry& e, gradlane_status s, const char* message) {
  std::string text = std::string(e.problem) + "/" + e.method + "/" + e.lanes + ": " + text_of(s);
  if (*message) text.append(": ").append(message);
  return text;
}

}  // namespace gradlane::bench
