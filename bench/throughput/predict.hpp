// How long one call will take and what its plan will hold, before it is made: a quadratic method at n = 2^20 would run
// for hours, a tape of 2^30 inputs end the process.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "throughput/sweep.hpp"

namespace gradlane::bench {

struct call_cost {
  double seconds = 0;
  double bytes = 0;  ///< that the plan holds
};

class predictor {
 public:
  /// Runs the implementation of a case once at a smaller n or with fewer points and returns what a call takes; used
  /// where no measurement of less work is at hand. Throws where the implementation fails.
  using probe = std::function<call_cost(const measured_case&)>;
  predictor(const std::vector<problem_entry>& problems, probe run) : run_(std::move(run)) {
    for (const problem_entry& p : problems) problems_.emplace(p.name, p);
  }

  struct prediction {
    double seconds = 0, bytes = 0;
    std::string basis;  ///< "12 ms at n = 1024, growing as n^2", and "× points" for an ensemble
  };
  /// Nothing for a case so small that it can just be tried.
  std::optional<prediction> predict(const measured_case& c);
  /// Remembers what was measured.
  void learn(const measured_case& c, call_cost of_a_call);

 private:
  struct sample {
    std::size_t n, points;
    call_cost cost;
  };
  int exponent(const measured_case& c) const;
  double work(const measured_case& c) const;
  double scale(const measured_case& c, const sample& from) const;
  double bytes_at(const measured_case& c, const sample& last) const;
  std::string key(const measured_case& c) const;
  const sample* nearest_below(const measured_case& c) const;
  void climb(const measured_case& c);
  std::size_t points_to_probe(const measured_case& probe) const;

  probe run_;
  std::map<std::string, problem_entry> problems_;
  std::map<std::string, std::map<std::size_t, sample>> samples_;
};

/// "12 ms", "3.4 s", "2 h": two digits, for messages.
std::string seconds_text(double seconds);

}  // namespace gradlane::bench
