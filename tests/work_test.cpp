// The work model against counts made by hand.
#include <gtest/gtest.h>

#include <string>

#include "backend/work.hpp"
#include "language_objectives.hpp"
#include "problems/chain.hpp"
#include "problems/log_sum_exp.hpp"
#include "problems/matrix_factorization.hpp"
#include "problems/quadratic_form.hpp"
#include "problems/quartic.hpp"
#include "problems/rosenbrock.hpp"

namespace gradlane {
namespace {

double functions(const pass_work& p, op code) { return p.functions[static_cast<std::size_t>(code)]; }
double all_functions(const pass_work& p) {
  double sum = 0;
  for (const double count : p.functions) sum += count;
  return sum;
}

TEST(work, quartic_is_one_pass) {
  // Nine operations a term (recorder_test): two additions, five products, two fused; and the term's addition to the sum.
  const auto passes = backend::work_of<quartic, double>(100);
  ASSERT_EQ(passes.size(), 1u);
  const pass_work& p = passes[0];
  EXPECT_STREQ(p.name, "gradient");
  EXPECT_EQ(p.additions, 300);
  EXPECT_EQ(p.multiplications, 500);
  EXPECT_EQ(p.fused, 200);
  EXPECT_EQ(all_functions(p), 0);
  EXPECT_EQ(p.read, 100);
  EXPECT_EQ(p.written, 100);
  EXPECT_EQ(p.updated, 0);
}

TEST(work, chain_writes_each_quarter_once) {
  const auto passes = backend::work_of<chain, float>(400);
  ASSERT_EQ(passes.size(), 1u);
  const pass_work& p = passes[0];
  // Eight additions, eight products and three fused operations a block of four, and the block's addition to the sum.
  EXPECT_EQ(p.additions, 100 * 9);
  EXPECT_EQ(p.multiplications, 800);
  EXPECT_EQ(p.fused, 300);
  EXPECT_EQ(p.read, 400);
  EXPECT_EQ(p.written, 400);
}

TEST(work, log_sum_exp_is_three_passes) {
  const auto passes = backend::work_of<log_sum_exp, double>(1000);
  ASSERT_EQ(passes.size(), 3u);
  EXPECT_STREQ(passes[0].name, "max");
  EXPECT_EQ(passes[0].read, 1000);
  EXPECT_EQ(passes[0].written + passes[0].updated + passes[0].additions + all_functions(passes[0]), 0);
  EXPECT_STREQ(passes[1].name, "gradient");
  EXPECT_EQ(passes[1].additions, 2000);  // x − max, and the sum
  EXPECT_EQ(passes[1].multiplications, 0);
  EXPECT_EQ(functions(passes[1], op::exp), 1000);
  EXPECT_EQ(all_functions(passes[1]), 1000);
  EXPECT_EQ(passes[1].read, 1000);
  EXPECT_EQ(passes[1].written, 1000);
  EXPECT_STREQ(passes[2].name, "scale");
  EXPECT_EQ(passes[2].multiplications, 1000);
  EXPECT_EQ(passes[2].updated, 1000);
  EXPECT_EQ(passes[2].read + passes[2].written, 0);
}

TEST(work, a_matrix_is_read_once) {
  const auto passes = backend::work_of<quadratic_form, double>(64);
  ASSERT_EQ(passes.size(), 1u);
  const pass_work& p = passes[0];
  EXPECT_EQ(p.product, 2 * 64 * 64);  // A x and Aᵀ x
  EXPECT_EQ(p.fused, 2 * 64 * 64);
  EXPECT_EQ(p.multiplications, 64);  // x_r z_r
  EXPECT_EQ(p.additions, 2 * 64);    // of the sum, and of z_r to g_r
  EXPECT_EQ(p.read, 64 * 64 + 64);
  EXPECT_EQ(p.written, 64);
}

TEST(work, a_product_of_two_factors_is_one_pass_of_three_products) {
  const auto passes = backend::work_of<matrix_factorization, double>(64);  // 16 × 16 of rank 2
  ASSERT_EQ(passes.size(), 1u);
  const pass_work& p = passes[0];
  EXPECT_EQ(p.product, 3 * 16 * 16 * 2);  // UV, −2UᵀE, −2EVᵀ
  EXPECT_GE(p.fused, p.product);
  EXPECT_EQ(p.read, 16 * 16 + 64);
  EXPECT_EQ(p.written, 64);
  EXPECT_EQ(p.updated, 0);
}

TEST(work, overlapping_slices_share_their_part) {
  const auto passes = backend::work_of<rosenbrock, double>(101);
  ASSERT_EQ(passes.size(), 1u);
  const pass_work& p = passes[0];
  EXPECT_EQ(p.read, 101);
  EXPECT_EQ(p.written, 101);
  // Two additions in the list, one to the sum, one where two terms meet in an element.
  EXPECT_EQ(p.additions, 100 * 4);
}

/// λ³·x: with a passive number, what depends on numbers alone is no work a term.
struct ridge : language_objectives::objective<> {
  template <class Vector>
  static constexpr auto value(const Vector& x, const no_data&) {
    return sum([](auto xi, auto l) { return (l * l * l) * xi; }, x, 2.0);
  }
};

TEST(work, what_is_the_same_for_all_terms_is_no_work) {
  const auto passes = backend::work_of<ridge, double>(10);
  ASSERT_EQ(passes.size(), 1u);
  EXPECT_EQ(passes[0].additions, 10);  // of the sum
  EXPECT_EQ(passes[0].multiplications, 10);
}

/// Two sums that touch one part: it is cleared, and each adds to it.
struct two_sums : language_objectives::objective<> {
  template <class Vector>
  static constexpr auto value(const Vector& x, const no_data&) {
    return sum([](auto xi) { return xi * xi; }, x) + sum([](auto xi) { return xi * xi * xi; }, x);
  }
};

TEST(work, sums_that_meet_add_to_what_is_there) {
  const auto passes = backend::work_of<two_sums, double>(10);
  ASSERT_EQ(passes.size(), 3u);
  EXPECT_STREQ(passes[0].name, "clear");
  EXPECT_EQ(passes[0].written, 10);
  for (const std::size_t k : {1u, 2u}) {
    EXPECT_EQ(passes[k].updated, 10);
    EXPECT_EQ(passes[k].written, 0);
    EXPECT_EQ(passes[k].additions, 10 + 10);  // to the sum and to the gradient
  }
}

}  // namespace
}  // namespace gradlane
