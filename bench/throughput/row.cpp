#include "throughput/row.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/clock.hpp"
#include "common/results.hpp"
#include "oracle/catalogue.hpp"

namespace gradlane::bench {
using json = nlohmann::ordered_json;

double row::call_ns() const { return median(times_ns); }

void relate_to_primal(std::vector<row>& rows) {
  std::vector<const row*> primals;
  for (const row& r : rows) {
    const implementation& i = r.what.what;
    if (r.measured() && i.method() == "primal" && i.lanes() == "scalar" && r.what.points == 1 && r.what.threads == 1)
      primals.push_back(&r);
  }
  if (primals.empty()) return;
  for (row& r : rows) {
    const auto own = std::find_if(primals.begin(), primals.end(),
                                  [&](const row* p) { return p->what.what.backend() == r.what.what.backend(); });
    const row& primal = own == primals.end() ? *primals.front() : **own;
    r.primal_ns = primal.call_ns();
    r.primal = primal.what.name();
  }
}

namespace {

void add_accuracy(json& j, const check_result& v, bool value_only) {
  j["value_error"] = finite_or_null(v.value_error);
  j["verdict"] = v.text;
  if (value_only) return;
  j["relative_error"] = finite_or_null(v.relative_error);
  j["max_ulp"] = finite_or_null(v.max_ulp);
  j["median_ulp"] = finite_or_null(v.median_ulp);
  j["error_in_u_terms"] = finite_or_null(v.error_in_u_terms);
  j["tolerance"] = finite_or_null(v.tolerance);
}

void add_times(json& j, const row& r) {
  j["real_time"] = r.call_ns();
  j["cpu_time"] = r.cpu_ns;
  j["time_unit"] = "ns";
  j["times_ns"] = r.times_ns;
  j["iterations"] = r.iterations;
  j["ns_per_gradient"] = r.gradient_ns();
  j["components_per_second"] = r.components_per_second();
  j["gradients_per_second"] = r.gradients_per_second();
  if (r.primal_ns > 0) {
    j["cost_over_primal"] = r.cost_over_primal();
    j["primal"] = r.primal;
  }
}

/// Of the problem's own arrays, which every call reads beside x.
json array_bytes(const row& r) {
  const implementation& i = r.what.what;
  const catalogue_entry* const problem = find_problem(i.problem());
  if (problem == nullptr) return nullptr;
  return data_bytes(*problem, r.what.n, i.dtype() == "f32" ? sizeof(float) : sizeof(double));
}

void add_limit(json& j, const row& r) {
  j["limit_fraction"] = r.least ? json(r.limit_fraction()) : json(nullptr);
  j["limit_ns"] = r.least ? json(r.limit_ns()) : json(nullptr);
  if (!r.least) {
    j["limit_reason"] = r.no_limit;
    return;
  }
  j["limit_bound"] = r.least->bound;
  j["limit_backend"] = r.limit_backend;
  j["work_operations"] = r.least->operations / static_cast<double>(r.what.points);
  j["work_bytes"] = r.least->bytes / static_cast<double>(r.what.points);
}

constexpr std::pair<const char*, double check_result::*> check_figures[] = {
    {"value_error", &check_result::value_error},
    {"relative_error", &check_result::relative_error},
    {"max_ulp", &check_result::max_ulp},
    {"median_ulp", &check_result::median_ulp},
    {"tolerance", &check_result::tolerance}};

}  // namespace

json to_json(const row& r) {
  const implementation& i = r.what.what;
  json j{{"name", r.what.name()},
         {"problem", i.problem()},
         {"method", i.method()},
         {"lanes", i.lanes()},
         {"dtype", i.dtype()},
         {"backend", i.backend()},
         {"n", r.what.n},
         {"points", r.what.points},
         {"threads", r.what.threads},
         {"order", i.entry().order},
         {"value_only", i.has(GRADLANE_VALUE_ONLY)},
         {"reference", r.what.reference},
         {"isolated", r.isolated}};
  if (r.checked) add_accuracy(j, *r.checked, i.has(GRADLANE_VALUE_ONLY));
  if (!r.error.empty()) return j["error"] = r.error, j;
  if (!r.skipped.empty()) return j["skipped"] = r.skipped, j;
  if (r.measured()) add_times(j, r), add_limit(j, r);
  j["prepare_ns"] = r.prepare_ns;
  j["bytes"] = r.bytes;
  j["data_bytes"] = array_bytes(r);
  j["allocations_per_call"] = r.allocations_per_call ? json(*r.allocations_per_call) : json(nullptr);
  if (r.known.any()) j["answer_bits"] = to_json(r.known);
  return j;
}

check_result check_result::as_before() {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  return {true, "known bits", {}, unknown, unknown, unknown, unknown, unknown, unknown};
}

json figures(const row& r) {
  json j{{"skipped", r.skipped},       {"error", r.error},           {"times_ns", r.times_ns}, {"cpu_ns", r.cpu_ns},
         {"iterations", r.iterations}, {"prepare_ns", r.prepare_ns}, {"bytes", r.bytes}};
  j["allocations_per_call"] = r.allocations_per_call ? json(*r.allocations_per_call) : json(nullptr);
  j["answer_bits"] = to_json(r.known);
  if (!r.checked) return j;
  const check_result& c = *r.checked;
  j["checked"] = {{"right", c.right}, {"text", c.text}, {"complaint", c.complaint}};
  for (const auto& [name, member] : check_figures) j["checked"][name] = finite_or_null(c.*member);
  return j;
}

void take_figures(row& r, const json& j) {
  j.at("skipped").get_to(r.skipped);
  j.at("error").get_to(r.error);
  j.at("times_ns").get_to(r.times_ns);
  j.at("cpu_ns").get_to(r.cpu_ns);
  j.at("iterations").get_to(r.iterations);
  j.at("prepare_ns").get_to(r.prepare_ns);
  j.at("bytes").get_to(r.bytes);
  if (const json& count = j.at("allocations_per_call"); !count.is_null()) r.allocations_per_call = count.get<double>();
  if (!read(j.at("answer_bits"), r.known)) throw std::runtime_error("malformed bits of an answer");
  if (!j.contains("checked")) return;
  const json& from = j.at("checked");
  check_result c;
  from.at("right").get_to(c.right);
  from.at("text").get_to(c.text);
  from.at("complaint").get_to(c.complaint);
  for (const auto& [name, member] : check_figures)
    c.*member = from.at(name).is_null() ? std::numeric_limits<double>::quiet_NaN() : from.at(name).get<double>();
  r.checked = c;
}

}  // namespace gradlane::bench
