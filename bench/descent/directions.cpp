// The steepest direction: of all steps εv of one length, the one along −∇L lowers L most.
//
// With θ the angle between v and ∇L,   L(w+εv) − L(w) = ε‖∇L‖cos θ + R(v),   |R| ≤ r.
// Let the lowest value be at θ*. It is no higher than that at θ = π, so with δ = |θ* − π|
//   −ε‖∇L‖cos δ − r ≤ −ε‖∇L‖ + r,   hence   1 − cos δ ≤ 2r/(ε‖∇L‖):
// the minimum lies at π within that angle, plus what the directions tried are apart, plus the angle by which the method's
// gradient, which the directions are counted from, may be off. r is measured with the exact gradient, on the same
// directions: it holds the curvature and the rounding of L. Unless ε is given it is halved from 1/16 until that angle is
// small (or rounding takes over), so that "control", the exact gradient turned by 20°, is found out. Otherwise the test
// has no teeth, and its rows say so.
//
// In dimension 2 the directions are all the way round, every 2°. Above, they lie in the planes through the gradient and a
// direction across it: to and from the exact gradient, where an error would show, and four random ones.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "common/selection.hpp"
#include "descent/parts.hpp"
#include "oracle/inputs.hpp"

namespace gradlane::bench {

namespace {

constexpr const char* direction_part = "directions";
constexpr double pi = std::numbers::pi, degree = pi / 180;
constexpr double spacing = 2 * degree, control_turn = 20 * degree, wanted_bound = 4 * degree;
constexpr int random_planes = 4;

using vector = std::vector<double>;

double dot(const vector& a, const vector& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

/// The part of v across the unit vector u, of length 1; nothing where v is along u.
std::optional<vector> across(vector v, const vector& u) {
  const double length = std::sqrt(dot(v, v)), along = dot(v, u);
  for (std::size_t k = 0; k < v.size(); ++k) v[k] -= along * u[k];
  const double left = std::sqrt(dot(v, v));
  if (!(left > 1e-12 * length)) return std::nullopt;
  for (double& vk : v) vk /= left;
  const double again = dot(v, u);  // a small part of a long vector is across only roughly
  for (std::size_t k = 0; k < v.size(); ++k) v[k] -= again * u[k];
  return v;
}

struct fan {
  vector theta;
  std::vector<vector> v;  ///< unit vectors at those angles
};

/// Directions around a gradient of that direction.
fan directions_around(const vector& unit, const vector& exact, std::uint64_t seed) {
  std::vector<vector> sides;
  double turn = pi;
  if (unit.size() == 2) {
    sides.push_back({-unit[1], unit[0]});
    turn = 2 * pi - spacing;
  } else {
    if (auto towards = across(exact, unit)) {
      sides.push_back(*towards);
      for (double& t : *towards) t = -t;
      sides.push_back(*towards);
    }
    for (int k = 0; k < random_planes; ++k)
      if (const auto side = across(unit_direction(unit.size(), seed, "plane " + std::to_string(k)), unit))
        sides.push_back(*side);
  }
  fan all;
  const int steps = static_cast<int>(std::lround(turn / spacing));
  for (const vector& side : sides)
    for (int k = 0; k <= steps; ++k) {
      const double theta = k * spacing;
      vector v(unit.size());
      for (std::size_t c = 0; c < v.size(); ++c) v[c] = std::cos(theta) * unit[c] + std::sin(theta) * side[c];
      all.theta.push_back(theta);
      all.v.push_back(std::move(v));
    }
  if (unit.size() == 1) all = {{0, pi}, {unit, {-unit[0]}}};
  return all;
}

template <class T>
class direction_test {
 public:
  direction_test(const shard& s, std::size_t n, const run_context& run, findings& found)
      : shard_(s),
        run_(run),
        found_(found),
        at_(*s.problem, n, run.given.seed, true),
        w_(start_of<T>(n, run)),
        oracle_(make_oracle<T>(at_.problem, w_.data(), n, at_.arrays)) {
    for (std::size_t k = 0; k < n; ++k) exact_.push_back(oracle_->component(k));
    norm_ = std::sqrt(dot(exact_, exact_));
  }

  void all() {
    const std::vector<implementation> methods = one_lane_a_method(shard_.implementations);
    for (const implementation& i : methods) {
      json about = case_row(i, at_.n, 1, 1);
      run_.starts(i.name() + ": steepest direction");
      with_reasons(found_, about, direction_part, [&] { examine(i, std::move(about)); });
    }
  }

 private:
  void examine(const implementation& i, json about) {
    gradient_check check;
    if (!is_sound<T>(i, at_, *oracle_, w_, run_, about, direction_part, found_, check)) return;
    if (norm_ == 0) return found_.leave_out(about, direction_part, "the gradient is 0: no direction is steepest");
    slope<T> f(i, at_, step_of(i, run_.given));
    if (!radius_) choose_epsilon(f);
    about["order"] = i.entry().order;
    std::vector<T> g(at_.n);
    f.value_and_gradient(w_.data(), g.data());
    const double off = std::asin(std::min(1.0, check.tolerance));
    follow(f, {g.begin(), g.end()}, check, check.has_digits() ? off : pi, about);
    if (!controlled_) follow_control(f, about);
  }

  /// L(w+εv) − L(w) over the fan, with the ε really added.
  vector differences(slope<T>& f, const fan& around, double epsilon) {
    const double here = f.value(w_.data());
    vector found;
    std::vector<T> moved(w_.size());
    for (const vector& v : around.v) {
      for (std::size_t k = 0; k < w_.size(); ++k)
        moved[k] = static_cast<T>(static_cast<double>(w_[k]) + epsilon * v[k]);
      found.push_back(f.value(moved.data()) - here);
    }
    return found;
  }

  double remainder_around_exact(slope<T>& f, double epsilon) {
    const fan around = directions_around(unit(exact_), exact_, run_.given.seed);
    const vector found = differences(f, around, epsilon);
    double largest = 0;
    for (std::size_t k = 0; k < found.size(); ++k)
      largest = std::max(largest, std::abs(found[k] - epsilon * dot(exact_, around.v[k])));
    return largest;
  }

  double bound(double epsilon, double radius) const {
    return std::acos(std::clamp(1 - 2 * radius / (epsilon * norm_), -1.0, 1.0));
  }

  void choose_epsilon(slope<T>& f) {
    epsilon_ = run_.own.epsilon.value_or(0x1p-4);
    radius_ = remainder_around_exact(f, epsilon_);
    if (run_.own.epsilon) return;
    const double least = std::sqrt(static_cast<double>(std::numeric_limits<T>::epsilon()));
    while (bound(epsilon_, *radius_) > wanted_bound && epsilon_ / 2 > least) {
      const double radius = remainder_around_exact(f, epsilon_ / 2);
      if (bound(epsilon_ / 2, radius) > bound(epsilon_, *radius_)) break;  // rounding has taken over
      epsilon_ /= 2, radius_ = radius;
    }
  }

  static vector unit(vector v) {
    const double length = std::sqrt(dot(v, v));
    for (double& vk : v) vk /= length;
    return v;
  }

  /// The exact gradient, turned.
  void follow_control(slope<T>& f, json about) {
    controlled_ = true;
    if (at_.n < 2) return;
    const vector u = unit(exact_);
    const auto side = across(unit_direction(at_.n, run_.given.seed, "control"), u);
    vector turned(at_.n);
    for (std::size_t k = 0; k < at_.n; ++k)
      turned[k] = norm_ * (std::cos(control_turn) * u[k] + std::sin(control_turn) * (*side)[k]);
    about["method"] = "control";
    about["order"] = 0;
    follow(f, turned, {verdict::wrong, 0, 0, 0}, 0, about);
  }

  void follow(slope<T>& f, const vector& gradient, const gradient_check& check, double may_be_off, json row) {
    const double length = std::sqrt(dot(gradient, gradient));
    if (length == 0) return found_.leave_out(row, direction_part, "its gradient is 0: it names no direction");
    const fan around = directions_around(unit(gradient), exact_, run_.given.seed);
    const vector found = differences(f, around, epsilon_);
    const auto lowest = static_cast<std::size_t>(std::min_element(found.begin(), found.end()) - found.begin());
    vector remainder;
    double largest = 0;
    for (std::size_t k = 0; k < found.size(); ++k) {
      remainder.push_back(found[k] - epsilon_ * length * std::cos(around.theta[k]));
      largest = std::max(largest, std::abs(remainder.back()));
    }
    const double from_pi = std::abs(around.theta[lowest] - pi);
    const double allowed = bound(epsilon_, *radius_) + spacing + may_be_off;
    const bool toothless = allowed - may_be_off >= control_turn;
    row["verdict"] = toothless                            ? "no teeth"
                     : check.result == verdict::no_digits ? "no digits"
                     : from_pi <= allowed                 ? "ok"
                                                          : "wrong";
    row["epsilon"] = epsilon_;
    row["gradient_norm"] = length;
    put(row, "largest_remainder", largest);
    row["directions"] = found.size();
    row["lowest_at"] = around.theta[lowest];
    row["from_pi"] = from_pi;
    row["allowed"] = std::min(allowed, pi);
    put(row, "theta", around.theta);
    put(row, "difference", found);
    put(row, "remainder", remainder);
    judge_row(row);
    found_.directions.push_back(std::move(row));
  }

  void judge_row(const json& row) {
    const bool wrong = row["verdict"] == "wrong", control = row["method"] == "control";
    if (row["verdict"] == "no teeth" || wrong == control) return;
    found_.complaints.push_back(std::string(control ? "a gradient that was turned was not noticed: "
                                                    : "the lowest value is not opposite to the gradient: ") +
                                shard_.file_stem() + "/" + row["method"].get<std::string>() + "/n:" + row["n"].dump() +
                                ", " + std::to_string(row["from_pi"].get<double>() / degree) + "° from it, allowed " +
                                std::to_string(row["allowed"].get<double>() / degree) + "°");
  }

  const shard& shard_;
  const run_context& run_;
  findings& found_;
  landscape<T> at_;
  std::vector<T> w_;
  std::unique_ptr<oracle_of<T>> oracle_;
  vector exact_;
  double norm_ = 0, epsilon_ = 0;
  std::optional<double> radius_;  ///< r, once ε is chosen
  bool controlled_ = false;
};

}  // namespace

void add_directions(const shard& s, const run_context& run, findings& found) {
  for (const std::size_t n : s.direction_dims)
    if (s.dtype == "f32")
      direction_test<float>(s, n, run, found).all();
    else
      direction_test<double>(s, n, run, found).all();
}

}  // namespace gradlane::bench
