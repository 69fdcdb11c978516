#include "throughput/limit_finder.hpp"

#include "limits/model.hpp"
#include "oracle/catalogue.hpp"
#include "oracle/inputs.hpp"

namespace gradlane::bench {

namespace {

/// What a gradient of one point has to do, from the first module that counts it: the counts depend on the problem and the
/// precision alone. Empty where none does.
std::vector<gradlane_pass> passes_of(const module_set& modules, const measured_case& c) {
  for (const backend_module& m : modules.modules)
    for (std::size_t i = 0; i < m.table->work_count; ++i) {
      const gradlane_work_model& w = m.table->work[i];
      if (c.what.problem() != w.problem || c.what.entry().dtype != w.dtype) continue;
      std::vector<gradlane_pass> passes(GRADLANE_MAX_PASSES);
      passes.resize(std::min(w.passes(c.n, passes.data(), passes.size()), passes.size()));
      return passes;
    }
  return {};
}

call_shape shape_of(const measured_case& c) {
  const std::size_t size = c.what.dtype() == "f32" ? sizeof(float) : sizeof(double);
  const catalogue_entry& problem = *find_problem(c.what.problem());
  return {c.points, static_cast<double>(c.n * size), static_cast<double>(data_bytes(problem, c.n, size))};
}

}  // namespace

limit_finder::limit_finder(const std::filesystem::path& folder, const module_set& modules) : modules_(modules) {
  if (!folder.empty()) measured_ = read_roofs(folder);
}

/// Those of the case's own backend; of the best one for a library that brings no probes.
const roof_set* limit_finder::roofs_for(const measured_case& c) const {
  const auto find = [&](std::string_view backend) -> const roof_set* {
    for (const roof_set& set : measured_)
      if (set.backend == backend && set.dtype == c.what.dtype() && set.threads == c.threads) return &set;
    return nullptr;
  };
  if (c.what.owner().table->probe_count > 0) return find(c.what.backend());
  for (const backend_module& m : modules_.modules)
    if (const roof_set* set = find(m.about.name)) return set;
  return nullptr;
}

void limit_finder::relate(row& r) const {
  const roof_set* const roofs = roofs_for(r.what);
  const std::vector<gradlane_pass> passes = passes_of(modules_, r.what);
  if (r.what.what.has(GRADLANE_VALUE_ONLY))
    r.no_limit = "the limit is that of a gradient";
  else if (roofs == nullptr)
    r.no_limit = "no roofs of this backend, precision and number of threads in the results folder (bench/limits)";
  else if (passes.empty())
    r.no_limit = "no module counts the work of this problem";
  else if (r.least = limit_of(passes, shape_of(r.what), *roofs); !r.least)
    r.no_limit = "a rate that this problem needs was not measured";
  else
    r.limit_backend = roofs->backend;
}

void limit_finder::relate(std::vector<row>& rows) const {
  for (row& r : rows)
    if (r.measured()) relate(r);
}

}  // namespace gradlane::bench
