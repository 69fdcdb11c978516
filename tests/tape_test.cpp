// The tape: every operation's edges, how many there are, and that memory is reused.
#include "ad/tape.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "arithmetic_cases.hpp"
#include "memory.hpp"

namespace gradlane {
namespace {

using arithmetic_cases::expectation;
using testing_memory::number_source;
using testing_memory::same_bits;

/// The values W lanes wide of an expression of two inputs, and its adjoints.
template <class X>
struct outcome {
  using T = typename X::element;
  T value[X::width], by_a[X::width], by_b[X::width];
};
template <class Case, class X>
outcome<X> on_tape(tape<X>& list, X a, X b, X p) {
  list.restart(2);
  const variable<X> y = Case::of(variable<X>(a, 0, &list), variable<X>(b, 1, &list), p);
  list.reverse(y.id);
  outcome<X> o;
  y.value.store(o.value);
  list.adjoint(0).store(o.by_a);
  list.adjoint(1).store(o.by_b);
  return o;
}

template <class Case, class X>
void expect_case() {
  using T = typename X::element;
  number_source source(11);
  const double tolerance = 60 * static_cast<double>(std::numeric_limits<T>::epsilon());
  tape<X> list;
  for (int round = 0; round < 5; ++round) {
    const auto a = source.array<T>(X::width, 0.2, 1.5), b = source.array<T>(X::width, 0.2, 1.5);
    const auto p = source.array<T>(X::width, 0.5, 2);
    const auto o = on_tape<Case>(list, X::load(a.data()), X::load(b.data()), X::load(p.data()));
    for (std::size_t l = 0; l < X::width; ++l) {
      const expectation e = Case::expected(a[l], b[l], p[l]);
      const double scale = tolerance * (1 + std::abs(e.value) + std::abs(e.by_a) + std::abs(e.by_b));
      ASSERT_NEAR(o.value[l], e.value, scale);
      ASSERT_NEAR(o.by_a[l], e.by_a, scale * (1 + std::abs(e.by_a)));
      ASSERT_NEAR(o.by_b[l], e.by_b, scale * (1 + std::abs(e.by_a)));
    }
  }
}

#define GRADLANE_TEST(name, ...)                           \
  TEST(tape, name) {                                       \
    expect_case<arithmetic_cases::name, scalar<double>>(); \
    expect_case<arithmetic_cases::name, pack<double>>();   \
    expect_case<arithmetic_cases::name, pack<float>>();    \
  }
GRADLANE_ARITHMETIC_CASES(GRADLANE_TEST)

// ---- edges -------------------------------------------------------------------------------------------------------

using V = variable<scalar<double>>;

struct two_inputs : testing::Test {
  tape<scalar<double>> list;
  V a, b;
  two_inputs() {
    list.restart(2);
    a = V(3, 0, &list);
    b = V(5, 1, &list);
  }
  std::size_t edges_of(const auto& expression) {
    const std::size_t before = list.edges();
    const V y = expression;
    (void)y;
    return list.edges() - before;
  }
  std::array<double, 2> adjoints(const V& y) {
    list.reverse(y.id);
    return {list.adjoint(0).r, list.adjoint(1).r};
  }
};
using tape_edges = two_inputs;

TEST_F(tape_edges, are_one_for_each_use_of_a_variable) {
  EXPECT_EQ(edges_of(a + b), 2u);
  EXPECT_EQ(edges_of(a * b), 2u);
  EXPECT_EQ(edges_of(a + a), 2u);
  EXPECT_EQ(edges_of(a * a), 1u);
  EXPECT_EQ(edges_of(square(a)), 1u);
  EXPECT_EQ(edges_of(exp(2 * a + 1) / 3 - 1), 1u);
  EXPECT_EQ(edges_of(sin(a) * cos(b) + a), 3u);
  EXPECT_EQ(edges_of((a * a) * (b * b)), 2u);
}
TEST_F(tape_edges, of_a_copy_there_are_none) {
  const V copy = a;
  EXPECT_EQ(list.edges(), 0u);
  EXPECT_EQ(copy.id, a.id);
}
TEST_F(tape_edges, reach_through_several_statements) {
  const V s = a * b, t = s + a, u = t * t - s;  // u = (ab + a)² − ab
  EXPECT_EQ(u.value.r, 18 * 18 - 15);
  EXPECT_EQ(adjoints(u), (std::array<double, 2>{2 * 18 * 6 - 5, 2 * 18 * 3 - 3}));
  EXPECT_EQ(adjoints(t), (std::array<double, 2>{6, 3}));  // another result of the same tape
  EXPECT_EQ(adjoints(a), (std::array<double, 2>{1, 0}));
}
TEST_F(tape_edges, of_expressions_that_are_kept) {
  const auto e = a * b;  // not a variable: its edges are emitted where it is used
  const V y = e * e + e;
  EXPECT_EQ(y.value.r, 240);
  EXPECT_EQ(adjoints(y), (std::array<double, 2>{2 * 15 * 5 + 5, 2 * 15 * 3 + 3}));
}
// A function of more than two edges, an operation of more than four: their operands become variables, so that what is
// used twice is differentiated once. f = (u+v)², u = (s+d)², v = (s−d)² with s = a+b+ab, d = a+b−ab.
TEST_F(tape_edges, of_long_expressions_end_in_variables) {
  const auto s = (a + b) + a * b;
  const auto d = (a + b) - a * b;
  EXPECT_EQ(list.edges(), 0u);
  const auto p = square(s), q = square(d);
  EXPECT_EQ(list.edges(), 8u);
  const auto u = square(p + q);
  const auto v = square(p - q);
  EXPECT_EQ(list.edges(), 8u);  // two edges each
  const V f = square(u + v);
  EXPECT_EQ(list.edges(), 13u);
  EXPECT_EQ(f.value.r, 4 * std::pow(std::pow(23.0, 4) + std::pow(7.0, 4), 2));
  const double c = 32 * (std::pow(23.0, 4) + std::pow(7.0, 4)), by_s = c * std::pow(23.0, 3), by_d = c * -343;
  EXPECT_EQ(adjoints(f), (std::array<double, 2>{6 * by_s - 4 * by_d, 4 * by_s - 2 * by_d}));
  const auto before = list.edges();
  const V y = (a * b + a) * (b - 3) + b;  // four edges, then two
  EXPECT_EQ(list.edges() - before, 4u + 2u);
  EXPECT_EQ(adjoints(y), (std::array<double, 2>{12, 25}));
}
// Doubling may have taken twice what the first recording needs; the next ones fit without it.
TEST_F(tape_edges, take_no_more_memory_than_the_first_recording) {
  std::size_t bytes[2];
  for (std::size_t& after : bytes) {
    list.restart(2);
    V y = a;
    for (int i = 0; i < 5000; ++i) y = V(y * b);
    list.reverse(y.id);
    EXPECT_EQ(list.edges(), 10000u);
    after = list.bytes();
  }
  EXPECT_LT(bytes[0], 10000 * 16 + 5002 * 8 + 2000);
  EXPECT_EQ(bytes[1], bytes[0]);
}
TEST_F(tape_edges, of_a_sum_go_to_one_variable) {
  taped_sum<scalar<double>> sum(list);
  sum.add(a * b);
  sum.add(a);
  sum.add(2 * b - 1);
  const V s = sum.result();
  EXPECT_EQ(list.edges(), 4u);
  EXPECT_EQ(s.value.r, 15 + 3 + 9);
  EXPECT_EQ(adjoints(s), (std::array<double, 2>{6, 5}));
  const V y = s * s;
  EXPECT_EQ(adjoints(y), (std::array<double, 2>{2 * 27 * 6, 2 * 27 * 5}));
}
TEST_F(tape_edges, of_literals_and_passive_numbers_there_are_none) {
  EXPECT_EQ(edges_of(a + scalar<double>(2)), 1u);
  EXPECT_EQ(edges_of(scalar<double>(2) / a), 1u);
  tape<scalar<float>> floats;
  floats.restart(1);
  const variable<scalar<float>> x(3, 0, &floats), y = 0.1 * x;
  floats.reverse(y.id);
  EXPECT_EQ(y.value.r, 0.1F * 3);
  EXPECT_EQ(floats.adjoint(0).r, 0.1F);
}

// ---- memory ------------------------------------------------------------------------------------------------------

TEST(tape_memory, is_kept_by_restart_and_grows_when_needed) {
  tape<pack<double>> list;
  using A = variable<pack<double>>;
  const auto record = [&](std::size_t terms) {
    list.restart(2);
    EXPECT_EQ(list.edges(), 0u);
    const A a(pack<double>(3), 0, &list), b(pack<double>(5), 1, &list);
    A s = a;
    for (std::size_t i = 0; i < terms; ++i) s = s + a * b;
    list.reverse(s.id);
    EXPECT_EQ(list.edges(), 3 * terms);
    EXPECT_TRUE(all(s.value == pack<double>(3 + 15.0 * static_cast<double>(terms))));
    EXPECT_TRUE(all(list.adjoint(0) == pack<double>(1 + 5.0 * static_cast<double>(terms))));
    EXPECT_TRUE(all(list.adjoint(1) == pack<double>(3.0 * static_cast<double>(terms))));
  };
  record(5000);  // grows on the way
  const std::size_t bytes = list.bytes();
  EXPECT_GE(bytes, 15000 * (sizeof(pack<double>) + 8));
  for (const std::size_t terms : {5000U, 1U, 0U, 4999U}) record(terms);
  EXPECT_EQ(list.bytes(), bytes);
}
TEST(tape_memory, has_an_end) {
  tape<scalar<double>> list;
  EXPECT_THROW(list.restart(std::size_t{1} << 33), std::length_error);
}

// ---- points ------------------------------------------------------------------------------------------------------

struct kernel {
  static auto of(auto a, auto b, auto p) { return (a * a - 3 * b) / (p + b * b) - sqrt(a) * p + 1 / b; }
};
/// What packs and numbers compute with the same operations has the same bits.
TEST(tape_points, equal_scalars_lane_by_lane) {
  using X = pack<double>;
  number_source source(3);
  const auto a = source.array<double>(X::width, 0.2, 1.5), b = source.array<double>(X::width, 0.2, 1.5);
  const auto p = source.array<double>(X::width, 0.5, 2);
  tape<X> many;
  tape<scalar<double>> one;
  const auto points = on_tape<kernel>(many, X::load(a.data()), X::load(b.data()), X::load(p.data()));
  for (std::size_t l = 0; l < X::width; ++l) {
    const auto alone = on_tape<kernel>(one, scalar<double>(a[l]), scalar<double>(b[l]), scalar<double>(p[l]));
    EXPECT_TRUE(same_bits(points.value[l], alone.value[0]));
    EXPECT_TRUE(same_bits(points.by_a[l], alone.by_a[0]));
    EXPECT_TRUE(same_bits(points.by_b[l], alone.by_b[0]));
  }
  EXPECT_EQ(many.edges(), one.edges());
}

}  // namespace
}  // namespace gradlane
