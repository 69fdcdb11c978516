// Second derivatives: every entry against the oracle, symmetric, the same bits on any number of threads and instruction
// set, in the memory that it is given, and bad arguments.
#include "suite_curvature.hpp"

#include "suite_buffers.hpp"
#include "throughput/allocations.hpp"

namespace gradlane::suite {

const std::vector<curvature>& curvatures() {
  static const std::vector<curvature> tested = [] {
    std::vector<curvature> all = bench::all_curvatures(modules());
    std::erase_if(all, [](const curvature& c) { return c.entry().dtype != GRADLANE_F64; });
    return all;
  }();
  return tested;
}

std::string curvature_test_name(const testing::TestParamInfo<curvature>& info) {
  std::string name = info.param.name();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

directed_inputs directed(const curvature& c, std::size_t n, std::size_t count, std::size_t gap) {
  directed_inputs d;
  d.in = inputs_with_gap<double>(problem_of(c), n, c.lanes() == "points" ? count : 1, c.lanes() == "points" ? gap : 0);
  d.count = count;
  d.stride = count + gap;
  d.v.assign(n * d.stride, unused<double>);
  std::vector<double> drawn(n * count);
  draw_points(drawn.data(), n, count, count, seed + 1);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < count; ++k) d.v[i * d.stride + k] = drawn[i * count + k];
  return d;
}

directed_answer evaluate(const curvature& c, const directed_inputs& d, int threads) {
  const std::vector<gradlane_array> arrays = d.in.abi();
  bench::curvature_plan plan(c, shape_of(d, threads, arrays));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  directed_answer a{std::vector<double>(d.in.points, nan), std::vector<double>(d.in.x.size(), unused<double>),
                    std::vector<double>(d.v.size(), unused<double>)};
  for (std::size_t k = 0; k < d.in.x.size(); ++k)
    if (k % d.in.stride < d.in.points) a.gradient[k] = nan;
  for (std::size_t k = 0; k < d.v.size(); ++k)
    if (k % d.stride < d.count) a.product[k] = nan;
  plan.evaluate(d.in.x.data(), d.v.data(), a.value.data(), a.gradient.data(), a.product.data());
  for (std::size_t k = 0; k < d.v.size(); ++k)
    if (k % d.stride >= d.count) {
      EXPECT_EQ(a.product[k], unused<double>) << "written where nothing belongs, element " << k;
    }
  return a;
}

namespace {

std::size_t lanes_of(const curvature& c) { return c.owner().table->lanes_f64; }
bool has_many(const curvature& c) { return c.lanes() != "elements"; }
/// Numbers of directions: one, around a register, and a chunk of several registers with some left.
std::vector<std::size_t> counts(const curvature& c) {
  const std::size_t w = lanes_of(c);
  return has_many(c) ? std::vector<std::size_t>{1, w, w + 1, 4 * w, 4 * w + 3} : std::vector<std::size_t>{1};
}

/// A product, and value and gradient beside it, held against the oracle.
void expect_right(const curvature& c, const directed_inputs& d, const directed_answer& a, std::size_t k) {
  const catalogue_entry& problem = problem_of(c);
  const std::vector<gradlane_array> arrays = d.in.abi();
  const std::vector<double> x = d.point(c, k), v = d.direction(k);
  const std::size_t n = d.in.n, p = c.lanes() == "points" ? k : 0;
  const auto oracle = make_oracle<double>(problem, x.data(), n, arrays);
  if (n > 2000) oracle->compare_a_sample(200);  // with ends and edges of blocks
  const value_error value = oracle->compare_value(a.value[p]);
  const judgement g = judge<double>(oracle->compare(a.gradient.data() + p, d.in.stride), value, n, 0, 0);
  EXPECT_EQ(g.result, verdict::ok) << "value or gradient, n = " << n << ", direction " << k << " of " << d.count;
  if (problem.make_product == nullptr) return;  // nobody wrote its closed form
  const auto product = make_product_oracle(problem, x.data(), v.data(), n, arrays);
  if (n > 2000) product->compare_a_sample(200);
  const gradient_error h = product->compare(a.product.data() + k, d.stride);
  const judgement j = judge<double>(h, value, n, 0, 0);
  EXPECT_EQ(j.result, verdict::ok) << "product, n = " << n << ", direction " << k << " of " << d.count << ": off by "
                                   << h.relative << ", allowed " << j.tolerance << ", worst component " << h.worst
                                   << ": " << a.product[h.worst * d.stride + k] << ", exact "
                                   << product->component(h.worst);
}
void expect_right(const curvature& c, std::size_t n, std::size_t count, std::size_t gap = 0) {
  const directed_inputs d = directed(c, n, count, gap);
  const directed_answer a = evaluate(c, d);
  const std::size_t last = count - 1;
  for (const std::size_t k : {std::size_t{0}, last / 2, last}) expect_right(c, d, a, k);
}

class second_derivatives : public each_curvature {};

TEST_P(second_derivatives, agree_with_the_oracle) {
  const curvature& c = GetParam();
  const catalogue_entry& problem = problem_of(c);
  for (const std::size_t n : sizes_up_to(problem, problem.facts.multiple * (lanes_of(c) + 3)))
    for (const std::size_t count : counts(c)) expect_right(c, n, count, has_many(c) ? n % 3 : 0);
  for (const std::size_t terms : {17u, 35u, 67u}) expect_right(c, valid_size(problem, terms), counts(c).back());
  const bool linear = !c.has(GRADLANE_SWEEPS) && !problem.facts.dense;
  if (linear && has_many(c))  // blocks of sums …
    expect_right(c, valid_size(problem, 4096 * problem.facts.multiple + 1), 1);
  else if (linear)
    for (const std::size_t n : sizes_around(problem, 4096 * problem.facts.multiple)) expect_right(c, n, 1);
  else if (!c.has(GRADLANE_SWEEPS))
    for (const std::size_t n : {257u, 330u})  // … and groups of rows
      expect_right(c, valid_size(problem, n), 1);
}

/// uᵀHv = vᵀHu, as far as the rounding of both products allows.
TEST_P(second_derivatives, are_symmetric) {
  const curvature& c = GetParam();
  if (problem_of(c).make_product == nullptr) GTEST_SKIP() << "no closed form says how large its terms are";
  const std::size_t n = valid_size(problem_of(c), 44);
  // The same point twice where each point has a direction of its own.
  directed_inputs d = directed(c, n, 2);
  if (!has_many(c)) d = directed(c, n, 1);
  directed_inputs e = directed(c, n, d.count);
  for (double& vi : e.v) vi = 1 - vi * vi;
  if (c.lanes() == "points")
    for (std::size_t i = 0; i < n; ++i) d.in.x[i * d.in.stride + 1] = d.in.x[i * d.in.stride];
  e.in = d.in;
  const std::vector<double> hv = evaluate(c, d).product, hu = evaluate(c, e).product;
  const std::vector<double> x = d.point(c, 0), v = d.direction(0), u = e.direction(0);
  const std::vector<gradlane_array> arrays = d.in.abi();
  const auto by_v = make_product_oracle(problem_of(c), x.data(), v.data(), n, arrays);
  const auto by_u = make_product_oracle(problem_of(c), x.data(), u.data(), n, arrays);
  double left = 0, right = 0, scale = 0;
  for (std::size_t i = 0; i < n; ++i) {
    left += u[i] * hv[i * d.stride], right += v[i] * hu[i * d.stride];
    scale += std::abs(u[i]) * by_v->component_scale(i) + std::abs(v[i]) * by_u->component_scale(i);
  }
  EXPECT_NEAR(left, right, rounding_factor<double>(n) * scale);
}

TEST_P(second_derivatives, do_not_depend_on_threads) {
  const curvature& c = GetParam();
  const catalogue_entry& problem = problem_of(c);
  const bool large = !has_many(c) && !problem.facts.dense;
  const std::size_t n = valid_size(problem, large ? 8 * 4096 * problem.facts.multiple + 37 : has_many(c) ? 21 : 363);
  const directed_inputs d = directed(c, n, has_many(c) ? 20 * lanes_of(c) + 1 : 1);
  const directed_answer one = evaluate(c, d);
  if (!c.has(GRADLANE_THREADS)) return;
  for (int threads = 2; threads <= 8; ++threads) EXPECT_TRUE(evaluate(c, d, threads) == one) << threads << " threads";
}

/// What differs in v alone must not touch value and gradient, and NaN in it is no error.
TEST_P(second_derivatives, leave_value_and_gradient_to_x) {
  const curvature& c = GetParam();
  directed_inputs d = directed(c, valid_size(problem_of(c), 21), counts(c).back());
  const directed_answer usual = evaluate(c, d);
  for (double& vi : d.v) vi = std::numeric_limits<double>::quiet_NaN();
  const directed_answer with_nan = evaluate(c, d);
  EXPECT_TRUE(same_bits(usual.value, with_nan.value));
  EXPECT_TRUE(same_bits(usual.gradient, with_nan.gradient));
}

TEST_P(second_derivatives, of_nan_are_nan) {
  const curvature& c = GetParam();
  directed_inputs d = directed(c, valid_size(problem_of(c), 13), counts(c).back());
  for (double& xi : d.in.x) xi = std::numeric_limits<double>::quiet_NaN();
  const directed_answer a = evaluate(c, d);
  for (std::size_t p = 0; p < d.in.points; ++p) EXPECT_TRUE(std::isnan(a.value[p])) << "point " << p;
}

/// SIMD over the elements on sets with FMA: the same operations in the same order.
TEST_P(second_derivatives, have_the_same_bits_on_every_instruction_set) {
  const curvature& c = GetParam();
  const auto fused = [](const curvature& of) {
    const std::vector<std::string>& needs = of.owner().about.needs;
    return std::find(needs.begin(), needs.end(), "fma") != needs.end();
  };
  if (has_many(c) || !fused(c)) return;
  const directed_inputs d = directed(c, valid_size(problem_of(c), problem_of(c).facts.dense ? 301 : 9001), 1);
  const directed_answer here = evaluate(c, d);
  for (const curvature& other : curvatures())
    if (other.problem() == c.problem() && other.method() == c.method() && other.lanes() == c.lanes() && fused(other)) {
      EXPECT_TRUE(evaluate(other, d) == here) << other.name();
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

gradlane_status prepared(const curvature& c, gradlane_shape shape) {
  void* plan = &shape;
  char message[128] = "";
  const gradlane_status s = c.entry().prepare(&c.entry(), &shape, &plan, message, sizeof message);
  EXPECT_EQ(plan == nullptr, s != GRADLANE_OK);
  EXPECT_EQ(message[0] == 0, s == GRADLANE_OK) << message;
  if (s == GRADLANE_OK) c.entry().release(plan);
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
  EXPECT_EQ(c.entry().prepare(&c.entry(), nullptr, nullptr, nullptr, 0), GRADLANE_BAD_ARGUMENT);
}

TEST_P(second_derivatives, of_bad_pointers_are_refused) {
  const curvature& c = GetParam();
  directed_inputs d = directed(c, valid_size(problem_of(c), 5), 1);
  const std::vector<gradlane_array> arrays = d.in.abi();
  bench::curvature_plan plan(c, shape_of(d, 1, arrays));
  double value = 0;
  std::vector<double> g(d.in.n), h(d.in.n);
  double *const x = d.in.x.data(), *const v = d.v.data();
  const auto status = [&](double* px, double* pv, double* value_to, double* pg, double* ph) {
    return plan.evaluate_unchecked(px, pv, value_to, pg, ph);
  };
  EXPECT_EQ(status(x, v, &value, g.data(), h.data()), GRADLANE_OK);
  EXPECT_EQ(status(nullptr, v, &value, g.data(), h.data()), GRADLANE_BAD_ARGUMENT);
  EXPECT_EQ(status(x, nullptr, &value, g.data(), h.data()), GRADLANE_BAD_ARGUMENT);
  EXPECT_EQ(status(x, v, nullptr, g.data(), h.data()), GRADLANE_BAD_ARGUMENT);
  EXPECT_EQ(status(x, v, &value, nullptr, h.data()), GRADLANE_BAD_ARGUMENT);
  EXPECT_EQ(status(x, v, &value, g.data(), nullptr), GRADLANE_BAD_ARGUMENT);
  EXPECT_EQ(status(x, v, &value, x, h.data()), GRADLANE_BAD_ARGUMENT);
  EXPECT_EQ(status(x, v, &value, v, h.data()), GRADLANE_BAD_ARGUMENT);
  EXPECT_EQ(status(x, v, &value, g.data(), x), GRADLANE_BAD_ARGUMENT);
  EXPECT_EQ(status(x, v, &value, g.data(), v), GRADLANE_BAD_ARGUMENT);
  EXPECT_EQ(status(x, v, &value, g.data(), g.data()), GRADLANE_BAD_ARGUMENT);
}

GRADLANE_FOR_EACH_CURVATURE_ENTRY(second_derivatives);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(second_derivatives);  // a module need not have any

/// Every problem of our modules has second derivatives, or an absence that says why not.
TEST(curvatures, are_there_or_absent_with_a_reason) {
  for (const bench::backend_module& m : modules().modules) {
    if (m.about.rank == 0) continue;
    for (const catalogue_entry& problem : catalogue()) {
      bool found = false;
      for (const curvature& c : curvatures()) found = found || (&c.owner() == &m && c.problem() == problem.name);
      for (std::size_t i = 0; i < m.table->absence_count && problem.make_product == nullptr; ++i)
        found = found || (m.table->absences[i].problem != nullptr && problem.name == m.table->absences[i].problem);
      EXPECT_TRUE(found) << m.about.name << ": " << problem.name;
    }
  }
}

}  // namespace
}  // namespace gradlane::suite
