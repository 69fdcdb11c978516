// What a Hessian-vector product costs, with value and gradient, in units of value and gradient by the method that it
// extends. Both take turns, so that what slows the machine slows both; x moves by a clear step before every call, so that
// no answer can be kept. Several directions of one call share its time.
#include <algorithm>
#include <cmath>

#include "common/clock.hpp"
#include "common/results.hpp"
#include "curvature/target.hpp"

namespace gradlane::bench {

namespace {

constexpr int rounds = 15;
constexpr std::size_t most_for_sweeps = 256, many = 64;

/// uᵀHv against vᵀHu, over the sum of the magnitudes.
double symmetry_defect(const std::vector<double>& u, const std::vector<double>& hu, const std::vector<double>& v,
                       const std::vector<double>& hv) {
  double difference = 0, scale = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    difference += u[i] * hv[i] - v[i] * hu[i];
    scale += std::abs(u[i] * hv[i]) + std::abs(v[i] * hu[i]);
  }
  return scale > 0 ? std::abs(difference) / scale : 0;
}

struct turn_times {
  std::vector<double> product, gradient, ratio;
};

class rivals {
 public:
  rivals(const candidate& c, directed_call& call, const target& at)
      : call_(call), at_(at), gradient_plan_(*c.gradient, at.shape(1)), x_(at.n(), 0), gradient_(at.n(), 2) {
    std::copy(at.x.begin(), at.x.end(), x_.data());
  }

  turn_times measure(double seconds) {
    product(1), gradient(1);
    const double each = seconds / (2 * rounds);
    const auto calls = [&](double once) { return static_cast<std::size_t>(each / once) + 1; };
    const std::size_t products = calls(std::min(product(1), product(1)));
    const std::size_t gradients = calls(std::min(gradient(2), gradient(2)) / 2);
    turn_times t;
    for (int round = 0; round < rounds; ++round) {
      t.product.push_back(product(products) / static_cast<double>(products));
      t.gradient.push_back(gradient(gradients) / static_cast<double>(gradients));
      t.ratio.push_back(t.product.back() / t.gradient.back());
    }
    return t;
  }

 private:
  double product(std::size_t calls) {
    return seconds_of([&] {
      for (std::size_t k = 0; k < calls; ++k) {
        call_.move();
        call_.run();
      }
    });
  }
  double gradient(std::size_t calls) {
    return seconds_of([&] {
      for (std::size_t k = 0; k < calls; ++k) {
        double& moved = x_[moves_++ % at_.n()];
        moved = moved_from(moved);
        gradient_plan_.evaluate(x_.data(), &value_, gradient_.data());
      }
    });
  }

  directed_call& call_;
  const target& at_;
  plan gradient_plan_;
  placed_array x_, gradient_;
  double value_ = 0;
  std::size_t moves_ = 0;
};

void add_product(const candidate& c, target& at, std::size_t count, const json& about, const run_context& run,
                 findings& found) {
  const curvature& method = c.method;
  const auto leave_out = [&](const char* why) { found.leave_out(about, product_part, why); };
  if (method.has(GRADLANE_SWEEPS) && at.n() > most_for_sweeps)
    return leave_out("n sweeps a product: too long for this n");
  if (!c.gradient) return leave_out("its module has nothing that gives value and gradient to hold it against");
  directed_call call(method, at, count);
  std::vector<std::vector<double>> v;
  for (std::size_t k = 0; k < count; ++k) {
    v.push_back(unit_direction(at.n(), run.given.seed, "direction " + std::to_string(k)));
    call.set_direction(k, v.back());
  }
  call.run();
  const product_check check = check_product(call, count - 1, at, v.back(), about, product_part, found);
  if (check.result != verdict::ok) return leave_out("wrong: not timed");
  const std::vector<double> u = unit_direction(at.n(), run.given.seed, "another"), hv = call.product(0);
  call.set_direction(0, u);
  call.run();
  json row = about;
  row["tolerance"] = finite_or_null(check.tolerance);
  put(row, "error", check.product.relative);
  row["error_scaled"] = check.product.scaled;
  row["symmetry"] = symmetry_defect(u, call.product(0), v[0], hv);
  v[0] = u;
  if (!run.given.check_only) {
    const turn_times t = rivals(c, call, at).measure(run.own.case_seconds);
    row["product_seconds"] = *std::min_element(t.product.begin(), t.product.end()) / static_cast<double>(count);
    row["gradient_seconds"] = *std::min_element(t.gradient.begin(), t.gradient.end());
    row["ratio"] = median(t.ratio) / static_cast<double>(count);
    json ratios = json::array();
    for (const double r : t.ratio) ratios.push_back(r / static_cast<double>(count));
    row["ratios"] = std::move(ratios);
    if (!is_still_right(call, count - 1, at, v.back(), about, product_part, found))
      return leave_out("wrong: not reported");
  }
  row["verdict"] = "ok";
  found.products.push_back(std::move(row));
}

}  // namespace

void add_products(const shard& s, const run_context& run, findings& found) {
  for (const std::size_t n : s.product_dims) {
    target at(*s.problem, n, run.given.seed);
    for (const candidate& c : s.candidates) {
      const bool several = c.method.lanes() != "elements";
      const json about = directed_row(c.method, n, several ? many : 1);
      run.starts(c.method.name() + "/n:" + std::to_string(n));
      with_reasons(found, about, product_part, [&] { add_product(c, at, several ? many : 1, about, run, found); });
    }
  }
}

}  // namespace gradlane::bench
