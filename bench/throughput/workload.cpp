#include "throughput/workload.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <stdexcept>
#include <vector>

#include "common/options.hpp"
#include "common/page_memory.hpp"
#include "oracle/catalogue.hpp"
#include "oracle/inputs.hpp"
#include "oracle/oracle.hpp"
#include "throughput/ensemble.hpp"

namespace gradlane::bench {

namespace {

constexpr double oracle_seconds = 0.3;       // what the exact gradients of many points may take; one is always complete
constexpr double quad_multiply_add = 50e-9;  // seconds, see oracle.hpp

constexpr std::size_t rounded_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

/// Where x, gradient and value lie, in bytes from a page boundary. A load waits for an earlier store that is still under
/// way if their addresses agree in the last 12 bits, although they are different: so the small ones share a page, and
/// of the large ones the gradient is half a page off, so that what it agrees with is read much later.
struct layout {
  std::size_t pitch = 0;  ///< from one copy of x to the next; 0: there is one
  std::size_t gradient = 0, value = 0, total = 0;

  layout(std::size_t x_bytes, std::size_t value_bytes, std::size_t copies) {
    const std::size_t block = rounded_up(x_bytes, cache_line) + cache_line;
    if ((copies + 1) * block + rounded_up(value_bytes, cache_line) <= page) {
      pitch = block;
      gradient = copies * block;
      value = gradient + block;
    } else {
      gradient = rounded_up(x_bytes, page) + page / 2 + cache_line;
      value = rounded_up(gradient + x_bytes, page) + page / 4;
    }
    total = value + value_bytes;
  }
};

/// From one component to the next. Rows of a power of two of bytes would all fall into the same few sets of a cache:
/// an odd number of cache lines spreads them.
template <class T>
std::size_t stride_for(std::size_t points) {
  constexpr std::size_t line = cache_line / sizeof(T);
  return points == 1 ? 1 : ((points + line - 1) / line | 1) * line;
}

template <class T>
class workload_of final : public workload {
 public:
  workload_of(const catalogue_entry& problem, std::size_t n, std::size_t points, std::uint64_t seed)
      : problem_(problem),
        n_(n),
        points_(points),
        stride_(stride_for<T>(points)),
        seed_(seed),
        data_(make_arrays<T>(problem, n, seed, available_cores())),
        arrays_(abi_of(data_)) {
    const layout at(n * stride_ * sizeof(T), points * sizeof(T), copy_count);
    memory_ = allocate_pages(at.total);
    single_ = sizeof(T) == sizeof(float);
    turns_ = at.pitch > 0;
    for (std::size_t c = 0; c < (turns_ ? copy_count : 1); ++c) copies_[c] = place_x(c * at.pitch);
    gradient_ = place(at.gradient, n * stride_);
    value_ = place(at.value, points);
    choose_spots();
  }

  gradlane_shape shape(int threads, double step) const override {
    return {sizeof(gradlane_shape), n_, points_, stride_, threads, step, arrays_.data(), arrays_.size()};
  }
  const void* x() const override { return first_x(); }
  void* value() override { return value_; }
  void* gradient() override { return gradient_; }

  void poison() override {
    std::fill_n(value_, points_, std::numeric_limits<T>::quiet_NaN());
    std::fill_n(gradient_, n_ * stride_, std::numeric_limits<T>::quiet_NaN());
  }

  check_result check(const implementation& by, double step) override {
    if (oracles_.empty()) make_oracles();
    ensemble<T> errors(n_);
    for (point& p : oracles_) {
      errors.add_value(p.index, value_[p.index], p.exact->compare_value(value_[p.index]));
      if (!by.has(GRADLANE_VALUE_ONLY)) errors.add_gradient(p.index, p.exact->compare(gradient_ + p.index, stride_));
    }
    return errors.judge(by.entry().order, step > 0 ? step : by.entry().default_step);
  }

 private:
  struct point {
    std::size_t index;
    std::vector<T> x;  ///< empty where x itself will do
    std::unique_ptr<oracle_of<T>> exact;
  };

  T* place(std::size_t offset, std::size_t count) {
    T* first = new (memory_.get() + offset) T[count];
    std::fill_n(first, count, T(0));
    return first;
  }
  /// Drawn in place, by all cores: at n = 2³⁰ a copy would be another 4 GiB.
  T* place_x(std::size_t offset) {
    T* x = place(offset, n_ * stride_);
    draw_points(x, n_, points_, stride_, seed_, available_cores());
    return x;
  }
  const T* first_x() const { return static_cast<const T*>(copies_[0]); }

  /// Spread evenly over the components, and over the points.
  void choose_spots() {
    for (std::size_t k = 0; k <= spot_mask; ++k) {
      const std::size_t i = k * n_ / (spot_mask + 1), p = k * points_ / (spot_mask + 1), index = i * stride_ + p;
      const T at = first_x()[index], nearby = at + std::max(std::abs(at), T(0.25)) * T(0x1p-16);
      spots_[k] = {index, static_cast<double>(at), static_cast<double>(nearby)};
    }
  }

  /// As many points as the time allows, both ends always among them, the others spread evenly.
  void make_oracles() {
    const double seconds =
        quad_multiply_add * (value_work(problem_, n_) + static_cast<double>(n_) * component_work(problem_, n_));
    const std::size_t count =
        std::min(points_, static_cast<std::size_t>(std::clamp(oracle_seconds / seconds, 4.0, 1e6)));
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t p = count == 1 ? 0 : k * (points_ - 1) / (count - 1);
      std::vector<T> x(points_ == 1 ? 0 : n_);
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = first_x()[i * stride_ + p];
      oracles_.push_back({p, std::move(x), nullptr});
      // The one x is as it was whenever the oracle looks at it (rewind).
      const T* const at = points_ == 1 ? first_x() : oracles_.back().x.data();
      oracles_.back().exact = make_oracle<T>(problem_, at, n_, arrays_);
    }
  }

  const catalogue_entry& problem_;
  std::size_t n_, points_, stride_;
  std::uint64_t seed_;
  std::vector<named_array<T>> data_;
  std::vector<gradlane_array> arrays_;
  page_memory memory_;
  T *gradient_ = nullptr, *value_ = nullptr;
  std::vector<point> oracles_;
};

const catalogue_entry& entry(const std::string& problem) {
  if (const catalogue_entry* e = find_problem(problem)) return *e;
  throw std::invalid_argument("unknown problem " + problem);
}

}  // namespace

void workload::rewind() {
  for (std::size_t c = 0; c < (turns_ ? copy_count : 1); ++c)
    for (const spot& s : spots_) put(c, s, false);
  calls_ = (calls_ + 1) & ~std::size_t{1};
  // The first odd call comes before any call could have changed its copy.
  if (turns_) put((calls_ + 1) & 3, spots_[((calls_ + 1) >> 1) & spot_mask], true);
}

std::unique_ptr<workload> make_workload(const std::string& problem, const std::string& dtype, std::size_t n,
                                        std::size_t points, std::uint64_t seed) {
  if (dtype == "f32") return std::make_unique<workload_of<float>>(entry(problem), n, points, seed);
  return std::make_unique<workload_of<double>>(entry(problem), n, points, seed);
}

std::string too_large(const std::string& problem, const std::string& dtype, std::size_t n, std::size_t points) {
  const std::size_t size = dtype == "f32" ? sizeof(float) : sizeof(double);
  try {
    const std::size_t held = data_bytes(entry(problem), n, size) + 2 * point_bytes(entry(problem), n, points, size);
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
