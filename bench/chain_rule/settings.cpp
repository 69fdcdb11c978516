#include "chain_rule/settings.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "chain_rule/drawing.hpp"
#include "chain_rule/kernels.hpp"
#include "common/foreign_flags.hpp"

namespace gradlane::bench {

namespace {

const std::array<std::string, 3> part_names{"counts", "drawings", "networks"};
constexpr std::size_t deepest = 64, widest = 4096;

void refuse_what_others_do(const options& given) {
  refuse_benchmark_flags(given, "lists are counted and timed here");
  refuse_check_only(given, "--part counts is quick here");
  if (!given.methods.empty() || !given.lanes.empty() || !given.dtypes.empty() || !given.backends.empty())
    throw usage_error("recorded kernels are counted here, on single numbers in f64: --problem chooses, no other name");
  if (!given.dims.empty() || !given.points.empty() || given.step)
    throw usage_error("a kernel has the inputs it has: --depth and --width give the size of networks");
  refuse_threads(given, "lists are executed on one thread");
}

void check_problems(const settings& s, const options& given) {
  std::vector<std::string> known;
  for (const kernel_facts& k : all_kernels())
    if (known.empty() || known.back() != k.problem) known.emplace_back(k.problem);
  require_known("--problem", given.problems, known);
  if (!s.start.empty() && given.problems.size() != 1)
    throw usage_error("--start: the point of one kernel, which --problem names");
  for (const kernel_facts& k : all_kernels()) {
    if (std::find(given.problems.begin(), given.problems.end(), k.problem) == given.problems.end()) continue;
    if (!s.start.empty() && s.start.size() != static_cast<std::size_t>(k.inputs()))
      throw usage_error("--start: the kernel of " + std::string(k.problem) + " has " + std::to_string(k.inputs()) +
                        " inputs");
    if (s.does("drawings") && drawn_size(k.list) > most_drawn_nodes)
      throw usage_error("--problem: the kernel of " + std::string(k.problem) + " has " +
                        std::to_string(drawn_size(k.list)) + " nodes, at most " + std::to_string(most_drawn_nodes) +
                        " can be drawn (--part counts leaves drawings out)");
  }
}

std::vector<std::size_t> sizes_of(const char* flag, const std::optional<std::string>& text,
                                  std::vector<std::size_t> usual, std::size_t most) {
  const std::vector<std::size_t> sizes = text ? parse_sizes(flag, *text) : std::move(usual);
  for (const std::size_t n : sizes)
    if (n > most) throw usage_error(std::string(flag) + ": at most " + std::to_string(most));
  return sizes;
}

}  // namespace

std::vector<own_flag> flags_of(own_flags& own) {
  return {
      {"--full", "every depth from 1 to 16 and longer timings, instead of the quick run", &own.full},
      {"--part", "of counts,drawings,networks: default all", &own.parts},
      {"--start", "the point at which the kernel of --problem is drawn and checked, x1,x2,…", &own.start},
      {"--depth", "layers of the networks, default 1,2,4,8,16", &own.depths},
      {"--width", "their inputs, powers of two, default 4:256:x2", &own.widths},
      {"--case-seconds", "time spent timing a list or a network, default 0.004, with --full 0.05", &own.case_seconds}};
}

settings checked(const own_flags& own, const options& given) {
  refuse_what_others_do(given);
  settings s;
  s.choose(own.parts, part_names);
  if (own.start) s.start = parse_point("--start", *own.start);
  s.depths = sizes_of("--depth", own.depths,
                      own.full ? parse_sizes("--depth", "1:16:+1") : parse_sizes("--depth", "1:16:x2"), deepest);
  s.widths = sizes_of("--width", own.widths, parse_sizes("--width", "4:256:x2"), widest);
  for (const std::size_t m : s.widths)
    if (m < 2 || !std::has_single_bit(m)) throw usage_error("--width: " + std::to_string(m) + " is not 2, 4, 8, …");
  s.case_seconds = positive("--case-seconds", own.case_seconds, own.full ? 0.05 : 0.004);
  check_problems(s, given);
  return s;
}

}  // namespace gradlane::bench
