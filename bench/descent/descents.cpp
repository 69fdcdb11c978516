// Descent with every method's gradient from the same start: loss and gradient against iteration and against time. Exact
// gradients are followed by Newton's method too, where their module has products of the Hessian with a direction.
//
// A descent is a function of its start, so it is followed several times: once to keep its iterates, under the time limit;
// then as often as needed for a time, to the same iteration, with nothing but the clock read at a few of them. What is
// exact about an iterate (loss and ‖∇L‖ in quad) is computed afterwards, and no part of any time.
//
// The fixed step is half of the smallest that backtracking takes with the first exact method: that one held for the
// steepest direction met on the way. All methods of a problem and n get the same.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "common/clock.hpp"
#include "descent/descent_row.hpp"
#include "descent/newton.hpp"
#include "descent/parts.hpp"

namespace gradlane::bench {

namespace {

constexpr const char* descent_part = "descents";
/// Quad multiply-adds of a value up to which iterates are looked at exactly: a millisecond each.
constexpr double most_exact_work = 0x1p14;
constexpr int least_passes = 3, most_passes = 20;

template <class T>
class descent_test {
 public:
  descent_test(const shard& s, std::size_t n, const run_context& run, findings& found)
      : shard_(s),
        run_(run),
        found_(found),
        at_(*s.problem, n, run.given.seed, false, run.own.lambda),
        start_(start_of<T>(n, run)),
        exactly_(value_work(*s.problem, n) <= most_exact_work),
        oracle_(make_oracle<T>(at_.problem, start_.data(), n, at_.arrays)) {}

  void all() {
    for (const implementation& i : fastest_lanes()) {
      for (const step_rule rule : {step_rule::fixed, step_rule::backtracking, step_rule::newton}) {
        if (rule == step_rule::newton && !can_bend(i)) continue;
        run_.starts(i.name() + "/n:" + std::to_string(at_.n) + ": descent");
        with_reasons(found_, about(i), descent_part, [&] { follow(i, rule); });
      }
    }
    // By rule, since with several minima the two may end at different ones.
    std::map<step_rule, double> least;
    for (const followed<T>& f : ways_) {
      double& of_rule = least.try_emplace(f.rule, std::numeric_limits<double>::infinity()).first->second;
      for (const double loss : f.loss)
        if (loss < of_rule) of_rule = loss;  // false for NaN
    }
    for (const followed<T>& f : ways_) found_.descents.push_back(descent_row(f, at_, least.at(f.rule)));
  }

 private:
  json about(const implementation& i) const { return case_row(i, at_.n, 1, 1); }

  /// Of each method the lanes on which one call is fastest here, sound ones only. A call that alone outlasts the limit is
  /// left out.
  std::vector<implementation> fastest_lanes() {
    std::map<std::pair<std::string, std::string>, std::pair<double, implementation>> best;
    for (const implementation& i : shard_.implementations) {
      if (i.has(GRADLANE_POINTS)) continue;
      with_reasons(found_, about(i), descent_part, [&] {
        const double call = seconds_of_a_call(i);
        if (call > run_.own.case_seconds)
          return found_.leave_out(about(i), descent_part, "a call takes " + std::to_string(call) + " s");
        const auto [at, inserted] =
            best.try_emplace({std::string(i.backend()), std::string(i.method())}, std::pair{call, i});
        if (!inserted && call < at->second.first) at->second = {call, i};
      });
    }
    std::vector<implementation> chosen;
    for (const auto& [key, found] : best) {
      const implementation& i = found.second;
      gradient_check check;
      if (!is_sound<T>(i, at_, *oracle_, start_, run_, about(i), descent_part, found_, check)) continue;
      check_.emplace(i.name(), check);
      chosen.push_back(i);
    }
    return chosen;
  }

  double seconds_of_a_call(const implementation& i) {
    slope<T> f(i, at_, step_of(i, run_.given));
    std::vector<T> g(at_.n);
    double least = std::numeric_limits<double>::infinity();
    for (int k = 0; k < 5 && (k == 0 || least < run_.own.case_seconds / 10); ++k) {
      least = std::min(least, seconds_of([&] { f.value_and_gradient(start_.data(), g.data()); }));
    }
    return least;
  }

  /// Whether Newton's method can be followed: with an exact gradient, and second derivatives beside it.
  bool can_bend(const implementation& i) {
    if (i.entry().order > 0) return false;
    if (curvature_beside(i)) return true;
    const std::string why = "no Newton's method: " + std::string(i.backend()) +
                            " has no products of the Hessian with one direction, of this problem in " +
                            std::string(i.dtype());
    found_.leave_out(about(i), descent_part, why);
    return false;
  }

  stops limits(const implementation& i) {
    const double shrunk = run_.own.tolerance.value_or(16 * static_cast<double>(std::numeric_limits<T>::epsilon()));
    std::vector<T> g(at_.n);
    slope<T>(i, at_, step_of(i, run_.given)).value_and_gradient(start_.data(), g.data());
    return {shrunk * std::sqrt(squared_norm(g.data(), at_.n)), run_.own.iterations, run_.own.case_seconds};
  }

  /// η for all methods, found when the first of them is followed.
  double fixed_rate() {
    if (run_.own.rate) return *run_.own.rate;
    if (fixed_rate_ > 0) return fixed_rate_;
    const implementation* guide = nullptr;
    for (const implementation& i : shard_.implementations)
      if (guide == nullptr || (guide->entry().order > 0 && i.entry().order == 0))
        if (check_.count(i.name())) guide = &i;
    slope<T> f(*guide, at_, step_of(*guide, run_.given));
    std::vector<T> w = start_;
    const descent_end end = descend(f, w, step_rule::backtracking, 1, limits(*guide), [](auto&&...) {});
    return fixed_rate_ = end.least_rate / 2;
  }

  /// What goes a way: the slope, and for Newton's method the curvature.
  struct walker {
    slope<T> f;
    std::optional<hessian<T>> bend;
    walker(const followed<T>& way, const landscape<T>& at, double step) : f(way.method, at, step) {
      if (way.rule == step_rule::newton) bend.emplace(curvature_beside(way.method).value(), at);
    }
    template <class Seen>
    descent_end walk(std::vector<T>& w, const followed<T>& way, const stops& stop, Seen&& seen) {
      if (bend) return descend_by_newton(f, *bend, w, stop, seen);
      return descend(f, w, way.rule, way.rate, stop, seen);
    }
  };

  void follow(const implementation& i, step_rule rule) {
    followed<T> way{i, rule};
    way.rate = rule == step_rule::fixed ? fixed_rate() : rule == step_rule::newton ? 1 : run_.own.rate.value_or(1);
    way.check = check_.at(i.name());
    stops stop = limits(i);
    std::vector<std::vector<T>> iterates;
    std::vector<T> w = start_;
    walker by(way, at_, step_of(i, run_.given));
    way.end = by.walk(w, way, stop, [&](std::size_t, const std::vector<T>& at, double loss, double norm) {
      way.loss.push_back(loss);
      way.norm.push_back(norm);
      if (exactly_) iterates.push_back(at);
    });
    way.gradient_calls = by.f.gradient_calls();
    way.value_calls = by.f.value_calls();
    way.product_calls = by.bend ? by.bend->calls() : 0;
    way.iteration = kept_iterations(way.end.iterations);
    if (exactly_) {
      for (const std::size_t k : way.iteration) way.kept.push_back(std::move(iterates[k]));
      way.error_at_end = gradient_error_at<T>(i, at_, way.kept.back(), step_of(i, run_.given));
    }
    stop.iterations = way.end.iterations;
    stop.seconds = std::numeric_limits<double>::infinity();
    measure(way, stop);
    ways_.push_back(std::move(way));
  }

  /// The fastest of several passes: whatever else runs makes one slower, nothing makes it faster.
  void measure(followed<T>& way, const stops& stop) {
    const steady::time_point begin = steady::now();
    walker by(way, at_, step_of(way.method, run_.given));
    for (int pass = 0; pass < most_passes; ++pass) {
      if (pass > 0 && seconds_since(begin) > run_.own.case_seconds) return;
      if (pass >= least_passes && seconds_since(begin) > run_.own.case_seconds / 4) return;
      std::vector<T> w = start_;
      std::vector<double> seconds;
      seconds.reserve(way.iteration.size());
      const std::size_t* next = way.iteration.data();
      const std::size_t* const last = next + way.iteration.size();
      const steady::time_point start = steady::now();
      by.walk(w, way, stop, [&](std::size_t k, auto&&...) {
        if (next == last || k != *next) return;
        seconds.push_back(seconds_since(start));
        ++next;
      });
      if (seconds.size() == way.iteration.size() && (way.seconds.empty() || seconds.back() < way.seconds.back()))
        way.seconds = std::move(seconds);
    }
  }

  const shard& shard_;
  const run_context& run_;
  findings& found_;
  landscape<T> at_;
  std::vector<T> start_;
  bool exactly_;
  std::unique_ptr<oracle_of<T>> oracle_;         ///< at the start
  std::map<std::string, gradient_check> check_;  ///< by name, of what is followed
  double fixed_rate_ = 0;
  std::vector<followed<T>> ways_;
};

}  // namespace

void add_descents(const shard& s, const run_context& run, findings& found) {
  if (!s.descends) return;
  for (const std::size_t n : s.descent_dims)
    if (s.dtype == "f32")
      descent_test<float>(s, n, run, found).all();
    else
      descent_test<double>(s, n, run, found).all();
}

}  // namespace gradlane::bench
