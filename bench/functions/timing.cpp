#include "functions/timing.hpp"

#include <algorithm>
#include <cstdint>

#include "common/clock.hpp"

namespace gradlane::bench {

namespace {

/// One that compilers cannot look through is called anew each time: nothing is computed once for all repetitions.
template <class T>
double seconds_of_calls(const candidate& c, const std::vector<T>& x, std::vector<T>& y, std::size_t repetitions) {
  return seconds_of([&] {
    for (std::size_t r = 0; r < repetitions; ++r)
      if (const gradlane_status status = c.entry->apply(c.entry, x.data(), y.data(), x.size()); status != GRADLANE_OK)
        throw call_error(status, c.backend() + ": its function " + c.entry->name + " failed");
  });
}

}  // namespace

template <class T>
std::vector<std::vector<double>> measure_times(const elementary_facts& facts, const std::vector<candidate>& candidates,
                                               double seconds, const std::function<void(double)>& tick) {
  // 389 and 1024 have no common factor: every share occurs once, neighbours are far apart.
  std::vector<T> x(timed_elements), y(timed_elements);
  for (std::size_t i = 0; i < timed_elements; ++i) {
    const double share = (static_cast<double>(i * 389 % timed_elements) + .5) / static_cast<double>(timed_elements);
    x[i] = static_cast<T>(facts.ordinary.low + (facts.ordinary.high - facts.ordinary.low) * share);
  }
  const double wanted = seconds / timed_rounds;
  std::vector<std::size_t> repetitions;
  for (const candidate& c : candidates) {
    seconds_of_calls(c, x, y, 1);  // looks its symbols up
    const double once =
        std::min({seconds_of_calls(c, x, y, 1), seconds_of_calls(c, x, y, 1), seconds_of_calls(c, x, y, 1)});
    repetitions.push_back(static_cast<std::size_t>(wanted / once) + 1);
  }
  std::vector<std::vector<double>> times(candidates.size());
  for (int round = 0; round < timed_rounds; ++round) {
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      const double taken = seconds_of_calls(candidates[c], x, y, repetitions[c]);
      times[c].push_back(taken * 1e9 / static_cast<double>(repetitions[c] * timed_elements));
    }
    tick(static_cast<double>(round + 1) / timed_rounds);
  }
  return times;
}

#define GRADLANE_INSTANTIATE(T)                                                                                      \
  template std::vector<std::vector<double>> measure_times<T>(const elementary_facts&, const std::vector<candidate>&, \
                                                             double, const std::function<void(double)>&);
GRADLANE_INSTANTIATE(float)
GRADLANE_INSTANTIATE(double)
#undef GRADLANE_INSTANTIATE

}  // namespace gradlane::bench
