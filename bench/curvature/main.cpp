// curvature: second derivatives of each backend's methods: what a Hessian-vector product costs beside a gradient, whole
// Hessians beside second differences, the order at which Taylor's polynomials are left behind, and the best quadratic.
#include <algorithm>
#include <iostream>

#include "common/environment.hpp"
#include "common/results.hpp"
#include "common/selection.hpp"
#include "common/shards.hpp"
#include "curvature/parts.hpp"

namespace gradlane::bench {

namespace {

json selection_key(const shard& s, const options& given, const settings& own, const json& context) {
  json names = json::array();
  for (const candidate& c : s.candidates) names.push_back(c.method.name());
  return {{"methods", names},
          {"parts", own.parts},
          {"product_dims", s.product_dims},
          {"hessian_dims", s.hessian_dims},
          {"remainder_dims", s.remainder_dims},
          {"model_dims", s.model_dims},
          {"seed", given.seed},
          {"at", own.at},
          {"case_seconds", given.check_only ? json(nullptr) : json(own.case_seconds)},
          {"modules", context["provenance"]["modules"]}};
}

json to_json(const findings& found) {
  return {{"products", found.products}, {"hessians", found.hessians}, {"remainders", found.remainders},
          {"models", found.models},     {"skipped", found.skipped},   {"complaints", found.complaints}};
}

void print(const findings& found) {
  for (const json& row : found.products) {
    std::cout << label(row) << " product error=" << row["error"] << " symmetry=" << row["symmetry"];
    if (row.contains("ratio")) std::cout << " seconds=" << row["product_seconds"] << " gradients=" << row["ratio"];
    std::cout << '\n';
  }
  for (const json& row : found.hessians) {
    std::cout << label(row) << " Hessian error=" << row["error"] << " asymmetry=" << row["asymmetry"];
    if (row.contains("seconds")) std::cout << " seconds=" << row["seconds"];
    if (row.contains("second_differences") && !row["second_differences"].is_null())
      std::cout << " second differences: " << row["second_differences"]["times_slower"]
                << " times slower, error=" << row["second_differences"]["error"];
    std::cout << '\n';
  }
  for (const json& row : found.remainders)
    std::cout << label(row) << " slopes R0=" << row["R0"]["slope"] << " R1=" << row["R1"]["slope"]
              << " R2=" << row["R2"]["slope"] << '\n';
  for (const json& row : found.models)
    std::cout << label(row) << " at " << row["point"] << " value=" << row["value"] << " gradient=" << row["gradient"]
              << " Hessian=" << row["hessian"] << '\n';
}

/// How often a shard says that it starts something.
double case_count(const shard& s) {
  return static_cast<double>(s.candidates.size() * (s.product_dims.size() + s.hessian_dims.size() +
                                                    s.remainder_dims.size() + s.model_dims.size()));
}

/// Checks against the oracle take longer than times: n products in quad for a Hessian, about.
double expected_seconds(const shard& s, const options& given, const settings& own) {
  const double timed = given.check_only ? 0 : 1.5 * own.case_seconds;
  const double checks = given.check_only ? 1 : 2;  // before and after timing
  double seconds = 0.05;
  const auto methods = static_cast<double>(s.candidates.size());
  for (const std::size_t n : s.product_dims)
    if (own.does("products"))
      seconds += methods * (timed + checks * 4e-8 * std::min(value_work(*s.problem, n), 0x1p26));
  for (const std::size_t n : s.hessian_dims)
    if (own.does("hessians")) seconds += 2 * timed + 32 * 4e-8 * value_work(*s.problem, n);
  return seconds;
}

findings examine(const shard& s, const run_context& run) {
  findings found;
  if (run.own.does("products")) add_products(s, run, found);
  if (run.own.does("hessians")) add_hessians(s, run, found);
  if (run.own.does("remainders")) add_remainders(s, run, found);
  if (run.own.does("models")) add_models(s, run, found);
  return found;
}

int run_all(std::vector<shard> shards, const options& given, const settings& own, const module_set& modules) {
  const json context = environment(given, modules);
  std::size_t rows = 0, left_out = 0;
  const auto examine_counted = [&](const shard& s, const shard_progress& progress) {
    findings found = examine(s, {given, own, counted_cases(progress, case_count(s))});
    rows += found.products.size() + found.hessians.size() + found.remainders.size() + found.models.size();
    left_out += found.skipped.size();
    return found;
  };
  const shard_work<shard, findings> work{.kind = "curvature",
                                         .stem = &shard::file_stem,
                                         .key = [&](const shard& s) { return selection_key(s, given, own, context); },
                                         .seconds = [&](const shard& s) { return expected_seconds(s, given, own); },
                                         .examine = examine_counted,
                                         .document = [](const shard&, const findings& found) { return to_json(found); },
                                         .print = print};
  told_complaints wrong;
  if (const auto ended = run_shards(work, std::move(shards), given, context, wrong)) return *ended;
  std::cerr << "curvature: " << rows << " rows, " << left_out << " left out, " << wrong.count << " wrong\n";
  return wrong.count > 0 ? wrong_result : success;
}

int run(int argc, char** argv) {
  own_flags own_given;
  const parsed line = parse_options(
      argc, argv,
      "Second derivatives: Hessian-vector products, Hessians, remainders of order 0 to 2, quadratic models.",
      flags_of(own_given), "Hessians are made up to n = 1024, models up to n = 8.");
  if (line.exit) return *line.exit;
  const options& given = line.values;
  const settings own = checked(own_given, given);
  const module_set modules = load_backends(given);
  if (given.list) {
    print_curvatures(std::cout, given, modules);
    return success;
  }
  std::vector<shard> shards = make_sweep(given, own, modules);
  if (!given.out.empty() && !given.estimate) require_writable(given.out / "curvature");
  return run_all(std::move(shards), given, own, modules);
}

}  // namespace

}  // namespace gradlane::bench

int main(int argc, char** argv) { return gradlane::bench::run_driver("curvature", argc, argv, gradlane::bench::run); }
