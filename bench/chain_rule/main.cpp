// chain_rule: what derivatives cost, written out, forward and backward: operations counted from the recorded lists at compile
// time beside measured times, of every problem's kernels and of networks built by repetition.
#include <algorithm>
#include <iostream>

#include "chain_rule/parts.hpp"
#include "common/environment.hpp"
#include "common/results.hpp"
#include "common/selection.hpp"
#include "common/shards.hpp"

namespace gradlane::bench {

namespace {

/// The kernels of one problem, or the networks.
struct shard {
  std::string name;
  std::vector<const kernel_facts*> kernels;
  std::vector<std::size_t> depths;
};

std::vector<shard> make_shards(const options& given, const settings& own) {
  std::vector<shard> shards;
  if (own.does("counts") || own.does("drawings"))
    for (const kernel_facts& k : all_kernels()) {
      if (!chooses(given.problems, k.problem)) continue;
      if (shards.empty() || shards.back().name != k.problem) shards.push_back({std::string(k.problem), {}, {}});
      shards.back().kernels.push_back(&k);
    }
  // Networks are no problem's: where the user names one, they are left out unless asked for.
  if (own.does("networks") && (given.problems.empty() || own.parts.size() < 3))
    shards.push_back({"networks", {}, own.depths});
  return shards;
}

json selection_key(const shard& s, const options& given, const settings& own, const json& context) {
  return {{"shard", s.name},
          {"parts", own.parts},
          {"depths", s.depths},
          {"widths", s.depths.empty() ? json::array() : json(own.widths)},
          {"start", own.start},
          {"seed", given.seed},
          {"case_seconds", own.case_seconds},
          {"modules", context["provenance"]["modules"]}};
}

json to_json(const findings& found) {
  return {{"kernels", found.kernels}, {"networks", found.networks}, {"complaints", found.complaints}};
}

void print(const findings& found) {
  for (const json& row : found.kernels)
    std::cout << row["problem"].get<std::string>() << " sum:" << row["kernel"].get<int>() + 1 << " at=" << row["at"]
              << " value=" << row["value"] << " partials=" << row["partials"] << " operations=" << row["operations"]
              << " seconds=" << row["seconds"] << '\n';
  for (const json& row : found.networks)
    std::cout << "network depth:" << row["depth"] << " width:" << row["width"] << " operations=" << row["operations"]
              << " seconds=" << row["seconds"] << '\n';
}

/// Each network is timed four ways; the widest takes longer than its share, since no call is cut short.
double expected_seconds(const shard& s, const settings& own) {
  double seconds = 0.01;
  if (own.does("counts")) seconds += 5 * own.case_seconds * static_cast<double>(s.kernels.size());
  for (const std::size_t depth : s.depths)
    for (const std::size_t width : own.widths) {
      const double sweeps = 2e-9 * static_cast<double>(depth * width) * static_cast<double>(width) * 8;
      seconds += 5 * own.case_seconds + 10 * sweeps;
    }
  return seconds;
}

findings examine(const shard& s, const options& given, const settings& own, const shard_progress& tick) {
  findings found;
  for (const kernel_facts* k : s.kernels) {
    tick(s.name, static_cast<double>(found.kernels.size()) / static_cast<double>(s.kernels.size()));
    add_kernel(*k, own, given.seed, found);
  }
  const double cases = static_cast<double>(std::max<std::size_t>(1, s.depths.size() * own.widths.size()));
  for (const std::size_t depth : s.depths)
    add_networks(
        depth, own, given.seed,
        [&](const std::string& what) { tick(what, static_cast<double>(found.networks.size()) / cases); }, found);
  return found;
}

int run_all(std::vector<shard> shards, const options& given, const settings& own, const module_set& modules) {
  const json context = environment(given, modules);
  const shard_work<shard, findings> work{
      .kind = "chain_rule",
      .stem = &shard::name,
      .key = [&](const shard& s) { return selection_key(s, given, own, context); },
      .seconds = [&](const shard& s) { return expected_seconds(s, own); },
      .examine = [&](const shard& s, const shard_progress& tick) { return examine(s, given, own, tick); },
      .document = [](const shard&, const findings& found) { return to_json(found); },
      .print = print};
  told_complaints wrong;
  if (const auto ended = run_shards(work, std::move(shards), given, context, wrong)) return *ended;
  return wrong.count > 0 ? wrong_result : success;
}

int run(int argc, char** argv) {
  own_flags own_given;
  const parsed line = parse_options(
      argc, argv, "What the chain rule costs: operations counted at compile time beside measured times.",
      flags_of(own_given), "Lists are executed on single numbers, whatever the modules; these only tell of the build.");
  if (line.exit) return *line.exit;
  const options& given = line.values;
  const settings own = checked(own_given, given);
  if (given.list) {
    for (const kernel_facts& k : all_kernels())
      std::cout << k.problem << " sum:" << k.index + 1 << "  " << k.inputs() << " inputs, " << k.counts.primal
                << " operations\n";
    return success;
  }
  const module_set modules = load_backends(given);
  std::vector<shard> shards = make_shards(given, own);
  if (!given.out.empty() && !given.estimate) require_writable(given.out / "chain_rule");
  return run_all(std::move(shards), given, own, modules);
}

}  // namespace

}  // namespace gradlane::bench

int main(int argc, char** argv) { return gradlane::bench::run_driver("chain_rule", argc, argv, gradlane::bench::run); }
