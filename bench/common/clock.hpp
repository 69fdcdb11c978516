// The clock of all measurements, and the median of what it showed.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace gradlane::bench {

using steady = std::chrono::steady_clock;

inline double seconds_since(steady::time_point start) {
  return std::chrono::duration<double>(steady::now() - start).count();
}

/// What a call of f takes. Never 0: numbers of calls are found by dividing by it.
template <class F>
double seconds_of(F&& f) {
  const steady::time_point start = steady::now();
  f();
  return std::max(seconds_since(start), 1e-9);
}

/// Of an even number of values the mean of the middle two; 0 where there are none.
double median(std::vector<double> values);

}  // namespace gradlane::bench
