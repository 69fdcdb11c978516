// The best quadratic at a point, L(x) + g·(y−x) + ½(y−x)ᵀH(y−x), from one method's value, gradient and Hessian; for n = 2
// also drawn, beside the function, over a square around the point.
#include <algorithm>
#include <cmath>

#include "common/results.hpp"
#include "curvature/target.hpp"

namespace gradlane::bench {

namespace {

constexpr std::size_t lines_a_side = 41;
constexpr double half_width = 1;
/// The chapter's example: about (−1, 0) it is e⁻¹(−1 − (x+1) + (x+1)² + y²).
constexpr std::string_view chapters_problem = "gaussian_bump";

std::vector<double> point_of(const shard& s, std::size_t n, const settings& own) {
  if (!own.at.empty() || n != 2 || s.problem->name != chapters_problem) return own.at;
  return {-1, 0};
}

struct quadratic {
  std::vector<double> x, gradient, hessian;
  double value = 0;
  double operator()(const std::vector<double>& y) const {
    const std::size_t n = x.size();
    double sum = value;
    for (std::size_t i = 0; i < n; ++i) {
      double row = 0;
      for (std::size_t j = 0; j < n; ++j) row += hessian[i * n + j] * (y[j] - x[j]);
      sum += (y[i] - x[i]) * (gradient[i] + row / 2);
    }
    return sum;
  }
};

/// rows[b][a] at (first[a], second[b]).
json surface(const quadratic& model, const implementation& values, const target& at) {
  plan function(values, at.shape(1));
  std::vector<double> gradient(2), axis[2];
  for (std::size_t k = 0; k < lines_a_side; ++k) {
    const double by = half_width * (2 * static_cast<double>(k) / (lines_a_side - 1) - 1);
    for (const std::size_t i : {0u, 1u}) axis[i].push_back(at.x[i] + by);
  }
  json of_function = json::array(), of_model = json::array();
  double within = 0;
  for (const double second : axis[1]) {
    std::vector<double> function_row, model_row;
    for (const double first : axis[0]) {
      const std::vector<double> y{first, second};
      double value = 0;
      function.evaluate(y.data(), &value, gradient.data());
      function_row.push_back(value), model_row.push_back(model(y));
      if (std::hypot(first - at.x[0], second - at.x[1]) <= half_width / 10)
        within = std::max(within, std::abs(value - model_row.back()));
    }
    of_function.push_back(all_digits(function_row)), of_model.push_back(all_digits(model_row));
  }
  return {{"first", all_digits(axis[0])}, {"second", all_digits(axis[1])},
          {"function", of_function},      {"model", of_model},
          {"radius", half_width / 10},    {"largest_difference_within_radius", finite_or_null(within)}};
}

void add_model(const candidate& c, target& at, const json& about, findings& found) {
  const std::size_t n = at.n();
  const std::vector<double> v(n, 1.0);
  directed_call call(c.method, at, 1);
  call.set_direction(0, v);
  call.run();
  if (check_product(call, 0, at, v, about, model_part, found).result != verdict::ok)
    return found.leave_out(about, model_part, "wrong: no model");
  const quadratic model{at.x, call.gradient(), hessian_of(c.method, at), call.value()};
  json row = about, hessian = json::array();
  for (std::size_t i = 0; i < n; ++i) {
    const auto begin = model.hessian.begin() + static_cast<std::ptrdiff_t>(i * n);
    hessian.push_back(all_digits({begin, begin + static_cast<std::ptrdiff_t>(n)}));
  }
  row["point"] = all_digits(at.x);
  put(row, "value", model.value);
  row["gradient"] = all_digits(model.gradient);
  row["hessian"] = std::move(hessian);
  row["surface"] = n == 2 && c.gradient ? surface(model, *c.gradient, at) : json(nullptr);
  found.models.push_back(std::move(row));
}

}  // namespace

void add_models(const shard& s, const run_context& run, findings& found) {
  for (const std::size_t n : s.model_dims) {
    target at(*s.problem, n, run.given.seed, point_of(s, n, run.own));
    for (const candidate& c : s.candidates) {
      const json about = directed_row(c.method, n, 1);
      run.starts(c.method.name() + "/n:" + std::to_string(n) + " model");
      with_reasons(found, about, model_part, [&] { add_model(c, at, about, found); });
    }
  }
}

}  // namespace gradlane::bench
