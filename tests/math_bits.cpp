// Prints a hash of what each elementary function returns on packs, in both precisions: two instruction sets with FMA
// print the same lines. Compiled once for each of them (tests/scripts/test_aarch64.py).
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include "math_functions.hpp"

namespace {

using namespace gradlane;

/// Patterns of bits, so all exponents alike, with the special values; a third in [−32, 32], where most thresholds lie.
/// Only exact operations: the inputs must not depend on a C library.
template <class T>
std::vector<T> arguments() {
  using bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  using limits = std::numeric_limits<T>;
  std::vector<T> x = {0,
                      T(-0.),
                      limits::infinity(),
                      -limits::infinity(),
                      limits::quiet_NaN(),
                      limits::denorm_min(),
                      limits::min(),
                      limits::max(),
                      limits::lowest(),
                      1,
                      -1,
                      T(.5)};
  std::mt19937_64 random(7);
  while (x.size() < 192 * 1024) {
    const std::uint64_t r = random();
    x.push_back(r % 3 == 0 ? static_cast<T>(static_cast<double>(r >> 11) * 0x1p-47 - 32)
                           : std::bit_cast<T>(static_cast<bits>(r >> (64 - 8 * sizeof(T)))));
  }
  return x;
}

/// FNV-1a over the bits of all results. Every NaN counts as the same: which one comes out is not specified.
template <class T, class F>
void print(const char* name, const std::vector<T>& x, F f) {
  using X = pack<T>;
  using bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (std::size_t i = 0; i < x.size(); i += X::width) {
    T y[X::width];
    f(X::load(&x[i])).store(y);
    for (const T v : y) hash = (hash ^ (std::isnan(v) ? bits{1} : std::bit_cast<bits>(v))) * 0x100000001b3u;
  }
  std::printf("%s f%zu %016llx\n", name, 8 * sizeof(T), static_cast<unsigned long long>(hash));
}

template <class T>
void print_all() {
  const std::vector<T> x = arguments<T>();
  for_each_function([&](const char* name, double, auto f) { print(name, x, f); });
  print("fnma", x, [](auto v) { return fnma(v, v, decltype(v)(1)); });
  print("fms", x, [](auto v) { return fms(v, v, decltype(v)(1)); });
}

}  // namespace

int main() {
  print_all<double>();
  print_all<float>();
}
