// Lanes: partial loads and stores at the end of memory, shifts, sums, NaN rules, and literals that do not promote.
#include "simd.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "memory.hpp"

namespace gradlane {
namespace {

using testing_memory::guarded_array;
using testing_memory::number_source;
using testing_memory::same_bits;

/// Both precisions, one number and W of them.
template <class X>
class simd : public testing::Test {
 protected:
  using T = typename X::element;
  static constexpr std::size_t W = X::width;
  static constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  static constexpr T infinity = std::numeric_limits<T>::infinity();

  static std::vector<T> lanes_of(X x) {
    std::vector<T> lanes(W);
    x.store(lanes.data());
    return lanes;
  }
  /// 1, 2, … W, from another number on.
  static X counting(T first = 1) {
    T lanes[W];
    for (std::size_t l = 0; l < W; ++l) lanes[l] = first + static_cast<T>(l);
    return X::load(lanes);
  }
};
struct type_names {
  template <class X>
  static std::string GetName(int) {
    return std::string(sizeof(typename X::element) == 8 ? "f64" : "f32") + "_x" + std::to_string(X::width);
  }
};
using types = testing::Types<scalar<double>, scalar<float>, pack<double>, pack<float>>;
TYPED_TEST_SUITE(simd, types, type_names);

#define GRADLANE_USING                            \
  using X = TypeParam;                            \
  using T [[maybe_unused]] = typename X::element; \
  [[maybe_unused]] constexpr std::size_t W = X::width

// ---- memory ------------------------------------------------------------------------------------------------------

TYPED_TEST(simd, load_first_reads_nothing_behind_the_end) {
  GRADLANE_USING;
  for (std::size_t count = 0; count < W; ++count) {
    guarded_array<T> memory(number_source(count + 1).array<T>(count));  // ends at a page that cannot be read
    const auto lanes = this->lanes_of(load_first<X>(memory.data(), count));
    for (std::size_t l = 0; l < W; ++l) EXPECT_TRUE(same_bits(lanes[l], l < count ? memory[l] : T(0))) << l << count;
  }
}
TYPED_TEST(simd, store_first_writes_nothing_behind_the_end) {
  GRADLANE_USING;
  for (std::size_t count = 0; count < W; ++count) {
    guarded_array<T> memory(count);
    store_first(this->counting(), memory.data(), count);
    for (std::size_t l = 0; l < count; ++l) EXPECT_EQ(memory[l], static_cast<T>(l + 1));
    EXPECT_TRUE(memory.front_untouched());
  }
}
TYPED_TEST(simd, loads_and_stores_need_no_alignment) {
  GRADLANE_USING;
  alignas(64) T from[3 * 16], to[3 * 16] = {};
  for (std::size_t i = 0; i < 48; ++i) from[i] = static_cast<T>(i);
  for (std::size_t offset = 0; offset < 16; ++offset) {
    X::load(from + offset).store(to + 17 - offset);
    for (std::size_t l = 0; l < W; ++l) EXPECT_EQ(to[17 - offset + l], from[offset + l]);
    for (std::size_t count = 1; count < W; ++count) {
      store_first(load_first<X>(from + offset, count), to + offset, count);
      for (std::size_t l = 0; l < count; ++l) EXPECT_EQ(to[offset + l], from[offset + l]);
    }
  }
}
TYPED_TEST(simd, keep_first_drops_nan_and_infinity) {
  GRADLANE_USING;
  for (const T bad : {this->nan, this->infinity, T(-3)})
    for (std::size_t count = 0; count <= W; ++count) {
      T lanes[W];
      for (std::size_t l = 0; l < W; ++l) lanes[l] = l < count ? static_cast<T>(l) - 1 : bad;
      const auto kept = this->lanes_of(keep_first(X::load(lanes), count));
      for (std::size_t l = 0; l < W; ++l) EXPECT_EQ(kept[l], l < count ? static_cast<T>(l) - 1 : T(0));
    }
  const auto kept = this->lanes_of(keep_first(X(this->nan), 1));
  EXPECT_TRUE(std::isnan(kept[0]));
}

// ---- across lanes ------------------------------------------------------------------------------------------------

template <class X, std::size_t D>
void expect_shifted() {
  using T = typename X::element;
  constexpr std::size_t W = X::width;
  T both[2 * W], out[W];
  for (std::size_t i = 0; i < 2 * W; ++i) both[i] = static_cast<T>(i);
  shift_in<D>(X::load(both), X::load(both + W)).store(out);
  for (std::size_t l = 0; l < W; ++l) EXPECT_EQ(out[l], both[W - D + l]) << "D = " << D;
}
TYPED_TEST(simd, shift_in_by_every_distance) {
  [&]<std::size_t... D>(std::index_sequence<D...>) { (expect_shifted<TypeParam, D>(), ...); }
  (std::make_index_sequence<TypeParam::width + 1>{});
}
template <class X, std::size_t L>
void expect_replaced() {
  using T = typename X::element;
  T old[X::width], fresh[X::width], out[X::width];
  for (std::size_t l = 0; l < X::width; ++l) old[l] = static_cast<T>(l), fresh[l] = -static_cast<T>(l) - 1;
  replace_lane<L>(X::load(old), X::load(fresh)).store(out);
  for (std::size_t l = 0; l < X::width; ++l) EXPECT_EQ(out[l], l == L ? fresh[l] : old[l]) << "L = " << L;
}
TYPED_TEST(simd, replace_lane_takes_every_one) {
  if constexpr (TypeParam::width > 1) [&]<std::size_t... L>(std::index_sequence<L...>) {
      (expect_replaced<TypeParam, L>(), ...);
    }
  (std::make_index_sequence<TypeParam::width>{});
}
// One tree for all widths: l with l + W/2, and so on.
TYPED_TEST(simd, sum_lanes_by_halving) {
  GRADLANE_USING;
  number_source source(5);
  for (int round = 0; round < 50; ++round) {
    T lanes[W], tree[W];
    for (std::size_t l = 0; l < W; ++l)
      tree[l] = lanes[l] = static_cast<T>(source.next() * std::exp2(source.next(-9, 9)));
    for (std::size_t half = W / 2; half >= 1; half /= 2)
      for (std::size_t l = 0; l < half; ++l) tree[l] += tree[l + half];
    EXPECT_TRUE(same_bits(sum_lanes(X::load(lanes)), tree[0]));
  }
}
TYPED_TEST(simd, max_lanes_and_any_and_all) {
  GRADLANE_USING;
  for (std::size_t at = 0; at < W; ++at) {
    T lanes[W];
    for (std::size_t l = 0; l < W; ++l) lanes[l] = l == at ? T(7) : -static_cast<T>(l);
    EXPECT_EQ(max_lanes(X::load(lanes)), 7);
    EXPECT_TRUE(any(X::load(lanes) > X(6)));
    EXPECT_EQ(all(X::load(lanes) > X(6)), W == 1);
    EXPECT_TRUE(all(X::load(lanes) <= X(7)));
    lanes[at] = this->nan;
    EXPECT_TRUE(std::isnan(max_lanes(X::load(lanes)))) << at;
    EXPECT_TRUE(any(is_nan(X::load(lanes))));
    EXPECT_FALSE(any(X::load(lanes) > X(6)));
  }
}

// ---- arithmetic --------------------------------------------------------------------------------------------------

TYPED_TEST(simd, literals_do_not_promote) {
  GRADLANE_USING;
  const X x = this->counting(3);
  static_assert(std::is_same_v<decltype(0.1 * x), X> && std::is_same_v<decltype(x + 1), X> &&
                std::is_same_v<decltype(2.5f / x), X> && std::is_same_v<decltype(x - 1u), X>);
  for (std::size_t l = 0; l < W; ++l) {
    const T v = static_cast<T>(l + 3);
    EXPECT_TRUE(same_bits(this->lanes_of(0.1 * x)[l], static_cast<T>(static_cast<T>(0.1) * v)));
    EXPECT_TRUE(same_bits(this->lanes_of(x + 0.1)[l], static_cast<T>(v + static_cast<T>(0.1))));
    EXPECT_TRUE(same_bits(this->lanes_of(1 / x)[l], static_cast<T>(T(1) / v)));
    EXPECT_TRUE(same_bits(this->lanes_of(x - 1e-3)[l], static_cast<T>(v - static_cast<T>(1e-3))));
  }
}
TYPED_TEST(simd, one_number_spreads_over_all_lanes) {
  GRADLANE_USING;
  const scalar<T> one(T(0.1));
  for (const T v : this->lanes_of(X(one) + X(one))) EXPECT_EQ(v, T(0.1) + T(0.1));
}
TYPED_TEST(simd, fma_rounds_once_where_the_target_has_it) {
  GRADLANE_USING;
  const T eps = std::numeric_limits<T>::epsilon(), a = 1 + eps, b = 1 - eps;  // ab = 1 − eps², which rounds to 1
#if defined(__FMA__) || defined(__aarch64__)
  const T difference = -eps * eps;
#else
  const T difference = 0;
#endif
  for (std::size_t l = 0; l < W; ++l) {
    EXPECT_EQ(this->lanes_of(fma(X(a), X(b), X(-1)))[l], difference);
    EXPECT_EQ(this->lanes_of(fms(X(a), X(b), X(1)))[l], difference);
    EXPECT_EQ(this->lanes_of(fnma(X(a), X(b), X(1)))[l], -difference);
    EXPECT_EQ(this->lanes_of(X(a) * X(b) - X(1))[l], 0);  // never contracted
    EXPECT_EQ(this->lanes_of(fms(X(3), X(5), X(1)))[l], 14);
    EXPECT_EQ(this->lanes_of(fnma(X(3), X(5), X(1)))[l], -14);
  }
}
// max(a, b) is a > b ? a : b: where NaN decides the comparison, b is returned.
TYPED_TEST(simd, max_and_min_return_the_second_operand_for_nan) {
  GRADLANE_USING;
  const X nan(this->nan), two(2), three(3);
  for (std::size_t l = 0; l < W; ++l) {
    EXPECT_EQ(this->lanes_of(max(two, three))[l], 3);
    EXPECT_EQ(this->lanes_of(min(two, three))[l], 2);
    EXPECT_EQ(this->lanes_of(max(nan, two))[l], 2);
    EXPECT_EQ(this->lanes_of(min(nan, two))[l], 2);
    EXPECT_TRUE(std::isnan(this->lanes_of(max(two, nan))[l]));
    EXPECT_TRUE(std::isnan(this->lanes_of(min(two, nan))[l]));
    EXPECT_TRUE(std::signbit(this->lanes_of(max(X(0), X(-0.0)))[l]));
  }
}
TYPED_TEST(simd, select_compares_lane_by_lane_and_carries_nan) {
  GRADLANE_USING;
  const X x = this->counting(), limit(static_cast<T>(W) / 2);
  const auto lanes = this->lanes_of(select(x > limit, x, X(this->nan)));
  for (std::size_t l = 0; l < W; ++l)
    if (static_cast<T>(l + 1) > static_cast<T>(W) / 2)
      EXPECT_EQ(lanes[l], static_cast<T>(l + 1));
    else
      EXPECT_TRUE(std::isnan(lanes[l]));
  EXPECT_FALSE(any(X(this->nan) == X(this->nan)));
  EXPECT_FALSE(any(X(this->nan) < x) || any(X(this->nan) >= x));
}
TYPED_TEST(simd, signs_and_roots) {
  GRADLANE_USING;
  for (const T v : {T(-0.0), T(-2.5), T(9), -this->infinity}) {
    for (const T a : this->lanes_of(abs(X(v)))) EXPECT_TRUE(same_bits(a, std::abs(v)));
    for (const T a : this->lanes_of(-X(v))) EXPECT_TRUE(same_bits(a, static_cast<T>(-v)));
    for (const T a : this->lanes_of(sqrt(X(v)))) EXPECT_TRUE(std::isnan(a) ? v < 0 : same_bits(a, std::sqrt(v)));
  }
}

// ---- bits --------------------------------------------------------------------------------------------------------

TYPED_TEST(simd, bits_go_there_and_back_and_shift_in_zeros) {
  GRADLANE_USING;
  using integer = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;
  using bits = std::make_unsigned_t<integer>;
  number_source source(9);
  for (int round = 0; round < 20; ++round) {
    T lanes[W];
    for (std::size_t l = 0; l < W; ++l) lanes[l] = static_cast<T>(source.next());
    const X x = X::load(lanes);
    const auto left = this->lanes_of(from_bits<X>(shift_left<3>(to_bits(x))));
    const auto right = this->lanes_of(from_bits<X>(shift_right<5>(to_bits(x))));
    for (std::size_t l = 0; l < W; ++l) {
      EXPECT_TRUE(same_bits(this->lanes_of(from_bits<X>(to_bits(x)))[l], lanes[l]));
      EXPECT_EQ(std::bit_cast<bits>(left[l]), static_cast<bits>(std::bit_cast<bits>(lanes[l]) << 3));
      EXPECT_EQ(std::bit_cast<bits>(right[l]), static_cast<bits>(std::bit_cast<bits>(lanes[l]) >> 5));
    }
  }
}

}  // namespace
}  // namespace gradlane
