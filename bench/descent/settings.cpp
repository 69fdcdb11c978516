#include "descent/settings.hpp"

#include <array>
#include <cmath>

#include "common/foreign_flags.hpp"

namespace gradlane::bench {

namespace {

const std::array<std::string, 6> part_names{"approximation", "directions", "descents",
                                            "starts",        "critical",   "closed_forms"};

std::pair<double, double> parse_interval(const std::string& text) {
  const std::vector<double> ends = parse_point("--interval", text);
  if (ends.size() != 2) throw usage_error("--interval: two numbers, from,to, not " + std::to_string(ends.size()));
  if (!(ends[0] < ends[1])) throw usage_error("--interval: " + text + " is empty or reversed: from,to with from < to");
  return {ends[0], ends[1]};
}

std::optional<double> positive_if_given(std::string_view flag, std::optional<double> given) {
  if (given) positive(flag, given, 0);
  return given;
}

void refuse_what_others_do(const options& given) {
  refuse_benchmark_flags(given, "descents are no benchmarks of calls");
  refuse_check_only(given, "here gradients are followed");
  refuse_threads(given, "descents run on one thread");
  if (given.points.size() > 1) throw usage_error("--points: one number of starts, not several");
}

}  // namespace

std::vector<own_flag> flags_of(own_flags& own) {
  return {
      {"--full", "more n and all backends instead of the quick run", &own.full},
      {"--part", "of approximation,directions,descents,starts,critical,closed_forms: default all", &own.parts},
      {"--start", "the point to start from, w1,w2,…: its length is n. Default: drawn from the seed", &own.start},
      {"--move", "the step of the first-order approximation at --start, as many numbers", &own.move},
      {"--interval", "a,b: where critical points of functions of one variable are looked for, in f64. Default -3,3",
       &own.interval},
      {"--rate", "the step η of fixed steps, and the first of backtracking. Default: found by backtracking", &own.rate},
      {"--lambda", "of a term λ‖w‖². Default 0.015 for log_sum_exp, else none", &own.lambda},
      {"--tolerance", "a descent ends where ‖∇L‖ has shrunk by this factor. Default 16 eps, many starts 1e-4",
       &own.tolerance},
      {"--iterations", "at most so many steps, default 1000", &own.iterations},
      {"--epsilon", "length of the steps whose direction is varied. Default: as short as their curvature asks for",
       &own.epsilon},
      {"--case-seconds", "a descent ends after this time, default 0.05, with --full 0.5", &own.case_seconds}};
}

settings checked(const own_flags& own, const options& given) {
  refuse_what_others_do(given);
  settings s;
  s.full = own.full;
  s.choose(own.parts, part_names);
  if (own.start) s.start = parse_point("--start", *own.start);
  if (own.move) s.move = parse_point("--move", *own.move);
  if (own.move && s.move.size() != s.start.size())
    throw usage_error("--move: needs a --start with as many numbers, " + std::to_string(s.move.size()));
  if (own.start && !given.dims.empty() && given.dims != std::vector<std::size_t>{s.start.size()})
    throw usage_error("--dims: the length of --start is n = " + std::to_string(s.start.size()));
  if (own.start && !own.move && own.parts && s.does("approximation"))
    throw usage_error("--part approximation at a --start of your own needs a --move");
  if (own.interval) s.interval = parse_interval(*own.interval);
  if (s.does("critical") && given.points == std::vector<std::size_t>{1})
    throw usage_error("--points: critical points are looked for from two starts or more");
  s.rate = positive_if_given("--rate", own.rate);
  s.tolerance = positive_if_given("--tolerance", own.tolerance);
  s.epsilon = positive_if_given("--epsilon", own.epsilon);
  if (own.lambda && (!std::isfinite(*own.lambda) || *own.lambda < 0))
    throw usage_error("--lambda: not a finite number, 0 or above");
  s.lambda = own.lambda;
  if (own.iterations) {
    const std::vector<std::size_t> counts = parse_sizes("--iterations", *own.iterations);
    if (counts.size() != 1) throw usage_error("--iterations: one number, not several");
    s.iterations = counts.front();
  }
  s.case_seconds = positive("--case-seconds", own.case_seconds, own.full ? 0.5 : 0.05);
  return s;
}

}  // namespace gradlane::bench
