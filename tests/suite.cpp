#include "suite.hpp"

#include <cstdlib>
#include <map>
#include <tuple>

namespace gradlane::suite {

namespace {
const char* chosen_folder() {
  const char* const folder = std::getenv("GRADLANE_BACKEND_DIR");
  return folder != nullptr && *folder != 0 ? folder : nullptr;
}
}  // namespace

const bench::module_set& modules() {
  static const bench::module_set loaded = [] {
    setenv("GRADLANE_LEAST_SHARE", "0", 0);  // our modules read it when they are loaded: teams even for little work
    return bench::load_modules({chosen_folder() != nullptr ? chosen_folder() : GRADLANE_BACKEND_DIR});
  }();
  return loaded;
}

// Other libraries that were built beside our modules (rank 0) promise less: some allocate in every call, or keep global
// state. The driver checks their gradients (scripts/test_peers.py). What a user names is tested in full.
const std::vector<implementation>& implementations() {
  static const std::vector<implementation> tested = [] {
    std::vector<implementation> all = bench::all_implementations(modules());
    if (chosen_folder() == nullptr)
      std::erase_if(all, [](const implementation& i) { return i.owner().about.rank == 0; });
    return all;
  }();
  return tested;
}

std::string test_name(const testing::TestParamInfo<implementation>& info) {
  std::string name = info.param.name();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

std::size_t width_of(const implementation& i) {
  const gradlane_backend_table& table = *i.owner().table;
  return i.entry().dtype == GRADLANE_F32 ? table.lanes_f32 : table.lanes_f64;
}

const catalogue_entry& problem_of(const implementation& i) {
  const catalogue_entry* const found = find_problem(i.problem());
  if (found == nullptr) throw std::runtime_error(i.name() + ": the oracle does not know the problem");
  return *found;
}

bool is_linear_in_n(const implementation& i) { return !i.has(GRADLANE_SWEEPS) && !problem_of(i).facts.dense; }

std::size_t step_of(const implementation& i) {
  const std::size_t virtual_lanes = i.entry().dtype == GRADLANE_F32 ? 32 : 16;
  return std::max(4 * width_of(i), virtual_lanes);
}

std::vector<std::size_t> sizes_up_to(const catalogue_entry& problem, std::size_t last) {
  std::vector<std::size_t> sizes;
  for (std::size_t n = problem.facts.least; n <= last; ++n)
    if (problem.facts.valid(n)) sizes.push_back(n);
  return sizes;
}

std::vector<std::size_t> sizes_around(const catalogue_entry& problem, std::size_t edge) {
  const std::size_t step = problem.facts.multiple, middle = valid_size(problem, edge);
  return {middle - step, middle, middle + step, middle + 2 * step};
}

namespace {

template <class T>
struct exact_answer {
  inputs<T> in;
  std::vector<gradlane_array> arrays;
  std::unique_ptr<oracle_of<T>> oracle;
  exact_answer(const catalogue_entry& problem, std::size_t n, std::size_t p)
      : in(make_inputs<T>(problem, n, p + 1, seed)), arrays(in.abi()) {
    in.x = in.point(p);
    oracle = make_oracle<T>(problem, in.x.data(), n, arrays);
  }
};

}  // namespace

template <class T>
oracle_of<T>& oracle_at(const catalogue_entry& problem, std::size_t n, std::size_t p) {
  static std::map<std::tuple<std::string_view, std::size_t, std::size_t>, std::unique_ptr<exact_answer<T>>> known;
  auto& place = known[{problem.name, n, p}];
  if (!place) {
    place = std::make_unique<exact_answer<T>>(problem, n, p);
    if (n > 65536) place->oracle->compare_a_sample(2000);
  }
  return *place->oracle;
}
template oracle_of<float>& oracle_at(const catalogue_entry&, std::size_t, std::size_t);
template oracle_of<double>& oracle_at(const catalogue_entry&, std::size_t, std::size_t);

namespace {

TEST(modules, are_sound_or_skipped_for_what_this_cpu_lacks) {
  EXPECT_FALSE(modules().modules.empty());
  for (const bench::refusal& r : modules().refused) EXPECT_TRUE(r.lacks_isa) << r.reason;
}

TEST(modules, hold_every_problem_and_no_implementation_twice) {
  for (const bench::backend_module& m : modules().modules) {
    std::vector<std::string> names;
    for (const implementation& i : implementations())
      if (&i.owner() == &m) names.push_back(i.name());
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
    if (m.about.rank == 0) continue;  // another library need not have all
    for (const catalogue_entry& problem : catalogue())
      EXPECT_TRUE(
          std::any_of(names.begin(), names.end(),
                      [&](const std::string& name) { return name.starts_with(std::string(problem.name) + "/"); }))
          << m.about.name << " lacks " << problem.name;
  }
}

}  // namespace
}  // namespace gradlane::suite
