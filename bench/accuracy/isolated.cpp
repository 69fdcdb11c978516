#include "accuracy/isolated.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace gradlane::bench {

namespace {

struct part {
  const char* name;  // as the rows of what is left out have it
  void (*add)(const shard& s, const run_context& run, findings& found);
};
constexpr part gradient_errors{gradient_error_part, add_gradient_errors}, remainders{remainder_part, add_remainders},
    steps{step_part, add_steps}, own_estimates{own_estimate_part, add_own_estimates};

struct isolated_case {
  implementation what;
  const part* what_of_it;
  std::size_t n = 0, points = 1;
  int threads = 1;
  std::string name() const {
    return what.name() + "/n:" + std::to_string(n) + "/points:" + std::to_string(points) +
           "/threads:" + std::to_string(threads) + "/" + what_of_it->name;
  }
};

isolated_case requested_case(const worker_request& request, const backend_module& loaded) {
  std::string shape;
  isolated_case c{requested_implementation(request, loaded, shape), &gradient_errors};
  for (const part* p : {&gradient_errors, &remainders, &steps, &own_estimates})
    if (shape.ends_with(p->name)) c.what_of_it = p;
  if (std::sscanf(shape.c_str(), "/n:%zu/points:%zu/threads:%d", &c.n, &c.points, &c.threads) != 3 ||
      c.name() != request.name)
    throw std::runtime_error("not the name of a case: " + request.name);
  return c;
}

/// Whether a remainder is not that of the implementation under test: the exact gradient's, and the one spoilt on purpose.
bool is_reference(const json& row) { return row.at("method") == "oracle" || row.at("method") == "control"; }

/// Every worker brings the references along: those of an n are wanted once.
void add_remainder_rows(json&& rows, findings& found) {
  json& all = found.remainders;
  const bool have = !rows.empty() && std::any_of(all.begin(), all.end(), [&](const json& row) {
    return is_reference(row) && row.at("n") == rows[0].at("n");
  });
  for (json& row : rows)
    if (!have || !is_reference(row)) all.push_back(std::move(row));
}

void take(json answer, findings& found) {
  const auto append = [&](const char* key, json& to) {
    for (json& row : answer.at(key)) to.push_back(std::move(row));
  };
  append("gradient_errors", found.gradient_errors);
  append("steps", found.steps);
  append("own_estimates", found.own_estimates);
  append("skipped", found.skipped);
  add_remainder_rows(std::move(answer.at("remainders")), found);
  for (const json& line : answer.at("complaints")) found.complaints.push_back(line.get<std::string>());
  found.right += answer.at("right").get<std::size_t>();
  found.without_digits += answer.at("without_digits").get<std::size_t>();
}

std::vector<isolated_case> cases_of(const shard& s, const options& given) {
  std::vector<isolated_case> cases;
  for (const int threads : threads_of(given))
    for (const std::size_t n : s.dims)
      for (const implementation& i : s.implementations)
        for (const std::size_t points : points_of(i, given)) cases.push_back({i, &gradient_errors, n, points, threads});
  if (given.check_only) return cases;
  const std::vector<implementation> methods = one_lane_a_method(s.implementations);
  for (const std::size_t n : s.curve_dims) {
    for (const implementation& i : methods) cases.push_back({i, &remainders, n});
    for (const implementation& i : methods)
      if (i.has(GRADLANE_STEP)) cases.push_back({i, &steps, n});
    for (const implementation& i : s.implementations)
      if (gives_own_estimate(i)) cases.push_back({i, &own_estimates, n});
  }
  return cases;
}

}  // namespace

void add_isolated(const shard& s, const run_context& run, findings& found) {
  for (const isolated_case& c : cases_of(s, run.given)) {
    run.starts(c.name());
    const std::string failure = run_case(request_for(c.what, c.name(), run.given), run.own.isolated,
                                         [&](const json& answer) { take(answer, found); });
    if (failure.empty()) continue;
    run.starts(c.name());  // if the user stopped it, so does the run
    found.fail(case_row(c.what, c.n, c.points, c.threads), c.what_of_it->name, failure);
  }
}

void run_as_worker(const worker_request& request, const options& given, const settings& own) {
  const backend_module loaded = requested_module(request);
  const isolated_case c = requested_case(request, loaded);
  const shard alone{find_problem(c.what.problem()), std::string(c.what.dtype()), {c.what}, {c.n}, {c.n}};
  options its = given;
  its.points = {c.points};
  its.threads = {c.threads};
  findings found;
  c.what_of_it->add(alone, {its, own, [](const std::string&) {}}, found);
  json answer = to_json(found);
  answer["right"] = found.right;
  answer["without_digits"] = found.without_digits;
  answer_and_exit(answer.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace gradlane::bench
