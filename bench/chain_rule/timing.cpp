#include <algorithm>

#include "chain_rule/parts.hpp"
#include "common/clock.hpp"

namespace gradlane::bench {

namespace {
constexpr int turns = 7;

double seconds_of_turn(const std::function<void()>& call, std::size_t repetitions) {
  return seconds_of([&] {
    for (std::size_t r = 0; r < repetitions; ++r) call();
  });
}
}  // namespace

std::vector<double> seconds_of_calls(const std::vector<std::function<void()>>& calls, double seconds) {
  std::vector<std::size_t> repetitions;
  for (const auto& call : calls) {
    std::size_t count = 1;  // until it is long enough to be told from the clock's own time
    double taken = seconds_of_turn(call, count);
    while (taken < std::min(2e-5, seconds / turns) && count < std::size_t{1} << 30)
      taken = seconds_of_turn(call, count *= 2);
    repetitions.push_back(
        std::max<std::size_t>(1, static_cast<std::size_t>(seconds / turns * static_cast<double>(count) / taken)));
  }
  std::vector<std::vector<double>> times(calls.size());
  for (int turn = 0; turn < turns; ++turn)
    for (std::size_t k = 0; k < calls.size(); ++k)
      times[k].push_back(seconds_of_turn(calls[k], repetitions[k]) / static_cast<double>(repetitions[k]));
  std::vector<double> medians;
  for (const std::vector<double>& t : times) medians.push_back(median(t));
  return medians;
}

}  // namespace gradlane::bench
