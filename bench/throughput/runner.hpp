// Measures shards: predict, prepare, check, and only then time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "common/progress.hpp"
#include "throughput/flags.hpp"
#include "throughput/predict.hpp"
#include "throughput/row.hpp"
#include "throughput/workload.hpp"

namespace gradlane::bench {

/// A case that passed its check and waits to be timed.
struct prepared_case {
  plan ready;
  row* result;
  workload* shared;
  double call_seconds;  ///< from the calibration
  double step;          ///< as asked for
};

class runner {
 public:
  runner(const options& given, const settings& own, const benchmark_flags& flags,
         const std::vector<problem_entry>& problems, progress& shown);
  /// A row a case; nothing if the run was interrupted meanwhile.
  std::optional<std::vector<row>> run(const shard& s);
  /// Seconds that a case is expected to take, for estimates made before anything is known.
  static double expected_seconds(const settings& own, const options& given);

 private:
  void examine(row& r);
  void prepare_and_check(row& r);
  void time_batch();
  call_cost probe(const measured_case& c);
  workload& shared_workload(const measured_case& c);
  void advance(const row& r, double share);

  const options& given_;
  const settings& own_;
  const benchmark_flags& flags_;
  predictor predictor_;
  progress& progress_;
  double done_seconds_ = 0;
  std::vector<prepared_case> batch_;
  struct kept_workload {
    std::string problem, dtype;
    std::size_t n, points;
    std::unique_ptr<workload> shared;
  };
  /// The last two: a shard with many points needs one of one point beside it, for its primal; the next shard often
  /// differs in the threads only, and the exact gradients are dear.
  std::vector<kept_workload> kept_;
};

/// Times a batch with Google Benchmark, all repetitions in random order; fills times or error of the rows.
void time_cases(std::vector<prepared_case>& batch, const settings& own, const benchmark_flags& flags,
                const std::function<void(const prepared_case&)>& on_repetition);
/// How often a case is repeated: more often the shorter a call is beside --case-seconds.
int repetitions_of(const prepared_case& c, const settings& own);

}  // namespace gradlane::bench
