// Built with the thread sanitizer alone: `race_test sound` must pass without a word, `race_test racy` must end in its
// alarm. Both run a team twice, so that libomp's pool is used again: its own hand-over is where false alarms come from.
#include <cstring>
#include <vector>

#include "parallel.hpp"

int main(int argc, char** argv) {
  const bool racy = argc > 1 && std::strcmp(argv[1], "racy") == 0;
  constexpr int threads = 4;
  constexpr std::size_t count = 100000;
  std::vector<double> sums(threads);
  for (int round = 0; round < 2; ++round)
    gradlane::parallel_for(threads, count, [&](std::size_t begin, std::size_t end, int thread) {
      double& sum = sums[racy ? 0 : static_cast<std::size_t>(thread)];
      for (std::size_t i = begin; i < end; ++i) sum += 1;
    });
  double total = 0;
  for (const double sum : sums) total += sum;
  return racy || total == 2.0 * count ? 0 : 1;
}
