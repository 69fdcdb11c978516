// How long a run will take. Descents end by themselves at different times; most are through well before their limit.
#include <algorithm>

#include "common/selection.hpp"
#include "descent/parts.hpp"

namespace gradlane::bench {

namespace {

/// Of the time limit, for both step rules and all passes of one method at one n.
constexpr double share_of_limit = 1.3;
constexpr double seconds_a_fan = 0.01, seconds_a_start = 2e-5;

}  // namespace

double expected_seconds(const shard& s, const options& given, const settings& own) {
  const double methods = static_cast<double>(one_lane_a_method(s.implementations).size());
  double seconds = 0.05;
  if (own.does("directions")) seconds += methods * static_cast<double>(s.direction_dims.size()) * seconds_a_fan;
  if (own.does("closed_forms") && has_closed_form(s.problem->name))
    seconds += methods * static_cast<double>(s.closed_form_dims.size()) * seconds_a_fan;
  if (!s.descends) return seconds;
  if (own.does("descents"))
    seconds += methods * static_cast<double>(s.descent_dims.size()) * share_of_limit * own.case_seconds;
  if (own.does("starts")) {
    const double starts = static_cast<double>(given.points.empty() ? default_starts : given.points.front());
    for (const implementation& i : s.implementations)
      if (i.has(GRADLANE_POINTS)) seconds += static_cast<double>(s.start_dims.size()) * starts * seconds_a_start;
  }
  return seconds;
}

}  // namespace gradlane::bench
