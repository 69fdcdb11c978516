#include "throughput/workload.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <vector>

#include "common/options.hpp"
#include "oracle/catalogue.hpp"
#include "oracle/inputs.hpp"
#include "oracle/oracle.hpp"
#include "oracle/tolerance.hpp"

namespace gradlane::bench {

namespace {

constexpr double oracle_seconds = 1;         // what the exact gradients of a shard may take
constexpr double quad_multiply_add = 50e-9;  // seconds, see oracle.hpp
constexpr std::size_t page = 4096, cache_line = 64;

/// Memory on a page boundary plus `offset` bytes.
template <class T>
class buffer {
 public:
  buffer(std::size_t count, std::size_t offset)
      : raw_(static_cast<std::byte*>(::operator new (count * sizeof(T) + offset, std::align_val_t{page}))),
        first_(new (raw_ + offset) T[count]) {}
  ~buffer() { ::operator delete (raw_, std::align_val_t{page}); }
  buffer(const buffer&) = delete;
  buffer& operator=(const buffer&) = delete;
  T* data() const { return first_; }

 private:
  std::byte* raw_;
  T* first_;
};

template <class T>
class workload_of final : public workload {
 public:
  workload_of(const catalogue_entry& problem, std::size_t n, std::size_t points, std::uint64_t seed)
      : problem_(problem),
        inputs_(make_inputs<T>(problem, n, points, seed, available_cores())),
        arrays_(inputs_.abi()),
        x_(n * inputs_.stride, 0),
        // Half a page from x: loads of x[i] would else wait for the store to gradient[i] whose address agrees in the
        // last 12 bits.
        gradient_(n * inputs_.stride, page / 2 + cache_line),
        value_(points, 0) {
    std::copy(inputs_.x.begin(), inputs_.x.end(), x_.data());
    place_spots();
  }

  gradlane_shape shape(int threads, double step) const override {
    return {sizeof(gradlane_shape), inputs_.n,     inputs_.points, inputs_.stride, threads, step,
            arrays_.data(),         arrays_.size()};
  }
  const void* x() const override { return x_.data(); }
  void* value() override { return value_.data(); }
  void* gradient() override { return gradient_.data(); }

  void poison() override {
    std::fill_n(value_.data(), inputs_.points, std::numeric_limits<T>::quiet_NaN());
    std::fill_n(gradient_.data(), inputs_.n * inputs_.stride, std::numeric_limits<T>::quiet_NaN());
  }

  check_result check(const implementation& by, double step) override {
    if (oracles_.empty()) make_oracles();
    check_result all;
    all.right = true;
    all.text = text(verdict::ok);
    for (point& p : oracles_) add(all, p, by, step);
    return all;
  }

 private:
  struct point {
    std::size_t index;
    std::unique_ptr<oracle_of<T>> exact;
  };

  /// Positions spread evenly over the components, and over the points.
  void place_spots() {
    for (std::size_t k = 0; k <= spot_mask; ++k) {
      const std::size_t i = k * inputs_.n / (spot_mask + 1), p = k * inputs_.points / (spot_mask + 1);
      T* at = x_.data() + i * inputs_.stride + p;
      const T nearby = *at + std::max(std::abs(*at), T(0.25)) * T(0x1p-16);
      spots_[k] = {at, static_cast<double>(*at), static_cast<double>(nearby), sizeof(T) == sizeof(float)};
    }
  }

  /// As many points as the time allows, both ends always among them, the others spread evenly.
  void make_oracles() {
    const std::size_t n = inputs_.n, points = inputs_.points;
    const double seconds =
        quad_multiply_add * (value_work(problem_, n) + static_cast<double>(n) * component_work(problem_, n));
    const std::size_t count =
        std::min(points, static_cast<std::size_t>(std::clamp(oracle_seconds / seconds, 4.0, 1e6)));
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t p = count == 1 ? 0 : k * (points - 1) / (count - 1);
      const std::vector<T> x = inputs_.point(p);
      oracles_.push_back({p, make_oracle<T>(problem_, x.data(), n, arrays_)});
    }
  }

  /// Folds one point into the result: the worst of each figure, and the first complaint.
  void add(check_result& all, point& p, const implementation& by, double step) {
    const gradlane_implementation& e = by.entry();
    const value_error value = p.exact->compare_value(value_.data()[p.index]);
    all.value_error = worse(all.value_error, value.relative);
    if (!value_is_right<T>(value, inputs_.n)) {
      complain(all, p,
               "value " + number(static_cast<double>(value_.data()[p.index])) + ", exact " + number(value.exact));
    }
    if (by.has(GRADLANE_VALUE_ONLY)) return;
    const gradient_error g = p.exact->compare(gradient_.data() + p.index, inputs_.stride);
    const judgement j = judge<T>(g, value, inputs_.n, e.order, step > 0 ? step : e.default_step);
    all.relative_error = worse(all.relative_error, g.relative);
    all.max_ulp = worse(all.max_ulp, g.max_ulp);
    all.median_ulp = worse(all.median_ulp, g.median_ulp);
    all.tolerance = std::max(all.tolerance, j.tolerance);
    if (j.result == verdict::no_digits && all.right) all.text = text(j.result);
    if (j.result == verdict::wrong)
      complain(all, p,
               "gradient off by " + number(g.relative) + " of its norm, tolerance " + number(j.tolerance) +
                   ", worst at component " + std::to_string(g.worst));
  }

  void complain(check_result& all, const point& p, const std::string& what) const {
    all.right = false;
    all.text = text(verdict::wrong);
    if (all.complaint.empty())
      all.complaint = "wrong " + what + (inputs_.points > 1 ? " of point " + std::to_string(p.index) : "");
  }

  /// NaN is worse than any number.
  static double worse(double a, double b) { return std::isnan(a) || a > b ? a : b; }
  static std::string number(double x) {
    char text[40];
    std::snprintf(text, sizeof text, "%.9g", x);
    return text;
  }

  const catalogue_entry& problem_;
  inputs<T> inputs_;
  std::vector<gradlane_array> arrays_;
  buffer<T> x_, gradient_, value_;
  std::vector<point> oracles_;
};

const catalogue_entry& entry(const std::string& problem) {
  if (const catalogue_entry* e = find_problem(problem)) return *e;
  throw std::invalid_argument("unknown problem " + problem);
}

}  // namespace

std::unique_ptr<workload> make_workload(const std::string& problem, const std::string& dtype, std::size_t n,
                                        std::size_t points, std::uint64_t seed) {
  if (dtype == "f32") return std::make_unique<workload_of<float>>(entry(problem), n, points, seed);
  return std::make_unique<workload_of<double>>(entry(problem), n, points, seed);
}

std::string too_large(const std::string& problem, const std::string& dtype, std::size_t n, std::size_t points) {
  const std::size_t size = dtype == "f32" ? sizeof(float) : sizeof(double);
  try {
    // x is held twice (as generated, and as the implementations see it), beside one gradient.
    const std::size_t held = data_bytes(entry(problem), n, size) + 3 * point_bytes(entry(problem), n, points, size);
    const auto memory =
        static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    if (held > memory / 4 * 3)
      return "inputs and outputs need " + std::to_string(held >> 20) + " MiB of this machine's " +
             std::to_string(memory >> 20) + " MiB";
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return {};
}

}  // namespace gradlane::bench
