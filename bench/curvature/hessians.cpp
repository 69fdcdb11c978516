// Whole Hessians: products with all unit vectors, beside second differences of values with W perturbed points in the lanes
// of the primal, of the same module.
//
// The second differences, for i ≠ j
//   H_ij ≈ (f(x+h_i+h_j) + f(x−h_i−h_j) − f(x+h_i) − f(x−h_i) − f(x+h_j) − f(x−h_j) + 2f(x)) / (2 h_i h_j)
//   H_ii ≈ (f(x+h_i) − 2f(x) + f(x−h_i)) / h_i²
// are of order 2 like the formula of four values, ¼(f₊₊ − f₊₋ − f₋₊ + f₋₋)/(h_i h_j), with half as many: n² + n + 1. They
// are off by O(h²) and by rounding, eps·|f|/h²: h = eps^(1/4)·max(1, |x_i|) makes both about eps^(1/2).
#include <algorithm>
#include <cmath>
#include <limits>

#include "common/clock.hpp"
#include "curvature/target.hpp"

namespace gradlane::bench {

namespace {

constexpr std::size_t most_columns_checked = 16;
constexpr double longest = 4;  // seconds that all second differences of one case may take

class second_differences {
 public:
  second_differences(const implementation& primal, const target& at)
      : n_(at.n()), x_(at.x), plan_(primal, at.shape(batch)), points_(n_ * batch), values_(batch), step_(n_) {
    const double c = std::pow(std::numeric_limits<double>::epsilon(), 0.25);
    for (std::size_t i = 0; i < n_; ++i) {
      std::fill_n(points_.begin() + static_cast<std::ptrdiff_t>(i * batch), batch, x_[i]);
      const double h = c * std::max(1.0, std::abs(x_[i]));
      step_[i] = (x_[i] + h) - x_[i];
    }
  }
  static double evaluations(std::size_t n) { return static_cast<double>(n) * static_cast<double>(n + 1) + 1; }

  std::vector<double> run() {
    std::vector<double> hessian(n_ * n_);
    here_ = value_at_x();
    plus_.assign(n_, 0), minus_.assign(n_, 0);
    for (std::size_t i = 0; i < n_; ++i) {
      add(i, i, 1, [this, i](double f) { plus_[i] = f; });
      add(i, i, -1, [this, i](double f) { minus_[i] = f; });
    }
    flush();
    for (std::size_t i = 0; i < n_; ++i) {
      hessian[i * n_ + i] = (plus_[i] - 2 * here_ + minus_[i]) / (step_[i] * step_[i]);
      for (std::size_t j = i + 1; j < n_; ++j)
        for (const int sign : {1, -1}) add(i, j, sign, [&hessian, n = n_, i, j](double f) { hessian[i * n + j] += f; });
    }
    flush();
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t j = i + 1; j < n_; ++j) {
        double& h = hessian[i * n_ + j];
        h = (h - (plus_[i] + minus_[i]) - (plus_[j] + minus_[j]) + 2 * here_) / (2 * step_[i] * step_[j]);
        hessian[j * n_ + i] = h;
      }
    return hessian;
  }

 private:
  static constexpr std::size_t batch = 64;
  struct pending {
    std::size_t i, j;
    std::function<void(double)> take;
  };

  double value_at_x() {
    plan_.evaluate(points_.data(), values_.data(), nullptr);
    return values_[0];
  }
  double& at(std::size_t i) { return points_[i * batch + waiting_.size()]; }
  void add(std::size_t i, std::size_t j, int sign, std::function<void(double)> take) {
    at(i) = x_[i] + sign * step_[i];
    at(j) = x_[j] + sign * step_[j];
    waiting_.push_back({i, j, std::move(take)});
    if (waiting_.size() == batch) flush();
  }
  void flush() {
    plan_.evaluate(points_.data(), values_.data(), nullptr);
    for (std::size_t p = 0; p < waiting_.size(); ++p) {
      const pending& w = waiting_[p];
      w.take(values_[p]);
      points_[w.i * batch + p] = x_[w.i], points_[w.j * batch + p] = x_[w.j];
    }
    waiting_.clear();
  }

  std::size_t n_;
  const std::vector<double>& x_;
  plan plan_;
  std::vector<double> points_, values_, step_, plus_, minus_;
  std::vector<pending> waiting_;
  double here_ = 0;
};

/// Columns of a Hessian against the oracle, all of them or some; relative in the Frobenius norm.
struct matrix_error {
  double relative = 0;
  verdict result = verdict::ok;
};
matrix_error hessian_error(const std::vector<double>& hessian, const target& at) {
  const std::size_t n = at.n(), checked = std::min(n, most_columns_checked);
  double off = 0, norm = 0;
  matrix_error e;
  for (std::size_t k = 0; k < checked; ++k) {
    const std::size_t j = checked == 1 ? 0 : k * (n - 1) / (checked - 1);
    std::vector<double> unit(n);
    unit[j] = 1;
    const auto exact = at.product_oracle(unit);
    const gradient_error column = exact->compare(hessian.data() + j, n);
    off += column.absolute * column.absolute, norm += column.norm * column.norm;
    if (!is_right_product(column, n)) e.result = verdict::wrong;
  }
  e.relative = off == 0 ? 0 : std::sqrt(off / norm);
  return e;
}

/// max |H_ij − H_ji| / max |H_ij|.
double asymmetry(const std::vector<double>& hessian, std::size_t n) {
  double most = 0, largest = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      most = std::max(most, std::abs(hessian[i * n + j] - hessian[j * n + i]));
      largest = std::max(largest, std::abs(hessian[i * n + j]));
    }
  return largest > 0 ? most / largest : 0;
}

void add_second_differences(const candidate& c, const target& at, directed_call& call, const run_context& run,
                            json& row, double own_seconds) {
  second_differences rival(*c.primal, at);
  const double first = seconds_of([&] { rival.run(); });
  if (first > longest) {
    row["second_differences"] = nullptr;
    row["second_differences_text"] = "left out: one takes " + std::to_string(first) + " s";
    return;
  }
  const matrix_error error = hessian_error(rival.run(), at);
  std::vector<double> theirs, ours;
  const int turns = std::clamp(static_cast<int>(run.own.case_seconds / first), 3, 15);
  for (int k = 0; k < turns; ++k) {
    theirs.push_back(seconds_of([&] { rival.run(); }));
    call.move();
    ours.push_back(seconds_of([&] { call.run(); }));
  }
  const double least = std::min(own_seconds, *std::min_element(ours.begin(), ours.end()));
  row["seconds"] = least;
  json beside = {{"formula", "2 values an entry and 2n + 1 more, order 2, h = eps^(1/4) max(1, |x|)"},
                 {"method", c.primal->method()},
                 {"lanes", c.primal->lanes()},
                 {"evaluations", second_differences::evaluations(at.n())},
                 {"seconds", *std::min_element(theirs.begin(), theirs.end())},
                 {"times_slower", *std::min_element(theirs.begin(), theirs.end()) / least}};
  put(beside, "error", error.relative);
  row["second_differences"] = std::move(beside);
}

void add_hessian(const candidate& c, const target& at, const json& about, const run_context& run, findings& found) {
  if (c.method.lanes() != "directions")
    return found.leave_out(about, hessian_part, "whole Hessians are made where the lanes hold directions");
  const std::size_t n = at.n();
  const std::vector<double> hessian = hessian_of(c.method, at);
  const matrix_error error = hessian_error(hessian, at);
  if (error.result != verdict::ok) {
    found.complaints.push_back("hessians: wrong by " + about.dump() + ", off by " + std::to_string(error.relative));
    return found.leave_out(about, hessian_part, "wrong: not timed");
  }
  json row = about;
  put(row, "error", error.relative);
  row["columns_checked"] = std::min(n, most_columns_checked);
  row["asymmetry"] = asymmetry(hessian, n);
  if (!run.given.check_only) {
    directed_call call(c.method, at, n);
    for (std::size_t k = 0; k < n; ++k) {
      std::vector<double> unit(n);
      unit[k] = 1;
      call.set_direction(k, unit);
    }
    call.run();
    std::vector<double> own, last(n);
    for (double spent = 0; spent < run.own.case_seconds || own.size() < 3; spent += own.back()) {
      call.move();
      own.push_back(seconds_of([&] { call.run(); }));
    }
    row["seconds"] = *std::min_element(own.begin(), own.end());
    if (c.primal) add_second_differences(c, at, call, run, row, row["seconds"].get<double>());
    last[n - 1] = 1;
    if (!is_still_right(call, n - 1, at, last, about, hessian_part, found))
      return found.leave_out(about, hessian_part, "wrong: not reported");
  }
  row["verdict"] = "ok";
  found.hessians.push_back(std::move(row));
}

}  // namespace

void add_hessians(const shard& s, const run_context& run, findings& found) {
  for (const std::size_t n : s.hessian_dims) {
    const target at(*s.problem, n, run.given.seed);
    for (const candidate& c : s.candidates) {
      const json about = directed_row(c.method, n, n);
      run.starts(c.method.name() + "/n:" + std::to_string(n) + " Hessian");
      with_reasons(found, about, hessian_part, [&] { add_hessian(c, at, about, run, found); });
    }
  }
}

}  // namespace gradlane::bench
