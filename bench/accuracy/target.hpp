// One point or ensemble with its exact answer, and an implementation evaluated there.
#pragma once

#include <cmath>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

#include "accuracy/rows.hpp"
#include "common/clock.hpp"
#include "oracle/inputs.hpp"
#include "oracle/oracle.hpp"
#include "oracle/tolerance.hpp"

namespace gradlane::bench {

template <class T>
struct target {
  inputs<T> in;
  std::vector<gradlane_array> arrays;
  struct exact_point {
    std::size_t index;
    std::vector<T> x;
    std::unique_ptr<oracle_of<T>> oracle;
  };
  std::vector<exact_point> exact;  ///< of several points the first, the middle and the last, if that is cheap enough

  target(const catalogue_entry& problem, std::size_t n, std::size_t points, std::uint64_t seed)
      : in(make_inputs<T>(problem, n, points, seed, available_cores())), arrays(in.abi()) {
    constexpr double much_work = 0x1p21;  // 0.1 s
    for (const std::size_t p : {std::size_t{0}, points / 2, points - 1}) {
      if (!exact.empty() && exact.back().index >= p) continue;
      if (p + 1 < points && value_work(problem, n) > much_work) continue;
      exact.push_back({p, in.point(p), nullptr});
      exact.back().oracle = make_oracle<T>(problem, exact.back().x.data(), n, arrays);
    }
  }
  oracle_of<T>& oracle() { return *exact.front().oracle; }
};

/// A plan with its outputs.
template <class T>
class evaluation {
 public:
  evaluation(const implementation& what, const target<T>& at, int threads, double step)
      : plan_(what, {sizeof(gradlane_shape), at.in.n, at.in.points, at.in.stride, threads, step, at.arrays.data(),
                     at.arrays.size()}),
        value_(at.in.points),
        gradient_(at.in.x.size()) {}

  /// The outputs are filled with NaN before, so that what is not written is seen.
  void run(const std::vector<T>& x) {
    std::fill(value_.begin(), value_.end(), std::numeric_limits<T>::quiet_NaN());
    std::fill(gradient_.begin(), gradient_.end(), std::numeric_limits<T>::quiet_NaN());
    seconds_ = seconds_of([&] { plan_.evaluate(x.data(), value_.data(), gradient_.data()); });
  }
  T value(std::size_t point = 0) const { return value_[point]; }
  const std::vector<T>& gradient() const { return gradient_; }
  double seconds() const { return seconds_; }  ///< of the last run

 private:
  plan plan_;
  std::vector<T> value_, gradient_;
  double seconds_ = 0;
};

/// As with_reasons, for what is made for all implementations at once: a row each.
template <class F>
void with_memory(findings& found, const shard& s, std::size_t n, const std::string& part, F&& f) {
  try {
    f();
  } catch (const std::bad_alloc&) {
    for (const implementation& i : one_lane_a_method(s.implementations))
      found.leave_out(case_row(i, n, 1, 1), part, "out of memory");
  }
}

}  // namespace gradlane::bench
