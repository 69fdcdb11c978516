#include "functions/errors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "parallel.hpp"

namespace gradlane::bench {

namespace {

/// Arguments that are handed over at once: they, their results and what is exact of them lie in a near cache.
constexpr std::size_t block = 1024;
constexpr std::uint64_t blocks_a_round = 256;

template <class T>
void apply(const candidate& c, const T* x, T* y, std::size_t count) {
  if (const gradlane_status status = c.entry->apply(c.entry, x, y, count); status != GRADLANE_OK)
    throw call_error(status, c.backend() + ": its function " + c.entry->name + " failed");
}

template <class T>
void compare(const T* x, const T* y, const exact_number* exact, std::size_t count, error_report& report) {
  constexpr double smallest = std::numeric_limits<T>::min();
  for (std::size_t i = 0; i < count; ++i) {
    largest_error& largest =
        std::abs(exact[i].anchor) < smallest && exact[i].anchor != 0 ? report.subnormal : report.normal;
    const double error = error_in_ulp(y[i], exact[i]);
    if (error < largest.ulp) continue;
    const double argument = x[i];
    if (std::isfinite(error)) {
      largest.take(error, argument);
    } else {
      // NaN as an argument is no place that can be named, and among the special values anyway.
      if (report.wrong == 0 || argument < report.wrong_at) report.wrong_at = argument;
      ++report.wrong;
    }
  }
}

void merge(error_report& into, const error_report& from) {
  into.normal.take(from.normal.ulp, from.normal.argument);
  into.subnormal.take(from.subnormal.ulp, from.subnormal.argument);
  if (from.wrong > 0 && (into.wrong == 0 || from.wrong_at < into.wrong_at)) into.wrong_at = from.wrong_at;
  into.wrong += from.wrong;
}

/// What one thread needs, made once.
template <class T>
struct worker {
  const elementary_facts& facts;
  const std::vector<candidate>& candidates;
  std::vector<error_report> reports{candidates.size()};
  std::vector<T> x = std::vector<T>(block), y = x;
  std::vector<exact_number> exact{block};

  void run(const sweep_arguments<T>& sweep, std::uint64_t first) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(block, sweep.count() - first));
    for (std::size_t i = 0; i < count; ++i) x[i] = sweep(first + i);
    run(count);
  }
  /// On x[0 … count−1].
  void run(std::size_t count) {
    exact_values(facts.function, x.data(), exact.data(), count);
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      apply(candidates[c], x.data(), y.data(), count);
      compare(x.data(), y.data(), exact.data(), count, reports[c]);
    }
  }
};

/// Every worker on a thread of its own. Blocks in turn: some parts of the patterns (NaN, overflow) are quick, and lie
/// together.
template <class T>
void sweep_in_turn(std::vector<worker<T>>& workers, const sweep_arguments<T>& sweep,
                   const std::function<void(double)>& tick) {
  const std::uint64_t blocks = (sweep.count() + block - 1) / block;
  for (std::uint64_t round = 0; round < blocks; round += blocks_a_round) {
    const std::uint64_t end = std::min(blocks, round + blocks_a_round);
    parallel_for(static_cast<int>(workers.size()), workers.size(), [&](std::size_t t, std::size_t last, int) {
      for (; t < last; ++t)
        for (std::uint64_t b = round + t; b < end; b += workers.size()) workers[t].run(sweep, b * block);
    });
    tick(static_cast<double>(end) / static_cast<double>(blocks));
  }
}

template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof a) == 0 || (std::isnan(a) && std::isnan(b));
}

template <class T>
void check_specials(const elementary_facts& facts, const candidate& c, error_report& report) {
  constexpr std::size_t count = 3 * 64 / sizeof(T) + 64 / sizeof(T) - 1;  // of the widest registers
  std::array<T, count> x, y, ordinary;
  for (std::size_t i = 0; i < count; ++i) {
    const double share = (static_cast<double>(i) + .5) / static_cast<double>(count);
    x[i] = static_cast<T>(facts.ordinary.low + (facts.ordinary.high - facts.ordinary.low) * share);
  }
  apply(c, x.data(), ordinary.data(), count);
  for (const special_value<T>& s : special_values<T>(facts.function)) {
    ++report.specials;
    for (std::size_t place = 0; place < count; ++place) {
      std::array<T, count> with = x;
      with[place] = s.argument;
      apply(c, with.data(), y.data(), count);
      std::size_t wrong = count;
      for (std::size_t i = count; i-- > 0;)
        if (i != place && !same_bits(y[i], ordinary[i])) wrong = i;
      if (!is_special_result(y[place], s.result)) wrong = place;
      if (wrong == count) continue;
      report.wrong_specials.push_back({with[wrong], y[wrong], wrong == place ? s.result : ordinary[wrong]});
      break;
    }
  }
}

}  // namespace

void largest_error::take(double error, double x) {
  if (error > ulp || (error == ulp && error > 0 && x < argument)) ulp = error, argument = x;
}

template <class T>
std::vector<error_report> measure_errors(const elementary_facts& facts, const std::vector<candidate>& candidates,
                                         std::uint64_t seed, std::uint64_t count, int threads,
                                         const std::function<void(double)>& tick) {
  const auto team = static_cast<std::size_t>(std::max(threads, 1));
  std::vector<worker<T>> workers(team, worker<T>{facts, candidates});
  const std::vector<T> edges = edge_arguments<T>(facts.function);
  for (std::size_t begin = 0; begin < edges.size(); begin += block) {
    const std::size_t here = std::min(block, edges.size() - begin);
    std::copy_n(edges.begin() + static_cast<std::ptrdiff_t>(begin), here, workers[0].x.begin());
    workers[0].run(here);
  }
  sweep_in_turn(workers, sweep_arguments<T>(facts, seed, count), tick);
  std::vector<error_report> reports(candidates.size());
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    for (const worker<T>& w : workers) merge(reports[c], w.reports[c]);
    check_specials<T>(facts, candidates[c], reports[c]);
  }
  return reports;
}

#define GRADLANE_INSTANTIATE(T)                                                                                \
  template std::vector<error_report> measure_errors<T>(const elementary_facts&, const std::vector<candidate>&, \
                                                       std::uint64_t, std::uint64_t, int,                      \
                                                       const std::function<void(double)>&);
GRADLANE_INSTANTIATE(float)
GRADLANE_INSTANTIATE(double)
#undef GRADLANE_INSTANTIATE

}  // namespace gradlane::bench
