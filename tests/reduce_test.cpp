// The sums' bits against the rule of the virtual lanes written out in plain numbers, whatever the lanes and threads.
#include "reduce.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "memory.hpp"
#include "teams.hpp"

namespace gradlane {
namespace {

using testing_memory::guarded_array;
using testing_memory::number_source;
using testing_memory::same_bits;

template <class T>
class reduce : public testing::Test {};
struct precision_names {
  template <class T>
  static std::string GetName(int) {
    return sizeof(T) == 8 ? "f64" : "f32";
  }
};
using precision_types = testing::Types<double, float>;
TYPED_TEST_SUITE(reduce, precision_types, precision_names);

// ---- the rule ----------------------------------------------------------------------------------------------------

template <class T>
T reference_block(const T* p, std::size_t count) {
  constexpr std::size_t V = sizeof(T) == 8 ? 16 : 32;
  T lane[V] = {};
  for (std::size_t i = 0; i < count; ++i) lane[i % V] += p[i];
  for (std::size_t half = V / 2; half >= 1; half /= 2)
    for (std::size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
  return lane[0];
}
/// Neighbours are added until one is left; the last of an odd number waits for the next round.
template <class T>
T reference_tree(std::vector<T> level) {
  while (level.size() > 1) {
    std::vector<T> above;
    for (std::size_t i = 0; i < level.size(); i += 2)
      above.push_back(i + 1 < level.size() ? level[i] + level[i + 1] : level[i]);
    level = above;
  }
  return level.empty() ? T(0) : level[0];
}
template <class T>
T reference_sum(const T* p, std::size_t n) {
  std::vector<T> blocks;
  for (std::size_t b = 0; b < n; b += 4096)
    blocks.push_back(reference_block(p + b, std::min<std::size_t>(4096, n - b)));
  return reference_tree(blocks);
}

/// Every n up to 3V + 3 and those around the first blocks' edges.
template <class T>
std::vector<std::size_t> lengths() {
  std::vector<std::size_t> all;
  for (std::size_t n = 0; n <= 3 * virtual_lanes<T> + 3; ++n) all.push_back(n);
  for (std::size_t blocks = 1; blocks <= 6; ++blocks)
    for (const std::size_t more :
         {std::size_t{0}, std::size_t{1}, std::size_t{2}, virtual_lanes<T> + 3, std::size_t{29}})
      all.push_back(blocks * block_size - 2 + more);
  return all;
}
/// Numbers of very different size, so that another order of additions gives other bits.
template <class T>
std::vector<T> numbers(std::size_t n) {
  number_source source(n + 1);
  std::vector<T> x(n);
  for (T& v : x) v = static_cast<T>(source.next() * std::exp2(source.next(-8, 8)));
  return x;
}

template <class X>
auto sum_of(const typename X::element* p) {
  return [p](std::size_t begin, std::size_t end) {
    return sum_block<X>(begin, end, [p](std::size_t i, auto io) { return io.load(p + i); });
  };
}

// ---- sums --------------------------------------------------------------------------------------------------------

TYPED_TEST(reduce, sums_have_the_bits_of_the_rule_for_any_lanes) {
  for (const std::size_t n : lengths<TypeParam>()) {
    guarded_array<TypeParam> x(numbers<TypeParam>(n));
    const TypeParam expected = reference_sum(x.data(), n);
    const auto one = sum_over_blocks(n, sum_of<scalar<TypeParam>>(x.data()));
    const auto many = sum_over_blocks(n, sum_of<pack<TypeParam>>(x.data()));
    ASSERT_TRUE(same_bits(one, expected)) << "n = " << n;
    ASSERT_TRUE(same_bits(many, expected)) << "n = " << n;
  }
}
TYPED_TEST(reduce, teams_of_any_size_have_the_bits_of_the_rule) {
  for (const std::size_t n : lengths<TypeParam>()) {
    const auto x = numbers<TypeParam>(n);
    const TypeParam expected = reference_sum(x.data(), n);
    for (int threads = 1; threads <= 5; ++threads) {
      block_team<TypeParam> team(n, threads);
      ASSERT_TRUE(same_bits(team.sum(n, sum_of<pack<TypeParam>>(x.data())), expected)) << n << ", " << threads;
    }
  }
}
TYPED_TEST(reduce, a_team_sums_less_than_its_longest_too) {
  const auto x = numbers<TypeParam>(3 * block_size);
  block_team<TypeParam> team(x.size(), 2);
  for (const std::size_t n : {std::size_t{5}, block_size + 1, 2 * block_size})
    EXPECT_TRUE(same_bits(team.sum(n, sum_of<pack<TypeParam>>(x.data())), reference_sum(x.data(), n)));
}
// Lanes behind the end are dropped even where the body makes NaN of the zeros that it is given.
TYPED_TEST(reduce, lanes_behind_the_end_do_not_count) {
  using X = pack<TypeParam>;
  for (std::size_t n = 1; n <= 3 * virtual_lanes<TypeParam>; ++n) {
    const std::vector<TypeParam> x(n, 4);
    const auto sum = sum_block<X>(0, n, [&](std::size_t i, auto io) {
      const X v = io.load(x.data() + i);
      return v / v;
    });
    ASSERT_EQ(sum, static_cast<TypeParam>(n));
  }
}
TYPED_TEST(reduce, the_body_is_called_in_order_and_stores_nothing_behind_the_end) {
  using X = pack<TypeParam>;
  for (std::size_t n = 1; n <= 2 * virtual_lanes<TypeParam> + 1; ++n) {
    guarded_array<TypeParam> copy(n);
    const auto x = numbers<TypeParam>(n);
    std::size_t next = 0;
    const auto body = [&](std::size_t i, auto io) {
      EXPECT_EQ(i, next);
      next += io.count();
      const X v = io.load(x.data() + i);
      io.store(v, copy.data() + i);
      return v;
    };
    sum_block<X>(0, n, body);
    EXPECT_EQ(next, n);
    EXPECT_EQ(copy.values(), x);
    EXPECT_TRUE(copy.front_untouched());
    next = 0;
    std::fill_n(copy.data(), n, TypeParam(0));
    for_each_register<X>(0, n, body);
    EXPECT_EQ(next, n);
    EXPECT_EQ(copy.values(), x);
  }
}
TYPED_TEST(reduce, trees_agree) {
  const auto x = numbers<TypeParam>(300);
  running_tree<TypeParam> running;
  EXPECT_EQ(tree_sum(x.data(), 0), 0);
  for (std::size_t n = 1; n <= x.size(); ++n) {
    running.add(x[n - 1]);
    const TypeParam expected = reference_tree(std::vector<TypeParam>(x.begin(), x.begin() + static_cast<long>(n)));
    ASSERT_TRUE(same_bits(tree_sum(x.data(), n), expected)) << n;
    ASSERT_TRUE(same_bits(running.total(), expected)) << n;
  }
}
// |error| ≤ (4096/V + log2 V + log2(n/4096))·u·Σ|terms|.
TYPED_TEST(reduce, long_sums_keep_the_error_bound) {
  const std::size_t n = (std::size_t{1} << 21) + 12345;
  const auto x = number_source(3).array<TypeParam>(n, 0.5, 1.5);
  long double exact = 0;
  for (const TypeParam v : x) exact += v;
  constexpr double V = virtual_lanes<TypeParam>, unit = std::numeric_limits<TypeParam>::epsilon() / 2;
  const double bound = (4096 / V + std::log2(V) + std::log2(static_cast<double>(n) / 4096) + 1) * unit;
  const auto sum = block_team<TypeParam>(n, 3).sum(n, sum_of<pack<TypeParam>>(x.data()));
  EXPECT_LE(std::abs(static_cast<double>((sum - exact) / exact)), bound);
}

// ---- the largest -------------------------------------------------------------------------------------------------

TYPED_TEST(reduce, max_finds_the_largest_and_every_nan) {
  using X = pack<TypeParam>;
  constexpr TypeParam nan = std::numeric_limits<TypeParam>::quiet_NaN();
  constexpr TypeParam infinity = std::numeric_limits<TypeParam>::infinity();
  EXPECT_EQ(max_block<X>(nullptr, 0, 0), -infinity);
  for (std::size_t n = 1; n <= 9 * X::width + 1; ++n) {
    guarded_array<TypeParam> x(number_source(n).array<TypeParam>(n, -3, -1));
    for (std::size_t at = 0; at < n; ++at) {
      const TypeParam before = x[at];
      for (const TypeParam largest : {TypeParam(-0.5), infinity}) {
        x[at] = largest;
        ASSERT_EQ(max_block<X>(x.data(), 0, n), largest) << at << " of " << n;
        ASSERT_EQ(max_block<scalar<TypeParam>>(x.data(), 0, n), largest) << at << " of " << n;
      }
      x[at] = nan;
      ASSERT_TRUE(std::isnan(max_block<X>(x.data(), 0, n))) << at << " of " << n;
      ASSERT_TRUE(std::isnan(max_block<scalar<TypeParam>>(x.data(), 0, n))) << at << " of " << n;
      x[at] = before;
    }
    std::fill_n(x.data(), n, -infinity);
    ASSERT_EQ(max_block<X>(x.data(), 0, n), -infinity);
  }
}
TYPED_TEST(reduce, a_team_finds_the_largest_and_a_nan_in_any_block) {
  using X = pack<TypeParam>;
  const std::size_t n = 3 * block_size + 5;
  auto x = number_source(1).array<TypeParam>(n);
  for (const int threads : {1, 2, 5}) {
    block_team<TypeParam> team(n, threads);
    const auto largest = [&] {
      return team.max(n, [&](std::size_t b, std::size_t e) { return max_block<X>(x.data(), b, e); });
    };
    for (const std::size_t at : {std::size_t{0}, block_size - 1, block_size, 2 * block_size + 77, n - 1}) {
      const TypeParam before = x[at];
      x[at] = 2;
      EXPECT_EQ(largest(), 2);
      x[at] = std::numeric_limits<TypeParam>::quiet_NaN();
      EXPECT_TRUE(std::isnan(largest())) << at;
      x[at] = before;
    }
  }
}

// ---- threads -----------------------------------------------------------------------------------------------------

TEST(parallel, covers_every_index_once) {
  for (int threads = 0; threads <= 5; ++threads)
    for (std::size_t count = 0; count <= 17; ++count) {
      std::vector<std::atomic<int>> seen(count);
      std::atomic<int> empty = 0, strange = 0;
      parallel_for(threads, count, [&](std::size_t begin, std::size_t end, int thread) {
        if (begin >= end) ++empty;
        if (thread < 0 || thread >= std::max(threads, 1)) ++strange;
        for (std::size_t i = begin; i < end; ++i) ++seen[i];
      });
      for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(seen[i], 1) << i << " of " << count << ", " << threads;
      EXPECT_EQ(empty, 0);
      EXPECT_EQ(strange, 0);
    }
}
TEST(parallel, leaves_a_share_that_does_not_pay_to_the_caller) {
  const std::size_t before = std::exchange(least_share, 1000);
  const auto threads_for = [](int threads, std::size_t count, std::size_t bytes) {
    std::atomic<int> parts = 0;
    parallel_for(threads, count, bytes, [&](std::size_t, std::size_t, int) { ++parts; });
    return parts.load();
  };
  EXPECT_EQ(threads_for(4, 40, 49), 1);  // two shares of 980 bytes
  EXPECT_EQ(threads_for(4, 40, 50), 2);
  EXPECT_EQ(threads_for(4, 40, 75), 3);
  EXPECT_EQ(threads_for(4, 40, 1000), 4);
  EXPECT_EQ(threads_for(4, 2, SIZE_MAX), 2);
  least_share = before;
}
TEST(parallel, rethrows_an_exception_after_the_others_are_done) {
  for (int threads = 1; threads <= 4; ++threads) {
    std::atomic<std::size_t> done = 0;
    try {
      parallel_for(threads, 8, [&](std::size_t begin, std::size_t end, int) {
        done += end - begin;
        throw std::invalid_argument("part " + std::to_string(begin));
      });
      ADD_FAILURE() << "no exception";
    } catch (const std::invalid_argument& e) {
      EXPECT_EQ(std::string(e.what()).substr(0, 5), "part ");
    }
    EXPECT_EQ(done, 8u);
  }
}
TEST(parallel, a_team_inside_a_team_gives_the_same_bits) {
  const std::size_t n = 5 * block_size + 77;
  const std::vector<double> x = numbers<double>(n);
  const auto sum = [&](int threads) {
    return block_team<double>(n, threads).sum(n, [&](std::size_t begin, std::size_t end) {
      double total = 0;
      for (std::size_t i = begin; i < end; ++i) total += x[i];
      return total;
    });
  };
  std::vector<double> inside(4);
  parallel_for(2, inside.size(), [&](std::size_t first, std::size_t last, int) {
    for (std::size_t k = first; k < last; ++k) inside[k] = sum(static_cast<int>(k) + 1);
  });
  for (const double s : inside) EXPECT_TRUE(same_bits(s, sum(1)));
}
TEST(parallel, teams_run_every_block_once) {
  for (const std::size_t n : {std::size_t{1}, block_size, block_size + 1, 5 * block_size - 1}) {
    std::vector<int> seen(n);
    block_team<double>(n, 3).run(n, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) ++seen[i];
    });
    EXPECT_EQ(seen, std::vector<int>(n, 1));
  }
}

}  // namespace
}  // namespace gradlane
