// What the timed calls of the throughput driver see: inputs that change from call to call, and an ensemble's errors
// judged together.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "throughput/ensemble.hpp"
#include "throughput/predict.hpp"
#include "throughput/workload.hpp"

namespace {

using namespace gradlane;
using namespace gradlane::bench;
using bytes = std::vector<char>;

bytes copy_of(const void* x, std::size_t size) {
  const char* first = static_cast<const char*>(x);
  return {first, first + size};
}

std::size_t differing_elements(const bytes& a, const bytes& b, std::size_t size) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); i += size) count += std::memcmp(&a[i], &b[i], size) != 0;
  return count;
}

class timed_inputs : public testing::TestWithParam<std::tuple<const char*, std::size_t>> {};

// n on both sides of the size up to which copies of x take turns.
INSTANTIATE_TEST_SUITE_P(sizes, timed_inputs,
                         testing::Combine(testing::Values("f32", "f64"),
                                          testing::Values(1, 2, 3, 4, 17, 64, 128, 1024)));

TEST_P(timed_inputs, differ_in_one_element_from_the_last_call) {
  const auto [dtype, n] = GetParam();
  const std::size_t size = std::string(dtype) == "f32" ? 4 : 8;
  const std::unique_ptr<workload> w = make_workload("quartic", dtype, n, 1, 1);
  const bytes base = copy_of(w->x(), n * size);
  for (int series = 0; series < 5; ++series) {
    w->begin_series(101);
    bytes last = copy_of(w->next_x(), n * size);
    for (int call = 1; call < 101; ++call) {
      const bytes now = copy_of(w->next_x(), n * size);
      ASSERT_EQ(differing_elements(now, last, size), 1u) << "series " << series << ", call " << call;
      ASSERT_EQ(differing_elements(now, base, size), 1u) << "x drifts away";
      last = now;
    }
    w->rewind();
    ASSERT_EQ(copy_of(w->x(), n * size), base) << "x is not as it was";
  }
}

TEST_P(timed_inputs, are_never_the_same_again_but_at_the_end_of_a_series) {
  const auto [dtype, n] = GetParam();
  const std::size_t size = std::string(dtype) == "f32" ? 4 : 8;
  const std::unique_ptr<workload> w = make_workload("quartic", dtype, n, 1, 1);
  std::set<bytes> seen{copy_of(w->x(), n * size)}, endings;
  const auto expect_new = [&, all = n * size] { EXPECT_TRUE(seen.insert(copy_of(w->next_x(), all)).second); };
  for (int series = 0; series < 6; ++series) {
    w->begin_series(50);
    for (int call = 0; call < 49; ++call) expect_new();
    endings.insert(copy_of(w->next_x(), n * size));
    w->begin_series(1, false);
    expect_new();
    w->begin_series(1);
    endings.insert(copy_of(w->next_x(), n * size));
  }
  EXPECT_LE(endings.size(), 2u);
  for (const bytes& x : endings) EXPECT_EQ(seen.count(x), 0u);
}

/// What the timed calls of an implementation leave behind, judged.
template <class T>
class last_call {
 public:
  last_call(std::size_t n, std::size_t points)
      : n_(n),
        shared_(make_workload("quartic", sizeof(T) == 4 ? "f32" : "f64", n, points, 1)),
        shape_(shared_->shape(1, 0)) {
    table_.name = "here", module_.table = &table_;
    entry_.problem = "quartic", entry_.method = "by hand", entry_.lanes = "points";
  }
  /// A series in which the call that is `from_the_end` computes last, and nothing after it.
  bool is_right_if_computed(std::size_t calls, std::size_t from_the_end) {
    shared_->poison();
    shared_->begin_series(calls);
    for (std::size_t k = calls; k-- > 0;)
      if (const T* x = static_cast<const T*>(shared_->next_x()); k >= from_the_end) compute(x);
    const bool right = shared_->check_last(implementation(module_, entry_), 0).right;
    shared_->rewind();
    return right;
  }

 private:
  void compute(const T* x) {
    T *const value = static_cast<T*>(shared_->value()), *const gradient = static_cast<T*>(shared_->gradient());
    for (std::size_t p = 0; p < shape_.points; ++p) {
      double sum = 0;
      for (std::size_t i = 0; i < n_; ++i) {
        const double xi = static_cast<double>(x[i * shape_.stride + p]);
        gradient[i * shape_.stride + p] = static_cast<T>(12 * xi * ((xi - 1) * xi - 2));
        sum += xi * xi * ((3 * xi - 4) * xi - 12);
      }
      value[p] = static_cast<T>(sum);
    }
  }
  std::size_t n_;
  std::unique_ptr<workload> shared_;
  gradlane_shape shape_;
  gradlane_implementation entry_{};
  gradlane_backend_table table_{};
  backend_module module_;
};

class last_calls : public testing::TestWithParam<std::tuple<std::size_t, std::size_t>> {};

INSTANTIATE_TEST_SUITE_P(sizes, last_calls,
                         testing::Combine(testing::Values(1, 2, 17, 64, 3000), testing::Values(1, 5, 40)));

TEST_P(last_calls, are_checked_in_both_precisions) {
  const auto [n, points] = GetParam();
  last_call<double> f64(n, points);
  last_call<float> f32(n, points);
  for (const std::size_t calls : {std::size_t{1}, std::size_t{2}, std::size_t{40}, std::size_t{41}}) {
    EXPECT_TRUE(f64.is_right_if_computed(calls, 0)) << calls << " calls";
    EXPECT_TRUE(f32.is_right_if_computed(calls, 0)) << calls << " calls";
    for (const std::size_t missed : {std::size_t{1}, std::size_t{2}, std::size_t{39}, calls}) {
      if (missed > calls) continue;
      EXPECT_FALSE(f64.is_right_if_computed(calls, missed)) << "the last " << missed << " of " << calls << " left out";
      EXPECT_FALSE(f32.is_right_if_computed(calls, missed)) << "the last " << missed << " of " << calls << " left out";
    }
  }
}

gradient_error error_of(double relative, double norm) {
  gradient_error g;
  g.relative = relative;
  g.absolute = relative * norm;
  g.norm = g.scale_norm = norm;
  g.scaled = relative / 0x1p-52;
  g.checked = 4;
  return g;
}

TEST(an_ensemble, of_good_finite_differences_may_have_a_bad_point_with_a_tiny_gradient) {
  ensemble<double> errors(4);
  for (std::size_t p = 0; p < 1000; ++p) {
    errors.add_value(p, 1.0, {1, 0, 0, 1, 0});
    errors.add_gradient(p, p == 500 ? error_of(1e-2, 1e-9) : error_of(1e-10, 1));
  }
  EXPECT_TRUE(errors.judge(2, 6e-6).right);
}

TEST(an_ensemble, does_not_hide_one_wrong_point) {
  for (const int order : {0, 2}) {
    ensemble<double> errors(4);
    for (std::size_t p = 0; p < 16384; ++p) {
      errors.add_value(p, 1.0, {1, 0, 0, 1, 0});
      errors.add_gradient(p, error_of(p == 4711 ? 1 : 1e-16, 1));
    }
    const check_result r = errors.judge(order, order == 0 ? 0 : 6e-6);
    EXPECT_FALSE(r.right) << "order " << order;
    EXPECT_NE(r.complaint.find("point 4711"), std::string::npos) << r.complaint;
  }
}

TEST(an_ensemble, of_the_complex_step_has_values_off_by_its_truncation) {
  for (const double step : {1e-3, 1e-100}) {
    ensemble<double> errors(4);
    errors.add_value(0, 1.0, {1, 1e-6, 1e10, 1, 1e-6 / 0x1p-52});
    errors.add_gradient(0, error_of(1e-6, 1));
    EXPECT_EQ(errors.judge(0, step).right, step == 1e-3) << step;
  }
}

TEST(an_ensemble, takes_nan_for_wrong) {
  for (const bool in_value : {false, true}) {
    ensemble<double> errors(4);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t p = 0; p < 8; ++p) {
      const bool here = p == 3;
      errors.add_value(p, 1.0, here && in_value ? value_error{1, nan, nan, 1, nan} : value_error{1, 0, 0, 1, 0});
      gradient_error g = error_of(here && !in_value ? nan : 0, 1);
      g.non_finite = here && !in_value;
      errors.add_gradient(p, g);
    }
    EXPECT_FALSE(errors.judge(0, 0).right);
  }
}

/// A predictor of a dense problem on a machine that needs 1.6 ns a term, and what it tried.
struct predicting {
  gradlane_implementation entry{};
  gradlane_backend_table table{};
  backend_module module;
  std::vector<double> probed;  ///< seconds of each try
  predictor guess{{{"dense", true, [](std::size_t) { return true; }}}, [this](const measured_case& c) {
                    probed.push_back(seconds(c));
                    return call_cost{probed.back(), 16.0 * static_cast<double>(c.n)};
                  }};

  predicting(int order, unsigned flags) {
    table.name = "here", module.table = &table;
    entry.problem = "dense", entry.method = "some", entry.lanes = "points";
    entry.order = order, entry.flags = flags;
  }
  measured_case at(std::size_t n, std::size_t points) const {
    return {implementation(module, entry), n, points, 1, false};
  }
  double seconds(const measured_case& c) const {
    const double n = static_cast<double>(c.n), each = entry.flags & GRADLANE_SWEEPS ? n * std::max(1, entry.order) : 1;
    return 1.6e-9 * n * n * each * static_cast<double>(c.points);
  }
};

TEST(a_prediction, is_made_from_the_work_and_not_from_n_alone) {
  for (const auto& [n, points] : {std::pair{256u, 256u}, {64u, 1024u}, {16u, 1u << 20}, {256u, 1u}}) {
    predicting p(8, GRADLANE_SWEEPS | GRADLANE_POINTS);
    const auto found = p.guess.predict(p.at(n, points));
    ASSERT_TRUE(found) << n << " inputs, " << points << " points";
    EXPECT_NEAR(found->seconds, p.seconds(p.at(n, points)), 1e-6 * found->seconds);
    ASSERT_FALSE(p.probed.empty());
    EXPECT_LT(p.probed.front(), 0.1) << "a try that is itself dear";
  }
}

TEST(a_prediction, of_memory_follows_the_matrix_and_not_the_sweeps) {
  predicting p(2, GRADLANE_SWEEPS);
  p.guess.learn(p.at(512, 1), {1e-3, 1000.0});
  const auto found = p.guess.predict(p.at(2048, 1));
  ASSERT_TRUE(found);
  EXPECT_DOUBLE_EQ(found->bytes, 16 * 1000.0);
  p.guess.learn(p.at(1024, 1), {4e-3, 1000.0});  // nothing of it grows
  EXPECT_DOUBLE_EQ(p.guess.predict(p.at(2048, 1))->bytes, 1000.0);
}

TEST(settings_of_a_case, let_a_call_over_very_many_inputs_take_longer) {
  predicting p(0, 0);
  settings own;
  EXPECT_DOUBLE_EQ(own.most_seconds(p.at(1 << 20, 1)), 0.25);
  EXPECT_DOUBLE_EQ(own.most_seconds(p.at(std::size_t{1} << 30, 1)), 4e-9 * 0x1p30);
  own.seconds_per_input = 0;
  EXPECT_DOUBLE_EQ(own.most_seconds(p.at(std::size_t{1} << 30, 1)), 0.25);
}

TEST(a_prediction, is_not_needed_where_there_is_little_work) {
  predicting sweeps(2, GRADLANE_SWEEPS), once(0, 0);
  EXPECT_FALSE(sweeps.guess.predict(sweeps.at(64, 1)));
  EXPECT_FALSE(once.guess.predict(once.at(256, 1)));
  EXPECT_TRUE(sweeps.probed.empty() && once.probed.empty());
}

TEST(a_prediction, starts_from_as_many_points_as_fill_the_lanes) {
  predicting p(8, GRADLANE_SWEEPS | GRADLANE_POINTS);
  p.guess.learn(p.at(256, 1), {1.0, 0});  // one point takes as long as sixteen
  const auto found = p.guess.predict(p.at(256, 256));
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->seconds, p.seconds(p.at(256, 256)), 1e-3);
}

TEST(seconds, are_written_with_two_digits) {
  EXPECT_EQ(seconds_text(3.2e-8), "32 ns");
  EXPECT_EQ(seconds_text(0.0123), "12 ms");
  EXPECT_EQ(seconds_text(2.34), "2.3 s");
  EXPECT_EQ(seconds_text(0.2504), "250 ms");
  EXPECT_EQ(seconds_text(7200), "2 h");
}

}  // namespace
