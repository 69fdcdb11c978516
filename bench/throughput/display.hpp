// What a run shows: Google Benchmark's own table or JSON, one line a case with the medians, the shard as a unit.
#pragma once

#include <fstream>
#include <memory>
#include <vector>

#include "throughput/flags.hpp"
#include "throughput/row.hpp"

namespace benchmark {
class BenchmarkReporter;
}

namespace gradlane::bench {

class display {
 public:
  /// `to_console` false: only what --benchmark_out asks for. usage_error if that file cannot be opened.
  display(const benchmark_flags& flags, bool to_console, std::size_t name_width);
  ~display();
  void show(const std::vector<row>& rows);
  void finish();

 private:
  benchmark_flags flags_;
  std::ofstream file_;
  std::vector<std::unique_ptr<benchmark::BenchmarkReporter>> reporters_;
  bool table_ = false;  ///< the console's reporter, which has no line for a case that was skipped
  std::size_t name_width_;
};

}  // namespace gradlane::bench
