// A kernel's row: every partial derivative is computed all three ways and by the edges of the drawing, and what differs is
// a complaint. All are the same numbers up to rounding, of formulas that differ.
#include <algorithm>
#include <cmath>

#include "chain_rule/drawing.hpp"
#include "chain_rule/parts.hpp"
#include "common/results.hpp"
#include "oracle/inputs.hpp"

namespace gradlane::bench {

namespace {

/// Of the largest number that a way of computing it has in common with the others.
constexpr double rounding = 1e-12;
/// A list takes a few nanoseconds, no more than a call of it.
constexpr std::size_t calls_a_turn = 256;

std::vector<double> point_of(const kernel_facts& kernel, const settings& own, std::uint64_t seed) {
  if (!own.start.empty()) return own.start;
  if (kernel.problem == "chain") return {-1, 0, -2, 1};  // the chapter's
  std::vector<double> x(static_cast<std::size_t>(kernel.inputs()));
  draw_points(x.data(), x.size(), 1, 1, seed);
  for (double& xi : x) xi = std::round(64 * xi) / 64;  // few digits, which are easier to follow
  return x;
}

bool agree(const std::vector<double>& a, const std::vector<double>& b) {
  double scale = 0;
  for (const double x : a) scale = std::max(scale, std::abs(x));
  for (std::size_t k = 0; k < a.size(); ++k)
    if (std::isfinite(a[k]) != std::isfinite(b[k]) || std::abs(a[k] - b[k]) > rounding * scale) return false;
  return true;
}

json drawn(const drawing& d) {
  json nodes = json::array(), edges = json::array();
  for (const drawn_node& n : d.nodes)
    nodes.push_back({{"id", n.id},
                     {"symbol", n.symbol},
                     {"value", finite_or_null(n.value)},
                     {"adjoint", n.active ? finite_or_null(n.adjoint) : json(nullptr)},
                     {"active", n.active}});
  for (const drawn_edge& e : d.edges)
    edges.push_back({{"from", e.from}, {"to", e.to}, {"partial", finite_or_null(e.partial)}});
  return {{"nodes", nodes}, {"edges", edges}};
}

void add_times(const kernel_facts& k, const std::vector<double>& x, double seconds, json& row) {
  double out[program::max_outputs];
  const auto timed = [&](executed_list list) { return [&, list] { list(x.data(), out, calls_a_turn); }; };
  std::vector<std::function<void()>> calls{timed(k.primal), timed(k.forward), timed(k.backward)};
  if (k.expanded != nullptr) calls.push_back(timed(k.expanded));
  std::vector<double> taken = seconds_of_calls(calls, seconds);
  for (double& t : taken) t /= static_cast<double>(calls_a_turn);
  row["seconds"] = {{"primal", taken[0]},
                    {"expanded", k.expanded != nullptr ? json(taken[3]) : json(nullptr)},
                    {"forward", taken[1]},
                    {"backward", taken[2]}};
}

}  // namespace

void add_kernel(const kernel_facts& k, const settings& own, std::uint64_t seed, findings& found) {
  const std::vector<double> x = point_of(k, own, seed);
  const std::vector<int> active = k.active_inputs();
  json row{{"problem", k.problem}, {"kernel", k.index}, {"inputs", k.inputs()}, {"active", active}, {"at", x}};
  const std::string name = std::string(k.problem) + ", sum " + std::to_string(k.index + 1);
  std::vector<double> backward(active.size()), forward(active.size()), expanded(active.size());
  double value = 0;
  k.primal(x.data(), &value, 1);
  k.backward(x.data(), backward.data(), 1);
  k.forward(x.data(), forward.data(), 1);
  row["value"] = finite_or_null(value);
  row["partials"] = all_digits(backward);
  if (!agree(backward, forward)) found.complaints.push_back(name + ": forward and backward sweeps differ");
  if (k.expanded != nullptr) {
    k.expanded(x.data(), expanded.data(), 1);
    if (!agree(backward, expanded))
      found.complaints.push_back(name +
                                 ": the partial derivatives written out differ from those of the backward sweep");
  }
  row["operations"] = {{"primal", k.counts.primal},
                       {"expanded", k.counts.expanded},
                       {"forward", k.counts.forward},
                       {"backward", k.counts.backward}};
  if (own.does("counts"))
    add_times(k, x, own.case_seconds, row);
  else
    row["seconds"] = nullptr;
  row["nodes"] = drawn_size(k.list);
  row["drawing"] = nullptr;
  if (own.does("drawings") && drawn_size(k.list) <= most_drawn_nodes) {
    const drawing d = draw(k.list, k.active, x.data());
    std::vector<double> adjoints;
    for (const int i : active) adjoints.push_back(d.nodes[static_cast<std::size_t>(i)].adjoint);
    if (!agree(backward, adjoints))
      found.complaints.push_back(name + ": the adjoints that edges carry differ from those of the backward sweep");
    row["drawing"] = drawn(d);
  }
  found.kernels.push_back(std::move(row));
}

}  // namespace gradlane::bench
