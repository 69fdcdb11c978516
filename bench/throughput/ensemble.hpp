// One evaluation's errors, of one point or of many: the points are judged together, as one long gradient.
//
// A finite difference has no useful bound for every single one of thousands of random points: some gradient among them
// is nearly zero while the error is not. Over all of them it has, and it stays sharp: a point that is simply wrong
// leaves an error of about 1/√P, far above any tolerance. For exact methods the bound of each component holds as well.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "common/clock.hpp"
#include "oracle/oracle.hpp"
#include "oracle/tolerance.hpp"
#include "throughput/row.hpp"

namespace gradlane::bench {

template <class T>
class ensemble {
 public:
  explicit ensemble(std::size_t n) : n_(n) {}

  void add_value(std::size_t point, T computed, const value_error& v) {
    if (values_.empty() || is_worse(v.scaled, value_.scaled)) {
      worst_value_ = "wrong value " + number(static_cast<double>(computed)) + ", exact " + number(v.exact) + at(point);
      value_.scaled = v.scaled;
    }
    if (is_worse(v.relative, value_.relative)) value_.relative = v.relative;
    values_.push_back(v.scale);
  }

  void add_gradient(std::size_t point, const gradient_error& g) {
    if (medians_.empty() || is_worse(g.relative, worst_relative_)) {
      worst_relative_ = g.relative;
      worst_gradient_ = "worst at component " + std::to_string(g.worst) + at(point);
    }
    gradient_.absolute = std::hypot(gradient_.absolute, g.absolute);
    gradient_.norm = std::hypot(gradient_.norm, g.norm);
    gradient_.scale_norm = std::hypot(gradient_.scale_norm, g.scale_norm);
    if (is_worse(g.scaled, gradient_.scaled)) gradient_.scaled = g.scaled;
    if (is_worse(g.max_ulp, gradient_.max_ulp)) gradient_.max_ulp = g.max_ulp;
    gradient_.non_finite += g.non_finite;
    gradient_.checked += g.checked;
    medians_.push_back(g.median_ulp);
  }

  /// `order` and `step` as the implementation used them.
  check_result judge(int order, double step) {
    check_result r;
    r.value_error = value_.relative;
    r.right = value_is_right<T>(value_, n_, order == 0 ? step : 0);
    r.text = text(r.right ? verdict::ok : verdict::wrong);
    if (!r.right) r.complaint = worst_value_;
    if (medians_.empty()) return r;
    // The noise of a component comes from its own point's value: the root mean square over the points gives their sum.
    double square = 0;
    for (const double scale : values_) square += scale * scale;
    value_.scale = std::sqrt(square / static_cast<double>(values_.size()));
    gradient_.relative = gradient_.absolute == 0 ? 0 : gradient_.absolute / gradient_.norm;
    const judgement j = gradlane::judge<T>(gradient_, value_, n_, order, step);
    r.relative_error = gradient_.relative;
    r.max_ulp = gradient_.max_ulp;
    r.median_ulp = median(medians_);
    r.error_in_u_terms = in_unit_roundoffs(gradient_.scaled);
    r.tolerance = j.tolerance;
    r.text = text(j.result);
    r.right = j.result != verdict::wrong;
    if (!r.right && r.complaint.empty())
      r.complaint = "wrong gradient, off by " + number(gradient_.relative) + " of its norm, tolerance " +
                    number(j.tolerance) + ", " + worst_gradient_;
    return r;
  }

 private:
  /// NaN is worse than any number.
  static bool is_worse(double a, double b) { return !(a <= b) && !std::isnan(b); }
  std::string at(std::size_t point) const { return point == 0 ? "" : " of point " + std::to_string(point); }
  static std::string number(double x) {
    char text[40];
    std::snprintf(text, sizeof text, "%.9g", x);
    return text;
  }

  std::size_t n_;
  value_error value_;
  gradient_error gradient_;
  std::vector<double> values_, medians_;
  double worst_relative_ = 0;
  std::string worst_value_, worst_gradient_;
};

}  // namespace gradlane::bench
