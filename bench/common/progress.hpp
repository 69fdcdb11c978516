// One line of progress on stderr, only where somebody watches, and the flag that an interrupt sets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/clock.hpp"

namespace gradlane::bench {

/// From now on the first SIGINT or SIGTERM only sets a flag, so that nothing is left half written; a second one kills.
void catch_interrupts();
bool interrupt_requested();

/// "about 4 min 10 s", "about 8 s".
std::string duration_text(double seconds);

/// --estimate: whole seconds, rounded up, on stdout. Returns the exit code.
int print_estimate(double seconds);

/// Weighted by expected seconds, so that the time left is right although cases differ. Silent unless stderr is a
/// terminal; without colour or cursor movement beyond a carriage return if NO_COLOR is set.
class progress {
 public:
  explicit progress(double expected_seconds);
  /// Never shown.
  progress() : expected_(1), visible_(false), colour_(false) {}
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  /// `label` has been started; done_seconds of the expected seconds lie behind.
  void show(std::string_view label, double done_seconds);
  void clear();

 private:
  steady::time_point start_ = steady::now(), drawn_at_{};
  double expected_;
  bool visible_, colour_, drawn_ = false;
};

}  // namespace gradlane::bench
