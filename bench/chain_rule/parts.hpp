// The parts of a run: rows of the kernels of one problem, and of networks.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "chain_rule/kernels.hpp"
#include "chain_rule/settings.hpp"

namespace gradlane::bench {

struct findings {
  json kernels = json::array(), networks = json::array();
  std::vector<std::string> complaints;  ///< one line each; any makes the run fail
};

/// Counts of a kernel's lists and the times of executing them; with a drawing where it is small enough.
void add_kernel(const kernel_facts& kernel, const settings& own, std::uint64_t seed, findings& found);
/// Counts and times of a network of each width.
void add_networks(std::size_t depth, const settings& own, std::uint64_t seed, const case_start& starts,
                  findings& found);

/// The median of seven turns each, in seconds a call; in every turn each of `calls` has its own, so that a busy stretch of
/// the machine meets all alike. `seconds` for each of them together.
std::vector<double> seconds_of_calls(const std::vector<std::function<void()>>& calls, double seconds);

}  // namespace gradlane::bench
