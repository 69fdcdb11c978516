#include <algorithm>
#include <cmath>

#include "chain_rule/network.hpp"
#include "chain_rule/parts.hpp"
#include "oracle/inputs.hpp"

namespace gradlane::bench {

void add_networks(std::size_t depth, const settings& own, std::uint64_t seed, const case_start& starts,
                  findings& found) {
  for (const std::size_t width : own.widths) {
    const std::string name = "network of depth " + std::to_string(depth) + " and width " + std::to_string(width);
    starts(name);
    network net(depth, width);
    std::vector<double> x(width), backward(width), forward(width), by_eight(width);
    draw_points(x.data(), width, 1, 1, seed);
    const double value = net.primal(x.data());
    net.backward(x.data(), backward.data());
    net.forward(x.data(), forward.data());
    net.forward_by_eight(x.data(), by_eight.data());
    // Each layer multiplies errors by up to 2, as it does derivatives, and adds a few roundings of its own.
    double scale = 0, apart = 0;
    for (std::size_t i = 0; i < width; ++i) {
      scale = std::max(scale, std::abs(forward[i]));
      apart = std::max({apart, std::abs(backward[i] - forward[i]), std::abs(by_eight[i] - forward[i])});
    }
    if (!(apart <= 1e-10 * std::max(scale, 1.0)) || !std::isfinite(value))
      found.complaints.push_back(name + ": the backward sweep and the forward sweeps differ");
    const network_counts c = net.counts();
    const std::vector<double> taken = seconds_of_calls(
        {[&] { net.primal(x.data()); }, [&] { net.forward(x.data(), forward.data()); },
         [&] { net.forward_by_eight(x.data(), by_eight.data()); }, [&] { net.backward(x.data(), backward.data()); }},
        own.case_seconds);
    found.networks.push_back(
        {{"depth", depth},
         {"width", width},
         {"value", value},
         {"largest_difference", apart},
         {"operations",
          {{"primal", c.primal}, {"expanded", c.expanded}, {"forward", c.forward}, {"backward", c.backward}}},
         {"seconds",
          {{"primal", taken[0]}, {"forward", taken[1]}, {"forward_by_eight", taken[2]}, {"backward", taken[3]}}}});
  }
}

}  // namespace gradlane::bench
