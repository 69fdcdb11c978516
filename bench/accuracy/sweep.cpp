#include "accuracy/sweep.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <set>

#include "common/selection.hpp"

namespace gradlane::bench {

namespace {

using sizes = std::vector<std::size_t>;

constexpr std::size_t curve_n = 64, largest_curve_n = 256, largest_dense_n = 1024;

sizes wanted_dims(const options& given, const settings& own, bool dense) {
  if (!given.dims.empty()) return given.dims;
  sizes dims =
      own.full ? sizes{4, 8, 16, 64, 256, 1024, 4096, 16384, 262144, 1048576, 4194304} : sizes{4, 64, 1024, 65536};
  if (dense && !own.full) std::erase_if(dims, [](std::size_t n) { return n > largest_dense_n; });
  return dims;
}

/// Splits what was asked for into valid and invalid; an n that the user gave for a problem that he named must be valid.
class dims_of {
 public:
  explicit dims_of(const options& given) : given_(given) {}

  sizes valid(const catalogue_entry& problem, const sizes& wanted) {
    sizes kept;
    for (const std::size_t n : wanted) {
      if (problem.facts.valid(n)) {
        kept.push_back(n);
        continue;
      }
      const std::string text = "n = " + std::to_string(n) + " is invalid for " + std::string(problem.name);
      if (!given_.problems.empty() && !given_.dims.empty()) throw usage_error("--dims: " + text);
      if (noted_.insert(text).second) std::cerr << "note: " << text << ", skipped\n";
    }
    std::sort(kept.begin(), kept.end());
    return kept;
  }

  sizes for_curves(const catalogue_entry& problem, const sizes& dims) const {
    if (given_.dims.empty()) return {valid_size(problem, curve_n)};
    sizes kept = dims;
    std::erase_if(kept, [](std::size_t n) { return n > largest_curve_n; });
    return kept;
  }

 private:
  const options& given_;
  std::set<std::string> noted_;
};

}  // namespace

std::size_t valid_size(const catalogue_entry& problem, std::size_t about) {
  std::size_t n = std::max(about, problem.facts.least);
  while (!problem.facts.valid(n)) ++n;
  return n;
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

std::vector<shard> make_sweep(const options& given, const settings& own, const module_set& modules) {
  choice wanted = choice_of(given);
  wanted.best_backend = !own.full && given.backends.empty();
  std::map<std::pair<std::string, std::string>, shard> shards;
  dims_of dims(given);
  for (const implementation& i : select(modules, wanted, problem_names())) {
    if (i.has(GRADLANE_VALUE_ONLY)) continue;
    shard& s = shards[{std::string(i.problem()), std::string(i.dtype())}];
    s.implementations.push_back(i);
    if (s.problem != nullptr) continue;
    s.problem = find_problem(i.problem());
    s.dtype = i.dtype();
    s.dims = dims.valid(*s.problem, wanted_dims(given, own, s.problem->facts.dense));
    s.curve_dims = dims.for_curves(*s.problem, s.dims);
  }
  std::vector<shard> list;
  for (auto& [key, s] : shards)
    if (!s.dims.empty()) list.push_back(std::move(s));
  if (list.empty()) {
    const std::string why = why_absent(modules, wanted);
    throw usage_error("nothing selected" +
                      (why.empty() ? ": no implementation fits these flags (see --list)" : ": absent " + why));
  }
  return list;
}

}  // namespace gradlane::bench
