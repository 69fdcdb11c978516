#include "oracle/catalogue.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace gradlane {
namespace {

constexpr std::size_t largest = std::numeric_limits<std::size_t>::max() / 2;  // PTRDIFF_MAX, what a vector can hold

[[noreturn]] void refuse(const catalogue_entry& problem, std::size_t n, const std::string& why) {
  throw std::invalid_argument(std::string(problem.name) + ": n = " + std::to_string(n) + " " + why);
}

void require_valid(const catalogue_entry& problem, std::size_t n) {
  const problem_facts& facts = problem.facts;
  if (n < facts.least) refuse(problem, n, "is less than " + std::to_string(facts.least));
  if (n % facts.multiple != 0) refuse(problem, n, "is not a multiple of " + std::to_string(facts.multiple));
  // A problem computes the shapes of its arrays, a small multiple of n each; far below where that could wrap.
  if (n > largest / 1024) refuse(problem, n, "is more than memory can hold");
}

}  // namespace

std::vector<std::string> problem_names() {
  std::vector<std::string> names;
  for (const catalogue_entry& problem : catalogue()) names.emplace_back(problem.name);
  return names;
}

const catalogue_entry* find_problem(std::string_view name) {
  for (const catalogue_entry& problem : catalogue())
    if (problem.name == name) return &problem;
  return nullptr;
}

std::size_t valid_size(const catalogue_entry& problem, std::size_t about) {
  std::size_t n = std::max(about, problem.facts.least);
  while (!problem.facts.valid(n)) ++n;
  return n;
}

std::size_t data_bytes(const catalogue_entry& problem, std::size_t n, std::size_t element_size) {
  require_valid(problem, n);
  std::size_t total = 0;
  for (const array_spec& spec : problem.arrays(n)) {
    std::size_t bytes = 0;
    if (__builtin_mul_overflow(spec.rows, spec.cols, &bytes) || __builtin_mul_overflow(bytes, element_size, &bytes) ||
        __builtin_add_overflow(total, bytes, &total) || total > largest)
      refuse(problem, n, "asks for more data than memory can hold");
  }
  if (problem.facts.dense && total > dense_data_limit)
    refuse(problem, n, "needs " + std::to_string(total >> 20) + " MiB of data, more than the limit of 1024 MiB");
  return total;
}

std::size_t point_bytes(const catalogue_entry& problem, std::size_t n, std::size_t points, std::size_t element_size) {
  require_valid(problem, n);
  std::size_t bytes = 0;
  if (points == 0) throw std::invalid_argument(std::string(problem.name) + ": needs at least one point");
  if (__builtin_mul_overflow(n, points, &bytes) || __builtin_mul_overflow(bytes, element_size, &bytes) ||
      bytes > largest)
    refuse(problem, n, "at " + std::to_string(points) + " points is more than memory can hold");
  return bytes;
}

}  // namespace gradlane
