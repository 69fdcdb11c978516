// Many starts at once on `points` lanes, each with a step of its own and ending on its own.
//
// A round is one call: value and gradient at every start's trial point w − ηg. Where Armijo's condition holds the start
// moves there, its gradient is known already and its step doubles; elsewhere its step is halved. So no start waits for
// another's line search. One that has ended gives its column to the last that has not; when half of the columns are idle
// the plan is prepared anew for those that are left.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "common/clock.hpp"
#include "descent/descend.hpp"
#include "descent/parts.hpp"
#include "descent/vectors.hpp"

namespace gradlane::bench {

/// How one start ended.
struct ending {
  stop_reason why = stop_reason::iterations;
  std::size_t iterations = 0;
  double loss = 0;
};

/// x[i * stride + p], with room to move columns about.
template <class T>
struct columns {
  std::size_t n, stride;
  std::vector<T> x;
  columns(std::size_t inputs, std::size_t points) : n(inputs), stride(points), x(inputs * points) {}
  T* row(std::size_t i) { return x.data() + i * stride; }
  void copy(std::size_t from, std::size_t to) {
    for (std::size_t i = 0; i < n; ++i) row(i)[to] = row(i)[from];
  }
  columns narrowed(std::size_t points) const {
    columns kept(n, points);
    for (std::size_t i = 0; i < n; ++i)
      std::copy_n(x.data() + i * stride, std::min(points, stride), kept.x.data() + i * points);
    return kept;
  }
};

/// Columns that a plan keeps at least: fewer are not worth another.
inline constexpr std::size_t least_columns = 16;

template <class T>
class multistart {
 public:
  multistart(const implementation& i, const landscape<T>& at, columns<T> start, const run_context& run)
      : implementation_(i),
        at_(at),
        step_(step_of(i, run.given)),
        shrunk_(run.own.tolerance.value_or(sizeof(T) == sizeof(float) ? 1e-3 : 1e-4)),
        most_(run.own.iterations),
        running_(start.stride),
        w_(start),
        g_(start.n, start.stride),
        trial_(std::move(start)),
        trial_g_(g_),
        value_(running_),
        rate_(running_, static_cast<T>(run.own.rate.value_or(1))),
        state_(running_),
        squares_(running_),
        term_(running_),
        accepted_(running_),
        plan_(i, at.shape(running_, step_)) {
    for (std::size_t p = 0; p < running_; ++p) state_[p].id = p;
    endings.resize(running_);
  }

  void run() {
    seconds = seconds_of([&] {
      while (running_ > 0) {
        still_running.push_back(running_);
        evaluations += value_.size();
        round();
      }
    });
  }

  std::vector<ending> endings;             ///< by start
  std::vector<std::size_t> still_running;  ///< by round
  std::size_t evaluations = 0;             ///< of value and gradient at a point, idle columns among them
  double seconds = 0;

 private:
  struct of_start {
    std::size_t id = 0, iterations = 0;
    double loss = 0, squares = 0, enough = -1;  ///< ‖g‖², and the ‖g‖ that ends it: known after the first round
  };

  void round() {
    plan_.evaluate(trial_.x.data(), value_.data(), trial_g_.x.data());
    add_terms_and_squares();
    std::vector<std::pair<std::size_t, stop_reason>> ended;
    for (std::size_t p = 0; p < running_; ++p) judge(p, ended);
    for (std::size_t i = 0; i < at_.n; ++i)
      advance(w_.row(i), g_.row(i), trial_.row(i), trial_g_.row(i), rate_.data(), accepted_.data(), running_);
    for (std::size_t p = 0; p < running_; ++p)
      if (!accepted_[p] && !moves(p)) ended.emplace_back(p, stop_reason::line_search);
    std::sort(ended.begin(), ended.end());
    for (auto e = ended.rbegin(); e != ended.rend(); ++e) retire(e->first, e->second);
    if (running_ > 0 && running_ <= value_.size() / 2 && value_.size() > least_columns) narrow();
  }

  void add_terms_and_squares() {
    std::fill_n(squares_.begin(), running_, 0);
    std::fill_n(term_.begin(), running_, 0);
    for (std::size_t i = 0; i < at_.n; ++i) {
      if (at_.lambda != 0) {
        add_squares(term_.data(), trial_.row(i), running_);
        add_scaled(trial_g_.row(i), trial_.row(i), static_cast<T>(2 * at_.lambda), running_);
      }
      add_squares(squares_.data(), trial_g_.row(i), running_);
    }
  }

  /// Whether start p moves to its trial point, and whether it has ended there.
  void judge(std::size_t p, std::vector<std::pair<std::size_t, stop_reason>>& ended) {
    of_start& s = state_[p];
    const double loss = value_[p] + at_.lambda * term_[p];
    const bool first = s.enough < 0;
    accepted_[p] = first || is_lower(loss, s.loss, static_cast<double>(rate_[p]) * s.squares);
    if (!accepted_[p]) {
      rate_[p] /= 2;
      return;
    }
    s.loss = loss;
    s.squares = squares_[p];
    const double norm = std::sqrt(s.squares);
    if (first)
      s.enough = shrunk_ * norm;
    else
      ++s.iterations, rate_[p] *= 2;
    if (!std::isfinite(loss) || !std::isfinite(norm))
      ended.emplace_back(p, stop_reason::not_finite);
    else if (norm <= s.enough)
      ended.emplace_back(p, stop_reason::gradient);
    else if (s.iterations >= most_)
      ended.emplace_back(p, stop_reason::iterations);
  }

  bool moves(std::size_t p) {
    for (std::size_t i = 0; i < at_.n; ++i)
      if (trial_.row(i)[p] != w_.row(i)[p]) return true;
    return false;
  }

  void retire(std::size_t p, stop_reason why) {
    endings[state_[p].id] = {why, state_[p].iterations, state_[p].loss};
    const std::size_t last = --running_;
    state_[p] = state_[last];
    rate_[p] = rate_[last];
    for (columns<T>* c : {&w_, &g_, &trial_}) c->copy(last, p);
  }

  void narrow() {
    const std::size_t points = std::max(running_, least_columns);
    for (columns<T>* c : {&w_, &g_, &trial_}) *c = c->narrowed(points);
    trial_g_ = columns<T>(at_.n, points);
    value_.resize(points);
    plan_ = plan(implementation_, at_.shape(points, step_));
  }

  implementation implementation_;
  const landscape<T>& at_;
  double step_, shrunk_;
  std::size_t most_;
  std::size_t running_;
  columns<T> w_, g_, trial_, trial_g_;
  std::vector<T> value_, rate_;
  std::vector<of_start> state_;
  std::vector<double> squares_, term_;  ///< of the trial points: ‖g‖² and, for the term, ‖w‖²
  std::vector<unsigned char> accepted_;
  plan plan_;
};

}  // namespace gradlane::bench
