#include <stdexcept>

#include "oracle/closed_form.hpp"
#include "parallel.hpp"

namespace gradlane {
namespace {

/// Holds L(w + ε_k v) − L(w) for each k, so that any number of gradients can be held against them.
template <class T>
class line final : public oracle_line<T> {
 public:
  line(closed_form<T>& form, std::span<const double> v, std::span<const double> epsilon)
      : v_(v.begin(), v.end()), epsilon_(epsilon.begin(), epsilon.end()), difference_(epsilon.size()), directional_(0) {
    if (v.size() != form.size()) throw std::invalid_argument("the direction must have as many components as x");
    form.need_values_elsewhere();
    form.need_scales();
    floor_ = 4 * 0x1p-113 * form.value_scale();
    for (std::size_t i = 0; i < v_.size(); ++i) directional_ += form.component(i) * quad(v_[i]);
    const std::vector<quad> w(form.x(), form.x() + form.size());
    const quad here = form.value_at(w.data());
    parallel_for(oracle_threads(), epsilon_.size(), [&](std::size_t begin, std::size_t end, int) {
      std::vector<quad> point(w.size());
      for (std::size_t k = begin; k < end; ++k) {
        for (std::size_t i = 0; i < w.size(); ++i) point[i] = w[i] + quad(epsilon_[k]) * quad(v_[i]);
        difference_[k] = form.value_at(point.data()) - here;
      }
    });
  }

  std::vector<double> remainder() const override { return with(directional_); }
  std::vector<double> remainder(const T* gradient, std::size_t stride) const override {
    return with(along(gradient, stride));
  }
  std::vector<double> change() const override { return with(quad(0)); }
  std::vector<double> second_remainder(const T* gradient, const T* product) const override {
    return with(along(gradient, 1), along(product, 1));
  }
  double directional_error(const T* gradient, std::size_t stride) const override {
    return static_cast<double>(abs(along(gradient, stride) - directional_));
  }
  double directional() const override { return static_cast<double>(directional_); }
  double floor() const override { return floor_; }

 private:
  quad along(const T* gradient, std::size_t stride) const {
    quad sum(0);
    for (std::size_t i = 0; i < v_.size(); ++i) sum += quad(gradient[i * stride]) * quad(v_[i]);
    return sum;
  }
  std::vector<double> with(quad slope, quad curvature = 0) const {
    std::vector<double> r;
    for (std::size_t k = 0; k < epsilon_.size(); ++k) {
      const quad epsilon = epsilon_[k];
      r.push_back(static_cast<double>(abs(difference_[k] - epsilon * (slope + epsilon * curvature / 2))));
    }
    return r;
  }

  std::vector<double> v_, epsilon_;
  std::vector<quad> difference_;
  quad directional_;
  double floor_ = 0;
};

}  // namespace

template <class T>
std::unique_ptr<oracle_line<T>> line_through(closed_form<T>& form, std::span<const double> v,
                                             std::span<const double> epsilon) {
  return std::make_unique<line<T>>(form, v, epsilon);
}
template std::unique_ptr<oracle_line<float>> line_through(closed_form<float>&, std::span<const double>,
                                                          std::span<const double>);
template std::unique_ptr<oracle_line<double>> line_through(closed_form<double>&, std::span<const double>,
                                                           std::span<const double>);

}  // namespace gradlane
