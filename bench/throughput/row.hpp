// What came out for one case, as it stands in the results and on the console.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "limits/model.hpp"
#include "throughput/answer_bits.hpp"
#include "throughput/sweep.hpp"

namespace gradlane::bench {

/// The comparison of one evaluation with the oracle.
struct check_result {
  bool right = false;
  std::string text;       ///< "ok", "wrong", "no digits", "known bits"
  std::string complaint;  ///< what is wrong, "" if nothing
  double value_error = 0, relative_error = 0, max_ulp = 0, median_ulp = 0, error_in_u_terms = 0, tolerance = 0;

  /// Of an answer that has the bits of one known to be right: the errors are those that were found then.
  static check_result as_before();
};

struct row {
  explicit row(const measured_case& c) : what(c) {}

  measured_case what;
  // One of these three, or none: then the case was checked only.
  std::string skipped, error;
  bool isolated = false;         ///< ran in a process of its own
  std::vector<double> times_ns;  ///< per repetition, of one call
  double cpu_ns = 0;             ///< median, of the calling thread
  std::int64_t iterations = 0;   ///< calls in a repetition
  double prepare_ns = 0;
  std::size_t bytes = 0;
  std::optional<double> allocations_per_call;
  std::optional<check_result> checked;
  answer_bits known;           ///< kept where the numbers of calls are fixed
  double primal_ns = 0;        ///< of one scalar primal; 0 where there is none
  std::string primal;          ///< its name
  std::optional<limit> least;  ///< what the machine could do; or why that is not known
  std::string no_limit, limit_backend;

  bool measured() const { return !times_ns.empty(); }
  double call_ns() const;  ///< the median
  double gradient_ns() const { return call_ns() / static_cast<double>(what.points); }
  double gradients_per_second() const { return 1e9 / gradient_ns(); }
  double components_per_second() const { return gradients_per_second() * static_cast<double>(what.n); }
  double cost_over_primal() const { return gradient_ns() / primal_ns; }
  double limit_ns() const { return least->seconds * 1e9 / static_cast<double>(what.points); }  ///< a gradient
  double limit_fraction() const { return limit_ns() / gradient_ns(); }
};

/// Fills primal and primal_ns of every row from the scalar primals among them.
void relate_to_primal(std::vector<row>& rows);

nlohmann::ordered_json to_json(const row& r);

/// What was found out about a case, for another process: all that does not follow from the case or from other rows.
nlohmann::ordered_json figures(const row& r);
/// The way back; what is no such document is a json::exception.
void take_figures(row& r, const nlohmann::ordered_json& figures);

}  // namespace gradlane::bench
