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
// What is compared after every series of timed calls: of the components of one point, and of the other points.
constexpr std::size_t last_sample = 1000, most_other_points = 16;

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

  check_result check(const implementation& by, double step, answer_bits* known) override {
    return unless_known(known, answer_bits::at_x, by, [&] {
      if (oracles_.empty()) make_oracles();
      ensemble<T> errors(n_);
      for (point& p : oracles_) add(errors, p, by);
      return judged(errors, by, step);
    });
  }
  check_result check_last(const implementation& by, double step, answer_bits* known) override {
    return unless_known(known, answer_bits::at_ends + ending(), by, [&] { return last_by_oracle(by, step); });
  }

 private:
  struct point {
    std::size_t index = 0;
    std::vector<T> x;  ///< empty where x itself will do
    std::unique_ptr<oracle_of<T>> exact;
  };

  template <class ByOracle>
  check_result unless_known(answer_bits* known, std::size_t where, const implementation& by, ByOracle&& by_oracle) {
    if (known == nullptr) return by_oracle();
    const std::uint64_t bits = bits_of_outputs(by);
    if (known->holds(where, bits)) return check_result::as_before();
    const check_result found = by_oracle();
    if (found.right) known->of[where] = bits;
    return found;
  }
  std::uint64_t bits_of_outputs(const implementation& by) const {
    bits_of_numbers bits;
    for (std::size_t p = 0; p < points_; ++p) bits.add(value_[p]);
    if (by.has(GRADLANE_VALUE_ONLY)) return bits.value();
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t p = 0; p < points_; ++p) bits.add(gradient_[i * stride_ + p]);
    return bits.value();
  }

  check_result last_by_oracle(const implementation& by, double step) {
    point& moved = last_point();
    ensemble<T> errors(n_);
    add(errors, moved, by);
    // The others are where they were: some of them, evenly spread, both ends among them.
    const std::size_t others = oracles_.size(), compared = points_ == 1 ? 0 : std::min(others, most_other_points);
    for (std::size_t k = 0; k < compared; ++k)
      if (point& p = oracles_[k * (others - 1) / std::max<std::size_t>(compared - 1, 1)]; p.index != moved.index)
        add(errors, p, by);
    return judged(errors, by, step);
  }

  void add(ensemble<T>& errors, point& p, const implementation& by) const {
    errors.add_value(p.index, value_[p.index], p.exact->compare_value(value_[p.index]));
    if (!by.has(GRADLANE_VALUE_ONLY)) errors.add_gradient(p.index, p.exact->compare(gradient_ + p.index, stride_));
  }
  static check_result judged(ensemble<T>& errors, const implementation& by, double step) {
    return errors.judge(by.entry().order, step > 0 ? step : by.entry().default_step);
  }

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

  /// Spread evenly over the components, and over the points. Those of verified series are where the oracle looks in any
  /// sample, and in a tail.
  void choose_spots() {
    for (std::size_t k = 0; k < spot_count; ++k) spots_[k] = spot_at(k * n_ / spot_count, k * points_ / spot_count);
    last_spots_[0] = spot_at((n_ - 1) / 2, (points_ - 1) / 2);
    last_spots_[1] = spot_at(n_ - 1, points_ - 1);
  }
  /// It moves towards 0, or through it where it is small.
  spot spot_at(std::size_t component, std::size_t p) const {
    const std::size_t index = component * stride_ + p;
    const double at = static_cast<double>(first_x()[index]), reach = std::max(std::abs(at), 0.25) / 8;
    return {index, at, at < 0 ? reach : -reach};
  }

  /// The point that moved, as it is at the end of a verified series; a sample of its components.
  point& last_point() {
    point& last = last_points_[ending()];
    if (last.exact) return last;
    last.index = moving().index % stride_;
    last.x = copy_of_point(last.index, turns_ || points_ > 1);
    if (!last.x.empty()) last.x[moving().index / stride_] = static_cast<T>(moving().original + 2 * moving().reach);
    // Where x is not copied, the oracle looks at it only when it is as it is now.
    last.exact = make_oracle<T>(problem_, last.x.empty() ? first_x() : last.x.data(), n_, arrays_);
    last.exact->compare_a_sample(last_sample);
    return last;
  }
  std::vector<T> copy_of_point(std::size_t p, bool wanted) const {
    std::vector<T> x(wanted ? n_ : 0);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = first_x()[i * stride_ + p];
    return x;
  }

  /// As many points as the time allows, both ends always among them, the others spread evenly.
  void make_oracles() {
    const double seconds =
        quad_multiply_add * (value_work(problem_, n_) + static_cast<double>(n_) * component_work(problem_, n_));
    const std::size_t count =
        std::min(points_, static_cast<std::size_t>(std::clamp(oracle_seconds / seconds, 4.0, 1e6)));
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t p = count == 1 ? 0 : k * (points_ - 1) / (count - 1);
      oracles_.push_back({p, copy_of_point(p, points_ > 1), nullptr});
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
  point last_points_[2];
};

const catalogue_entry& entry(const std::string& problem) {
  if (const catalogue_entry* e = find_problem(problem)) return *e;
  throw std::invalid_argument("unknown problem " + problem);
}

}  // namespace

void workload::begin_series(std::size_t calls, bool verified) {
  rewind();
  ++series_;
  moving_ = verified ? &last_spots_[ending()] : &spots_[series_ % spot_count];
  last_ = verified ? calls_ + calls - 1 : std::numeric_limits<std::size_t>::max();
  if (turns_)
    for (std::size_t k = calls_; k < calls_ + 3; ++k) move(k & 3, k);  // next_x() prepares the call after these
}

void workload::rewind() {
  for (std::size_t c = 0; c < (turns_ ? copy_count : 1); ++c) put(c, *moving_, moving_->original);
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
