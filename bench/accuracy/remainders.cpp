// The first-order remainder R(ε) = |L(w+εv) − L(w) − ε ĝ·v| along random unit directions.
//
// In quad, L is the oracle's and ĝ the implementation's: the curve has slope 2 down to where ε‖ĝ − g‖ takes over, for
// the exact gradient ("oracle") all the way. In working precision L is the implementation's own, and ε is the length of
// the step that was really added, ‖fl(w+εv) − w‖. "control" is a gradient with one component 1 % off: if its slope is
// not 1, the test has no teeth, and the run fails.
//
// Where slope 2 turns into slope 1: R = |ε·a + ε²·c|, a = (g − ĝ)·v, c = ½ vᵀHv, so at ε = |a|/|c| both are equal. c is
// taken from the exact gradient's curve.
#include <algorithm>
#include <cmath>
#include <optional>

#include "accuracy/target.hpp"
#include "common/results.hpp"
#include "oracle/slope.hpp"

namespace gradlane::bench {

namespace {

constexpr int directions = 3;
constexpr std::size_t floor_points = 7;  // two decades

/// A gradient under test: where it comes from, and how far from the exact one it is, as far as that is admissible.
template <class T>
struct candidate {
  json about;
  int order;  ///< of a finite difference, 0: exact up to rounding
  std::vector<T> gradient;
  double admissible = 0;
  evaluation<T>* values = nullptr;  ///< the implementation behind it, for working precision
};

struct curve {
  std::vector<double> epsilon, remainder;
  double floor = 0;
  std::optional<double> turn;  ///< where slope 2 becomes slope 1
};

template <class T>
class remainder_test {
 public:
  remainder_test(const shard& s, std::size_t n, const run_context& run, findings& found)
      : shard_(s), run_(run), found_(found), at_(*s.problem, n, 1, run.given.seed) {
    for (int k = 0; k <= 52; ++k) epsilon_.push_back(std::ldexp(1.0, -k));
  }

  void all() {
    evaluate_all();
    for (int d = 0; d < directions; ++d) {
      run_.starts(shard_.file_stem() + ": remainder along direction " + std::to_string(d));
      along(d);
    }
  }

 private:
  /// The gradient of each method at w. A method that needs too long for 2·53 values is left to the quad curves.
  void evaluate_all() {
    const std::vector<implementation> methods = one_lane_a_method(shard_.implementations);
    evaluations_.reserve(methods.size());
    for (const implementation& i : methods) {
      const json about = case_row(i, at_.in.n, 1, 1);
      with_reasons(found_, about, remainder_part, [&] {
        evaluation<T> e(i, at_, 1, step_of(i, run_.given));
        e.run(at_.in.x);
        const value_error value = at_.oracle().compare_value(e.value());
        const gradient_error g = at_.oracle().compare(e.gradient().data());
        const judgement j = judge<T>(g, value, at_.in.n, i.entry().order, step_used(i, run_.given));
        value_scale_ = value.scale;
        // Where ε times what the gradient is off by anyway matters, the slope says nothing new; a gradient that is off
        // by more than it may be gets no such allowance.
        const double admissible = j.result == verdict::wrong ? 0 : g.absolute;
        evaluations_.push_back(std::move(e));
        candidates_.push_back(
            {about, i.entry().order, evaluations_.back().gradient(), admissible, &evaluations_.back()});
      });
    }
  }

  /// One component 1 % off: the one that matters most along v, so that the slope must show it. Its values are those of
  /// the first exact method.
  candidate<T> control(const std::vector<double>& v) {
    candidate<T> wrong = *std::min_element(candidates_.begin(), candidates_.end(),
                                           [](const auto& a, const auto& b) { return a.admissible < b.admissible; });
    wrong.about["method"] = "control";
    wrong.order = 0;
    wrong.admissible = 0;  // not what its values' method may be off by: a float difference is off by more than 1 %
    std::size_t largest = 0;
    for (std::size_t i = 0; i < v.size(); ++i) {
      wrong.gradient[i] = static_cast<T>(at_.oracle().component(i));
      const auto weight = [&](std::size_t k) { return std::abs(static_cast<double>(wrong.gradient[k]) * v[k]); };
      if (weight(i) > weight(largest)) largest = i;
    }
    wrong.gradient[largest] *= T(1.01);
    return wrong;
  }

  void along(int d) {
    const std::vector<double> v = unit_direction(at_.in.n, run_.given.seed, "direction " + std::to_string(d));
    const auto line = at_.oracle().along(v, epsilon_);
    if (candidates_.empty()) return;
    candidate<T> exact{candidates_.front().about, 0, {}, 0, nullptr};
    exact.about["method"] = "oracle";
    exact.about["lanes"] = exact.about["backend"] = "";
    const std::vector<double> exact_remainder = line->remainder();
    record(exact, d, "quad", {epsilon_, exact_remainder, line->floor(), std::nullopt});
    // Far enough down for the third derivative, far enough up for the floor.
    const double half_way = exact_remainder[26], curvature = half_way / (epsilon_[26] * epsilon_[26]);
    std::vector<candidate<T>> tested = candidates_;
    tested.push_back(control(v));
    for (const candidate<T>& c : tested) {
      curve in_quad{epsilon_, line->remainder(c.gradient.data(), 1), line->floor(), std::nullopt};
      if (half_way > 100 * line->floor()) in_quad.turn = line->directional_error(c.gradient.data(), 1) / curvature;
      record(c, d, "quad", in_quad);
      if (2 * static_cast<double>(std::numeric_limits<T>::digits) * c.values->seconds() > 2 * run_.own.max_case_seconds)
        found_.leave_out(c.about, remainder_part, "in working precision its values would take too long");
      else
        with_reasons(found_, c.about, remainder_part, [&] { record(c, d, "working", working(c, v)); });
    }
  }

  curve working(const candidate<T>& c, const std::vector<double>& v) {
    c.values->run(at_.in.x);
    const long double here = c.values->value();
    curve r;
    std::vector<T> moved = at_.in.x;
    for (int k = 0; k < std::numeric_limits<T>::digits; ++k) {
      const double epsilon = epsilon_[static_cast<std::size_t>(k)];
      long double slope = 0;
      double squares = 0;
      for (std::size_t i = 0; i < moved.size(); ++i) {
        const double w = at_.in.x[i];
        moved[i] = static_cast<T>(w + epsilon * v[i]);
        const double added = static_cast<double>(moved[i]) - w;
        slope += static_cast<long double>(c.gradient[i]) * added;
        squares += added * added;
      }
      if (squares == 0) continue;  // nothing was added: no point of a curve over ε
      c.values->run(moved);
      r.epsilon.push_back(std::sqrt(squares));
      r.remainder.push_back(static_cast<double>(std::abs(c.values->value() - here - slope)));
    }
    r.floor = noise_floor(r.epsilon, r.remainder, floor_points, least_floor(c));
    return r;
  }

  /// 4u(Σ|terms of L| + |w·g|).
  double least_floor(const candidate<T>& c) const {
    double along = 0;
    for (std::size_t i = 0; i < c.gradient.size(); ++i)
      along += static_cast<double>(at_.in.x[i]) * static_cast<double>(c.gradient[i]);
    return 2 * static_cast<double>(std::numeric_limits<T>::epsilon()) * (value_scale_ + std::abs(along));
  }

  void record(const candidate<T>& c, int direction, const char* precision, const curve& r) {
    const slope_fit fit = fit_slope(r.epsilon, r.remainder, r.floor, c.admissible);
    json row = c.about;
    row["order"] = c.order;
    row["direction"] = direction;
    row["precision"] = precision;
    put(row, "epsilon", r.epsilon);
    put(row, "remainder", r.remainder);
    row["slope"] = fit.slope ? json(*fit.slope) : json(nullptr);
    put(row, "floor", r.floor);
    row["useful_from"] = fit.useful ? json(fit.useful->from) : json(nullptr);
    row["useful_to"] = fit.useful ? json(fit.useful->to) : json(nullptr);
    row["turns_at"] = r.turn ? finite_or_null(*r.turn) : json(nullptr);
    row["verdict"] = fit.verdict;
    judge_row(row, precision);
    found_.remainders.push_back(std::move(row));
  }

  /// In quad nothing but the gradient can spoil the slope.
  void judge_row(const json& row, std::string_view precision) {
    if (precision != "quad") return;
    const bool wrong = row["verdict"] == "wrong", control = row["method"] == "control";
    if (wrong != control)
      found_.complaints.push_back(std::string(control ? "the remainder test did not notice a wrong gradient: "
                                                      : "the remainder shrinks with slope 1: ") +
                                  shard_.file_stem() + "/" + row["method"].get<std::string>() +
                                  "/n:" + row["n"].dump() + ", slope " + row["slope"].dump());
  }

  const shard& shard_;
  const run_context& run_;
  findings& found_;
  target<T> at_;
  std::vector<double> epsilon_;
  std::vector<evaluation<T>> evaluations_;
  std::vector<candidate<T>> candidates_;
  double value_scale_ = 0;
};

}  // namespace

void add_remainders(const shard& s, const run_context& run, findings& found) {
  for (const std::size_t n : s.curve_dims)
    with_memory(found, s, n, remainder_part, [&] {
      if (s.dtype == "f32")
        remainder_test<float>(s, n, run, found).all();
      else
        remainder_test<double>(s, n, run, found).all();
    });
}

}  // namespace gradlane::bench
