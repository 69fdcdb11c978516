// The command line: what is accepted, and that everything else is one clear message before any work.
#include "common/options.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "common/results.hpp"

namespace {

using namespace gradlane::bench;
namespace fs = std::filesystem;
using sizes = std::vector<std::size_t>;

std::string complaint(const std::function<void()>& action) {
  try {
    action();
  } catch (const usage_error& e) {
    return e.what();
  }
  return "";
}

parsed parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "driver");
  return parse_options(static_cast<int>(arguments.size()), arguments.data(), "a driver");
}

std::string complaint_of(const std::vector<const char*>& arguments) {
  return complaint([&] { parse(arguments); });
}

TEST(sizes_on_the_command_line, lists_and_ranges) {
  EXPECT_EQ(parse_sizes("--dims", "8"), (sizes{8}));
  EXPECT_EQ(parse_sizes("--dims", "8,64,8"), (sizes{8, 64}));
  EXPECT_EQ(parse_sizes("--dims", "8:4096:x2"), (sizes{8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096}));
  EXPECT_EQ(parse_sizes("--dims", "8:100:x3"), (sizes{8, 24, 72}));
  EXPECT_EQ(parse_sizes("--dims", "1:5:+2"), (sizes{1, 3, 5}));
  EXPECT_EQ(parse_sizes("--dims", "1:4:+1,64,100:200:x2"), (sizes{1, 2, 3, 4, 64, 100, 200}));
  EXPECT_EQ(parse_sizes("--dims", "7:7:x2"), (sizes{7}));
}

TEST(sizes_on_the_command_line, ends_of_the_number_range) {
  EXPECT_EQ(parse_sizes("--dims", "18446744073709551615"), (sizes{18446744073709551615u}));
  EXPECT_EQ(parse_sizes("--dims", "1:18446744073709551615:x2").size(), 64u);
  EXPECT_EQ(parse_sizes("--dims", "18446744073709551614:18446744073709551615:+1").size(), 2u);
}

TEST(sizes_on_the_command_line, what_is_malformed) {
  for (const char* text :
       {"", "8,", ",8", "8:64", "8:64:2", "8:64:x", "8:64:x1", "8:64:+0", "64:8:x2", "0", "-4", "1e6", "8 ",
        "8:64:x2:x2", "eight", "18446744073709551616", "1:100000000:+1", "1:99999999999999999999:x2"})
    EXPECT_NE(complaint([&] { parse_sizes("--dims", text); }), "") << "'" << text << "'";
  EXPECT_EQ(complaint([] { parse_sizes("--dims", "18446744073709551616"); }),
            "--dims: '18446744073709551616' is too large");
}

TEST(threads_on_the_command_line, all_is_what_this_process_may_use) {
  EXPECT_EQ(parse_threads("1,all").back(), available_cores());
  EXPECT_EQ(parse_threads("1:8:x2"), (std::vector<int>{1, 2, 4, 8}));
  EXPECT_NE(complaint([] { parse_threads("4097"); }), "");
  EXPECT_NE(complaint([] { parse_threads("every"); }), "");
}

TEST(names_on_the_command_line, unknown_ones_get_the_nearest) {
  const std::vector<std::string> known{"log_sum_exp", "quartic", "chain"};
  EXPECT_EQ(nearest_name("log_sum_exq", known), "log_sum_exp");
  EXPECT_EQ(nearest_name("log_sum", known), "log_sum_exp");
  EXPECT_EQ(nearest_name("xyzzy_and_more", known), "");
  const std::vector<std::string> typed{"quartic", "chian"};
  EXPECT_EQ(complaint([&] { require_known("--problem", typed, known); }),
            "--problem: unknown name 'chian' (did you mean 'chain'?)");
}

TEST(the_command_line, is_read) {
  const parsed p = parse({"--problem", "chain,quartic", "--method=analytic", "--dtype", "f32", "--dims", "8,64",
                          "--threads", "2", "--step", "1e-4", "--seed", "42", "--benchmark_min_time=0.1"});
  ASSERT_FALSE(p.exit.has_value());
  EXPECT_EQ(p.values.problems, (std::vector<std::string>{"chain", "quartic"}));
  EXPECT_EQ(p.values.methods, (std::vector<std::string>{"analytic"}));
  EXPECT_EQ(p.values.dims, (sizes{8, 64}));
  EXPECT_EQ(p.values.threads, (std::vector<int>{2}));
  EXPECT_EQ(p.values.step, 1e-4);
  EXPECT_EQ(p.values.seed, 42u);
  EXPECT_EQ(p.values.benchmark_flags, (std::vector<std::string>{"--benchmark_min_time=0.1"}));
  EXPECT_EQ(p.values.backend_dirs.size(), 1u);
  EXPECT_EQ(parse({"--backend-dir", "/here,there"}).values.backend_dirs,
            (std::vector<std::filesystem::path>{"/here", "there"}));
}

TEST(the_command_line, what_is_wrong_is_one_line) {
  const std::vector<std::vector<const char*>> wrong{
      {"--problm", "chain"}, {"stray"},           {"--dims"},
      {"--dims", "8:"},      {"--lanes", "rows"}, {"--dtype", "f16"},
      {"--step", "0"},       {"--step", "-1"},    {"--step", "nan"},
      {"--step", "1e-4x"},   {"--step", "1e999"}, {"--seed", "1,2"},
      {"--seed", "x"},       {"--resume"},        {"--out", ""},
      {"--problem", "a,,b"}, {"--method", ""},    {"--dims", "4", "--dims", "8"}};
  for (const auto& arguments : wrong) {
    const std::string what = complaint_of(arguments);
    EXPECT_NE(what, "") << arguments[0];
    EXPECT_EQ(what.find('\n'), std::string::npos) << what;
  }
  EXPECT_EQ(complaint_of({"--problm=chain"}), "unknown argument '--problm=chain' (did you mean '--problem'?)");
}

TEST(results, are_written_whole_or_not_at_all) {
  const fs::path folder = fs::temp_directory_path() / ("gradlane-results-" + std::to_string(getpid()));
  const fs::path file = folder / "deep" / "shard.json";
  const nlohmann::ordered_json key{{"cases", {"a", "b"}}};
  write_json(file, {{"schema", result_schema}, {"kind", "throughput"}, {"complete", true}, {"selection", key}});
  EXPECT_TRUE(complete_shard(file, "throughput", key));
  EXPECT_FALSE(complete_shard(folder / "none.json", "throughput", key));
  EXPECT_THROW(write_json(file, {{"a", {1.0, std::numeric_limits<double>::quiet_NaN()}}}), std::logic_error);
  EXPECT_TRUE(complete_shard(file, "throughput", key)) << "a refused document must leave the old file";
  EXPECT_EQ(std::distance(fs::directory_iterator(file.parent_path()), fs::directory_iterator()), 1)
      << "a temporary file was left";
  std::ofstream(file) << R"({"schema": 1, "kind": "thr)";
  EXPECT_FALSE(complete_shard(file, "throughput", key));
  const std::size_t depth = 200000;  // copying it by recursion would take more stack than there is
  std::ofstream(file) << R"({"schema": 1, "kind": "throughput", "complete": true, "selection": )"
                      << std::string(depth, '[') << std::string(depth, ']') << '}';
  EXPECT_FALSE(complete_shard(file, "throughput", key));
  fs::remove_all(folder);
}

TEST(results, of_another_selection_are_not_overwritten) {
  const fs::path folder = fs::temp_directory_path() / ("gradlane-selections-" + std::to_string(getpid()));
  const fs::path file = folder / "shard.json";
  const nlohmann::ordered_json key{{"cases", {"a"}}, {"seed", 1}, {"modules", {{"m", "x"}}}};
  const auto refusal = [&](const char* kind, const char* changed, const nlohmann::ordered_json& value) {
    nlohmann::ordered_json other = key;
    if (*changed != 0) other[changed] = value;
    return complaint([&] { complete_shard(file, kind, other); });
  };
  for (const bool complete : {true, false}) {
    write_json(file, {{"schema", result_schema}, {"kind", "throughput"}, {"complete", complete}, {"selection", key}});
    EXPECT_EQ(refusal("throughput", "", 0), "");
    EXPECT_EQ(refusal("throughput", "cases", {"a", "b"}).find("other cases") != std::string::npos, complete);
    EXPECT_EQ(refusal("throughput", "seed", 2).find("other seed") != std::string::npos, complete);
    EXPECT_EQ(refusal("throughput", "new", 2).find("other new") != std::string::npos, complete);
    EXPECT_EQ(refusal("throughput", "modules", 2).find("other builds of the modules") != std::string::npos, complete);
    EXPECT_EQ(refusal("accuracy", "", 0) != "", complete);
  }
  fs::remove_all(folder);
}

/// Runs the real driver on the fixtures' backends.
class the_driver : public testing::Test {
 protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / ("gradlane-driver-" + std::to_string(getpid()));
    fs::create_directories(folder / "backends");
    put("good");
  }
  void TearDown() override { fs::remove_all(folder); }

  void put(const std::string& fixture) {
    fs::copy_file(fs::path(GRADLANE_FIXTURE_DIR) / (fixture + ".so"), folder / "backends" / (fixture + ".so"));
    std::ofstream(folder / "backends" / (fixture + ".json"))
        << R"({"abi": 4, "name": ")" << fixture << R"(", "needs": [], "rank": 1})";
  }

  struct outcome {
    int exit = -1;
    std::string out, err;
  };
  outcome run(const std::string& arguments) const {
    const std::string command = std::string(GRADLANE_THROUGHPUT) + " --backend-dir " + (folder / "backends").string() +
                                case_seconds + arguments + " 2>" + (folder / "err").string();
    outcome o;
    FILE* pipe = popen(command.c_str(), "r");
    for (int c; (c = std::fgetc(pipe)) != EOF;) o.out.push_back(static_cast<char>(c));
    o.exit = WEXITSTATUS(pclose(pipe));
    std::ifstream err(folder / "err");
    o.err.assign(std::istreambuf_iterator<char>(err), {});
    return o;
  }
  /// Exit 2, nothing on stdout, `text` in the one line on stderr.
  void expect_usage_error(const std::string& arguments, const std::string& text) const {
    const outcome o = run(arguments);
    EXPECT_EQ(o.exit, 2) << arguments << '\n' << o.err;
    EXPECT_EQ(o.out, "") << arguments;
    EXPECT_NE(o.err.find(text), std::string::npos) << arguments << '\n' << o.err;
    EXPECT_EQ(std::count(o.err.begin(), o.err.end(), '\n'), 1) << o.err;
  }
  nlohmann::ordered_json shard(const std::string& stem) const {
    return read_json(folder / "out" / "throughput" / (stem + ".json")).value_or(nullptr);
  }

  fs::path folder;
  std::string case_seconds = " --case-seconds 0.01 ";
};

TEST_F(the_driver, exits_with_2_before_any_work) {
  expect_usage_error("--problem quartik", "did you mean 'quartic'?");
  expect_usage_error("--method analytik", "did you mean 'analytic'?");
  expect_usage_error("--backend god", "did you mean 'good'?");
  expect_usage_error("--problem quartic --dims 0", "at least 1");
  expect_usage_error("--dims 18446744073709551615", "more than memory can hold");
  expect_usage_error("--problem log_sum_exp", "nothing selected");
  expect_usage_error("--method complex_step --lanes elements", "the fixture has no complex type");
  expect_usage_error("--threads 2", "nothing selected");
  expect_usage_error("--out /proc/nowhere", "/proc/nowhere");
  expect_usage_error("--benchmark_filter=nothing_like_this", "no case matches");
  expect_usage_error("--benchmark_filter='('", "not a regular expression");
  expect_usage_error("--benchmark_nonsense=1", "unknown argument");
}

TEST(numbers_on_the_command_line, none_is_the_default_and_0_is_a_mistake) {
  EXPECT_EQ(positive("--case-seconds", std::nullopt, 0.15), 0.15);
  EXPECT_EQ(positive("--case-seconds", 2.5, 0.15), 2.5);
  for (const double wrong : {0.0, -1.0, std::numeric_limits<double>::infinity(), std::nan("")})
    EXPECT_EQ(complaint([&] { positive("--case-seconds", wrong, 0.15); }),
              "--case-seconds: not a finite number above 0");
}

TEST_F(the_driver, takes_no_time_of_0_for_its_default) {
  case_seconds = " ";
  for (const char* flag : {"--case-seconds", "--max-case-seconds"})
    for (const char* value : {"0", "-1", "nan", "inf", "0.1x"})
      expect_usage_error(std::string(flag) + " " + value, flag);
}

TEST_F(the_driver, refuses_what_google_benchmark_would_ignore_or_end_at) {
  const std::vector<std::pair<std::string, std::string>> mistakes{
      {"min_time=abc", "--benchmark_min_time: 'abc'"},
      {"min_time=0", "above 0"},
      {"min_time", "needs a value"},
      {"min_warmup_time=-1", "--benchmark_min_warmup_time"},
      {"repetitions=x", "--benchmark_repetitions: 'x'"},
      {"repetitions=0", "at least 1"},
      {"repetitions=1.5", "at least 1"},
      {"out=/nope/x", "cannot write /nope/x"},
      {"format=csv", "console or json"},
      {"out_format=json", "needs --benchmark_out"},
      {"time_unit=h", "ns, us, ms or s"},
      {"color=blue", "neither true nor false"},
      {"list_tests=maybe", "neither true nor false"},
      {"context=a", "KEY=VALUE"},
      {"perf_counters=CYCLES", "has no effect"},
      {"min_tine=1", "did you mean '--benchmark_min_time'?"},
      {"repetitions=2 --benchmark_repetitions=3", "more than once"}};
  for (const auto& [flag, text] : mistakes) expect_usage_error("--dims 4 --benchmark_" + flag, text);
}

TEST_F(the_driver, honours_google_benchmarks_flags_about_what_is_shown) {
  const std::string one = "--dims 4 --method analytic --dtype f64 --benchmark_";
  EXPECT_NE(run(one + "time_unit=ms").out.find(" ms "), std::string::npos);
  const std::string counter = "gradients_per_second", plain = run(one + "counters_tabular=false").out;
  EXPECT_NE(plain.find(counter + "="), std::string::npos) << plain;
  const std::string table = run(one + "counters_tabular=true").out;
  EXPECT_NE(table.find(counter), std::string::npos) << table;
  EXPECT_EQ(table.find(counter + "="), std::string::npos) << "a column needs no names in its rows";
  EXPECT_NE(run(one + "color=true").out.find('\033'), std::string::npos);
  const auto shown =
      nlohmann::json::parse(run(one + "format=json --benchmark_time_unit=us --benchmark_context=a=b").out);
  EXPECT_EQ(shown["benchmarks"][0]["time_unit"], "us");
  EXPECT_EQ(shown["context"]["a"], "b");
}

TEST_F(the_driver, honours_google_benchmarks_flags_about_the_timed_loops) {
  const std::string out = " --out " + (folder / "out").string();
  ASSERT_EQ(run("--dims 4 --method analytic --benchmark_repetitions=4 --benchmark_min_time=0.002" + out).exit, 0);
  const auto written = shard("quartic-f64-n4-points1-threads1");
  for (const auto& b : written.at("benchmarks")) EXPECT_EQ(b["times_ns"].size(), 4u);
}

TEST_F(the_driver, lists_in_its_help_which_of_google_benchmarks_flags_work) {
  const std::string help = run("--help").out;
  EXPECT_NE(help.find("counters_tabular"), std::string::npos);
  EXPECT_EQ(help.find("perf_counters"), std::string::npos);
}

TEST_F(the_driver, lists_what_there_is_and_what_is_absent) {
  const outcome o = run("--list");
  EXPECT_EQ(o.exit, 0) << o.err;
  EXPECT_NE(o.out.find("quartic/analytic/scalar/f64/good\n"), std::string::npos) << o.out;
  EXPECT_NE(o.out.find("absent quartic/complex_step/elements: the fixture has no complex type\n"), std::string::npos);
}

TEST_F(the_driver, refuses_a_broken_backend_only_if_it_was_named) {
  put("null_table");
  expect_usage_error("--backend null_table", "null_table.so");
  const outcome o = run("--dims 4 --method analytic");
  EXPECT_EQ(o.exit, 0) << o.err;
  EXPECT_NE(o.err.find("warning: "), std::string::npos);
}

TEST_F(the_driver, writes_a_shard_that_resume_leaves_alone) {
  const std::string selection = "--dims 4 --out " + (folder / "out").string();
  ASSERT_EQ(run(selection).exit, 0);
  const nlohmann::ordered_json first = shard("quartic-f64-n4-points1-threads1");
  ASSERT_TRUE(first.is_object());
  EXPECT_EQ(first["complete"], true);
  EXPECT_TRUE(first["context"].contains("identity"));
  bool seen = false;
  for (const auto& b : first["benchmarks"]) {
    if (b["method"] != "analytic") continue;
    seen = true;
    EXPECT_EQ(b["name"], "quartic/analytic/scalar/f64/good/n:4/points:1/threads:1");
    EXPECT_GE(b["times_ns"].size(), 3u);
    EXPECT_GT(b["real_time"], 0);
    EXPECT_GT(b["cost_over_primal"], 0);
    EXPECT_EQ(b["verdict"], "ok");
  }
  EXPECT_TRUE(seen);
  const outcome again = run(selection + " --resume");
  EXPECT_EQ(again.exit, 0);
  EXPECT_NE(again.err.find("0 cases in 0 shards"), std::string::npos) << again.err;
  EXPECT_EQ(shard("quartic-f64-n4-points1-threads1"), first);
  expect_usage_error("--dims 4 --resume --seed 2 --out " + (folder / "out").string(), "other seed");
  EXPECT_EQ(shard("quartic-f64-n4-points1-threads1"), first) << "another seed is another selection";
}

TEST_F(the_driver, never_times_a_wrong_gradient) {
  put("wrong_gradient");
  const outcome o = run("--dims 4 --backend wrong_gradient --method analytic --out " + (folder / "out").string());
  EXPECT_EQ(o.exit, 1) << o.err;
  const nlohmann::ordered_json written = shard("quartic-f64-n4-points1-threads1");
  for (const auto& b : written.at("benchmarks")) {
    if (b["method"] != "analytic") continue;
    EXPECT_TRUE(b.contains("error")) << b.dump();
    EXPECT_EQ(b["verdict"], "wrong");
    EXPECT_FALSE(b.contains("times_ns"));
  }
  EXPECT_EQ(run("--dims 4 --backend wrong_gradient --method analytic --check-only").exit, 1);
}

TEST_F(the_driver, says_why_it_skips_a_case_that_would_take_too_long) {
  const outcome o =
      run("--dims 16384 --method forward_difference --max-case-seconds 0.001 --out " + (folder / "out").string());
  EXPECT_EQ(o.exit, 0) << o.err;
  bool seen = false;
  const nlohmann::ordered_json written = shard("quartic-f64-n16384-points1-threads1");
  for (const auto& b : written.at("benchmarks"))
    if (b["method"] == "forward_difference") {
      seen = true;
      ASSERT_TRUE(b.contains("skipped")) << b.dump();
      EXPECT_NE(b["skipped"].get<std::string>().find("growing as n^2"), std::string::npos);
    }
  EXPECT_TRUE(seen);
}

}  // namespace
