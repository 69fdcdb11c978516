// The first-order approximation L(w+m) ≈ L(w) + m·∇L(w), with each method's value and gradient, beside the true value.
//
// The chapter's own: L(x, y) = log(eˣ + eʸ) at (0, log 2), where it is log 3 and its gradient (1/3, 2/3), and the step
// m = (0.1, −0.2): log 3 + 0.1/3 − 0.4/3 = 0.998612…, while L(w+m) is 1.008918…
#include <array>
#include <cmath>

#include "common/results.hpp"
#include "common/selection.hpp"
#include "descent/parts.hpp"

namespace gradlane::bench {

namespace {

constexpr const char* approximation_part = "approximation";
constexpr std::string_view chapters_problem = "log_sum_exp";
constexpr std::array<double, 2> chapters_move{0.1, -0.2};

/// How far along the step, in its lengths, L is followed on both sides.
constexpr int most_lengths = 4, samples_a_length = 4;

template <class T>
void approximate(const implementation& i, const landscape<T>& at, const std::vector<T>& w,
                 const std::vector<double>& move, const run_context& run, json row, findings& found) {
  slope<T> f(i, at, step_of(i, run.given));
  std::vector<T> g(w.size()), moved(w.size());
  const double value = f.value_and_gradient(w.data(), g.data());
  const auto value_at = [&](double lengths) {
    for (std::size_t k = 0; k < w.size(); ++k) moved[k] = static_cast<T>(static_cast<double>(w[k]) + lengths * move[k]);
    return f.value(moved.data());
  };
  double along = 0;
  for (std::size_t k = 0; k < w.size(); ++k) along += static_cast<double>(g[k]) * move[k];
  std::vector<double> lengths, values;
  for (int k = -most_lengths * samples_a_length; k <= most_lengths * samples_a_length; ++k) {
    lengths.push_back(static_cast<double>(k) / samples_a_length);
    values.push_back(value_at(lengths.back()));
  }
  const double truth = value_at(1);
  row["at"] = all_digits({w.begin(), w.end()});
  row["move"] = all_digits(move);
  row["gradient"] = all_digits({g.begin(), g.end()});
  put(row, "value", value);
  put(row, "slope_along", along);
  put(row, "approximation", value + along);
  put(row, "moved_value", truth);
  put(row, "remainder", truth - (value + along));
  row["lengths"] = all_digits(lengths);
  row["values"] = all_digits(values);
  found.approximations.push_back(std::move(row));
}

template <class T>
void approximate_all(const shard& s, const run_context& run, findings& found) {
  std::vector<T> w;
  std::vector<double> move = run.own.move;
  if (run.own.start.empty()) {
    w = {T(0), static_cast<T>(std::log(2.0))};
    move.assign(chapters_move.begin(), chapters_move.end());
  } else {
    w = start_of<T>(run.own.start.size(), run);
  }
  const landscape<T> at(*s.problem, w.size(), run.given.seed, true);
  const std::unique_ptr<oracle_of<T>> oracle = make_oracle<T>(at.problem, w.data(), at.n, at.arrays);
  for (const implementation& i : one_lane_a_method(s.implementations)) {
    json about = case_row(i, w.size(), 1, 1);
    run.starts(i.name() + ": first-order approximation");
    with_reasons(found, about, approximation_part, [&] {
      gradient_check check;
      if (!is_sound<T>(i, at, *oracle, w, run, about, approximation_part, found, check)) return;
      about["order"] = i.entry().order;
      about["verdict"] = text(check.result);
      approximate<T>(i, at, w, move, run, about, found);
    });
  }
}

}  // namespace

void add_approximations(const shard& s, const run_context& run, findings& found) {
  // The chapter's example is one of one problem; elsewhere the user says where.
  if (run.own.start.empty() ? s.problem->name != chapters_problem : run.own.move.empty()) return;
  s.dtype == "f32" ? approximate_all<float>(s, run, found) : approximate_all<double>(s, run, found);
}

}  // namespace gradlane::bench
