#include "accuracy/sweep.hpp"

#include <algorithm>
#include <map>

#include "common/left_out.hpp"

namespace gradlane::bench {

namespace {

using sizes = std::vector<std::size_t>;

constexpr std::size_t curve_n = 64, largest_curve_n = 256, largest_dense_n = 1024;

sizes wanted_dims(const options& given, const settings& own, bool dense) {
  if (!given.dims.empty()) return given.dims;
  sizes dims = own.full ? sizes{4, 8, 16, 64, 256, 1024, 4096, 16384, 262144, 1048576, 4194304}
                        : sizes{4, 64, 1024, 65536, 1048576};
  if (dense && !own.full) std::erase_if(dims, [](std::size_t n) { return n > largest_dense_n; });
  return dims;
}

sizes valid_dims(const catalogue_entry& problem, sizes dims, size_check& check) {
  std::erase_if(dims, [&](std::size_t n) { return !check.takes(problem.name, n, problem.facts.valid(n)); });
  std::sort(dims.begin(), dims.end());
  return dims;
}

sizes curve_dims(const catalogue_entry& problem, sizes dims, const options& given) {
  if (given.dims.empty()) return {valid_size(problem, curve_n)};
  std::erase_if(dims, [](std::size_t n) { return n > largest_curve_n; });
  return dims;
}

}  // namespace

std::vector<std::size_t> points_of(const implementation& i, const options& given) {
  if (!i.has(GRADLANE_POINTS)) return {1};
  return given.points.empty() ? std::vector<std::size_t>{default_points} : given.points;
}

std::vector<int> threads_of(const options& given) {
  return given.threads.empty() ? std::vector<int>{1} : given.threads;
}

std::vector<shard> make_sweep(const options& given, const settings& own, const module_set& modules) {
  choice wanted = choice_of(given);
  wanted.best_backend = !own.full && given.backends.empty();
  std::map<std::pair<std::string, std::string>, shard> shards;
  size_check check(given);
  left_out unfit;
  const bool single = std::count(given.points.begin(), given.points.end(), std::size_t{1}) > 0;
  for (const implementation& i : select(modules, wanted, problem_names())) {
    if (i.has(GRADLANE_VALUE_ONLY)) continue;
    shard& s = shards[{std::string(i.problem()), std::string(i.dtype())}];
    if (s.problem == nullptr) {
      s.problem = find_problem(i.problem());
      s.dtype = i.dtype();
      s.dims = valid_dims(*s.problem, wanted_dims(given, own, s.problem->facts.dense), check);
      s.curve_dims = curve_dims(*s.problem, s.dims, given);
    }
    if (!i.has(GRADLANE_POINTS)) unfit.count(one_point_only, (given.points.size() - (single ? 1 : 0)) * s.dims.size());
    if (i.has(GRADLANE_POINTS) || given.points.empty() || single) s.implementations.push_back(i);
  }
  check.tell();
  std::vector<shard> list;
  for (auto& [key, s] : shards)
    if (!s.dims.empty() && !s.implementations.empty()) list.push_back(std::move(s));
  if (list.empty()) throw nothing_selected(modules, wanted, unfit.reasons());
  unfit.tell();
  return list;
}

}  // namespace gradlane::bench
