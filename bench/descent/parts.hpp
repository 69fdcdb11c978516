// The parts of a run, what they find, and how they check a gradient.
#pragma once

#include <string>
#include <vector>

#include "common/parts.hpp"
#include "common/selection.hpp"
#include "descent/sweep.hpp"
#include "oracle/tolerance.hpp"

namespace gradlane::bench {

struct findings : common_findings {
  json approximations = json::array(), directions = json::array(), descents = json::array(), starts = json::array(),
       critical = json::array(), closed_forms = json::array();
};

void add_approximations(const shard& s, const run_context& run, findings& found);
void add_directions(const shard& s, const run_context& run, findings& found);
void add_descents(const shard& s, const run_context& run, findings& found);
void add_starts(const shard& s, const run_context& run, findings& found);
void add_critical(const shard& s, const run_context& run, findings& found);
void add_closed_forms(const shard& s, const run_context& run, findings& found);
/// Whether a formula for the gradient is known: what the last of them compares with.
bool has_closed_form(std::string_view problem);

/// How long a shard is expected to take.
double expected_seconds(const shard& s, const options& given, const settings& own);

/// The gradient of the problem itself, without any term, at the oracle's point.
struct gradient_check {
  verdict result = verdict::wrong;
  double relative = 0, absolute = 0, tolerance = 0;
  bool has_digits() const { return result == verdict::ok; }
};
/// ‖ĝ − ∇L‖ at a point.
template <class T>
double gradient_error_at(const implementation& i, const landscape<T>& at, const std::vector<T>& w, double step);

/// Before anything is measured: a wrong gradient is a complaint and is not followed. The oracle is that of `w`.
template <class T>
bool is_sound(const implementation& i, const landscape<T>& at, oracle_of<T>& oracle, const std::vector<T>& w,
              const run_context& run, const json& about, const std::string& part, findings& found,
              gradient_check& check);

/// The start at this n: the user's, or the first of the points that the other drivers take.
template <class T>
std::vector<T> start_of(std::size_t n, const run_context& run) {
  std::vector<T> w(n);
  draw_points(w.data(), n, 1, 1, run.given.seed);
  for (std::size_t k = 0; k < run.own.start.size(); ++k) w[k] = static_cast<T>(run.own.start[k]);
  return w;
}

}  // namespace gradlane::bench
