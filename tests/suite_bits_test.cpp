// The same bits for every number of threads, and for SIMD over the elements on every instruction set with FMA.
#include <chrono>
#include <thread>

#include "suite.hpp"

namespace gradlane::suite {
namespace {

template <class T>
void expect_same_bits_on(const std::vector<int>& threads, const implementation& i, const inputs<T>& in) {
  const answer<T> one = evaluate(i, in);
  for (const int t : threads) {
    const answer<T> many = evaluate(i, in, {.threads = t});
    EXPECT_TRUE(same_bits(one.value, many.value)) << "value on " << t << " threads, n = " << in.n;
    EXPECT_TRUE(same_bits(one.gradient, many.gradient)) << "gradient on " << t << " threads, n = " << in.n;
  }
}

/// Large enough that each of eight threads has work of several blocks, or of several rows, components or points.
std::size_t size_for_threads(const implementation& i) {
  const catalogue_entry& problem = problem_of(i);
  if (i.has(GRADLANE_POINTS)) return valid_size(problem, 11);
  if (is_linear_in_n(i)) return valid_size(problem, 8 * 4096 * problem.facts.multiple + 4096 + 37);
  if (i.has(GRADLANE_SWEEPS)) return valid_size(problem, problem.facts.dense ? 37 : 163);
  return valid_size(problem, 363);
}

class threads : public each_implementation {};

TEST_P(threads, do_not_change_a_bit) {
  const implementation& i = GetParam();
  if (!i.has(GRADLANE_THREADS)) return;
  in_precision(i, [&]<class T>(T) {
    const std::size_t points = i.has(GRADLANE_POINTS) ? 13 * width_of(i) + 1 : 1;
    expect_same_bits_on<T>({2, 3, 4, 5, 6, 7, 8}, i, make_inputs<T>(problem_of(i), size_for_threads(i), points, seed));
  });
}

// A race shows when it likes: so many calls.
TEST_P(threads, do_not_race) {
  const implementation& i = GetParam();
  if (!i.has(GRADLANE_THREADS)) return;
  using clock = std::chrono::steady_clock;
  in_precision(i, [&]<class T>(T) {
    const std::size_t points = i.has(GRADLANE_POINTS) ? 13 * width_of(i) + 1 : 1;
    const inputs<T> in = make_inputs<T>(problem_of(i), size_for_threads(i), points, seed);
    const std::vector<gradlane_array> arrays = in.abi();
    const answer<T> one = evaluate(i, in);
    bench::plan plan(i, shape_of(in.n, points, points, {.threads = 4}, arrays));
    const clock::time_point start = clock::now();
    for (int call = 0; call < 12 && clock::now() - start < std::chrono::milliseconds(5); ++call) {
      answer<T> many{std::vector<T>(points), std::vector<T>(in.x.size(), unused<T>)};
      plan.evaluate(in.x.data(), many.value.data(), many.gradient.data());
      ASSERT_TRUE(same_bits(one.value, many.value)) << "value, call " << call;
      if (has_gradient(i)) {
        ASSERT_TRUE(same_bits(one.gradient, many.gradient)) << "gradient, call " << call;
      }
    }
  });
}

TEST_P(threads, may_outnumber_the_work) {
  const implementation& i = GetParam();
  if (!i.has(GRADLANE_THREADS)) return;
  in_precision(i, [&]<class T>(T) {
    for (const std::size_t about : {1U, 6U})
      expect_same_bits_on<T>({5, 16}, i, make_inputs<T>(problem_of(i), valid_size(problem_of(i), about), 1, seed));
  });
}

TEST_P(threads, may_be_started_from_any_thread) {
  const implementation& i = GetParam();
  if (!i.has(GRADLANE_THREADS)) return;
  in_precision(i, [&]<class T>(T) {
    const inputs<T> in = make_inputs<T>(problem_of(i), valid_size(problem_of(i), 23), 1, seed);
    const answer<T> here = evaluate(i, in, {.threads = 2});
    answer<T> there;
    std::thread([&] { there = evaluate(i, in, {.threads = 2}); }).join();
    EXPECT_TRUE(same_bits(here.value, there.value) && same_bits(here.gradient, there.gradient));
  });
}

GRADLANE_FOR_EACH_IMPLEMENTATION(threads);

/// Our own modules: those of another library stand alone and have rank 0.
bool has_fma(const bench::backend_module& m) {
  const std::vector<std::string>& needs = m.about.needs;
  const auto needs_one = [&](const char* name) { return std::find(needs.begin(), needs.end(), name) != needs.end(); };
  return m.about.rank > 0 && (needs_one("fma") || needs_one("asimd"));
}

class instruction_sets : public each_implementation {};

TEST_P(instruction_sets, do_not_change_a_bit) {
  const implementation& i = GetParam();
  if (!has_fma(i.owner())) return;
  std::vector<implementation> others;
  for (const implementation& other : implementations())
    if (&other.owner() != &i.owner() && has_fma(other.owner()) && other.problem() == i.problem() &&
        other.method() == i.method() && other.lanes() == i.lanes() && other.dtype() == i.dtype())
      others.push_back(other);
  if (others.empty()) GTEST_SKIP() << "only one instruction set with FMA runs here";
  in_precision(i, [&]<class T>(T) {
    std::vector<std::size_t> sizes = sizes_up_to(problem_of(i), 4 * width_of(i) + 3);
    sizes.push_back(size_for_threads(i));
    if (!i.has(GRADLANE_SWEEPS) && !i.has(GRADLANE_POINTS))
      for (const std::size_t n : sizes_around(problem_of(i), is_linear_in_n(i) ? 8192 : 256)) sizes.push_back(n);
    for (const std::size_t n : sizes) {
      const inputs<T> in = make_inputs<T>(problem_of(i), n, i.has(GRADLANE_POINTS) ? 11 : 1, seed);
      const answer<T> mine = evaluate(i, in);
      for (const implementation& other : others) {
        const answer<T> theirs = evaluate(other, in);
        EXPECT_TRUE(same_bits(mine.value, theirs.value)) << other.backend() << ", value, n = " << n;
        EXPECT_TRUE(same_bits(mine.gradient, theirs.gradient)) << other.backend() << ", gradient, n = " << n;
      }
    }
  });
}

GRADLANE_FOR_EACH_IMPLEMENTATION(instruction_sets);

}  // namespace
}  // namespace gradlane::suite
