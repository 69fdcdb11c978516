// Prints a hash of the inputs, the value and the gradient of every implementation on `elements` of a folder's modules, by
// number of inputs and threads: two instruction sets with FMA print the same lines but for the name of the backend. What
// runs under an emulator needs no more than this (tests/scripts/test_aarch64.py).
//   backend_bits FOLDER [BACKEND]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "common/module.hpp"
#include "oracle/inputs.hpp"

namespace {

using namespace gradlane;

/// FNV-1a over bytes.
struct hash {
  std::uint64_t h = 0xcbf29ce484222325;
  template <class T>
  void add(const std::vector<T>& numbers) {
    for (const std::byte b : std::as_bytes(std::span(numbers))) h = (h ^ static_cast<std::uint64_t>(b)) * 0x100000001b3;
  }
};

/// Every number up to some registers of any width; then the second block of a sum, the second group of rows, where a
/// call is cheap enough for an emulator.
std::vector<std::size_t> sizes(const catalogue_entry& problem, const bench::implementation& i) {
  std::vector<std::size_t> list;
  for (std::size_t n = problem.facts.least; n <= 71; ++n)
    if (problem.facts.valid(n)) list.push_back(n);
  if (i.has(GRADLANE_SWEEPS)) return list;
  std::size_t large = problem.facts.dense ? 259 : problem.facts.multiple * (4096 + 37) + 1;
  while (!problem.facts.valid(large)) ++large;
  list.push_back(large);
  return list;
}

template <class T>
void print(const bench::implementation& i, const catalogue_entry& problem, std::size_t n, int threads) {
  const inputs<T> in = make_inputs<T>(problem, n, 1, 7);
  const std::vector<gradlane_array> arrays = in.abi();
  bench::plan plan(i, {sizeof(gradlane_shape), n, 1, 1, threads, 0, arrays.data(), arrays.size()});
  std::vector<T> value(1), gradient(n, std::numeric_limits<T>::quiet_NaN());
  plan.evaluate(in.x.data(), value.data(), gradient.data());
  hash of_inputs, of_value, of_gradient;
  of_inputs.add(in.x);
  for (const named_array<T>& a : in.arrays) of_inputs.add(a.values);
  of_value.add(value);
  of_gradient.add(gradient);
  const auto text = [](std::string_view s) { return static_cast<int>(s.size()); };
  std::printf("%.*s/%.*s/%.*s/n:%zu/threads:%d inputs %016jx value %016jx gradient %016jx\n", text(i.problem()),
              i.problem().data(), text(i.method()), i.method().data(), text(i.dtype()), i.dtype().data(), n, threads,
              static_cast<std::uintmax_t>(of_inputs.h), static_cast<std::uintmax_t>(of_value.h),
              static_cast<std::uintmax_t>(of_gradient.h));
}

void print_all(const bench::implementation& i) {
  const catalogue_entry* const problem = find_problem(i.problem());
  if (problem == nullptr) throw std::runtime_error(i.name() + ": the suite does not know the problem");
  for (const std::size_t n : sizes(*problem, i))
    for (const int threads : {1, 3})
      if (threads == 1 || (i.has(GRADLANE_THREADS) && n >= 71))
        i.dtype() == "f32" ? print<float>(i, *problem, n, threads) : print<double>(i, *problem, n, threads);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: backend_bits FOLDER [BACKEND]\n");
    return 2;
  }
  setenv("GRADLANE_LEAST_SHARE", "0", 0);  // teams even for little work
  try {
    const bench::module_set modules = bench::load_modules({argv[1]});
    for (const bench::implementation& i : bench::all_implementations(modules))
      if (i.lanes() == "elements" && (argc == 2 || i.backend() == argv[2])) print_all(i);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "backend_bits: %s\n", e.what());
    return 1;
  }
}
