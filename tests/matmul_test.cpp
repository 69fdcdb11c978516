// Products of two matrices (matmul.hpp) against their definition, and sums over their elements in the language.
#include "matmul.hpp"

#include "language_check.hpp"
#include "language_objectives.hpp"

namespace gradlane {
namespace {

using namespace language_objectives;
using testing_memory::guarded_array;
using testing_memory::number_source;

/// An element is one chain of fma, whatever the shape: all bits are those of the plain loop. The result ends at a page
/// that must not be touched, and so do both factors.
template <class T>
void expect_chains(std::size_t rows, std::size_t rank, std::size_t cols, int threads) {
  SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(rank) + " x " + std::to_string(cols));
  number_source source(rows + 3 * rank + 7 * cols);
  guarded_array<T> u(source.array<T>(rows * rank)), v(source.array<T>(rank * cols));
  guarded_array<T> z(rows * cols);
  multiply<pack<T>>(factors<T>{u.data(), v.data(), rows, rank, cols}, z.data(), threads);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < cols; ++j) {
      scalar<T> dot(0);
      for (std::size_t k = 0; k < rank; ++k)
        dot = fma(scalar<T>(u.data()[i * rank + k]), scalar<T>(v.data()[k * cols + j]), dot);
      ASSERT_EQ(z.data()[i * cols + j], dot.r) << i << ", " << j;
    }
}

TEST(matmul, is_a_chain_of_fma_for_every_element) {
  for (const std::size_t rows : {1u, 5u, 6u, 7u, 65u})
    for (const std::size_t rank : {1u, 2u, 193u})
      for (const std::size_t cols : {1u, 3u, 8u, 15u, 16u, 17u, 31u, 33u}) {
        expect_chains<double>(rows, rank, cols, 1);
        expect_chains<float>(rows, rank, cols, 3);
      }
  expect_chains<double>(200, 70, 50, 4);
}

/// gu += p·Vᵀ and gv += Uᵀp, p given tile by tile.
template <class T>
void expect_gradient(std::size_t rows, std::size_t rank, std::size_t cols) {
  SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(rank) + " x " + std::to_string(cols));
  number_source source(rows + 5 * rank + 11 * cols);
  guarded_array<T> u(source.array<T>(rows * rank)), v(source.array<T>(rank * cols));
  const std::vector<T> p = source.array<T>(rows * cols);
  guarded_array<T> gu(std::vector<T>(rows * rank, T(1))), gv(std::vector<T>(rank * cols, T(-1)));
  const factors<T> f{u.data(), v.data(), rows, rank, cols};
  sum_over_tiles(0, rows, cols, panel_width<T>, [&](const tile& t) {
    T part[tile_height * panel_width<T>] = {};
    for (std::size_t i = 0; i < t.height; ++i)
      std::copy_n(p.data() + (t.row + i) * cols + t.col, t.width, part + i * panel_width<T>);
    add_gradient_of_tile<pack<T>>(f, t, part, gu.data(), gv.data());
    return 0;
  });
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t k = 0; k < rank; ++k) {
      scalar<T> sum(1);
      for (std::size_t j = 0; j < cols; ++j)
        sum = fma(scalar<T>(p[i * cols + j]), scalar<T>(v.data()[k * cols + j]), sum);
      ASSERT_EQ(gu.data()[i * rank + k], sum.r) << "U, " << i << ", " << k;
    }
  for (std::size_t k = 0; k < rank; ++k)
    for (std::size_t j = 0; j < cols; ++j) {
      scalar<T> sum(-1);
      for (std::size_t i = 0; i < rows; ++i)
        sum = fma(scalar<T>(u.data()[i * rank + k]), scalar<T>(p[i * cols + j]), sum);
      ASSERT_EQ(gv.data()[k * cols + j], sum.r) << "V, " << k << ", " << j;
    }
}

TEST(matmul, adds_the_gradients_of_both_factors) {
  for (const std::size_t rows : {1u, 7u, 66u})
    for (const std::size_t rank : {1u, 3u, 17u, 200u})
      for (const std::size_t cols : {1u, 9u, 16u, 37u}) {
        expect_gradient<double>(rows, rank, cols);
        expect_gradient<float>(rows, rank, cols);
      }
}

using language_check::check;
using language_check::check_at;

TEST(language, product_of_parts_f64) { check<product_of_parts, double>(); }
TEST(language, product_of_parts_f32) { check<product_of_parts, float>(); }
TEST(language, product_of_parts_under_log_f64) { check<product_of_parts_under_log, double>(); }
TEST(language, product_of_parts_alone_under_log_f64) { check<product_of_parts_alone_under_log, double>(); }
/// More rows than a group, more columns than a panel; on one to four threads.
TEST(language, product_of_parts_in_groups_of_rows) {
  check_at<product_of_parts, double>(4 * 3 * 143);
  check_at<product_of_parts_under_log, double>(4 * 3 * 143);
}

}  // namespace
}  // namespace gradlane
