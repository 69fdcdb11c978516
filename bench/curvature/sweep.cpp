#include "curvature/sweep.hpp"

#include <algorithm>
#include <map>
#include <ostream>
#include <set>

#include "common/left_out.hpp"
#include "common/selection.hpp"

namespace gradlane::bench {

namespace {

using sizes = std::vector<std::size_t>;

void check_curvature_names(const options& given, const module_set& modules) {
  std::vector<std::string> methods, lanes, backends;
  for (const curvature& c : all_curvatures(modules)) {
    methods.emplace_back(c.method());
    lanes.emplace_back(c.lanes());
  }
  for (const backend_module& m : modules.modules) backends.push_back(m.table->name);
  for (const refusal& r : modules.refused) backends.push_back(r.name);
  require_known("--problem", given.problems, problem_names());
  require_known("--method", given.methods, methods);
  require_known("--lanes", given.lanes, lanes);
  require_known("--backend", given.backends, backends);
}

bool has_closed_form(const curvature& c) {
  const catalogue_entry* const problem = find_problem(c.problem());
  return problem != nullptr && problem->make_product != nullptr;
}

/// In order of rank, so that the first of a kind is the best; only that one unless all are wanted.
std::vector<curvature> chosen(const options& given, const module_set& modules, bool best) {
  std::vector<curvature> list;
  std::set<std::string> taken;
  for (const curvature& c : all_curvatures(modules)) {
    if (!chooses(given.problems, c.problem()) || !chooses(given.methods, c.method()) ||
        !chooses(given.lanes, c.lanes()) || !chooses(given.backends, c.backend()) || c.dtype() != "f64")
      continue;
    const std::string kind = std::string(c.problem()) + "/" + std::string(c.method()) + "/" + std::string(c.lanes());
    if (!best || taken.insert(kind).second) list.push_back(c);
  }
  return list;
}

candidate with_rivals(const curvature& c) {
  candidate of{c, {}, {}};
  for (const implementation& i : implementations_of(c.owner(), c.problem(), c.dtype())) {
    if (!of.gradient && i.method() == "reverse_fused") of.gradient = i;
    if (!of.primal && i.has(GRADLANE_VALUE_ONLY) && i.lanes() == "points") of.primal = i;
  }
  return of;
}

void choose_usual_dims(shard& s, bool full) {
  if (s.problem->facts.dense) {
    s.product_dims = full ? sizes{16, 64, 256, 1024, 4096} : sizes{64, 1024};
    s.hessian_dims = full ? sizes{16, 64, 256} : sizes{16, 64};
  } else {
    s.product_dims = full ? sizes{16, 64, 256, 1024, 4096, 16384, 262144, 1048576} : sizes{64, 1024, 65536};
    s.hessian_dims = full ? sizes{16, 64, 256, 1024} : sizes{16, 64, 256};
  }
  std::erase_if(s.product_dims, [&](std::size_t n) { return !s.problem->facts.valid(n); });
  s.remainder_dims = {valid_size(*s.problem, 16)};
  s.model_dims = {valid_size(*s.problem, 2)};
}

void choose_dims(shard& s, const sizes& asked, const settings& own, size_check& check) {
  const problem_facts& facts = s.problem->facts;
  if (asked.empty()) {
    choose_usual_dims(s, own.full);
  } else {
    sizes dims = asked;
    std::erase_if(dims, [&](std::size_t n) { return !check.takes(s.problem->name, n, facts.valid(n)); });
    s.product_dims = s.hessian_dims = s.remainder_dims = s.model_dims = dims;
  }
  const auto keep_below = [](sizes& list, std::size_t most) {
    std::erase_if(list, [most](std::size_t n) { return n > most; });
  };
  if (facts.dense) keep_below(s.product_dims, 8192);
  keep_below(s.hessian_dims, largest_hessian);
  keep_below(s.remainder_dims, largest_hessian);
  keep_below(s.model_dims, largest_model);
}

}  // namespace

std::vector<shard> make_sweep(const options& given, const settings& own, const module_set& modules) {
  check_curvature_names(given, modules);
  if (own.at.size() > largest_model && own.does("models"))
    throw usage_error("--at: a model has at most " + std::to_string(largest_model) + " inputs, not " +
                      std::to_string(own.at.size()) + " (--part leaves models out)");
  options with_dims = given;
  if (!own.at.empty()) with_dims.dims = {own.at.size()};
  size_check check(with_dims);
  std::map<std::string_view, shard> shards;
  left_out unchecked;
  for (const curvature& c : chosen(given, modules, !own.full && given.backends.empty())) {
    if (!has_closed_form(c)) {
      unchecked.count("nobody wrote a closed form of the problem's second derivatives");
      continue;
    }
    shard& s = shards[c.problem()];
    if (s.problem == nullptr) {
      s.problem = find_problem(c.problem());
      choose_dims(s, with_dims.dims, own, check);
    }
    s.candidates.push_back(with_rivals(c));
  }
  check.tell();
  unchecked.tell();
  std::vector<shard> list;
  for (auto& [name, s] : shards)
    if (!s.product_dims.empty() || !s.remainder_dims.empty() || !s.model_dims.empty()) list.push_back(std::move(s));
  if (list.empty()) throw usage_error("nothing selected: no module has such second derivatives (see --list)");
  return list;
}

void print_curvatures(std::ostream& out, const options& given, const module_set& modules) {
  check_curvature_names(given, modules);
  std::set<std::string> methods, every;
  for (const curvature& c : all_curvatures(modules)) methods.emplace(c.method()), every.emplace(c.problem());
  for (const curvature& c : chosen(given, modules, false)) out << c.name() << '\n';
  std::map<std::string, std::set<std::string>> problems;  // by "method/lanes: reason"
  for (const backend_module& m : modules.modules)
    for (std::size_t i = 0; i < m.table->absence_count; ++i) {
      const gradlane_absence& a = m.table->absences[i];
      if (!a.problem || !a.method || !a.lanes || !a.reason || methods.count(a.method) == 0) continue;
      if (chooses(given.methods, a.method) && chooses(given.lanes, a.lanes) && chooses(given.problems, a.problem))
        problems[std::string(a.method) + "/" + a.lanes + ": " + a.reason].insert(a.problem);
    }
  for (const auto& [what, of] : problems)
    for (const std::string& problem : of == every ? std::set<std::string>{"*"} : of)
      out << "absent " << problem << '/' << what << '\n';
}

}  // namespace gradlane::bench
