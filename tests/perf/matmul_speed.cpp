// The product of two matrices against Eigen's, in one process, compiled with the same flags, taking turns: the yardstick of
// src/matmul.hpp. Prints a line for each shape and precision, and ends with 1 unless the square product of 512 in f64 runs
// at 0.7 of Eigen's speed or more. Each side's time is the best of its turns: whatever else runs only makes them longer.
#define EIGEN_DONT_PARALLELIZE  // one thread on both sides: with OpenMP it takes all there are
#include <Eigen/Core>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include "matmul.hpp"

namespace {

using clock_type = std::chrono::steady_clock;

template <class F>
double seconds(F&& f) {
  const clock_type::time_point start = clock_type::now();
  f();
  return std::chrono::duration<double>(clock_type::now() - start).count();
}

/// Our speed over Eigen's; both products must agree.
template <class T>
double ratio(std::size_t rows, std::size_t inner, std::size_t cols) {
  using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto extent = [](std::size_t n) { return static_cast<Eigen::Index>(n); };
  std::mt19937 engine(1);
  std::uniform_real_distribution<T> uniform(-1, 1);
  const auto draw = [&] { return uniform(engine); };
  const matrix u = matrix::NullaryExpr(extent(rows), extent(inner), draw);
  const matrix v = matrix::NullaryExpr(extent(inner), extent(cols), draw);
  matrix theirs(extent(rows), extent(cols));
  std::vector<T> ours(rows * cols);
  const gradlane::factors<T> f{u.data(), v.data(), rows, inner, cols};
  const auto run_ours = [&] { gradlane::multiply<gradlane::pack<T>>(f, ours.data(), 1); };
  const auto run_theirs = [&] { theirs.noalias() = u * v; };

  const double operations = 2 * static_cast<double>(rows) * static_cast<double>(inner) * static_cast<double>(cols);
  const int turns = static_cast<int>(std::clamp(2e10 / operations, 20.0, 2000.0));
  double best_ours = 1e9, best_theirs = 1e9;
  for (int k = 0; k < turns; ++k) {
    best_ours = std::min(best_ours, seconds(run_ours));
    best_theirs = std::min(best_theirs, seconds(run_theirs));
  }
  double difference = 0;
  for (std::size_t i = 0; i < rows * cols; ++i)
    difference = std::max(difference, static_cast<double>(std::abs(ours[i] - theirs.data()[i])));
  const double allowed = static_cast<double>(std::numeric_limits<T>::epsilon()) * static_cast<double>(inner);
  std::printf("%s %zu x %zu x %zu: %.1f GFlop/s, Eigen %.1f, ratio %.2f%s\n", sizeof(T) == 8 ? "f64" : "f32", rows,
              inner, cols, operations / best_ours * 1e-9, operations / best_theirs * 1e-9, best_theirs / best_ours,
              difference <= allowed ? "" : ", WRONG");
  return difference <= allowed ? best_theirs / best_ours : 0;
}

}  // namespace

int main() {
  const double square = ratio<double>(512, 512, 512);
  bool right = ratio<double>(2048, 256, 2048) > 0;
  right = ratio<double>(256, 32, 256) > 0 && right;
  right = ratio<double>(101, 37, 203) > 0 && right;
  right = ratio<float>(512, 512, 512) > 0 && right;
  return right && square >= 0.7 ? 0 : 1;
}
