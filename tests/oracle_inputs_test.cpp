// The inputs that everybody gets: the same bits for ever, and sizes that cannot be are refused.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "oracle/random.hpp"
#include "oracle_sample.hpp"

namespace gradlane {
namespace {

TEST(inputs, the_first_numbers_never_change) {
  const auto f64 = make_inputs<double>(problem("quartic"), 4, 1, 1);
  EXPECT_EQ(f64.x, (std::vector<double>{0x1.22801d2819e94p-2, -0x1.cf8b76218ccf0p-3, 0x1.4b723e6cc5940p-3,
                                        -0x1.a9f68a0050626p-1}));
  const auto f32 = make_inputs<float>(problem("quartic"), 4, 1, 1);
  EXPECT_EQ(f32.x, (std::vector<float>{0x1.228018p-2f, -0x1.cf8b8p-3f, 0x1.4b723p-3f, -0x1.a9f68cp-1f}));
  EXPECT_NE(make_inputs<double>(problem("quartic"), 4, 1, 2).x, f64.x);
}

TEST(inputs, do_not_depend_on_threads_or_the_number_of_points) {
  const std::size_t n = 70000;
  EXPECT_EQ(make_inputs<float>(problem("linear"), n, 1, 3, 1).x, make_inputs<float>(problem("linear"), n, 1, 3, 5).x);
  const auto one = make_inputs<double>(problem("rosenbrock"), 9, 1, 3);
  const auto many = make_inputs<double>(problem("rosenbrock"), 9, 7, 3);
  EXPECT_EQ(one.point(0), many.point(0));
  EXPECT_NE(many.point(0), many.point(6));
  EXPECT_EQ(many.x[8 * many.stride + 6], many.point(6)[8]);
}

TEST(inputs, follow_the_specification_of_the_arrays) {
  const auto in = make_inputs<float>(problem("logistic_regression"), 50, 1, 1);
  const auto arrays = in.abi();
  ASSERT_EQ(arrays.size(), 2u);
  EXPECT_STREQ(arrays[0].name, "features");
  EXPECT_EQ(arrays[0].rows, 200u);
  EXPECT_EQ(arrays[0].cols, 50u);
  EXPECT_EQ(arrays[0].data, in.arrays[0].values.data());
  double sum = 0, squares = 0;
  for (const float v : in.arrays[0].values) sum += v, squares += v * v;
  EXPECT_NEAR(squares / 10000, 1.0 / 50, 1e-3);
  EXPECT_NEAR(sum / 10000, 0, 5e-3);
  for (const float v : in.arrays[1].values) EXPECT_TRUE(v == 1 || v == -1);
  EXPECT_LT(std::abs(std::accumulate(in.arrays[1].values.begin(), in.arrays[1].values.end(), 0.0f)), 60);
}

TEST(inputs, uniform_stays_below_its_upper_end) {
  const random_stream stream(1, "edge");
  for (std::uint64_t i = 0; i < 100000; ++i) {
    const float drawn = stream.uniform<float>(i, 1e6f, 1e6f + 0.125f);  // most draws round to an end
    ASSERT_TRUE(drawn >= 1e6f && drawn < 1e6f + 0.125f);
  }
}

TEST(catalogue, refuses_sizes_that_cannot_be) {
  EXPECT_THROW(data_bytes(problem("chain"), 6, 8), std::invalid_argument);
  EXPECT_THROW(data_bytes(problem("rosenbrock"), 1, 8), std::invalid_argument);
  EXPECT_THROW(data_bytes(problem("log_sum_exp"), 0, 8), std::invalid_argument);
  EXPECT_THROW(data_bytes(problem("linear"), std::size_t{1} << 62, 8), std::invalid_argument);
  EXPECT_THROW(data_bytes(problem("quadratic_form"), std::size_t{1} << 33, 8), std::invalid_argument);
  EXPECT_THROW(data_bytes(problem("quadratic_form"), 11586, 8), std::invalid_argument);
  EXPECT_EQ(data_bytes(problem("quadratic_form"), 11585, 8), 11585u * 11585u * 8u);
  EXPECT_THROW(point_bytes(problem("quartic"), std::size_t{1} << 40, std::size_t{1} << 30, 8), std::invalid_argument);
  EXPECT_THROW(point_bytes(problem("quartic"), 4, 0, 8), std::invalid_argument);
  EXPECT_EQ(find_problem("no_such_problem"), nullptr);
  const double x = 0;
  EXPECT_THROW(make_oracle<double>(problem("linear"), &x, 1, {}), std::invalid_argument);
  EXPECT_THROW(make_oracle<double>(problem("chain"), &x, 1, {}), std::invalid_argument);
}

}  // namespace
}  // namespace gradlane
