#include "oracle/inputs.hpp"

#include <cmath>

#include "oracle/random.hpp"
#include "parallel.hpp"

namespace gradlane {
namespace {

/// Below this many numbers a thread's start costs more than it saves (a number takes about a nanosecond).
constexpr std::size_t numbers_per_thread = std::size_t{1} << 16;

template <class F>
void for_each_index(int threads, std::size_t count, F&& f) {
  parallel_for(count < numbers_per_thread ? 1 : threads, count, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) f(i);
  });
}

template <class T>
named_array<T> make_array(const array_spec& spec, std::uint64_t seed, int threads) {
  named_array<T> made{std::string(spec.name), spec.rows, spec.cols, std::vector<T>(spec.rows * spec.cols)};
  const random_stream stream(seed, spec.name);
  const T low = static_cast<T>(spec.low), high = static_cast<T>(spec.high);
  for_each_index(threads, made.values.size(), [&](std::size_t i) {
    made.values[i] =
        spec.kind == array_spec::draw::sign ? stream.template sign<T>(i) : stream.template uniform<T>(i, low, high);
  });
  return made;
}

}  // namespace

template <class T>
std::vector<T> inputs<T>::point(std::size_t p) const {
  std::vector<T> copy(n);
  for (std::size_t i = 0; i < n; ++i) copy[i] = x[i * stride + p];
  return copy;
}

template <class T>
void draw_points(T* x, std::size_t n, std::size_t points, std::size_t stride, std::uint64_t seed, int threads) {
  const random_stream stream(seed, "x");
  parallel_for(n * points < numbers_per_thread ? 1 : threads, n, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i)
      for (std::size_t p = 0; p < points; ++p) x[i * stride + p] = stream.uniform<T>(p * n + i, T(-1), T(1));
  });
}

template <class T>
std::vector<named_array<T>> make_arrays(const catalogue_entry& problem, std::size_t n, std::uint64_t seed,
                                        int threads) {
  data_bytes(problem, n, sizeof(T));
  std::vector<named_array<T>> arrays;
  for (const array_spec& spec : problem.arrays(n)) arrays.push_back(make_array<T>(spec, seed, threads));
  return arrays;
}

template <class T>
inputs<T> make_inputs(const catalogue_entry& problem, std::size_t n, std::size_t points, std::uint64_t seed,
                      int threads) {
  inputs<T> made{n, points, points, {}, make_arrays<T>(problem, n, seed, threads)};
  made.x.resize(point_bytes(problem, n, points, sizeof(T)) / sizeof(T));
  draw_points(made.x.data(), n, points, points, seed, threads);
  return made;
}

std::vector<double> unit_direction(std::size_t n, std::uint64_t seed, std::string_view name) {
  const random_stream stream(seed, name);
  std::vector<double> v(n);
  double squares = 0;
  for (std::size_t i = 0; i < n; ++i) {
    v[i] = stream.uniform<double>(i, -1, 1);
    squares += v[i] * v[i];
  }
  for (double& vi : v) vi /= std::sqrt(squares);
  return v;
}

template struct inputs<float>;
template struct inputs<double>;
template void draw_points(float*, std::size_t, std::size_t, std::size_t, std::uint64_t, int);
template void draw_points(double*, std::size_t, std::size_t, std::size_t, std::uint64_t, int);
template std::vector<named_array<float>> make_arrays(const catalogue_entry&, std::size_t, std::uint64_t, int);
template std::vector<named_array<double>> make_arrays(const catalogue_entry&, std::size_t, std::uint64_t, int);
template inputs<float> make_inputs(const catalogue_entry&, std::size_t, std::size_t, std::uint64_t, int);
template inputs<double> make_inputs(const catalogue_entry&, std::size_t, std::size_t, std::uint64_t, int);

}  // namespace gradlane
