// Every implementation touches exactly the memory that it is given: any alignment, no byte before or behind, inputs
// read only, no allocation after the first call.
#include <malloc.h>

#include "suite.hpp"
#include "suite_buffers.hpp"
#include "throughput/allocations.hpp"

namespace gradlane::suite {
namespace {

/// Inputs and outputs in buffers of one kind.
template <class T, class Buffer>
struct buffers {
  Buffer x, value, gradient;
  std::vector<Buffer> data;
  std::vector<gradlane_array> arrays;

  template <class Make>
  buffers(const inputs<T>& in, Make make)
      : x(make(span_of(in, in.x))),
        value(make(std::vector<T>(in.points, unused<T>))),
        gradient(make(span_of(in, std::vector<T>(in.x.size(), unused<T>)))),
        arrays(in.abi()) {
    for (const named_array<T>& a : in.arrays) data.push_back(make(a.values));
    for (std::size_t k = 0; k < arrays.size(); ++k) arrays[k].data = data[k].data();
  }
  /// Without what lies behind the last point of the last component.
  static std::vector<T> span_of(const inputs<T>& in, std::vector<T> all) {
    all.resize((in.n - 1) * in.stride + in.points);
    return all;
  }

  void evaluate(const implementation& i, const inputs<T>& in) {
    bench::plan plan(i, shape_of(in.n, in.points, in.stride, {}, arrays));
    plan.evaluate(x.data(), value.data(), gradient.data());
  }
  /// Against the same call on ordinary memory, to the last bit.
  void expect(const inputs<T>& in, const answer<T>& usual) const {
    EXPECT_EQ(std::memcmp(value.data(), usual.value.data(), in.points * sizeof(T)), 0) << "value, n = " << in.n;
    const std::size_t size = (in.n - 1) * in.stride + in.points;
    EXPECT_EQ(std::memcmp(gradient.data(), usual.gradient.data(), size * sizeof(T)), 0) << "gradient, n = " << in.n;
  }
};

template <class T>
void expect_inside(const implementation& i, std::size_t n, std::size_t points, std::size_t gap) {
  const inputs<T> in = inputs_with_gap<T>(problem_of(i), n, points, gap);
  const answer<T> usual = evaluate(i, in);
  for (const placement where : {placement::at_end, placement::at_begin}) {
    buffers<T, guarded<T>> b(in, [&](const std::vector<T>& v) { return guarded<T>(v, where); });
    b.x.make_read_only();
    for (guarded<T>& d : b.data) d.make_read_only();
    b.evaluate(i, in);
    b.expect(in, usual);
    EXPECT_TRUE(b.value.is_clean() && b.gradient.is_clean()) << "written outside, n = " << n << ", points " << points;
  }
}

/// Under a sanitizer they cannot be counted.
bool allocations_are_counted() { return bench::allocation_count().value().has_value(); }

/// Elements from an aligned address. A sanitizer, which is slow, sees at one of them what it sees at all.
std::vector<std::size_t> offsets() {
  return allocations_are_counted() ? std::vector<std::size_t>{0, 1, 3} : std::vector<std::size_t>{1};
}

template <class T>
void expect_any_alignment(const implementation& i, std::size_t n, std::size_t points) {
  const inputs<T> in = make_inputs<T>(problem_of(i), n, points, seed);
  const answer<T> usual = evaluate(i, in);
  for (const std::size_t offset : offsets()) {
    buffers<T, misaligned<T>> b(in, [&](const std::vector<T>& v) { return misaligned<T>(v, offset); });
    b.evaluate(i, in);
    b.expect(in, usual);
  }
}

class memory : public each_implementation {};

TEST_P(memory, is_touched_neither_before_nor_behind) {
  const implementation& i = GetParam();
  in_precision(i, [&]<class T>(T) {
    const catalogue_entry& problem = problem_of(i);
    const std::size_t width = width_of(i);
    for (const std::size_t n : sizes_up_to(problem, step_of(i) + 3)) expect_inside<T>(i, n, 1, 0);
    for (const std::size_t behind : {std::size_t{1}, width, width + 3})  // a full step of terms, and what is left
      expect_inside<T>(i, valid_size(problem, problem.facts.multiple * (step_of(i) + behind)), 1, 0);
    if (is_linear_in_n(i) && !i.has(GRADLANE_POINTS))
      for (const std::size_t n : sizes_around(problem, 4096 * problem.facts.multiple)) expect_inside<T>(i, n, 1, 0);
    if (i.has(GRADLANE_POINTS))
      for (std::size_t points = 2; points <= 2 * width + 1; ++points)
        expect_inside<T>(i, valid_size(problem, 3), points, points % 3);
  });
}

TEST_P(memory, may_lie_anywhere) {
  const implementation& i = GetParam();
  in_precision(i, [&]<class T>(T) {
    const catalogue_entry& problem = problem_of(i);
    for (const std::size_t n : sizes_up_to(problem, 4 * width_of(i) + 3)) expect_any_alignment<T>(i, n, 1);
    if (i.has(GRADLANE_POINTS)) expect_any_alignment<T>(i, valid_size(problem, 5), 3 * width_of(i) + 1);
    if (is_linear_in_n(i) && !i.has(GRADLANE_POINTS)) expect_any_alignment<T>(i, valid_size(problem, 8200), 1);
  });
}

TEST_P(memory, is_not_allocated_after_the_first_call) {
  if (!allocations_are_counted()) GTEST_SKIP() << "allocations cannot be counted here";
  const implementation& i = GetParam();
  in_precision(i, [&]<class T>(T) {
    const std::size_t n = valid_size(problem_of(i), is_linear_in_n(i) && !i.has(GRADLANE_POINTS) ? 8200 : 21);
    const std::size_t points = i.has(GRADLANE_POINTS) ? 3 * width_of(i) + 1 : 1;
    inputs<T> in = make_inputs<T>(problem_of(i), n, points, seed);
    const std::vector<gradlane_array> arrays = in.abi();
    std::vector<T> value(points), gradient(in.x.size());
    for (const int threads : {1, 2}) {
      if (threads > 1 && !i.has(GRADLANE_THREADS)) continue;
      bench::plan plan(i, shape_of(n, points, points, {.threads = threads}, arrays));
      plan.evaluate(in.x.data(), value.data(), gradient.data());
      const bench::allocation_count count;
      for (int call = 0; call < 3; ++call) {
        in.x[static_cast<std::size_t>(call) % in.x.size()] += T(0.125);
        plan.evaluate(in.x.data(), value.data(), gradient.data());
      }
      EXPECT_EQ(count.value(), std::optional(std::uint64_t{0})) << "on " << threads << " threads";
    }
  });
}

#ifdef __GLIBC__
/// What the C library has given away and not got back.
std::size_t on_the_heap() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST_P(memory, that_a_plan_holds_is_told) {
  const implementation& i = GetParam();
  if (!allocations_are_counted()) GTEST_SKIP() << "a sanitizer's memory is not the C library's";
  in_precision(i, [&]<class T>(T) {
    const bool cheap = is_linear_in_n(i) && !i.has(GRADLANE_POINTS);
    const std::size_t n = valid_size(problem_of(i), cheap ? 40000 : i.has(GRADLANE_SWEEPS) ? 21 : 61);
    const std::size_t points = i.has(GRADLANE_POINTS) ? 3 * width_of(i) + 1 : 1;
    const inputs<T> in = make_inputs<T>(problem_of(i), n, points, seed);
    const std::vector<gradlane_array> arrays = in.abi();
    std::vector<T> value(points), gradient(in.x.size());
    const auto held_and_told = [&] {
      const std::size_t before = on_the_heap();
      bench::plan plan(i, shape_of(n, points, points, {.threads = i.has(GRADLANE_THREADS) ? 4 : 1}, arrays));
      plan.evaluate(in.x.data(), value.data(), gradient.data());
      const std::size_t after = on_the_heap();
      return std::pair{after - std::min(before, after), plan.bytes()};
    };
    held_and_told();  // what is made once for all plans
    const auto [held, told] = held_and_told();
    // The C library rounds up, has a word of its own beside each piece, and does not count small ones that it gives again.
    EXPECT_LE(held, told + told / 8 + 4096) << "held is more than told";
    EXPECT_LE(told, held + held / 8 + 4096) << "told is more than held";
  });
}
#endif

GRADLANE_FOR_EACH_IMPLEMENTATION(memory);

}  // namespace
}  // namespace gradlane::suite
