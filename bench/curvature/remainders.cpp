// What is left of L(w+εv) after Taylor's polynomials of degree 0, 1 and 2 along a random unit direction:
//   R0 = |L(w+εv) − L(w)|,  R1 = |… − ε ĝ·v|,  R2 = |… − ½ε² v·ĥ|  with the method's ĝ and ĥ ≈ ∇²L·v,
// L in quad, so that nothing but ĝ and ĥ can spoil the slopes 1, 2 and 3. "control" is a product with its largest share of
// v·ĥ 1 % off: if its R2 shrinks with slope 3 all the same, the test has no teeth, and the run fails.
#include <algorithm>
#include <cmath>

#include "curvature/target.hpp"
#include "oracle/slope.hpp"

namespace gradlane::bench {

namespace {

struct expansion {
  std::vector<double> gradient, product;
  double gradient_off = 0, product_off = 0;
};

json slope_row(const std::vector<double>& epsilon, const std::vector<double>& remainder, double floor, int order,
               const expansion& e) {
  const slope_fit fit =
      fit_slope(epsilon, remainder, floor, order == 0 ? 0 : e.gradient_off, order, order == 2 ? e.product_off : 0);
  json row;
  put(row, "remainder", remainder);
  row["expected"] = order + 1;
  row["slope"] = fit.slope ? json(*fit.slope) : json(nullptr);
  row["useful_from"] = fit.useful ? json(fit.useful->from) : json(nullptr);
  row["useful_to"] = fit.useful ? json(fit.useful->to) : json(nullptr);
  row["verdict"] = fit.verdict;
  return row;
}

json remainder_row(json about, const oracle_line<double>& line, const std::vector<double>& epsilon,
                   const std::vector<double>& v, const expansion& e) {
  double slope = 0, curvature = 0;
  for (std::size_t i = 0; i < v.size(); ++i) slope += e.gradient[i] * v[i], curvature += e.product[i] * v[i];
  about["slope"] = slope;
  about["curvature"] = curvature;
  put(about, "epsilon", epsilon);
  put(about, "floor", line.floor());
  about["R0"] = slope_row(epsilon, line.change(), line.floor(), 0, e);
  about["R1"] = slope_row(epsilon, line.remainder(e.gradient.data(), 1), line.floor(), 1, e);
  about["R2"] = slope_row(epsilon, line.second_remainder(e.gradient.data(), e.product.data()), line.floor(), 2, e);
  return about;
}

/// Empty where v·ĥ is 0 whatever the product is off by.
expansion one_percent_off(expansion e, const std::vector<double>& v) {
  std::size_t largest = 0;
  const auto share = [&](std::size_t i) { return std::abs(e.product[i] * v[i]); };
  for (std::size_t i = 0; i < v.size(); ++i)
    if (share(i) > share(largest)) largest = i;
  if (share(largest) == 0) return {};
  e.product[largest] *= 1.01;
  e.product_off = 0;
  return e;
}

void add_remainder(const candidate& c, target& at, const oracle_line<double>& line, const std::vector<double>& epsilon,
                   const std::vector<double>& v, const json& about, bool with_control, findings& found) {
  directed_call call(c.method, at, 1);
  call.set_direction(0, v);
  call.run();
  const product_check check = check_product(call, 0, at, v, about, remainder_part, found);
  const expansion e{call.gradient(), call.product(0), check.gradient_off, check.product.absolute};
  json row = remainder_row(about, line, epsilon, v, e);
  for (const char* const order : {"R1", "R2"})
    if (row[order]["verdict"] == "wrong")
      found.complaints.push_back(std::string("the remainder ") + order + " shrinks with slope " +
                                 row[order]["slope"].dump() + ": " + about.dump());
  found.remainders.push_back(std::move(row));
  const expansion off = with_control ? one_percent_off(e, v) : expansion{};
  if (off.product.empty()) return;
  json named = about;
  named["method"] = "control";
  json control = remainder_row(std::move(named), line, epsilon, v, off);
  if (control["R2"]["verdict"] != "wrong")
    found.complaints.push_back("the remainder R2 did not notice a wrong product: slope " +
                               control["R2"]["slope"].dump() + ", " + about.dump());
  found.remainders.push_back(std::move(control));
}

}  // namespace

void add_remainders(const shard& s, const run_context& run, findings& found) {
  std::vector<double> epsilon;
  for (int k = 0; k <= 40; ++k) epsilon.push_back(std::ldexp(1.0, -k));
  for (const std::size_t n : s.remainder_dims) {
    target at(*s.problem, n, run.given.seed, run.own.at);
    const std::vector<double> v = unit_direction(n, run.given.seed, "direction 0");
    const auto line = at.oracle->along(v, epsilon);
    bool with_control = true;
    for (const candidate& c : s.candidates) {
      const json about = directed_row(c.method, n, 1);
      run.starts(c.method.name() + "/n:" + std::to_string(n) + " remainders");
      with_reasons(found, about, remainder_part,
                   [&] { add_remainder(c, at, *line, epsilon, v, about, std::exchange(with_control, false), found); });
    }
  }
}

}  // namespace gradlane::bench
