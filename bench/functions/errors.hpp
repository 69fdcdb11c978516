// How far a function of each backend is from the exact one: the largest error in ulp over a sweep of arguments, and what
// becomes of the special ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/module.hpp"
#include "oracle/elementary.hpp"

namespace gradlane::bench {

/// A backend's function; the module set must outlive it.
struct candidate {
  const backend_module* module;
  const gradlane_function* entry;
  const std::string& backend() const { return module->about.name; }
};

/// The largest error, in ulp, and the argument that has it: the smallest such one, whatever the number of threads.
struct largest_error {
  double ulp = 0, argument = 0;
  void take(double error, double x);
};

/// A special argument's result that is not the right one.
struct wrong_special {
  double argument, result, expected;
};

struct error_report {
  largest_error normal;     ///< where the exact result is a normal number, or 0
  largest_error subnormal;  ///< where it is subnormal
  /// Of the arguments swept: NaN or infinity where there is a number, or a number where there is none.
  std::uint64_t wrong = 0;
  double wrong_at = 0;  ///< the smallest of them
  std::size_t specials = 0;
  std::vector<wrong_special> wrong_specials;
};

/// Over sweep_arguments(facts, seed, count) and edge_arguments, all candidates on the same ones, so that what is exact is
/// computed once. `tick` is called on this thread now and then with the share that is done, and may throw to end it all.
/// The special values are put at every place of an array of three registers and a rest, among ordinary numbers, whose results
/// must not depend on them: a neighbour that does is reported as a special value too. call_error where a function fails.
template <class T>
std::vector<error_report> measure_errors(const elementary_facts& facts, const std::vector<candidate>& candidates,
                                         std::uint64_t seed, std::uint64_t count, int threads,
                                         const std::function<void(double)>& tick);

}  // namespace gradlane::bench
