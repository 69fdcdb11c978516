#include "common/left_out.hpp"

#include <algorithm>
#include <iostream>

namespace gradlane::bench {

void left_out::count(std::string_view reason, std::size_t cases) {
  if (cases > 0) cases_[std::string(reason)] += cases;
}

void left_out::tell() const {
  for (const auto& [reason, cases] : cases_)
    std::cerr << "note: " << cases << (cases == 1 ? " case is" : " cases are") << " left out: " << reason << '\n';
}

std::string left_out::reasons() const {
  std::string text;
  for (const auto& [reason, cases] : cases_) text.append(text.empty() ? "" : "; ").append(reason);
  return text;
}

bool size_check::takes(std::string_view problem, std::size_t n, bool valid) {
  if (valid) {
    taken_.insert(n);
    return true;
  }
  if (!given_.problems.empty() && !given_.dims.empty())
    throw usage_error("--dims: n = " + std::to_string(n) + " is invalid for " + std::string(problem));
  refused_[n].emplace(problem);
  return false;
}

void size_check::tell() const {
  for (const auto& [n, problems] : refused_)
    if (!given_.dims.empty() && taken_.count(n) == 0)
      throw usage_error("--dims: n = " + std::to_string(n) + " is invalid for every problem selected");
  for (const auto& [n, problems] : refused_) {
    std::string list;
    for (const std::string& problem : problems) list.append(list.empty() ? "" : ", ").append(problem);
    std::cerr << "note: n = " << n << " is invalid for " << list << ", skipped\n";
  }
}

}  // namespace gradlane::bench
