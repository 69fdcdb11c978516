#include "throughput/sweep.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <regex>
#include <set>
#include <tuple>

#include "common/left_out.hpp"
#include "common/selection.hpp"

namespace gradlane::bench {

namespace {

using names = std::vector<std::string>;
using sizes = std::vector<std::size_t>;

/// A cartesian product: every implementation chosen × every n × threads.
struct block {
  choice chosen;
  sizes dims, dense_dims;
  std::vector<int> threads{1};
};

template <class List, class Value>
bool holds(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

names all_methods(const module_set& modules) {
  std::set<std::string> methods;
  for (const implementation& i : all_implementations(modules)) methods.emplace(i.method());
  return {methods.begin(), methods.end()};
}

/// Not in the quick run: orders between those that are, and methods that look for their steps, of which one learns more from
/// their accuracy.
constexpr std::array<std::string_view, 4> left_to_full{"central_difference_4", "central_difference_6", "ridders",
                                                       "adaptive_forward_difference"};

/// The quick run: what tells most in five minutes. Only --problem and --seed leave its composition as it is; whoever
/// names more has something particular in mind and gets just that, with the first block's values on the other axes.
std::vector<block> quick_blocks(const options& given, const module_set& modules) {
  names methods = all_methods(modules);
  std::erase_if(methods, [](const std::string& m) { return holds(left_to_full, m); });
  const sizes dims{4, 64, 1024, 65536}, dense{4, 64, 1024};
  const names ceiling{"reverse_fused", "analytic"};
  block base{{given.problems, methods, {}, {"f64"}, {}, true}, dims, dense, {1}};
  std::vector<block> blocks{base};
  block f32 = base, all_cores = base, large = base, sse2 = base;
  f32.chosen.methods = all_cores.chosen.methods = large.chosen.methods = ceiling;
  f32.chosen.dtypes = {"f32"};
  // Below a block of 4096 elements there is nothing to split; the matrices of the dense problems are work enough.
  all_cores.dims = {65536, std::size_t{1} << 20};
  all_cores.dense_dims = {1024};
  all_cores.threads = {available_cores()};
  large.dims = {std::size_t{1} << 20};
  large.dense_dims = {};
  sse2.chosen.backends = {"sse2"};
  sse2.chosen.best_backend = false;
  sse2.chosen.problems = {"log_sum_exp", "chain"};
  if (!given.problems.empty())
    std::erase_if(sse2.chosen.problems, [&](const std::string& p) { return !holds(given.problems, p); });
  blocks.insert(blocks.end(), {f32, all_cores, large});
  if (!sse2.chosen.problems.empty()) blocks.push_back(sse2);
  return blocks;
}

block full_block(const options& given) {
  const sizes dims{4, 8, 16, 64, 256, 1024, 4096, 16384, 262144, 1048576, 4194304};
  block all{{given.problems, {}, {}, {}, {}, false}, dims, dims, {1}};
  if (available_cores() > 1) all.threads.push_back(available_cores());
  return all;
}

std::vector<block> blocks_of(const options& given, const settings& own, const module_set& modules) {
  std::vector<block> blocks = own.full ? std::vector<block>{full_block(given)} : quick_blocks(given, modules);
  const bool particular =
      !(given.methods.empty() && given.lanes.empty() && given.dtypes.empty() && given.backends.empty() &&
        given.dims.empty() && given.points.empty() && given.threads.empty());
  if (!particular) return blocks;
  blocks.resize(1, blocks.front());
  block& b = blocks.front();
  if (!given.methods.empty()) b.chosen.methods = given.methods;
  b.chosen.lanes = given.lanes;
  if (!given.dtypes.empty()) b.chosen.dtypes = given.dtypes;
  if (!given.backends.empty()) {
    b.chosen.backends = given.backends;
    b.chosen.best_backend = false;
  }
  if (!given.dims.empty()) b.dims = b.dense_dims = given.dims;
  if (!given.threads.empty()) b.threads = given.threads;
  return blocks;
}

using shard_key = std::tuple<std::string, std::string, std::size_t, std::size_t, int>;

/// Collects cases into shards, each case once.
class collector {
 public:
  collector(const options& given, const std::vector<problem_entry>& problems) : given_(given), sizes_(given) {
    for (const problem_entry& p : problems) problems_.emplace(p.name, &p);
  }

  void add(const block& b, const std::vector<implementation>& chosen) {
    for (const implementation& i : chosen) {
      const problem_entry& p = *problems_.at(std::string(i.problem()));
      for (const std::size_t n : p.dense ? b.dense_dims : b.dims) {
        if (!sizes_.takes(p.name, n, p.valid(n))) continue;
        const sizes usual{i.has(GRADLANE_POINTS) ? default_points(n) : 1};
        for (const std::size_t points : given_.points.empty() ? usual : given_.points)
          for (const int threads : b.threads)
            if (fits(i, n, points, threads)) add({i, n, points, threads, false});
      }
    }
  }

  /// What was refused and what was left out; usage_error if that was a mistake.
  void tell() const {
    sizes_.tell();
    if (!shards_.empty()) left_out_.tell();
  }
  std::string reasons() const { return left_out_.reasons(); }

  std::vector<shard> shards() {
    std::vector<shard> list;
    for (auto& [key, s] : shards_) list.push_back(std::move(s));
    return list;
  }

 private:
  /// What does not fit is told if the user named the value that does not; of our own values it is a matter of course.
  bool fits(const implementation& i, std::size_t n, std::size_t points, int threads) {
    const auto no = [&](bool named, std::string_view reason) {
      if (named) left_out_.count(reason);
      return false;
    };
    if (i.has(GRADLANE_POINTS) && n > most_inputs_for_points)
      return no(!given_.dims.empty(), "lanes points are measured up to n = " + std::to_string(most_inputs_for_points));
    if (!i.has(GRADLANE_POINTS) && points > 1) return no(true, one_point_only);
    if (threads > 1 && !i.has(GRADLANE_THREADS))
      return no(!given_.threads.empty(), "what does not split over threads runs on one");
    return true;
  }

  void add(const measured_case& c) {
    if (c.points > std::numeric_limits<std::ptrdiff_t>::max() / sizeof(double) / c.n)
      throw usage_error("--dims, --points: " + std::to_string(c.n) + " x " + std::to_string(c.points) +
                        " numbers are more than memory can hold");
    if (!taken_.insert(c.name()).second) return;
    const shard_key key{c.what.problem(), c.what.dtype(), c.n, c.points, c.threads};
    shard& s = shards_[key];
    std::tie(s.problem, s.dtype, s.n, s.points, s.threads) = key;
    s.cases.push_back(c);
  }

  const options& given_;
  std::map<std::string, const problem_entry*> problems_;
  std::map<shard_key, shard> shards_;
  std::set<std::string> taken_;
  size_check sizes_;
  left_out left_out_;
};

/// The scalar primal of the same problem and dtype, of one point on one thread: of the case's own backend, or else of
/// the highest-ranked that has it (scalar code may be a backend of its own).
void add_references(shard& s, const module_set& modules) {
  std::set<std::string> wanted;
  for (const measured_case& c : s.cases) wanted.emplace(c.what.backend());
  const std::vector<implementation> primals =
      select(modules, {{s.problem}, {"primal"}, {"scalar"}, {s.dtype}, {}, false}, {s.problem});
  const auto own = [&](const implementation& i) { return wanted.count(std::string(i.backend())) > 0; };
  std::vector<measured_case> references;
  const auto add = [&](const implementation& i) {
    measured_case reference{i, s.n, 1, 1, true};
    for (const measured_case& c : s.cases)
      if (c.name() == reference.name()) return;  // selected anyway
    references.push_back(reference);
  };
  for (const implementation& i : primals)
    if (own(i)) add(i);
  if (std::none_of(primals.begin(), primals.end(), own) && !primals.empty()) add(primals.front());
  s.cases.insert(s.cases.begin(), references.begin(), references.end());
}

}  // namespace

std::string measured_case::name() const {
  return what.name() + "/n:" + std::to_string(n) + "/points:" + std::to_string(points) +
         "/threads:" + std::to_string(threads);
}

std::string shard::file_stem() const {
  return problem + "-" + dtype + "-n" + std::to_string(n) + "-points" + std::to_string(points) + "-threads" +
         std::to_string(threads);
}

std::size_t default_points(std::size_t n) { return std::max<std::size_t>(1, 65536 / n); }

std::vector<shard> make_sweep(const options& given, const settings& own, const module_set& modules,
                              const std::vector<problem_entry>& problems) {
  names known;
  for (const problem_entry& p : problems) known.push_back(p.name);
  collector all(given, problems);
  for (const block& b : blocks_of(given, own, modules)) all.add(b, select(modules, b.chosen, known));
  all.tell();
  std::vector<shard> shards = all.shards();
  if (shards.empty()) throw nothing_selected(modules, choice_of(given), all.reasons());
  for (shard& s : shards) add_references(s, modules);
  return shards;
}

std::vector<shard> filter_by_name(std::vector<shard> shards, const std::string& filter) {
  if (filter.empty() || filter == "all" || filter == ".") return shards;
  const bool negated = filter.front() == '-';
  std::regex pattern;
  try {
    pattern.assign(negated ? filter.substr(1) : filter, std::regex::extended);
  } catch (const std::regex_error& e) {
    throw usage_error("--benchmark_filter: '" + filter + "' is not a regular expression: " + e.what());
  }
  for (shard& s : shards) {
    std::erase_if(s.cases, [&](const measured_case& c) {
      return !c.reference && std::regex_search(c.name(), pattern) == negated;
    });
    if (std::all_of(s.cases.begin(), s.cases.end(), [](const measured_case& c) { return c.reference; }))
      s.cases.clear();
  }
  std::erase_if(shards, [](const shard& s) { return s.cases.empty(); });
  if (shards.empty()) throw usage_error("--benchmark_filter: no case matches '" + filter + "'");
  return shards;
}

}  // namespace gradlane::bench
