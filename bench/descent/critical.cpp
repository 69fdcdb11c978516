// The critical points of a function of one variable: any problem at n = 1, with its slope and curvature from a module's own
// second derivatives on `points` lanes, a start a lane (critical_search.hpp).
//
// How far off a point is follows from the slope there in quad, over its curvature: Newton's step to the true one.
#include <algorithm>
#include <cmath>
#include <limits>

#include "common/clock.hpp"
#include "common/results.hpp"
#include "descent/critical_search.hpp"
#include "descent/parts.hpp"

namespace gradlane::bench {

namespace {

constexpr const char* critical_part = "critical";
constexpr std::size_t curve_points = 257, listed_starts = 12;

std::optional<curvature> curvature_on_points(const shard& s) {
  for (const curvature& c : curvatures_of(s.implementations.front().owner(), s.problem->name, s.dtype))
    if (c.lanes() == "points") return c;
  return std::nullopt;
}

class critical_test {
 public:
  critical_test(const shard& s, const run_context& run, findings& found)
      : run_(run), found_(found), at_(*s.problem, 1, run.given.seed, true) {}

  void examine(const curvature& c) {
    const std::size_t starts = run_.given.points.empty() ? default_starts : run_.given.points.front();
    gradlane_shape shape = at_.shape(starts, 0);
    curvature_plan plan(c, shape);
    const std::vector<double> along(starts, 1.0);
    const curve_sampler sample = [&](const double* x, double* value, double* slope, double* bend) {
      plan.evaluate(x, along.data(), value, slope, bend);
    };
    const auto [from, to] = run_.own.interval;
    critical_search search(sample, from, to, starts);
    const double seconds = seconds_of([&] { search.run(); });
    record(c, search, seconds);
  }

 private:
  /// L′ in quad.
  double exact_slope(double x) const {
    return static_cast<double>(make_oracle<double>(at_.problem, &x, 1, at_.arrays)->component(0));
  }

  json described(const critical_point& p, double noise, const std::string& name) {
    const double exact = exact_slope(p.x);
    json row{{"kind", text(p.kind)}, {"degenerate", p.degenerate}, {"starts", p.starts}};
    for (const auto& [key, number] : {std::pair{"x", p.x},
                                      {"value", p.value},
                                      {"slope", p.slope},
                                      {"from", p.from},
                                      {"to", p.to},
                                      {"curvature", p.curvature},
                                      {"exact_slope", exact}})
      put(row, key, number);
    if (p.degenerate) return row;
    const double off = std::abs(exact / p.curvature);
    const double allowed =
        2 * noise / std::abs(p.curvature) + 4 * std::numeric_limits<double>::epsilon() * std::abs(p.x);
    put(row, "off", off);
    if (!(off <= allowed))
      found_.complaints.push_back(name + ": the critical point " + json(p.x).dump() + " is off by " + json(off).dump());
    return row;
  }

  void record(const curvature& c, const critical_search& search, double seconds) {
    json row = case_row(c, 1, search.x.size(), 1);
    const auto [from, to] = run_.own.interval;
    row["interval"] = {from, to};
    row["formula"] = at_.problem.facts.formula;
    row["rounds"] = search.rounds;
    row["seconds"] = seconds;
    row["found"] = json::array();
    for (const critical_point& p : search.found) row["found"].push_back(described(p, search.noise, c.name()));
    for (const start_end end :
         {start_end::converged, start_end::left, start_end::straight, start_end::not_converged, start_end::not_finite})
      row["ended"][std::string(text(end))] = std::count(search.ends.begin(), search.ends.end(), end);
    row["unfinished"] = unfinished(search);
    add_curve(row, search);
    found_.critical.push_back(std::move(row));
  }

  /// The first few starts that came to no end.
  static json unfinished(const critical_search& search) {
    json list = json::array();
    for (std::size_t k = 0; k < search.ends.size() && list.size() < listed_starts; ++k) {
      if (search.ends[k] != start_end::not_converged && search.ends[k] != start_end::not_finite) continue;
      json one{{"why", text(search.ends[k])}};
      put(one, "start", search.began[k]);
      put(one, "x", search.x[k]);
      put(one, "slope", search.slope[k]);
      list.push_back(std::move(one));
    }
    return list;
  }

  static void add_curve(json& row, const critical_search& search) {
    const std::size_t last = search.began.size() - 1, count = std::min(curve_points, search.began.size());
    std::vector<double> at, value, slope, bend;
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t start = last * k / (count - 1);
      at.push_back(search.began[start]);
      value.push_back(search.first_value[start]);
      slope.push_back(search.first_slope[start]);
      bend.push_back(search.first_curvature[start]);
    }
    put(row, "x", at);
    put(row, "value", value);
    put(row, "slope", slope);
    put(row, "curvature", bend);
  }

  const run_context& run_;
  findings& found_;
  landscape<double> at_;
};

}  // namespace

void add_critical(const shard& s, const run_context& run, findings& found) {
  if (!s.one_variable || s.dtype != "f64") return;
  const std::optional<curvature> c = curvature_on_points(s);
  if (!c) {
    const implementation& first = s.implementations.front();
    const std::string backend(first.backend());
    found.leave_out(case_row(first, 1, 1, 1), critical_part, backend + " has no second derivatives on points lanes");
    return;
  }
  run.starts(c->name() + ": critical points");
  with_reasons(found, case_row(*c, 1, 1, 1), critical_part, [&] { critical_test(s, run, found).examine(*c); });
}

}  // namespace gradlane::bench
