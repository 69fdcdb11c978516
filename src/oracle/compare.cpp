#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <thread>

#include "oracle/closed_form.hpp"
#include "oracle/random.hpp"
#include "parallel.hpp"

namespace gradlane {

int oracle_threads() { return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 16u)); }

namespace {

/// The distance between neighbouring numbers of T around an exact y; that of the subnormals around 0.
template <class T>
double ulp_at(quad y) {
  using limits = std::numeric_limits<T>;
  const int lowest = limits::min_exponent - 1;
  const int exponent = is_finite(y) && !(y == 0) ? std::max(ilogb(y), lowest) : lowest;
  return std::ldexp(1.0, exponent - (limits::digits - 1));
}

/// |ŷ − y|: where y is not finite, 0 for the same infinity or NaN, else NaN.
template <class T>
double distance(T computed, quad exact) {
  if (is_finite(exact)) return static_cast<double>(abs(quad(computed) - exact));
  const bool both_nan = !(exact == exact) && std::isnan(computed);
  return both_nan || exact == quad(computed) ? 0 : std::numeric_limits<double>::quiet_NaN();
}

/// Where an error belongs in gradient_error::ulp_histogram.
std::size_t histogram_bin(double ulp) {
  constexpr std::size_t last = 64;
  if (ulp <= 0.5) return 0;
  return ulp > 0x1p62 ? last
                      : static_cast<std::size_t>(std::ilogb(ulp) + 2 - (std::ldexp(1.0, std::ilogb(ulp)) == ulp));
}

template <class T>
double in_units_of(double error, double scale) {
  using limits = std::numeric_limits<T>;
  return error / std::max(static_cast<double>(limits::epsilon()) * scale, static_cast<double>(limits::denorm_min()));
}

/// Component indices, ascending: where implementations go wrong, and one at random from each of `sample` equal parts.
/// They go wrong at the ends of what a sum runs over (all of x, its halves and quarters), where its blocks of 4096 terms
/// meet, and with a matrix where groups of its rows may meet (multiples of 16).
std::vector<std::size_t> selection(std::size_t n, const work_limits& limits) {
  const std::size_t sample = std::min(limits.sample, n);
  std::vector<std::size_t> picked;
  const auto around = [&](std::size_t centre, std::size_t reach) {
    for (std::size_t i = centre - std::min(centre, reach); i < n && i <= centre + reach; ++i) picked.push_back(i);
  };
  for (std::size_t quarter = 0; quarter <= 4; ++quarter) around(n / 4 * quarter, 64);
  around(n, 64);
  const std::size_t block = limits.dense ? 16 : 4096, part = n / limits.parts;
  for (std::size_t edge = block; edge < n; edge += block)
    around(edge, limits.dense ? 0 : 1), picked.push_back(edge - 1);
  for (std::size_t base = part; base + part <= n; base += part)
    for (std::size_t edge = block; edge < part; edge += block) around(base + edge, 1);
  const random_stream stream(0, "oracle sample");
  for (std::size_t k = 0; k < sample; ++k) {
    const std::size_t begin = n / sample * k;
    picked.push_back(begin + static_cast<std::size_t>(stream.bits(k) % (n / sample)));
  }
  std::sort(picked.begin(), picked.end());
  picked.erase(std::unique(picked.begin(), picked.end()), picked.end());
  return picked;
}

std::vector<std::size_t> all_indices(std::size_t n) {
  std::vector<std::size_t> all(n);
  for (std::size_t i = 0; i < n; ++i) all[i] = i;
  return all;
}

double median_of(std::vector<double>& numbers) {
  if (numbers.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  return *middle;
}

template <class T>
class compared final : public oracle_of<T>, public derivative_source {
 public:
  compared(std::unique_ptr<closed_form<T>> form, work_limits limits) : form_(std::move(form)), limits_(limits) {}

  std::size_t size() const override { return form_->size(); }
  double value() const override { return static_cast<double>(form_->value()); }
  double component(std::size_t i) const override { return static_cast<double>(form_->component(i)); }
  double component_scale(std::size_t i) override {
    form_->need_scales();
    return form_->component_scale(i);
  }
  double component_error(std::size_t i, T computed) const override { return distance(computed, form_->component(i)); }

  value_error compare_value(T computed) override {
    form_->need_scales();
    const quad exact = form_->value();
    const double error = distance(computed, exact), scale = form_->value_scale();
    return {static_cast<double>(exact), error == 0 ? 0 : error / std::abs(static_cast<double>(exact)),
            error / ulp_at<T>(exact), scale, in_units_of<T>(error, scale)};
  }

  void compare_a_sample(std::size_t components) override {
    limits_.all_components = size() <= components;
    limits_.sample = std::min(limits_.sample, components);
    indices_.clear();
  }
  std::span<const std::size_t> checked() override {
    prepare();
    return indices_;
  }
  gradient_error compare(const T* gradient, std::size_t stride) override;

  std::unique_ptr<oracle_line<T>> along(std::span<const double> v, std::span<const double> epsilon) override {
    return line_through(*form_, v, epsilon);
  }
  double component_by_difference(std::size_t i) override;
  std::optional<double> derivative_norm(int p) override {
    const auto [known, is_new] = derivatives_.try_emplace(p);
    if (is_new) known->second = gradlane::derivative_norm(*form_, checked(), p, limits_.value_work);
    return known->second;
  }

 private:
  struct reference {
    quad exact;
    double scale, ulp;
  };
  void prepare();

  std::unique_ptr<closed_form<T>> form_;
  work_limits limits_;
  std::map<int, std::optional<double>> derivatives_;
  std::vector<std::size_t> indices_;
  std::vector<reference> references_;
};

template <class T>
void compared<T>::prepare() {
  if (!indices_.empty()) return;
  form_->need_scales();
  std::vector<std::size_t> indices = limits_.all_components ? all_indices(size()) : selection(size(), limits_);
  references_.resize(indices.size());
  parallel_for(indices.size() < 1024 ? 1 : oracle_threads(), indices.size(),
               [&](std::size_t begin, std::size_t end, int) {
                 for (std::size_t k = begin; k < end; ++k) {
                   const quad exact = form_->component(indices[k]);
                   references_[k] = {exact, form_->component_scale(indices[k]), ulp_at<T>(exact)};
                 }
               });
  indices_ = std::move(indices);
}

template <class T>
gradient_error compared<T>::compare(const T* gradient, std::size_t stride) {
  prepare();
  gradient_error result;
  result.checked = indices_.size();
  result.derivatives = this;
  std::vector<double> ulps;
  ulps.reserve(indices_.size());
  // Squares in long double: on x86 its range is that of quad, elsewhere it is quad.
  long double error_squares = 0, squares = 0, scale_squares = 0;
  for (std::size_t k = 0; k < indices_.size(); ++k) {
    const reference& r = references_[k];
    const double error = distance(gradient[indices_[k] * stride], r.exact);
    const long double exact = static_cast<long double>(r.exact.v), scale = r.scale;
    squares += exact * exact;
    scale_squares += scale * scale;
    if (!std::isfinite(error)) {
      if (result.non_finite++ == 0) result.worst = indices_[k];
      continue;
    }
    error_squares += static_cast<long double>(error) * error;
    const double ulp = error / r.ulp;
    ulps.push_back(ulp);
    const std::size_t bin = histogram_bin(ulp);
    if (result.ulp_histogram.size() <= bin) result.ulp_histogram.resize(bin + 1);
    ++result.ulp_histogram[bin];
    result.scaled = std::max(result.scaled, in_units_of<T>(error, r.scale));
    if (ulp > result.max_ulp) {
      result.max_ulp = ulp;
      if (result.non_finite == 0) result.worst = indices_[k];
    }
  }
  result.norm = static_cast<double>(std::sqrt(squares));
  result.scale_norm = static_cast<double>(std::sqrt(scale_squares));
  result.absolute = static_cast<double>(std::sqrt(error_squares));
  result.relative = error_squares == 0 ? 0 : static_cast<double>(std::sqrt(error_squares / squares));
  result.median_ulp = median_of(ulps);
  if (result.non_finite > 0) {
    result.relative = result.absolute = std::numeric_limits<double>::quiet_NaN();
    result.max_ulp = result.scaled = std::numeric_limits<double>::infinity();
  }
  return result;
}

template <class T>
double compared<T>::component_by_difference(std::size_t i) {
  form_->need_values_elsewhere();
  const T *const x = form_->x(), *const v = form_->direction();
  std::vector<quad> point(x, x + size());
  const quad h = 0x1p-20;
  const auto at = [&](int steps) {
    if (v == nullptr) point[i] = quad(x[i]) + quad(steps) * h;
    for (std::size_t k = 0; v != nullptr && k < size(); ++k) point[k] = quad(x[k]) + quad(steps) * h * quad(v[k]);
    return form_->antiderivative_at(point.data(), i);
  };
  return static_cast<double>((8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h));
}

}  // namespace

template <class T>
std::unique_ptr<oracle_of<T>> oracle_from(std::unique_ptr<closed_form<T>> form, work_limits limits) {
  return std::make_unique<compared<T>>(std::move(form), limits);
}
template std::unique_ptr<oracle_of<float>> oracle_from(std::unique_ptr<closed_form<float>>, work_limits);
template std::unique_ptr<oracle_of<double>> oracle_from(std::unique_ptr<closed_form<double>>, work_limits);

}  // namespace gradlane
