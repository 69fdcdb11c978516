// The time of a function of each backend on an array that lies in the nearest cache.
#pragma once

#include <functional>
#include <vector>

#include "functions/errors.hpp"

namespace gradlane::bench {

inline constexpr std::size_t timed_elements = 1024;
inline constexpr int timed_rounds = 15;

/// Nanoseconds an element, timed_rounds of them for each candidate: in every round each has its turn, so that a busy
/// stretch of the machine meets all alike. Arguments are spread evenly over facts.ordinary, shuffled, the same for
/// all. A candidate's turns take about `seconds` together. `tick` as in measure_errors.
template <class T>
std::vector<std::vector<double>> measure_times(const elementary_facts& facts, const std::vector<candidate>& candidates,
                                               double seconds, const std::function<void(double)>& tick);

}  // namespace gradlane::bench
