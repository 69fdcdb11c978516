// Dual numbers and complex steps: every operation against its derivative, for one tangent, chunks and packs.
#include "ad/dual.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "ad/complex_step.hpp"
#include "arithmetic_cases.hpp"
#include "memory.hpp"
#include "reduce.hpp"

namespace gradlane {
namespace {

using arithmetic_cases::expectation;
using testing_memory::number_source;

/// An active number as values and tangents in plain arrays. Tangent t belongs to the value in lane t mod (lanes).
template <class A>
struct lanes_of;
template <class V, class D, std::size_t N>
struct lanes_of<dual<V, D, N>> {
  using passive = V;
  using T = typename V::element;
  static constexpr std::size_t values = V::width, tangents = N * D::width;
  static dual<V, D, N> make(const T* v, const T* t) {
    dual<V, D, N> a;
    a.v = V::load(v);
    for (std::size_t k = 0; k < N; ++k) a.d[k] = D::load(t + k * D::width);
    return a;
  }
  static void split(const dual<V, D, N>& a, T* v, T* t) {
    a.v.store(v);
    for (std::size_t k = 0; k < N; ++k) a.d[k].store(t + k * D::width);
  }
};
template <class X>
struct lanes_of<complex_number<X>> {
  using passive = X;
  using T = typename X::element;
  static constexpr std::size_t values = X::width, tangents = X::width;
  static complex_number<X> make(const T* v, const T* t) { return {X::load(v), X::load(t) * X(complex_step_size<T>)}; }
  static void split(const complex_number<X>& a, T* v, T* t) {
    a.re.store(v);
    (a.im / X(complex_step_size<T>)).store(t);
  }
};

template <class A, class Case>
void expect_case() {
  using L = lanes_of<A>;
  using T = typename L::T;
  number_source source(7);
  const double tolerance = 60 * static_cast<double>(std::numeric_limits<T>::epsilon());
  for (int round = 0; round < 5; ++round) {
    const auto a = source.array<T>(L::values, 0.2, 1.5), b = source.array<T>(L::values, 0.2, 1.5);
    const auto p = source.array<T>(L::values, 0.5, 2);
    const auto da = source.array<T>(L::tangents), db = source.array<T>(L::tangents);
    T v[L::values], t[L::tangents];
    L::split(Case::of(L::make(a.data(), da.data()), L::make(b.data(), db.data()), L::passive::load(p.data())), v, t);
    for (std::size_t k = 0; k < L::tangents; ++k) {
      const std::size_t l = k % L::values;
      const expectation e = Case::expected(a[l], b[l], p[l]);
      const double tangent = e.by_a * static_cast<double>(da[k]) + e.by_b * static_cast<double>(db[k]);
      const double scale = 1 + std::abs(e.value) + std::abs(e.by_a) + std::abs(e.by_b);
      ASSERT_NEAR(v[l], e.value, tolerance * scale);
      ASSERT_NEAR(t[k], tangent, tolerance * scale * (1 + std::abs(e.by_a)));
    }
  }
}

#define GRADLANE_TEST(name, ...)                                                  \
  TEST(dual, name) {                                                              \
    expect_case<dual<scalar<double>>, arithmetic_cases::name>();                  \
    expect_case<dual<pack<float>>, arithmetic_cases::name>();                     \
    expect_case<dual<scalar<double>, pack<double>, 3>, arithmetic_cases::name>(); \
  }                                                                               \
  TEST(complex_number, name) {                                                    \
    expect_case<complex_number<scalar<double>>, arithmetic_cases::name>();        \
    expect_case<complex_number<pack<double>>, arithmetic_cases::name>();          \
    expect_case<complex_number<scalar<float>>, arithmetic_cases::name>();         \
  }
GRADLANE_ARITHMETIC_CASES(GRADLANE_TEST)

// ---- what else there is ------------------------------------------------------------------------------------------

using D = dual<scalar<double>, pack<double>, 2>;

TEST(dual, constants_have_no_tangents) {
  const D c{scalar<double>(3)};
  for (const auto& d : c.d) EXPECT_TRUE(all(d == pack<double>(0)));
  EXPECT_EQ(c.v.r, 3);
}
TEST(dual, adds_up_in_place) {
  dual<scalar<double>> s(scalar<double>(1)), a(scalar<double>(2));
  a.d[0] = 5;
  s += a;
  s += a;
  EXPECT_EQ(s.v.r, 5);
  EXPECT_EQ(s.d[0].r, 10);
  complex_number<scalar<double>> z(scalar<double>(1), scalar<double>(2));
  z += z;
  EXPECT_EQ(z.re.r, 2);
  EXPECT_EQ(z.im.r, 4);
}
TEST(dual, literals_do_not_promote) {
  static_assert(std::is_same_v<decltype(0.1 * dual<scalar<float>>() + 1.0), dual<scalar<float>>>);
  dual<scalar<float>> a(scalar<float>(3));
  a.d[0] = 1;
  EXPECT_EQ((0.1 * a).v.r, 0.1F * 3);
  EXPECT_EQ((0.1 * a).d[0].r, 0.1F);
}
// Sums over lanes take a dual for a term: value and tangent by the rule of reduce.hpp.
TEST(dual, sums_over_lanes_like_numbers) {
  using X = pack<double>;
  for (std::size_t n = 1; n <= 3 * virtual_lanes<double>; ++n) {
    const auto v = number_source(n).array<double>(n), t = number_source(n + 100).array<double>(n);
    const auto both = sum_block<X, dual<X>>(0, n, [&](std::size_t i, auto io) {
      dual<X> a(io.load(v.data() + i));
      a.d[0] = io.load(t.data() + i);
      return a;
    });
    const auto one = [n](const double* p) {
      return sum_block<X>(0, n, [p](std::size_t i, auto io) { return io.load(p + i); });
    };
    EXPECT_EQ(both.v.r, one(v.data()));
    EXPECT_EQ(both.d[0].r, one(t.data()));
  }
}
// No difference is taken: at a step of 1e-100 the complex step has all digits.
TEST(complex_number, products_and_quotients_are_those_of_complex_numbers) {
  using C = complex_number<scalar<double>>;
  const C a(scalar<double>(3), scalar<double>(4)), b(scalar<double>(1), scalar<double>(2));
  EXPECT_EQ((a * b).re.r, -5);
  EXPECT_EQ((a * b).im.r, 10);
  EXPECT_NEAR((a / b).re.r, 2.2, 1e-15);
  EXPECT_NEAR((a / b).im.r, -0.4, 1e-15);
}

}  // namespace
}  // namespace gradlane
