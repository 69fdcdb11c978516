// What a call for second derivatives may depend on: its x and v, and its plan; what it may touch; NaN, which spreads as the
// closed forms say; and bad arguments.
#include <set>
#include <thread>

#include "suite_buffers.hpp"
#include "suite_curvature.hpp"
#include "throughput/allocations.hpp"

namespace gradlane::suite {
namespace {

// ---- calls before, other plans, other threads --------------------------------------------------------------------

/// A product that is kept is kept for the same v, or for the same x: each moves while the other stays.
TEST_P(second_derivatives, do_not_remember_the_last_call) {
  const curvature& c = GetParam();
  for (const std::size_t about : {std::size_t{3}, 2 * lanes_of(c) + 3}) {
    directed_subject s(c, directed(c, valid_size(problem_of(c), about), counts(c).back()));
    const directed_answer first = s.here();
    const auto expect_as_anew = [&](auto&& part_of) {
      const std::size_t size = part_of(s.given()).size();
      for (const std::size_t k : {std::size_t{0}, size / 2, size - 1}) {
        directed_inputs moved = s.given();
        part_of(moved)[k] += 0x1p-14;
        EXPECT_TRUE(s.at(moved.in.x, moved.v) == evaluate(c, moved)) << "element " << k << " moved, n = " << moved.in.n;
      }
    };
    expect_as_anew([](auto& d) -> auto& { return d.in.x; });
    expect_as_anew([](auto& d) -> auto& { return d.v; });
    EXPECT_TRUE(s.here() == first) << "back at the first x and v";
  }
}

TEST_P(second_derivatives, do_not_depend_on_other_plans_and_threads) {
  const curvature& c = GetParam();
  const auto inputs_of = [&](std::size_t about) {
    return directed(c, valid_size(problem_of(c), about), counts(c).back());
  };
  const directed_answer alone = evaluate(c, inputs_of(19)), small_alone = evaluate(c, inputs_of(6));
  directed_subject one(c, inputs_of(19)), small(c, inputs_of(6));
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(one.here() == alone) << "beside a smaller plan";
    EXPECT_TRUE(small.here() == small_alone) << "beside a larger plan";
  }
  directed_answer there;
  std::thread([&] { there = one.here(); }).join();
  EXPECT_TRUE(there == alone) << "in a thread that did not make the plan";
}

// ---- NaN ---------------------------------------------------------------------------------------------------------

/// Without what belongs to direction, or point, k.
std::vector<double> without(std::vector<double> all, std::size_t stride, std::size_t k) {
  for (; k < all.size(); k += stride) all[k] = 0;
  return all;
}

/// Of the components k, k + stride, …: those that are finite where the closed form is NaN, and the other way round.
struct misled {
  std::size_t lost = 0, strayed = 0;
  misled(const std::vector<double>& all, std::size_t stride, std::size_t k, const oracle_of<double>& exact) {
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const bool reached = std::isnan(exact.component(i)), nan = std::isnan(all[i * stride + k]);
      lost += reached && !nan, strayed += !reached && nan;
    }
  }
};

enum class nan_in { x, v };

/// NaN as component i of x, or of v, in direction or point k.
void expect_nan_spreads(const curvature& c, directed_subject& s, nan_in where, std::size_t i, std::size_t k) {
  const directed_answer healthy = s.here();
  directed_inputs d = s.given();
  const bool points = c.lanes() == "points", in_v = where == nan_in::v;
  const std::size_t p = points ? k : 0;
  (in_v ? d.v[i * d.stride + k] : d.in.x[i * d.in.stride + p]) = std::numeric_limits<double>::quiet_NaN();
  const directed_answer a = s.at(d.in.x, d.v);
  const std::string trace = std::string("NaN in component ") + std::to_string(i) + (in_v ? " of v" : " of x") +
                            ", n = " + std::to_string(d.in.n) + ", " + std::to_string(k) + " of " +
                            std::to_string(d.count);
  const std::vector<double> x = d.point(c, k), v = d.direction(k);
  const std::vector<gradlane_array> arrays = d.in.abi();
  const auto exact = make_oracle<double>(problem_of(c), x.data(), d.in.n, arrays);
  const auto exact_product = make_product_oracle(problem_of(c), x.data(), v.data(), d.in.n, arrays);
  const misled gradient(a.gradient, d.in.stride, p, *exact), product(a.product, d.stride, k, *exact_product);
  EXPECT_EQ(gradient.lost, 0u) << "components of the gradient that lost it; " << trace;
  EXPECT_EQ(product.lost, 0u) << "components of the product that lost it; " << trace;
  // A sweep for each component evaluates the whole objective, and a NaN of x may meet tangents that are 0.
  if (in_v && !c.has(GRADLANE_SWEEPS)) {
    EXPECT_EQ(product.strayed, 0u) << "components of the product that it has nothing to do with; " << trace;
  }
  if (in_v) {  // which value and gradient do not depend on
    EXPECT_TRUE(same_bits(a.value, healthy.value)) << "value; " << trace;
    EXPECT_TRUE(same_bits(a.gradient, healthy.gradient)) << "gradient; " << trace;
  } else {
    EXPECT_TRUE(std::isnan(a.value[p])) << trace;
  }
  if (in_v || points) {
    EXPECT_TRUE(same_bits(without(a.value, d.in.points, p), without(healthy.value, d.in.points, p))) << trace;
    EXPECT_TRUE(same_bits(without(a.gradient, d.in.stride, p), without(healthy.gradient, d.in.stride, p))) << trace;
    EXPECT_TRUE(same_bits(without(a.product, d.stride, k), without(healthy.product, d.stride, k))) << trace;
  }
}

TEST_P(second_derivatives, spread_nan_to_what_depends_on_it) {
  const curvature& c = GetParam();
  if (problem_of(c).make_product == nullptr) GTEST_SKIP() << "no closed form says what depends on it";
  for (const std::size_t about : {std::size_t{2}, 2 * lanes_of(c) + 1}) {
    const std::size_t n = valid_size(problem_of(c), about), count = counts(c).back();
    directed_subject s(c, directed(c, n, count));
    for (std::size_t i = 0; i < n; ++i)
      for (const std::size_t k : std::set<std::size_t>{0, count / 2, count - 1}) {
        expect_nan_spreads(c, s, nan_in::x, i, k);
        expect_nan_spreads(c, s, nan_in::v, i, k);
      }
  }
}

// ---- memory ------------------------------------------------------------------------------------------------------

/// All arrays in pages of their own, inputs read only; against the same call on ordinary memory.
void expect_inside(const curvature& c, std::size_t n, std::size_t count, std::size_t gap) {
  const directed_inputs d = directed(c, n, count, gap);
  const directed_answer usual = evaluate(c, d);
  const std::size_t of_v = (n - 1) * d.stride + count, of_x = (n - 1) * d.in.stride + d.in.points;
  const auto cut = [](std::vector<double> all, std::size_t size) {
    all.resize(size);
    return all;
  };
  for (const placement where : {placement::at_end, placement::at_begin}) {
    guarded<double> x(cut(d.in.x, of_x), where), v(cut(d.v, of_v), where);
    guarded<double> value(std::vector<double>(d.in.points), where), g(std::vector<double>(of_x, unused<double>), where);
    guarded<double> h(std::vector<double>(of_v, unused<double>), where);
    x.make_read_only(), v.make_read_only();
    const std::vector<gradlane_array> arrays = d.in.abi();
    bench::curvature_plan plan(c, shape_of(d, 1, arrays));
    plan.evaluate(x.data(), v.data(), value.data(), g.data(), h.data());
    EXPECT_EQ(std::memcmp(h.data(), usual.product.data(), of_v * sizeof(double)), 0) << "product, n = " << n;
    EXPECT_EQ(std::memcmp(g.data(), usual.gradient.data(), of_x * sizeof(double)), 0) << "gradient, n = " << n;
    EXPECT_TRUE(value.is_clean() && g.is_clean() && h.is_clean()) << "written outside, n = " << n << ", " << count;
  }
}

TEST_P(second_derivatives, touch_memory_neither_before_nor_behind) {
  const curvature& c = GetParam();
  const catalogue_entry& problem = problem_of(c);
  for (const std::size_t n : sizes_up_to(problem, problem.facts.multiple * (lanes_of(c) + 3)))
    expect_inside(c, n, counts(c)[n % counts(c).size()], has_many(c) ? n % 2 : 0);
  for (const std::size_t count : counts(c)) expect_inside(c, valid_size(problem, 35), count, 0);
  if (!has_many(c) && !problem.facts.dense)
    for (const std::size_t n : sizes_around(problem, 4096 * problem.facts.multiple)) expect_inside(c, n, 1, 0);
}

TEST_P(second_derivatives, allocate_nothing_after_the_first_call) {
  if (!bench::allocation_count().value()) GTEST_SKIP() << "allocations cannot be counted here";
  const curvature& c = GetParam();
  const bool rows = problem_of(c).facts.dense && !has_many(c);
  directed_inputs d = directed(c, valid_size(problem_of(c), rows ? 300 : 21), counts(c).back());
  directed_answer a = evaluate(c, d);
  const std::vector<gradlane_array> arrays = d.in.abi();
  for (const int threads : {1, 2}) {
    bench::curvature_plan plan(c, shape_of(d, threads, arrays));
    const auto call = [&] {
      plan.evaluate(d.in.x.data(), d.v.data(), a.value.data(), a.gradient.data(), a.product.data());
    };
    call();
    const bench::allocation_count count;
    for (const std::size_t k : {0u, 1u, 2u}) d.v[k % d.v.size()] += 0.125, call();
    EXPECT_EQ(count.value(), std::optional(std::uint64_t{0})) << "on " << threads << " threads";
    EXPECT_LT(plan.bytes(), std::size_t{1} << 26);
  }
}

// ---- arguments ---------------------------------------------------------------------------------------------------

/// `prepare`'s answer, which must be the same in however little room for a message, with a plan or a message.
gradlane_status prepared(const curvature& c, const gradlane_shape& shape) {
  gradlane_status s = GRADLANE_OK;
  for (const std::size_t room : {0u, 1u, 8u, 128u}) {
    std::string message(room + 1, '#');
    void* plan = &message;
    s = c.entry().prepare(&c.entry(), &shape, &plan, room == 0 ? nullptr : message.data(), room);
    EXPECT_EQ(plan == nullptr, s != GRADLANE_OK);
    EXPECT_EQ(message[room], '#') << "written behind the message";
    if (s == GRADLANE_OK) {
      c.entry().release(plan);
    } else if (room > 0) {
      const std::size_t end = message.find('\0');
      EXPECT_LT(end, room) << "the message is not terminated";
      EXPECT_TRUE(room == 1 || end > 0) << "no message";
    }
  }
  return s;
}

TEST_P(second_derivatives, of_bad_shapes_are_refused) {
  const curvature& c = GetParam();
  const directed_inputs d = directed(c, valid_size(problem_of(c), 5), 1);
  const std::vector<gradlane_array> arrays = d.in.abi();
  const auto refused = [&](auto spoil, gradlane_status status) {
    gradlane_shape shape = shape_of(d, 1, arrays);
    spoil(shape);
    EXPECT_EQ(prepared(c, shape), status);
  };
  refused([](gradlane_shape&) {}, GRADLANE_OK);
  refused([](gradlane_shape& s) { s.struct_size = 8; }, GRADLANE_BAD_ARGUMENT);
  refused([](gradlane_shape& s) { s.n = 0; }, GRADLANE_BAD_ARGUMENT);
  refused([](gradlane_shape& s) { s.points = 0; }, GRADLANE_BAD_ARGUMENT);
  refused([](gradlane_shape& s) { s.points = 3, s.stride = 2; }, GRADLANE_BAD_ARGUMENT);
  refused([](gradlane_shape& s) { s.threads = 0; }, GRADLANE_BAD_ARGUMENT);
  refused([](gradlane_shape& s) { s.stride = SIZE_MAX / 4; }, GRADLANE_BAD_ARGUMENT);
  refused([](gradlane_shape& s) { s.data = nullptr, s.data_count = 1; }, GRADLANE_BAD_ARGUMENT);
  if (!has_many(c)) refused([](gradlane_shape& s) { s.points = s.stride = 2; }, GRADLANE_UNSUPPORTED);
  if (c.entry().max_n > 0)
    refused([&](gradlane_shape& s) { s.n = valid_size(problem_of(c), c.entry().max_n + 1); }, GRADLANE_UNSUPPORTED);
  if (!arrays.empty()) refused([](gradlane_shape& s) { s.data_count = 0; }, GRADLANE_BAD_ARGUMENT);
  std::vector<gradlane_array> spoilt = arrays;
  for (std::size_t k = 0; k < arrays.size(); ++k) {
    const auto data_refused = [&](auto spoil) {
      spoil(spoilt[k]);
      refused([&](gradlane_shape& s) { s.data = spoilt.data(); }, GRADLANE_BAD_ARGUMENT);
      spoilt[k] = arrays[k];
    };
    data_refused([](gradlane_array& a) { a.name = "another"; });
    data_refused([](gradlane_array& a) { a.data = nullptr; });
    data_refused([](gradlane_array& a) { ++a.rows; });
    data_refused([](gradlane_array& a) { ++a.cols; });
  }
  EXPECT_EQ(c.entry().prepare(&c.entry(), nullptr, nullptr, nullptr, 0), GRADLANE_BAD_ARGUMENT);
}

TEST_P(second_derivatives, of_bad_pointers_are_refused) {
  const curvature& c = GetParam();
  const directed_inputs d = directed(c, valid_size(problem_of(c), 5), 1);
  const std::vector<gradlane_array> arrays = d.in.abi();
  const gradlane_shape shape = shape_of(d, 1, arrays);
  const std::size_t n = d.in.n;
  void* plan = nullptr;
  ASSERT_EQ(c.entry().prepare(&c.entry(), &shape, &plan, nullptr, 0), GRADLANE_OK);
  // x and v with room around them, in which an output may begin or end within either.
  std::vector<double> around_x(3 * n), around_v(3 * n), around_g(3 * n), h(n), value(1);
  double *const x = around_x.data() + n, *const v = around_v.data() + n, *const g = around_g.data() + n;
  std::copy(d.in.x.begin(), d.in.x.end(), x), std::copy(d.v.begin(), d.v.end(), v);
  const std::vector<double> x_before = around_x, v_before = around_v;
  const auto status = [&](void* p, double* px, double* pv, double* to, double* pg, double* ph, std::size_t room) {
    std::string message(room + 1, '#');
    const gradlane_status s = c.entry().evaluate(p, px, pv, to, pg, ph, room == 0 ? nullptr : message.data(), room);
    EXPECT_EQ(message[room], '#') << "written behind the message";
    if (s != GRADLANE_OK && room > 1) {
      EXPECT_TRUE(message[0] != '#' && message[0] != 0) << "no message";
    }
    return s;
  };
  const auto expect_refused = [&](void* p, double* px, double* pv, double* to, double* pg, double* ph,
                                  const char* what) {
    for (const std::size_t room : {0u, 1u, 8u, 128u})
      EXPECT_EQ(status(p, px, pv, to, pg, ph, room), GRADLANE_BAD_ARGUMENT) << what;
  };
  EXPECT_EQ(status(plan, x, v, value.data(), g, h.data(), 128), GRADLANE_OK);
  expect_refused(nullptr, x, v, value.data(), g, h.data(), "no plan");
  expect_refused(plan, nullptr, v, value.data(), g, h.data(), "no x");
  expect_refused(plan, x, nullptr, value.data(), g, h.data(), "no v");
  expect_refused(plan, x, v, nullptr, g, h.data(), "no value");
  expect_refused(plan, x, v, value.data(), nullptr, h.data(), "no gradient");
  expect_refused(plan, x, v, value.data(), g, nullptr, "no product");
  for (std::ptrdiff_t shift = 1 - static_cast<std::ptrdiff_t>(n); shift < static_cast<std::ptrdiff_t>(n); ++shift) {
    expect_refused(plan, x, v, value.data(), x + shift, h.data(), "the gradient lies in x");
    expect_refused(plan, x, v, value.data(), v + shift, h.data(), "the gradient lies in v");
    expect_refused(plan, x, v, value.data(), g, x + shift, "the product lies in x");
    expect_refused(plan, x, v, value.data(), g, v + shift, "the product lies in v");
    expect_refused(plan, x, v, value.data(), g, g + shift, "the product lies in the gradient");
  }
  EXPECT_TRUE(same_bits(around_x, x_before) && same_bits(around_v, v_before)) << "refused, but x or v changed";
  // Side by side is no overlap.
  EXPECT_EQ(status(plan, x, v, value.data(), x + n, x - n, 128), GRADLANE_OK);
  EXPECT_EQ(status(plan, x, v, value.data(), v + n, v - n, 128), GRADLANE_OK);
  c.entry().release(plan);
}

}  // namespace
}  // namespace gradlane::suite
