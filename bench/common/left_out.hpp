// What was asked for and is not measured: never dropped in silence, and told in one line a reason.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "common/options.hpp"

namespace gradlane::bench {

/// Cases that were asked for, counted by the reason they are left out for.
class left_out {
 public:
  void count(std::string_view reason, std::size_t cases = 1);
  /// "note: 3 cases are left out: REASON", to stderr.
  void tell() const;
  /// The reasons, for the message that nothing is left; "" if there are none.
  std::string reasons() const;

 private:
  std::map<std::string, std::size_t, std::less<>> cases_;
};

inline constexpr std::string_view one_point_only = "only lanes points take more than one point";

/// Values of n that some problem does not take. It is a mistake to ask a problem by name for one of them, or for one
/// that no selected problem takes; where the problems are simply all there are, a note will do.
class size_check {
 public:
  explicit size_check(const options& given) : given_(given) {}
  /// Passes `valid` on. usage_error if both the problem and n were named.
  bool takes(std::string_view problem, std::size_t n, bool valid);
  /// Once every problem was asked: usage_error for an n that none took, else a note for each n that some did not.
  void tell() const;

 private:
  const options& given_;
  std::set<std::size_t> taken_;
  std::map<std::size_t, std::set<std::string, std::less<>>> refused_;
};

}  // namespace gradlane::bench
