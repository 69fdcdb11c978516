#include "descent/sweep.hpp"

#include <algorithm>
#include <map>

#include "common/left_out.hpp"
#include "common/selection.hpp"
#include "descent/parts.hpp"

namespace gradlane::bench {

namespace {

using sizes = std::vector<std::size_t>;

constexpr std::size_t curve_size = 64, largest_direction_size = 1024, largest_closed_form_size = 1024;

/// Times across n are those of f64; in f32 there is one n, to see where its gradients stall.
sizes usual_descents(const shard& s, bool full) {
  const bool dense = s.problem->facts.dense;
  if (full) return dense ? sizes{4, 16, 64, 256, 1024} : sizes{4, 16, 64, 256, 1024, 4096};
  if (s.dtype != "f64") return {curve_size};
  return dense ? sizes{4, 64, 256} : sizes{4, 64, 1024};
}

void choose_dims(shard& s, const sizes& asked, const settings& own, size_check& check) {
  sizes dims = asked;
  std::erase_if(dims, [&](std::size_t n) { return !check.takes(s.problem->name, n, s.problem->facts.valid(n)); });
  std::sort(dims.begin(), dims.end());
  s.descent_dims = s.direction_dims = s.start_dims = s.closed_form_dims = dims;
  if (asked.empty()) {
    for (const std::size_t n : usual_descents(s, own.full))
      if (s.problem->facts.valid(n)) s.descent_dims.push_back(n);
    s.direction_dims = {valid_size(*s.problem, 2), valid_size(*s.problem, curve_size)};
    s.start_dims = {valid_size(*s.problem, 2)};
    s.closed_form_dims = {valid_size(*s.problem, curve_size)};
  }
  const auto keep_below = [](sizes& list, std::size_t most) {
    std::erase_if(list, [most](std::size_t n) { return n > most; });
  };
  keep_below(s.direction_dims, largest_direction_size);
  keep_below(s.start_dims, most_inputs_for_starts);
  keep_below(s.closed_form_dims, largest_closed_form_size);
}

bool named(const options& given, std::string_view problem) {
  return std::find(given.problems.begin(), given.problems.end(), problem) != given.problems.end();
}

void choose_work(shard& s, const options& given) {
  const minimum_facts facts = minimum_of(s.problem->name);
  s.absent = std::string(facts.absent);
  s.one_variable = s.problem->facts.valid(1);
  s.descends = facts.absent.empty() && (facts.usual || named(given, s.problem->name));
}

/// What is left to do on a shard; it is a mistake to name a problem for nothing but descents that it cannot have.
bool has_work(const shard& s, const options& given, const settings& own) {
  const bool descends = own.does("descents") || own.does("starts");
  if (own.does("directions") || own.does("approximation") || (descends && s.descends)) return true;
  const bool formula = own.does("closed_forms"), critical = own.does("critical");
  if ((formula && has_closed_form(s.problem->name)) || (critical && s.one_variable)) return true;
  if (!named(given, s.problem->name)) return false;
  const std::string name(s.problem->name);
  if (descends && !s.absent.empty())
    throw usage_error("--problem: " + name + " has no minimum to descend to: " + s.absent);
  if (formula) throw usage_error("--part closed_forms: no formula is known for the gradient of " + name);
  if (critical)
    throw usage_error("--problem: " + name + " has no critical points of one variable: n is at least " +
                      std::to_string(s.problem->facts.least));
  return false;
}

}  // namespace

std::vector<shard> make_sweep(const options& given, const settings& own, const module_set& modules) {
  choice wanted = choice_of(given);
  wanted.best_backend = !own.full && given.backends.empty();
  std::map<std::pair<std::string, std::string>, shard> shards;
  options with_dims = given;
  if (!own.start.empty()) with_dims.dims = {own.start.size()};
  size_check check(with_dims);
  left_out unfit;
  const bool ours = modules.modules.front().about.rank > 0;
  for (const implementation& i : select(modules, wanted, problem_names())) {
    if (i.has(GRADLANE_VALUE_ONLY)) continue;
    if (ours && i.owner().about.rank == 0 && given.backends.empty()) {
      unfit.count("other libraries are followed where --backend names them");
      continue;
    }
    shard& s = shards[{std::string(i.problem()), std::string(i.dtype())}];
    if (s.problem == nullptr) {
      s.problem = find_problem(i.problem());
      s.dtype = i.dtype();
      choose_dims(s, with_dims.dims, own, check);
      choose_work(s, given);
    }
    s.implementations.push_back(i);
  }
  check.tell();
  std::vector<shard> list;
  for (auto& [key, s] : shards)
    if ((!s.descent_dims.empty() || s.one_variable) && has_work(s, given, own)) list.push_back(std::move(s));
  if (list.empty()) throw nothing_selected(modules, wanted);
  unfit.tell();
  return list;
}

}  // namespace gradlane::bench
