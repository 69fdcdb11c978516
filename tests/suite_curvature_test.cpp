// Second derivatives: every entry against the oracle, symmetric, the same bits on any number of threads and instruction
// set. What a call depends on and touches: suite_curvature_calls_test.cpp.
#include "suite_curvature.hpp"

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

directed_subject::directed_subject(const curvature& c, directed_inputs d, int threads)
    : d_(std::move(d)), arrays_(d_.in.abi()), plan_(c, shape_of(d_, threads, arrays_)) {}

directed_answer directed_subject::at(const std::vector<double>& x, const std::vector<double>& v) {
  const auto to_be_written = [](std::size_t size, std::size_t stride, std::size_t used) {
    std::vector<double> all(size, unused<double>);
    for (std::size_t k = 0; k < size; ++k)
      if (k % stride < used) all[k] = std::numeric_limits<double>::quiet_NaN();
    return all;
  };
  directed_answer a{to_be_written(d_.in.points, 1, 1), to_be_written(x.size(), d_.in.stride, d_.in.points),
                    to_be_written(v.size(), d_.stride, d_.count)};
  plan_.evaluate(x.data(), v.data(), a.value.data(), a.gradient.data(), a.product.data());
  const auto expect_gaps = [](const std::vector<double>& all, std::size_t stride, std::size_t used, const char* what) {
    for (std::size_t k = 0; k < all.size(); ++k)
      if (k % stride >= used) {
        EXPECT_EQ(all[k], unused<double>) << "written where nothing belongs, element " << k << " of the " << what;
      }
  };
  expect_gaps(a.gradient, d_.in.stride, d_.in.points, "gradient");
  expect_gaps(a.product, d_.stride, d_.count, "product");
  return a;
}

namespace {

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
  if (!c.has(GRADLANE_THREADS)) return;
  const catalogue_entry& problem = problem_of(c);
  const bool large = !has_many(c) && !problem.facts.dense;
  const std::size_t n = valid_size(problem, large ? 8 * 4096 * problem.facts.multiple + 37 : has_many(c) ? 21 : 363);
  // Many directions for each thread, and some threads without any.
  for (const std::size_t count : has_many(c) ? std::vector<std::size_t>{20 * lanes_of(c) + 1, 3} : counts(c)) {
    const directed_inputs d = directed(c, n, count);
    const directed_answer one = evaluate(c, d);
    for (int threads = 2; threads <= 8; ++threads) {
      EXPECT_TRUE(evaluate(c, d, threads) == one) << threads << " threads, " << count << " directions";
    }
  }
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

INSTANTIATE_TEST_SUITE_P(all, second_derivatives, testing::ValuesIn(curvatures()), curvature_test_name);
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
