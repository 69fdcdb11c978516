// Our elementary functions as the modules export them, on every instruction set that runs here: special values at every
// place of an array, subnormals, thresholds, a sweep, each within its promise; and what the measurement finds in faulty ones.
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "functions/rows.hpp"

namespace gradlane::bench {
namespace {

/// What is asked of our functions, in ulp; each promises at most as much.
const std::map<std::string, double> asked = {{"exp", 1.5}, {"log", 1.5}, {"log1p", 1.5}, {"expm1", 2},   {"sin", 3},
                                             {"cos", 3},   {"tanh", 2},  {"sigmoid", 3}, {"softplus", 3}};

template <class T>
error_report examined(const candidate& c, std::uint64_t count) {
  return measure_errors<T>(*find_elementary(c.entry->name), {c}, 1, count, 1, [](double) {}).front();
}
error_report examined(const candidate& c, std::uint64_t count) {
  return c.entry->dtype == GRADLANE_F32 ? examined<float>(c, count) : examined<double>(c, count);
}

const module_set& built_modules() {
  static const module_set set = load_modules({GRADLANE_BACKEND_DIR});
  return set;
}

TEST(functions, of_every_instruction_set_keep_their_promises) {
  int sets = 0;
  for (const backend_module& m : built_modules().modules) {
    if (m.about.rank == 0) continue;
    ++sets;
    std::map<std::string, int> seen;
    for (std::size_t i = 0; i < m.table->function_count; ++i) {
      const candidate c{&m, &m.table->functions[i]};
      SCOPED_TRACE(name_of(c));
      ++seen[c.entry->name];
      ASSERT_TRUE(asked.contains(c.entry->name));
      EXPECT_LE(c.entry->bound, asked.at(c.entry->name));
      EXPECT_GT(c.entry->bound, 0.5);
      const finding found{&c, examined(c, c.entry->dtype == GRADLANE_F32 ? 1 << 16 : 1 << 11), {}};
      EXPECT_GE(found.errors.specials, 5u);
      EXPECT_EQ(complaints(found), std::vector<std::string>{});
    }
    for (const auto& [name, bound] : asked) EXPECT_EQ(seen[name], 2) << m.about.name << ": " << name;
  }
  EXPECT_GE(sets, 1);
}

TEST(functions, refuse_null_and_take_nothing) {
  for (const backend_module& m : built_modules().modules)
    for (std::size_t i = 0; i < m.table->function_count; ++i) {
      const gradlane_function& f = m.table->functions[i];
      double x[2] = {0.5, 0.5};
      EXPECT_EQ(f.apply(&f, nullptr, x, 1), GRADLANE_BAD_ARGUMENT) << m.about.name;
      EXPECT_EQ(f.apply(&f, x, nullptr, 1), GRADLANE_BAD_ARGUMENT) << m.about.name;
      EXPECT_EQ(f.apply(&f, nullptr, nullptr, 0), GRADLANE_OK) << m.about.name;
    }
}

// In place, from any element on, any number of them, nothing behind the end: as on an array of its own.
template <class T>
void expect_any_array(const gradlane_function& f) {
  constexpr std::size_t most = 40;
  std::vector<T> x(most + 8, T(0.25)), expected(most + 8);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += static_cast<T>(i) / 64;
  ASSERT_EQ(f.apply(&f, x.data(), expected.data(), x.size()), GRADLANE_OK);
  for (std::size_t offset = 0; offset < 4; ++offset)
    for (std::size_t count = 0; count <= most; ++count) {
      std::vector<T> y = x;
      ASSERT_EQ(f.apply(&f, y.data() + offset, y.data() + offset, count), GRADLANE_OK);
      for (std::size_t i = 0; i < y.size(); ++i)
        ASSERT_EQ(y[i], i >= offset && i < offset + count ? expected[i] : x[i]) << offset << ' ' << count << ' ' << i;
    }
}
TEST(functions, take_any_array) {
  for (const backend_module& m : built_modules().modules)
    for (std::size_t i = 0; i < m.table->function_count; ++i) {
      const gradlane_function& f = m.table->functions[i];
      SCOPED_TRACE(name_of({&m, &f}));
      f.dtype == GRADLANE_F32 ? expect_any_array<float>(f) : expect_any_array<double>(f);
    }
}

/// The findings of a fixture's exp in both precisions.
class faulty_functions : public testing::Test {
 protected:
  static std::vector<std::string> complaints_of(const std::string& fixture, gradlane_dtype dtype) {
    sidecar about;
    about.abi = GRADLANE_ABI_VERSION;
    about.name = fixture;
    const auto file = std::filesystem::path(GRADLANE_FIXTURE_DIR) / (fixture + ".so");
    const backend_module m = load_module(file, about);
    const candidate c{&m, &m.table->functions[dtype == GRADLANE_F64 ? 0 : 1]};
    return complaints({&c, examined(c, 1 << 16), {}});
  }
};

TEST_F(faulty_functions, are_found) {
  for (const gradlane_dtype dtype : {GRADLANE_F32, GRADLANE_F64}) {
    EXPECT_EQ(complaints_of("only_functions", dtype), std::vector<std::string>{});
    std::string all;
    for (const std::string& line : complaints_of("wrong_functions", dtype)) all += line + "\n";
    // The larger error of subnormal results, the overflow that comes too soon, and NaN.
    EXPECT_NE(all.find("beyond its bound of 1.00"), std::string::npos) << all;
    EXPECT_NE(all.find("1 for the special argument nan, expected nan"), std::string::npos) << all;
    EXPECT_EQ(complaints_of("no_promise", dtype), std::vector<std::string>{});
  }
}

TEST_F(faulty_functions, have_their_largest_error_where_it_is) {
  sidecar about;
  about.abi = GRADLANE_ABI_VERSION;
  about.name = "wrong_functions";
  const backend_module m = load_module(std::filesystem::path(GRADLANE_FIXTURE_DIR) / "wrong_functions.so", about);
  const candidate c{&m, &m.table->functions[1]};
  const error_report one = measure_errors<float>(*find_elementary("exp"), {c}, 1, 1 << 16, 1, [](double) {}).front();
  const error_report two = measure_errors<float>(*find_elementary("exp"), {c}, 1, 1 << 16, 2, [](double) {}).front();
  EXPECT_GT(one.subnormal.ulp, 1e6);
  EXPECT_LT(one.subnormal.argument, -87.3);
  EXPECT_GT(one.normal.ulp, 1e6);  // infinity from 88 on
  EXPECT_GE(one.wrong, 1u);        // NaN among the patterns
  EXPECT_EQ(one.normal.ulp, two.normal.ulp);
  EXPECT_EQ(one.normal.argument, two.normal.argument);
  EXPECT_EQ(one.subnormal.argument, two.subnormal.argument);
  EXPECT_EQ(one.wrong, two.wrong);
}

}  // namespace
}  // namespace gradlane::bench
