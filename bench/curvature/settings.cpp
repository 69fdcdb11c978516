#include "curvature/settings.hpp"

#include <array>

#include "common/foreign_flags.hpp"

namespace gradlane::bench {

namespace {
const std::array<std::string, 4> part_names{"products", "hessians", "remainders", "models"};
}

std::vector<own_flag> flags_of(own_flags& own) {
  return {{"--full", "more n and all backends instead of the quick run", &own.full},
          {"--part", "of products,hessians,remainders,models: default all", &own.parts},
          {"--at",
           "the point of the quadratic model, x1,x2,…: its length is n. Default: drawn from the seed, "
           "and (−1, 0) of gaussian_bump",
           &own.at},
          {"--case-seconds", "time spent timing a case, default 0.05, with --full 0.5", &own.case_seconds}};
}

settings checked(const own_flags& own, const options& given) {
  refuse_benchmark_flags(given, "second derivatives have no such flag");
  if (!given.points.empty()) throw usage_error("--points: how many there are is a matter of the lanes here");
  if (given.step) throw usage_error("--step: second differences take the best step of their order");
  refuse_threads(given, "second derivatives are measured on one thread");
  if (!given.dtypes.empty() && given.dtypes != std::vector<std::string>{"f64"})
    throw usage_error("--dtype: second derivatives are there in f64 alone");
  settings s;
  s.full = own.full;
  s.choose(own.parts, part_names);
  if (own.at) s.at = parse_point("--at", *own.at);
  if (own.at && !given.dims.empty() && given.dims != std::vector<std::size_t>{s.at.size()})
    throw usage_error("--dims: the length of --at is n = " + std::to_string(s.at.size()));
  s.case_seconds = positive("--case-seconds", own.case_seconds, own.full ? 0.5 : 0.05);
  return s;
}

}  // namespace gradlane::bench
