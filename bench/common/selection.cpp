#include "common/selection.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <set>
#include <string_view>

namespace gradlane::bench {

namespace {

using names = std::vector<std::string>;

bool matches(const choice& wanted, const implementation& i) {
  return chooses(wanted.problems, i.problem()) && chooses(wanted.methods, i.method()) &&
         chooses(wanted.lanes, i.lanes()) && chooses(wanted.dtypes, i.dtype()) && chooses(wanted.backends, i.backend());
}

bool matches(const choice& wanted, const gradlane_absence& a) {
  return (!a.problem || chooses(wanted.problems, a.problem)) && chooses(wanted.methods, a.method) &&
         chooses(wanted.lanes, a.lanes);
}

/// All but the backend: what two instruction sets have in common.
std::string combination(const implementation& i) {
  std::string text;
  for (const std::string_view part : {i.problem(), i.method(), i.lanes(), i.dtype()}) text.append(part).append("/");
  return text;
}

/// "problem/method/lanes: reason", once for all the modules that say so, and with * where it holds of every problem.
std::set<std::string> absences(const module_set& modules, const choice& wanted) {
  std::set<std::string> every;
  for (const implementation& i : all_implementations(modules))
    if (chooses(wanted.problems, i.problem())) every.emplace(i.problem());
  std::map<std::string, std::set<std::string>> problems;  // by "method/lanes: reason"
  for (const backend_module& m : modules.modules)
    for (std::size_t i = 0; i < m.table->absence_count && chooses(wanted.backends, m.table->name); ++i) {
      const gradlane_absence& a = m.table->absences[i];
      if (!a.method || !a.lanes || !a.reason || !matches(wanted, a)) continue;
      auto& of = problems[std::string(a.method) + "/" + a.lanes + ": " + a.reason];
      if (a.problem)
        of.insert(a.problem);
      else
        of = every;
    }
  std::set<std::string> lines;
  for (const auto& [what, of] : problems)
    if (of == every && every.size() > 1)
      lines.insert("*/" + what);
    else
      for (const std::string& problem : of) lines.insert(problem + "/" + what);
  return lines;
}

std::string listed(const std::vector<std::filesystem::path>& folders) {
  std::string text;
  for (const std::filesystem::path& folder : folders) text.append(text.empty() ? "" : ", ").append(folder.string());
  return text;
}

}  // namespace

bool chooses(const names& list, std::string_view name) {
  return list.empty() || std::find(list.begin(), list.end(), name) != list.end();
}

choice choice_of(const options& given) {
  return {given.problems, given.methods, given.lanes, given.dtypes, given.backends, false};
}

module_set load_backends(const options& given, const isolation& isolated) {
  const module_trial in_a_worker = [&](const std::filesystem::path& library, const sidecar& about) {
    const std::string failure = isolated.applies_to(about) ? try_loading(library, isolated.seconds) : "";
    return failure.empty() ? "" : "loading it " + failure;
  };
  module_set set;
  try {
    set = load_modules(given.backend_dirs, in_a_worker);
  } catch (const std::runtime_error& e) {
    throw usage_error(std::string("--backend-dir: ") + e.what());
  }
  const auto named = [&](const refusal& r) {
    return std::find(given.backends.begin(), given.backends.end(), r.name) != given.backends.end();
  };
  for (const refusal& r : set.refused)
    if (named(r) && !r.lacks_isa) throw usage_error("--backend: " + r.reason);
  for (const refusal& r : set.refused)
    if (given.backends.empty() || named(r)) std::cerr << (r.lacks_isa ? "note: " : "warning: ") << r.reason << '\n';
  if (set.modules.empty()) throw usage_error("no backend could be loaded from " + listed(given.backend_dirs));
  return set;
}

void check_names(const options& given, const module_set& modules, const names& known_problems) {
  names methods, backends;
  for (const backend_module& m : modules.modules) {
    backends.push_back(m.table->name);
    for (std::size_t i = 0; i < m.table->count; ++i) methods.push_back(m.table->implementations[i].method);
    for (std::size_t i = 0; i < m.table->absence_count; ++i)
      if (m.table->absences[i].method) methods.push_back(m.table->absences[i].method);
  }
  for (const refusal& r : modules.refused) backends.push_back(r.name);
  require_known("--problem", given.problems, known_problems);
  require_known("--method", given.methods, methods);
  require_known("--backend", given.backends, backends);
}

std::vector<implementation> select(const module_set& modules, const choice& wanted, const names& known_problems) {
  std::vector<implementation> chosen;
  std::set<std::string> taken;
  // The modules come by descending rank: the first that has a combination is the best.
  for (const implementation& i : all_implementations(modules)) {
    if (!matches(wanted, i) || !chooses(known_problems, i.problem())) continue;
    if (wanted.best_backend && i.owner().about.rank > 0 && !taken.insert(combination(i)).second) continue;
    chosen.push_back(i);
  }
  return chosen;
}

std::vector<implementation> one_lane_a_method(const std::vector<implementation>& all) {
  constexpr std::array<std::string_view, 4> preferred{"elements", "directions", "scalar", "points"};
  const auto rank = [&](const implementation& i) {
    return std::find(preferred.begin(), preferred.end(), i.lanes()) - preferred.begin();
  };
  std::map<std::pair<std::string, std::string>, std::size_t> best;  // (backend, method) → index
  for (std::size_t k = 0; k < all.size(); ++k) {
    const auto [at, inserted] = best.emplace(std::pair{all[k].backend(), all[k].method()}, k);
    if (!inserted && rank(all[k]) < rank(all[at->second])) at->second = k;
  }
  std::vector<implementation> kept;
  for (std::size_t k = 0; k < all.size(); ++k)
    if (best.at({std::string(all[k].backend()), std::string(all[k].method())}) == k) kept.push_back(all[k]);
  return kept;
}

double step_of(const implementation& i, const options& given) {
  return i.has(GRADLANE_STEP) ? given.step.value_or(0) : 0;
}

double step_used(const implementation& i, const options& given) {
  return i.has(GRADLANE_STEP) ? given.step.value_or(i.entry().default_step) : 0;
}

usage_error nothing_selected(const module_set& modules, const choice& wanted, const std::string& left_out) {
  if (!left_out.empty()) return usage_error("nothing selected: " + left_out);
  const std::set<std::string> lines = absences(modules, wanted);
  return usage_error("nothing selected: " +
                     (lines.empty() ? "no implementation fits these flags (see --list)" : "absent " + *lines.begin()));
}

void print_list(std::ostream& out, const module_set& modules, const choice& wanted, const names& known_problems) {
  for (const implementation& i : select(modules, wanted, known_problems)) out << i.name() << '\n';
  for (const std::string& line : absences(modules, wanted)) out << "absent " << line << '\n';
  for (const implementation& i : all_implementations(modules))
    if (matches(wanted, i) && !chooses(known_problems, i.problem()))
      out << "unchecked " << i.name() << ": the suite has no oracle for this problem\n";
  for (const refusal& r : modules.refused)
    if (chooses(wanted.backends, r.name)) out << (r.lacks_isa ? "skipped " : "refused ") << r.reason << '\n';
}

}  // namespace gradlane::bench
