#include "throughput/isolated.hpp"

#include <cstdio>
#include <stdexcept>

namespace gradlane::bench {

namespace {

using json = nlohmann::ordered_json;

/// "/n:…/points:…/threads:…", as measured_case::name() writes it.
measured_case requested_case(const worker_request& request, const backend_module& loaded) {
  std::string shape;
  measured_case c{requested_implementation(request, loaded, shape)};
  if (std::sscanf(shape.c_str(), "/n:%zu/points:%zu/threads:%d", &c.n, &c.points, &c.threads) != 3 ||
      c.name() != request.name)
    throw std::runtime_error("not the name of a case: " + request.name);
  return c;
}

}  // namespace

void run_isolated(row& r, const options& given, const settings& own) {
  r.isolated = true;
  // What the worker finds wrong is among the figures.
  const std::string failure = run_case(request_for(r.what.what, r.what.name(), given), own.isolated,
                                       [&](const json& answer) { take_figures(r, answer); });
  if (!failure.empty()) r.error = failure;
}

void run_as_worker(const worker_request& request, const std::function<row(const measured_case&)>& measure) {
  const backend_module loaded = requested_module(request);
  answer_and_exit(
      figures(measure(requested_case(request, loaded))).dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace gradlane::bench
