#include "curvature/target.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradlane::bench {

json directed_row(const curvature& c, std::size_t n, std::size_t count) {
  json row = case_row(c, n);
  row["directions"] = count;
  return row;
}

target::target(const catalogue_entry& p, std::size_t n, std::uint64_t seed, const std::vector<double>& at)
    : problem(&p), x(at), data(make_arrays<double>(p, n, seed, available_cores())), arrays(abi_of(data)) {
  if (x.empty()) {
    x.resize(n);
    draw_points(x.data(), n, 1, 1, seed);
  }
  oracle = make_oracle<double>(p, x.data(), n, arrays);
}

directed_call::directed_call(const curvature& c, const target& at, std::size_t count)
    : n_(at.n()),
      count_(count),
      plan_(c, at.shape(count)),
      x_(n_ * (c.lanes() == "points" ? count : 1), 0),
      v_(n_ * count, 1),
      gradient_(x_.size(), 2),
      product_(v_.size(), 3),
      value_(copies()) {
  for (std::size_t i = 0; i < n_; ++i) std::fill_n(component(i), copies(), at.x[i]);
}

void directed_call::set_direction(std::size_t k, const std::vector<double>& v) {
  for (std::size_t i = 0; i < n_; ++i) v_[i * count_ + k] = v[i];
}

std::vector<double> directed_call::product(std::size_t k) const {
  std::vector<double> h(n_);
  for (std::size_t i = 0; i < n_; ++i) h[i] = product_[i * count_ + k];
  return h;
}

std::vector<double> directed_call::gradient() const {
  std::vector<double> g(n_);
  for (std::size_t i = 0; i < n_; ++i) g[i] = gradient_[i * copies()];
  return g;
}

std::vector<double> directed_call::point() const {
  std::vector<double> x(n_);
  for (std::size_t i = 0; i < n_; ++i) x[i] = x_[i * copies()];
  return x;
}

std::vector<double> hessian_of(const curvature& c, const target& at) {
  const std::size_t n = at.n(), count = c.lanes() != "elements" ? n : 1;
  directed_call call(c, at, count);
  std::vector<double> hessian(n * n);
  for (std::size_t first = 0; first < n; first += count) {
    for (std::size_t k = 0; k < count; ++k) {
      std::vector<double> unit(n);
      unit[first + k] = 1;
      call.set_direction(k, unit);
    }
    call.run();
    for (std::size_t k = 0; k < count; ++k) {
      const std::vector<double> column = call.product(k);
      for (std::size_t i = 0; i < n; ++i) hessian[i * n + first + k] = column[i];
    }
  }
  return hessian;
}

bool is_right_product(const gradient_error& product, std::size_t n) {
  constexpr double eps = std::numeric_limits<double>::epsilon();
  return product.non_finite == 0 && product.checked > 0 && product.scaled * eps <= rounding_factor<double>(n);
}

namespace {

/// `gradient` and `product` are the oracles at the point of the call.
product_check checked(const directed_call& call, std::size_t k, oracle_of<double>& gradient,
                      oracle_of<double>& product) {
  const std::size_t n = product.size();
  const std::vector<double> h = call.product(k), g = call.gradient();
  product_check check;
  check.product = product.compare(h.data());
  const gradient_error off = gradient.compare(g.data());
  check.gradient_off = off.absolute;
  check.tolerance = rounding_factor<double>(n) * check.product.scale_norm / check.product.norm;
  check.product_right = is_right_product(check.product, n);
  check.result =
      check.product_right ? judge<double>(off, product.compare_value(call.value()), n, 0, 0).result : verdict::wrong;
  return check;
}

void complain(const product_check& check, const json& about, const std::string& when, findings& found) {
  if (check.result == verdict::ok) return;
  const std::string what =
      check.product_right ? "value or gradient" : "product, off by " + std::to_string(check.product.relative) + ",";
  found.complaints.push_back(when + ": wrong " + what + " by " + about.dump());
}

}  // namespace

product_check check_product(const directed_call& call, std::size_t k, target& at, const std::vector<double>& v,
                            const json& about, const std::string& part, findings& found) {
  const auto exact = at.product_oracle(v);
  const product_check check = checked(call, k, *at.oracle, *exact);
  complain(check, about, part, found);
  return check;
}

bool is_still_right(const directed_call& call, std::size_t k, const target& at, const std::vector<double>& v,
                    const json& about, const std::string& part, findings& found) {
  constexpr std::size_t components = 200;  // the sums behind them are complete
  const std::vector<double> x = call.point();
  const auto gradient = make_oracle<double>(*at.problem, x.data(), at.n(), at.arrays);
  const auto product = make_product_oracle(*at.problem, x.data(), v.data(), at.n(), at.arrays);
  gradient->compare_a_sample(components), product->compare_a_sample(components);
  const product_check check = checked(call, k, *gradient, *product);
  complain(check, about, part + ", after timing", found);
  return check.result == verdict::ok;
}

}  // namespace gradlane::bench
