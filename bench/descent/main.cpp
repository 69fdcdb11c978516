// descent: what a gradient is for, followed: the first-order approximation, the steepest direction, gradient descent
// from one start and from thousands, critical points; and what it is by matrix calculus.
#include <algorithm>
#include <iostream>

#include "common/environment.hpp"
#include "common/results.hpp"
#include "common/selection.hpp"
#include "common/shards.hpp"
#include "descent/parts.hpp"

namespace gradlane::bench {

namespace {

template <class Number>
json or_null(const std::optional<Number>& number) {
  return number ? json(*number) : json(nullptr);
}

/// What decides whether a shard that is there already is the one that this run would write.
json selection_key(const shard& s, const options& given, const settings& own, const json& context) {
  json names = json::array();
  for (const implementation& i : s.implementations) names.push_back(i.name());
  return {{"implementations", names},
          {"parts", own.parts},
          {"direction_dims", s.direction_dims},
          {"descent_dims", s.descent_dims},
          {"start_dims", s.start_dims},
          {"closed_form_dims", s.closed_form_dims},
          {"points", given.points},
          {"seed", given.seed},
          {"step", or_null(given.step)},
          {"start", own.start},
          {"move", own.move},
          {"rate", or_null(own.rate)},
          {"lambda", or_null(own.lambda)},
          {"tolerance", or_null(own.tolerance)},
          {"epsilon", or_null(own.epsilon)},
          {"interval", {own.interval.first, own.interval.second}},
          {"iterations", own.iterations},
          {"case_seconds", own.case_seconds},
          {"modules", context["provenance"]["modules"]}};
}

json to_json(const findings& found) {
  return {{"approximations", found.approximations},
          {"directions", found.directions},
          {"descents", found.descents},
          {"starts", found.starts},
          {"critical", found.critical},
          {"closed_forms", found.closed_forms},
          {"skipped", found.skipped},
          {"complaints", found.complaints}};
}

std::string full_label(const json& row) { return label(row) + "/points:" + row["points"].dump(); }

void print_critical(const json& row) {
  const std::string where = " critical in [" + row["interval"][0].dump() + ", " + row["interval"][1].dump() + "]";
  for (const json& p : row["found"])
    std::cout << full_label(row) << where << ' ' << p["kind"].get<std::string>() << " x=" << p["x"]
              << " value=" << p["value"] << " curvature=" << p["curvature"] << " starts=" << p["starts"] << '\n';
  std::cout << full_label(row) << where << (row["found"].empty() ? " none" : "") << " rounds=" << row["rounds"]
            << " ended=" << row["ended"].dump() << '\n';
  for (const json& one : row["unfinished"])
    std::cout << full_label(row) << where << " no end: start=" << one["start"] << " x=" << one["x"]
              << " slope=" << one["slope"] << ' ' << one["why"].get<std::string>() << '\n';
}

void print(const findings& found) {
  for (const json& row : found.approximations)
    std::cout << full_label(row) << " first-order approximation=" << row["approximation"]
              << " value=" << row["moved_value"] << " remainder=" << row["remainder"] << '\n';
  for (const json& row : found.directions)
    std::cout << full_label(row) << " steepest epsilon=" << row["epsilon"] << " from_pi=" << row["from_pi"]
              << " allowed=" << row["allowed"] << ' ' << row["verdict"].get<std::string>() << '\n';
  for (const json& row : found.descents)
    std::cout << full_label(row) << ' ' << row["rule"].get<std::string>() << " iterations=" << row["iterations"]
              << " seconds=" << row["seconds"].back() << " loss=" << row["last_loss"] << " ended by "
              << row["stop"].get<std::string>() << '\n';
  for (const json& row : found.starts)
    std::cout << full_label(row) << " starts rounds=" << row["rounds"] << " seconds=" << row["seconds"]
              << " minima=" << row["minima"].size() << " ended=" << row["ended"].dump() << '\n';
  for (const json& row : found.critical) print_critical(row);
  for (const json& row : found.closed_forms)
    std::cout << full_label(row) << ' ' << row["formula"].get<std::string>() << " error=" << row["error"] << ' '
              << row["verdict"].get<std::string>() << '\n';
}

/// How often a shard says that it starts something, about: what a step of the progress is.
double case_count(const shard& s) {
  return static_cast<double>(
      one_lane_a_method(s.implementations).size() *
      (s.direction_dims.size() + 2 * s.descent_dims.size() + s.start_dims.size() + s.closed_form_dims.size()));
}

findings examine(const shard& s, const run_context& run) {
  findings found;
  if (run.own.does("approximation")) add_approximations(s, run, found);
  if (run.own.does("directions")) add_directions(s, run, found);
  if (run.own.does("descents")) add_descents(s, run, found);
  if (run.own.does("starts")) add_starts(s, run, found);
  if (run.own.does("critical")) add_critical(s, run, found);
  if (run.own.does("closed_forms")) add_closed_forms(s, run, found);
  return found;
}

/// Runs what is left of the sweep; returns the exit code.
int run_all(std::vector<shard> shards, const options& given, const settings& own, const module_set& modules) {
  const json context = environment(given, modules);
  std::size_t rows = 0, left_out = 0;
  const auto examine_counted = [&](const shard& s, const shard_progress& progress) {
    findings found = examine(s, {given, own, counted_cases(progress, case_count(s))});
    rows += found.approximations.size() + found.directions.size() + found.descents.size() + found.starts.size() +
            found.critical.size() + found.closed_forms.size();
    left_out += found.skipped.size();
    return found;
  };
  const shard_work<shard, findings> work{.kind = "descent",
                                         .stem = &shard::file_stem,
                                         .key = [&](const shard& s) { return selection_key(s, given, own, context); },
                                         .seconds = [&](const shard& s) { return expected_seconds(s, given, own); },
                                         .examine = examine_counted,
                                         .document = [](const shard&, const findings& found) { return to_json(found); },
                                         .print = print};
  told_complaints wrong;
  if (const auto ended = run_shards(work, std::move(shards), given, context, wrong)) return *ended;
  std::cerr << "descent: " << rows << " rows, " << left_out << " left out, " << wrong.count << " wrong\n";
  return wrong.count > 0 ? wrong_result : success;
}

int run(int argc, char** argv) {
  own_flags own_given;
  const parsed line = parse_options(
      argc, argv,
      "Gradients followed: first-order approximation, steepest direction, descent from one and many starts.",
      flags_of(own_given),
      "--points is the number of starts that are followed at once, --dims the n of everything else too.");
  if (line.exit) return *line.exit;
  const options& given = line.values;
  const settings own = checked(own_given, given);
  const module_set modules = load_backends(given);
  check_names(given, modules, problem_names());
  if (given.list) {
    print_list(std::cout, modules, choice_of(given), problem_names());
    return success;
  }
  std::vector<shard> shards = make_sweep(given, own, modules);
  if (!given.out.empty() && !given.estimate) require_writable(given.out / "descent");
  return run_all(std::move(shards), given, own, modules);
}

}  // namespace

}  // namespace gradlane::bench

int main(int argc, char** argv) { return gradlane::bench::run_driver("descent", argc, argv, gradlane::bench::run); }
