// The machine's limit: the probes do what they say, and the model gives the times that its formulas give by hand.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/caches.hpp"
#include "common/module.hpp"
#include "limits/model.hpp"
#include "limits/probing.hpp"

namespace {

using namespace gradlane::bench;

const module_set& modules() {
  static const module_set set = load_modules({GRADLANE_BACKEND_DIR});
  return set;
}
/// Those that bring probes: other libraries do not.
std::vector<backend_module> probed() {
  std::vector<backend_module> found;
  for (const backend_module& m : modules().modules)
    if (m.table->probe_count > 0) found.push_back(m);
  return found;
}
const gradlane_probe& find_probe(const backend_module& m, const std::string& name, gradlane_dtype dtype) {
  for (std::size_t i = 0; i < m.table->probe_count; ++i)
    if (const gradlane_probe& p = m.table->probes[i]; p.name == name && p.dtype == dtype) return p;
  throw std::runtime_error("no probe " + name);
}
const gradlane_work_model& find_work(const backend_module& m, const std::string& problem, gradlane_dtype dtype) {
  for (std::size_t i = 0; i < m.table->work_count; ++i)
    if (const gradlane_work_model& w = m.table->work[i]; w.problem == problem && w.dtype == dtype) return w;
  throw std::runtime_error("no work of " + problem);
}

gradlane_probe_result run(const gradlane_probe& p, const std::vector<void*>& arrays, std::size_t count,
                          std::size_t repetitions, int threads) {
  gradlane_probe_result done{-1, -1, NAN};
  EXPECT_EQ(p.run(&p, arrays.data(), count, repetitions, threads, &done), GRADLANE_OK) << p.name;
  return done;
}

TEST(probes, of_memory_touch_all_and_say_so) {
  for (const backend_module& m : probed())
    for (const int threads : {1, 2})
      for (const std::size_t count : {1u, 7u, 1000u}) {
        std::vector<double> a(count), b(count), c(count, -1);
        for (std::size_t i = 0; i < count; ++i) a[i] = static_cast<double>(i + 1), b[i] = 2 * a[i];
        const std::vector<void*> arrays{a.data(), b.data(), c.data()};
        const auto bytes = static_cast<double>(count * sizeof(double));
        const auto go = [&](const char* name, const std::vector<void*>& on) {
          return run(find_probe(m, name, GRADLANE_F64), on, count, 3, threads);
        };
        const gradlane_probe_result read = go("read", arrays);
        EXPECT_EQ(read.bytes, 3 * bytes);
        EXPECT_EQ(read.value, 3 * static_cast<double>(count * (count + 1)) / 2);
        EXPECT_EQ(go("triad", arrays).bytes, 9 * bytes);
        for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(c[i], 2 * a[i]);  // a + b/2
        EXPECT_EQ(go("copy", arrays).bytes, 6 * bytes);
        EXPECT_EQ(b, a);
        EXPECT_EQ(go("update", {c.data()}).bytes, 6 * bytes);
        for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(c[i], -2 * a[i]);  // three changes of sign
        EXPECT_EQ(go("write", {c.data()}).bytes, 3 * bytes);
        for (const double x : c) ASSERT_EQ(x, c[0]);
      }
}

TEST(probes, of_functions_compute_them) {
  const std::size_t count = 128;  // whole turns of the loop, whatever the lanes
  std::vector<float> x(count, 0.75F), e(count, 0.25F);
  for (const backend_module& m : probed())
    for (const int threads : {1, 2}) {
      const gradlane_probe_result done = run(find_probe(m, "exp", GRADLANE_F32), {x.data()}, count, 2, threads);
      EXPECT_EQ(done.operations, 256);
      EXPECT_NEAR(done.value, 256 * std::exp(0.75), 1e-3);
      const gradlane_probe_result quotient =
          run(find_probe(m, "divide", GRADLANE_F32), {x.data(), e.data()}, count, 2, threads);
      EXPECT_NEAR(quotient.value, 256 * 3, 1e-3);
    }
}

TEST(probes, on_registers_count_every_lane) {
  for (const backend_module& m : probed())
    for (const char* name : {"add", "multiply", "multiply_add", "add_multiply"}) {
      const double few = run(find_probe(m, name, GRADLANE_F64), {}, 1000, 1, 1).operations;
      EXPECT_GE(few, 1000);
      EXPECT_EQ(run(find_probe(m, name, GRADLANE_F64), {}, 1000, 5, 1).operations, 5 * few);
    }
}

TEST(probes, refuse_null_arrays) {
  const gradlane_probe& copy = find_probe(modules().modules.front(), "copy", GRADLANE_F64);
  double a[4] = {};
  void* const arrays[] = {a, nullptr};
  gradlane_probe_result done{};
  EXPECT_EQ(copy.run(&copy, arrays, 4, 1, 1, &done), GRADLANE_BAD_ARGUMENT);
  EXPECT_EQ(copy.run(&copy, nullptr, 4, 1, 1, &done), GRADLANE_BAD_ARGUMENT);
}

// Every function that the work of a problem names must have a probe: its limit would stay unknown.
TEST(work, names_functions_that_have_probes) {
  for (const backend_module& m : probed())
    for (std::size_t i = 0; i < m.table->work_count; ++i) {
      gradlane_pass passes[GRADLANE_MAX_PASSES];
      const std::size_t count = m.table->work[i].passes(64, passes, GRADLANE_MAX_PASSES);
      ASSERT_GT(count, 0u);
      for (std::size_t p = 0; p < count; ++p)
        for (const gradlane_function_count& f : passes[p].functions) {
          if (f.name == nullptr) break;
          EXPECT_NO_THROW(find_probe(m, f.name, m.table->work[i].dtype)) << m.table->work[i].problem;
        }
    }
}

TEST(work, is_in_bytes_and_refuses_invalid_n) {
  const gradlane_work_model& work = find_work(modules().modules.front(), "chain", GRADLANE_F32);
  gradlane_pass passes[4];
  ASSERT_EQ(work.passes(64, passes, 4), 1u);
  EXPECT_EQ(passes[0].read, 64 * sizeof(float));
  EXPECT_EQ(passes[0].written, 64 * sizeof(float));
  EXPECT_EQ(work.passes(7, passes, 4), 0u);
}

TEST(roofs, survive_their_way_through_a_file_and_say_where_they_lie) {
  arena memory;
  const probing what{&modules().modules.front(), GRADLANE_F32, 1};
  const roof_set set = measure(what, 1e-3, memory, [](double) {});
  EXPECT_EQ(to_json(roofs_from_json(to_json(set)).value()), to_json(set));
  EXPECT_EQ(set.levels.back().name, "DRAM");
  for (const roof& r : set.roofs) {
    EXPECT_GT(r.rate, 0) << r.probe;
    EXPECT_GE(r.rate, r.median) << r.probe;
  }
  for (const memory_level& level : set.levels) {
    ASSERT_NE(set.find("copy", level.name), nullptr);
    if (level.bytes > 0) {
      EXPECT_LE(set.find("copy", level.name)->working_set, level.bytes);
    }
  }
}

TEST(roofs, in_a_file_of_anything_else_are_no_roofs) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("gradlane-roofs-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder / "limits");
  for (const char* text : {R"({"kind": 3})", R"({"kind": "limits", "complete": "yes"})", R"([1])", "{",
                           R"({"kind": "limits", "complete": true, "roofs": {}})",
                           R"({"kind": "limits", "complete": true, "backend": "a", "dtype": "f64", "threads": 1e300,
                               "levels": [], "roofs": []})"}) {
    std::ofstream(folder / "limits" / "shard.json") << text;
    EXPECT_TRUE(read_roofs(folder).empty()) << text;
  }
  std::filesystem::remove_all(folder);
}

TEST(caches, are_counted_by_who_shares_them) {
  data_cache c{2, "Unified", 1 << 20, 64, "0-3,8"};
  EXPECT_EQ(c.sharers(16), 5);
  c.shared_by = "";
  EXPECT_EQ(c.sharers(16), 1);
  c.level = 3;
  EXPECT_EQ(c.sharers(16), 16);
}

// ---- the model, by hand -------------------------------------------------------------------------------------------

/// 100 operations a second and unit; exp 10; 1000 bytes a second near, 100 far, behind a cache of 800 bytes.
roof_set plain_machine() {
  roof_set set{"toy", "f64", 1, {{"L1", 800}, {"DRAM", 0}}, {}};
  const auto rate = [&](const char* probe, double r) { set.roofs.push_back({probe, "", 0, 0, 0, 0, r, r}); };
  rate("add", 100), rate("multiply", 90), rate("multiply_add", 100), rate("add_multiply", 160), rate("exp", 10);
  for (const auto& [level, speed] : {std::pair{"L1", 1000.0}, {"DRAM", 100.0}}) {
    set.roofs.push_back({"read", level, 1, 0, 0, 0, speed, speed});
    set.roofs.push_back({"write", level, 0, 1, 0, 0, speed / 2, speed / 2});
    set.roofs.push_back({"copy", level, 1, 1, 0, 0, speed, speed});
    set.roofs.push_back({"triad", level, 2, 1, 0, 0, 1.5 * speed, 1.5 * speed});
    set.roofs.push_back({"update", level, 0, 0, 1, 0, 2 * speed, 2 * speed});
  }
  return set;
}

gradlane_pass work(double additions, double multiplications, double exps, double read, double written, double updated) {
  gradlane_pass p{"p", additions, multiplications, 0, 0, read, written, updated, {}};
  if (exps > 0) p.functions[0] = {"exp", exps};
  return p;
}

void expect_limit(const std::vector<gradlane_pass>& passes, const call_shape& shape, double seconds,
                  const std::string& bound) {
  const auto found = limit_of(passes, shape, plain_machine());
  ASSERT_TRUE(found);
  EXPECT_DOUBLE_EQ(found->seconds, seconds);
  EXPECT_EQ(found->bound, bound);
}

TEST(model, arithmetic_is_any_mixture_but_for_matrices) {
  const call_shape small{1, 8, 0};
  expect_limit({work(20, 300, 0, 0, 0, 0)}, small, 2, "arithmetic");  // 320/160, whatever the mixture is
  gradlane_pass p = work(0, 0, 0, 0, 0, 0);
  p.fused = 160;
  expect_limit({p}, small, 1, "arithmetic");
  p.product = 150;
  expect_limit({p}, small, 1.5, "arithmetic");  // 150/100
}

TEST(model, functions_run_beside_arithmetic) {
  expect_limit({work(50, 0, 20, 0, 0, 0)}, {1, 8, 0}, 2, "transcendental");
  roof_set unknown = plain_machine();
  std::erase_if(unknown.roofs, [](const roof& r) { return r.probe == "exp"; });
  EXPECT_FALSE(limit_of({work(0, 0, 1, 8, 8, 0)}, {1, 8, 0}, unknown));
}

TEST(model, traffic_is_bound_by_kernels_that_move_no_more) {
  const call_shape small{1, 400, 0};                             // a working set of 800: all of it near
  expect_limit({work(0, 0, 0, 400, 0, 0)}, small, 0.4, "L1");    // read: 400/1000
  expect_limit({work(0, 0, 0, 0, 400, 0)}, small, 0.8, "L1");    // write: 400/500
  expect_limit({work(0, 0, 0, 400, 400, 0)}, small, 0.8, "L1");  // copy 800/1000, write 400/500
  expect_limit({work(0, 0, 0, 0, 0, 400)}, small, 0.4, "L1");    // update: 800/2000
  expect_limit({work(0, 0, 0, 4000, 400, 0)}, small, 4, "L1");   // read: 4000/1000
}

TEST(model, what_a_cache_cannot_hold_comes_from_behind_it) {
  // Working set 1600: a half is beyond the cache. From there 0.5 · 800 at 100, of the whole 800 at 1000.
  expect_limit({work(0, 0, 0, 800, 0, 0)}, {1, 800, 0}, 4, "DRAM");
  // Working set 880: a tenth.
  expect_limit({work(0, 0, 0, 440, 0, 0)}, {1, 440, 0}, 0.44, "L1");
  expect_limit({work(0, 0, 0, 440, 0, 0)}, {1, 40, 8720}, 440 * (8000.0 / 8800) / 100, "DRAM");  // the data count
}

TEST(model, passes_add_up_and_the_largest_part_names_the_bound) {
  expect_limit({work(0, 0, 0, 400, 0, 0), work(0, 0, 20, 0, 0, 0), work(0, 160, 0, 0, 0, 400)}, {1, 400, 0},
               0.4 + 2 + 1, "transcendental");
}

TEST(model, of_many_points_memory_is_passed_once) {
  // 10 points of 400 bytes: 10 · 1 s of arithmetic; 4000 read and 4000 written, of which 9/10 lie far.
  const auto found = limit_of({work(100, 0, 0, 400, 400, 0), work(0, 0, 0, 0, 0, 400)}, {10, 400, 0}, plain_machine());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->bound, "DRAM");
  EXPECT_DOUBLE_EQ(found->seconds, 0.9 * 8000 / 100);
  EXPECT_DOUBLE_EQ(found->bytes, 8000);
}

TEST(model, counts_operations_and_bytes_for_a_roofline) {
  gradlane_pass p = work(10, 20, 1, 80, 40, 8);
  p.fused = 5;
  const auto found = limit_of({p}, {1, 80, 0}, plain_machine());
  ASSERT_TRUE(found);
  EXPECT_DOUBLE_EQ(found->bytes, 80 + 40 + 16);
  // An exp takes a tenth of a second: as long as ten multiply-adds of two operations.
  EXPECT_DOUBLE_EQ(found->operations, 10 + 20 + 2 * 5 + 20);
}

}  // namespace
