// The loader takes a sound module and refuses every other kind, with a message that names the file.
#include <gtest/gtest.h>
#include <link.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/isa.hpp"
#include "common/module.hpp"

namespace {

using namespace gradlane::bench;
namespace fs = std::filesystem;

/// A backend folder of its own for each test.
class loader : public testing::Test {
 protected:
  void SetUp() override {
    const std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder = fs::temp_directory_path() / ("gradlane-loader-" + test + "-" + std::to_string(getpid()));
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  fs::path library(const std::string& name) const { return folder / (name + ".so"); }
  void put_module(const std::string& fixture) {
    fs::copy_file(fs::path(GRADLANE_FIXTURE_DIR) / (fixture + ".so"), library(fixture));
  }
  void put_sidecar(const std::string& name, const std::string& text) {
    std::ofstream(folder / (name + ".json")) << text;
  }
  void put_sidecar(const std::string& name) {
    put_sidecar(name, R"({"abi": 4, "name": ")" + name + R"(", "needs": [], "lanes_f64": 1, "rank": 1})");
  }
  /// The one refusal that loading gives, which must name `file` and hold `reason`.
  void expect_refused(const std::string& file, const std::string& reason) {
    const module_set set = load_modules({folder});
    EXPECT_TRUE(set.modules.empty());
    ASSERT_EQ(set.refused.size(), 1u);
    EXPECT_NE(set.refused[0].reason.find((folder / file).string()), std::string::npos) << set.refused[0].reason;
    EXPECT_NE(set.refused[0].reason.find(reason), std::string::npos) << set.refused[0].reason;
    EXPECT_FALSE(set.refused[0].lacks_isa);
  }

  fs::path folder;
};

TEST_F(loader, takes_a_sound_module) {
  put_module("good");
  put_sidecar("good");
  const module_set set = load_modules({folder});
  ASSERT_TRUE(set.refused.empty()) << set.refused[0].reason;
  ASSERT_EQ(set.modules.size(), 1u);
  const std::vector<implementation> all = all_implementations(set);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1].name(), "quartic/analytic/scalar/f64/good");
  EXPECT_TRUE(all[0].has(GRADLANE_VALUE_ONLY));
  EXPECT_FALSE(all[1].has(GRADLANE_VALUE_ONLY));

  gradlane_shape shape{};
  shape.n = 3;
  shape.points = shape.stride = 1;
  shape.threads = 1;
  plan p(all[1], shape);
  const double x[] = {-1, 0, 2};
  double value = NAN, gradient[] = {NAN, NAN, NAN};
  p.evaluate(x, &value, gradient);
  EXPECT_EQ(value, -37);
  for (const double g : gradient) EXPECT_EQ(g, 0);
  EXPECT_GT(p.bytes(), 0u);
}

TEST_F(loader, turns_a_status_into_an_exception_with_the_message) {
  put_module("good");
  put_sidecar("good");
  const module_set set = load_modules({folder});
  const std::vector<implementation> all = all_implementations(set);
  ASSERT_FALSE(all.empty());
  gradlane_shape shape{};
  shape.n = 3;
  shape.points = shape.stride = 2;
  shape.threads = 1;
  try {
    plan p(all[0], shape);
    FAIL() << "two points were accepted";
  } catch (const call_error& e) {
    EXPECT_EQ(e.status, GRADLANE_UNSUPPORTED);
    EXPECT_STREQ(e.what(), "quartic/primal/scalar: unsupported: one point only");
  }
}

TEST_F(loader, refuses_a_missing_sidecar) {
  put_module("good");
  expect_refused("good.json", "missing");
}

TEST_F(loader, refuses_a_sidecar_without_module) {
  put_sidecar("good");
  expect_refused("good.json", "without its module good.so");
}

TEST_F(loader, refuses_a_sidecar_that_is_no_json) {
  put_module("good");
  put_sidecar("good", R"({"abi": 4, "name": )");
  expect_refused("good.json", "invalid sidecar");
}

TEST_F(loader, refuses_a_sidecar_with_a_field_of_the_wrong_type) {
  put_module("good");
  put_sidecar("good", R"({"abi": 4, "name": "good", "needs": "avx2"})");
  expect_refused("good.json", "invalid sidecar");
}

TEST_F(loader, refuses_a_sidecar_with_a_number_that_does_not_fit) {
  put_module("good");
  for (const char* number : {"2.5", "1e300", "4294967298", "-1", "18446744073709551615", "null"}) {
    put_sidecar("good", std::string(R"({"name": "good", "needs": [], "abi": )") + number + "}");
    expect_refused("good.json", "abi is no whole number, or too large a one");
  }
  put_sidecar("good", R"({"abi": 4, "name": "good", "needs": [], "rank": 4294967296})");
  expect_refused("good.json", "rank is no whole number, or too large a one");
}

TEST_F(loader, refuses_an_unknown_cpu_feature) {
  put_module("good");
  put_sidecar("good", R"({"abi": 4, "name": "good", "needs": ["warp_drive"]})");
  expect_refused("good.json", "unknown CPU feature 'warp_drive'");
}

TEST_F(loader, skips_a_module_that_this_cpu_cannot_run_without_loading_it) {
  std::string lacking;
  for (const char* feature : {"fma4", "avx512f", "avx512bw"})
    if (cpu_supports(feature) == false) lacking = feature;
  if (lacking.empty()) GTEST_SKIP() << "this CPU has everything";
  std::ofstream(library("good")) << "no ELF file at all";
  put_sidecar("good", R"({"abi": 4, "name": "good", "needs": [")" + lacking + R"("]})");
  const module_set set = load_modules({folder});
  ASSERT_EQ(set.refused.size(), 1u);
  EXPECT_TRUE(set.refused[0].lacks_isa);
  EXPECT_EQ(set.refused[0].reason, library("good").string() + ": this CPU lacks " + lacking);
}

TEST_F(loader, refuses_a_foreign_abi_by_the_sidecar) {
  put_module("good");
  put_sidecar("good", R"({"abi": 99, "name": "good", "needs": []})");
  expect_refused("good.so", "ABI version 99 by its sidecar");
}

TEST_F(loader, refuses_a_foreign_abi_by_the_module) {
  put_module("wrong_abi");
  put_sidecar("wrong_abi");
  expect_refused("wrong_abi.so", "ABI version 99, this driver speaks " + std::to_string(GRADLANE_ABI_VERSION));
}

TEST_F(loader, refuses_a_missing_symbol) {
  put_module("no_symbol");
  put_sidecar("no_symbol");
  expect_refused("no_symbol.so", "exports no gradlane_backend");
}

TEST_F(loader, refuses_a_null_table) {
  put_module("null_table");
  put_sidecar("null_table");
  expect_refused("null_table.so", "null table");
}

TEST_F(loader, refuses_a_table_without_implementations) {
  put_module("no_implementations");
  put_sidecar("no_implementations");
  expect_refused("no_implementations.so", "no implementations");
}

TEST_F(loader, takes_a_module_of_functions_alone) {
  put_module("only_functions");
  put_sidecar("only_functions");
  const module_set set = load_modules({folder});
  ASSERT_TRUE(set.refused.empty()) << set.refused[0].reason;
  ASSERT_EQ(set.modules.size(), 1u);
  EXPECT_EQ(set.modules[0].table->function_count, 3u);
  EXPECT_TRUE(all_implementations(set).empty());
}

TEST_F(loader, refuses_a_function_without_code) {
  put_module("null_function");
  put_sidecar("null_function");
  expect_refused("null_function.so", "function 0 has no name or no apply");
}

TEST_F(loader, refuses_a_name_other_than_the_sidecars) {
  put_module("good");
  put_sidecar("good", R"({"abi": 4, "name": "better", "needs": []})");
  expect_refused("good.so", "calls itself 'good', its sidecar 'better'");
}

TEST_F(loader, refuses_a_file_cut_off_anywhere) {
  put_module("good");
  put_sidecar("good");
  const auto whole = fs::file_size(library("good"));
  for (const auto size : {whole - 1, whole / 2, std::uintmax_t{4096}, std::uintmax_t{100}, std::uintmax_t{10}}) {
    fs::resize_file(library("good"), size);
    expect_refused("good.so", "truncated");
  }
  fs::resize_file(library("good"), 0);
  expect_refused("good.so", "truncated");
}

// An end beyond 2^64 wraps around to one within the file.
TEST_F(loader, refuses_a_segment_whose_end_wraps_around) {
  put_module("good");
  put_sidecar("good");
  ElfW(Ehdr) header;
  ElfW(Phdr) segment;
  std::fstream file(library("good"), std::ios::in | std::ios::out | std::ios::binary);
  file.read(reinterpret_cast<char*>(&header), sizeof header);
  file.seekg(static_cast<std::streamoff>(header.e_phoff)).read(reinterpret_cast<char*>(&segment), sizeof segment);
  segment.p_offset = ~ElfW(Off){0} - 4095, segment.p_filesz = 8192;
  file.seekp(static_cast<std::streamoff>(header.e_phoff)).write(reinterpret_cast<char*>(&segment), sizeof segment);
  file.close();
  expect_refused("good.so", "truncated");
}

TEST_F(loader, refuses_what_is_no_shared_object) {
  std::ofstream(library("good")) << std::string(4096, '#');
  put_sidecar("good");
  expect_refused("good.so", "not an ELF shared object");
}

TEST_F(loader, refuses_a_module_that_changes_the_control_word_and_restores_it) {
  put_module("flush_to_zero");
  put_sidecar("flush_to_zero");
  const floating_point_control before = floating_point_control::current();
  expect_refused("flush_to_zero.so", "floating-point control word");
  EXPECT_EQ(floating_point_control::current(), before);
  volatile double smallest = 0x1p-1074;
  EXPECT_GT(smallest * 1.0, 0) << "subnormals are flushed";
}

TEST_F(loader, one_bad_module_does_not_keep_the_others_out) {
  put_module("good");
  put_sidecar("good");
  put_module("null_table");
  put_sidecar("null_table");
  const module_set set = load_modules({folder});
  EXPECT_EQ(set.modules.size(), 1u);
  EXPECT_EQ(set.refused.size(), 1u);
  EXPECT_NE(set.find_refusal("null_table"), nullptr);
  EXPECT_EQ(set.find_refusal("good"), nullptr);
}

TEST_F(loader, takes_modules_of_several_folders_and_each_name_once) {
  put_module("good");
  put_sidecar("good");
  const fs::path other = folder / "other";
  fs::create_directories(other);
  for (const char* name : {"good", "alone"})
    fs::copy_file(fs::path(GRADLANE_FIXTURE_DIR) / "good.so", other / (std::string(name) + ".so"));
  fs::copy_file(folder / "good.json", other / "good.json");
  const module_set set = load_modules({folder, other});
  ASSERT_EQ(set.modules.size(), 1u);
  EXPECT_EQ(set.modules[0].file, folder / "good.so");
  ASSERT_EQ(set.refused.size(), 2u);
  EXPECT_NE(set.refused[0].reason.find("sidecar is missing"), std::string::npos) << set.refused[0].reason;
  EXPECT_NE(set.refused[1].reason.find("already loaded from " + (folder / "good.so").string()), std::string::npos);
  EXPECT_THROW(load_modules({folder, folder / "nowhere"}), std::runtime_error);
}

TEST_F(loader, says_when_the_folder_is_not_there) {
  try {
    load_modules({folder / "nowhere"});
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string(e.what()).find("nowhere"), std::string::npos);
  }
}

}  // namespace
