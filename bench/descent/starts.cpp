// Many starts at once on `points` lanes, each with a step of its own and ending on its own.
//
// A round is one call: value and gradient at every start's trial point w − ηg. Where Armijo's condition holds the start
// moves there, its gradient is known already and its step doubles; elsewhere its step is halved. So no start waits for
// another's line search. One that has ended gives its column to the last that has not; when half of the columns are idle
// the plan is prepared anew for those that are left.
//
// What a start does is no business of its neighbours: followed alone, by the same implementation, it takes the same
// number of steps to the same loss, to the last bit. A few are, and are counted ("same_alone").
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include "common/results.hpp"
#include "descent/descend.hpp"
#include "descent/parts.hpp"

namespace gradlane::bench {

namespace {

constexpr const char* starts_part = "starts";
constexpr std::size_t least_columns = 16, followed_alone = 32, minima_listed = 12;

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

template <class T>
class multistart {
 public:
  multistart(const implementation& i, const landscape<T>& at, columns<T> start, const run_context& run)
      : implementation_(i),
        at_(at),
        step_(step_of(i, run.given)),
        shrunk_(run.own.tolerance.value_or(sizeof(T) == sizeof(float) ? 1e-3 : 1e-6)),
        most_(run.own.iterations),
        first_rate_(run.own.rate.value_or(1)),
        running_(start.stride),
        w_(start),
        g_(start.n, start.stride),
        trial_(std::move(start)),
        trial_g_(g_),
        value_(running_),
        state_(running_),
        accepted_(running_),
        plan_(i, at.shape(running_, step_)) {
    for (std::size_t p = 0; p < running_; ++p) state_[p].id = p;
    endings.resize(running_);
  }

  void run() {
    const auto start = std::chrono::steady_clock::now();
    while (running_ > 0) {
      still_running.push_back(running_);
      evaluations += value_.size();
      round();
    }
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  std::vector<ending> endings;             ///< by start
  std::vector<std::size_t> still_running;  ///< by round
  std::size_t evaluations = 0;             ///< of value and gradient at a point, idle columns among them
  double seconds = 0;

 private:
  struct of_start {
    std::size_t id = 0, iterations = 0;
    double loss = std::numeric_limits<double>::infinity(), squares = 0, rate = 0, enough = -1;
  };

  void round() {
    plan_.evaluate(trial_.x.data(), value_.data(), trial_g_.x.data());
    add_term();
    std::vector<std::pair<std::size_t, stop_reason>> ended;
    for (std::size_t p = 0; p < running_; ++p) judge(p, ended);
    move();
    for (std::size_t p = 0; p < running_; ++p)
      if (!accepted_[p] && !moves(p)) ended.emplace_back(p, stop_reason::line_search);
    std::sort(ended.begin(), ended.end());
    for (auto e = ended.rbegin(); e != ended.rend(); ++e) retire(e->first, e->second);
    if (running_ > 0 && running_ <= value_.size() / 2 && value_.size() > least_columns) narrow();
  }

  void add_term() {
    squares_.assign(running_, 0);
    if (at_.lambda != 0)
      for (std::size_t i = 0; i < at_.n; ++i)
        for (std::size_t p = 0; p < running_; ++p) {
          const T wi = trial_.row(i)[p];
          trial_g_.row(i)[p] += static_cast<T>(2 * at_.lambda) * wi;
          squares_[p] += static_cast<double>(wi) * static_cast<double>(wi);
        }
  }

  /// Whether start p moves to its trial point, and whether it has ended there.
  void judge(std::size_t p, std::vector<std::pair<std::size_t, stop_reason>>& ended) {
    of_start& s = state_[p];
    const double loss = value_[p] + at_.lambda * squares_[p];
    const bool first = s.enough < 0;
    accepted_[p] = first || loss <= s.loss - armijo * s.rate * s.squares;
    if (!accepted_[p]) {
      s.rate /= 2;
      return;
    }
    s.loss = loss;
    s.squares = 0;
    for (std::size_t i = 0; i < at_.n; ++i) {
      const double gi = trial_g_.row(i)[p];
      s.squares += gi * gi;
    }
    const double norm = std::sqrt(s.squares);
    if (first)
      s.enough = shrunk_ * norm, s.rate = first_rate_;
    else
      ++s.iterations, s.rate *= 2;
    if (!std::isfinite(loss) || !std::isfinite(norm))
      ended.emplace_back(p, stop_reason::not_finite);
    else if (norm <= s.enough)
      ended.emplace_back(p, stop_reason::gradient);
    else if (s.iterations >= most_)
      ended.emplace_back(p, stop_reason::iterations);
  }

  /// Where a trial was accepted it becomes w; everywhere the next one is w − ηg.
  void move() {
    for (std::size_t i = 0; i < at_.n; ++i) {
      T *w = w_.row(i), *g = g_.row(i), *trial = trial_.row(i), *trial_g = trial_g_.row(i);
      for (std::size_t p = 0; p < running_; ++p) {
        w[p] = accepted_[p] ? trial[p] : w[p];
        g[p] = accepted_[p] ? trial_g[p] : g[p];
        trial[p] = w[p] - static_cast<T>(state_[p].rate) * g[p];
      }
    }
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
  double first_rate_;
  std::size_t running_;
  columns<T> w_, g_, trial_, trial_g_;
  std::vector<T> value_;
  std::vector<double> squares_;
  std::vector<of_start> state_;
  std::vector<char> accepted_;
  plan plan_;
};

/// Every loss that some start ended at, with how many ended there: those within a thousandth of each other are one.
json minima_of(const std::vector<ending>& endings, std::size_t& others) {
  std::vector<double> losses;
  for (const ending& e : endings)
    if (e.why == stop_reason::gradient || e.why == stop_reason::line_search) losses.push_back(e.loss);
  std::sort(losses.begin(), losses.end());
  std::vector<std::pair<double, std::size_t>> groups;
  for (const double loss : losses) {
    const bool same = !groups.empty() && loss - groups.back().first <= 1e-3 * std::max(1.0, std::abs(loss));
    if (same)
      ++groups.back().second;
    else
      groups.emplace_back(loss, 1);
  }
  std::stable_sort(groups.begin(), groups.end(), [](auto& a, auto& b) { return a.second > b.second; });
  others = 0;
  for (std::size_t k = minima_listed; k < groups.size(); ++k) others += groups[k].second;
  groups.resize(std::min(groups.size(), minima_listed));
  json list = json::array();
  for (const auto& [loss, count] : groups) list.push_back({{"loss", loss}, {"starts", count}});
  return list;
}

template <class T>
class starts_test {
 public:
  starts_test(const shard& s, std::size_t n, const run_context& run, findings& found)
      : shard_(s),
        run_(run),
        found_(found),
        at_(*s.problem, n, run.given.seed, false, run.own.lambda),
        start_(n, run.given.points.empty() ? default_starts : run.given.points.front()) {
    draw_points(start_.x.data(), n, start_.stride, start_.stride, run.given.seed);
    for (T& xi : start_.x) xi *= static_cast<T>(start_range);
  }

  void all() {
    for (const implementation& i : shard_.implementations) {
      if (!i.has(GRADLANE_POINTS)) continue;
      json about = case_row(i, at_.n, start_.stride, 1);
      run_.starts(i.name() + ": many starts");
      with_reasons(found_, about, starts_part, [&] {
        gradient_check check;
        if (!is_sound<T>(i, at_, start_of<T>(at_.n, run_), run_, about, starts_part, found_, check)) return;
        about["order"] = i.entry().order;
        about["verdict"] = text(check.result);
        examine(i, about);
      });
    }
  }

 private:
  columns<T> alone(std::size_t p) {
    columns<T> one(at_.n, 1);
    for (std::size_t i = 0; i < at_.n; ++i) one.x[i] = start_.row(i)[p];
    return one;
  }

  void examine(const implementation& i, json row) {
    multistart<T> together(i, at_, start_, run_);
    together.run();
    row["lambda"] = at_.lambda;
    for (const stop_reason why :
         {stop_reason::gradient, stop_reason::line_search, stop_reason::iterations, stop_reason::not_finite})
      row["ended"][std::string(text(why))] =
          std::count_if(together.endings.begin(), together.endings.end(), [&](auto& e) { return e.why == why; });
    std::size_t others = 0;
    row["minima"] = minima_of(together.endings, others);
    row["other_minima"] = others;
    std::size_t most = 0, sum = 0;
    for (const ending& e : together.endings) most = std::max(most, e.iterations), sum += e.iterations;
    row["most_iterations"] = most;
    row["mean_iterations"] = static_cast<double>(sum) / static_cast<double>(start_.stride);
    row["rounds"] = together.still_running.size();
    row["evaluations"] = together.evaluations;
    row["useful_evaluations"] =
        std::accumulate(together.still_running.begin(), together.still_running.end(), std::size_t{0});
    row["seconds"] = together.seconds;
    add_running(row, together.still_running);
    add_alone(i, row, together);
    found_.starts.push_back(std::move(row));
  }

  static void add_running(json& row, const std::vector<std::size_t>& running) {
    std::vector<std::size_t> rounds, counts;
    const std::size_t every = std::max<std::size_t>(1, running.size() / 100);
    for (std::size_t r = 0; r < running.size(); r += every) rounds.push_back(r), counts.push_back(running[r]);
    rounds.push_back(running.size());
    counts.push_back(0);
    row["round"] = rounds;
    row["running"] = counts;
  }

  /// A few starts one after another: by the same implementation, whose answers must be the same; and by the method on
  /// scalar lanes, for the time that lanes save.
  void add_alone(const implementation& i, json& row, const multistart<T>& together) {
    const std::size_t count = std::min(followed_alone, start_.stride);
    std::size_t same = 0;
    double on_scalar = 0;
    const implementation* scalar = nullptr;
    for (const implementation& other : shard_.implementations)
      if (other.lanes() == "scalar" && other.method() == i.method() && other.backend() == i.backend()) scalar = &other;
    for (std::size_t p = 0; p < count; ++p) {
      multistart<T> one(i, at_, alone(p), run_);
      one.run();
      const ending &a = one.endings.front(), &b = together.endings[p];
      same += a.iterations == b.iterations && a.why == b.why &&
              (a.loss == b.loss || (a.loss != a.loss && b.loss != b.loss));
      if (scalar == nullptr) continue;
      multistart<T> plain(*scalar, at_, alone(p), run_);
      plain.run();
      on_scalar += plain.seconds;
    }
    row["alone"] = count;
    row["same_alone"] = same;
    row["seconds_a_start"] = together.seconds / static_cast<double>(start_.stride);
    row["scalar_seconds_a_start"] = scalar ? json(on_scalar / static_cast<double>(count)) : json(nullptr);
    if (same != count)
      found_.complaints.push_back(i.name() + ": " + std::to_string(count - same) + " of " + std::to_string(count) +
                                  " starts end otherwise when they are followed alone");
  }

  const shard& shard_;
  const run_context& run_;
  findings& found_;
  landscape<T> at_;
  columns<T> start_;
};

}  // namespace

void add_starts(const shard& s, const run_context& run, findings& found) {
  if (!s.absent.empty()) return;
  for (const std::size_t n : s.start_dims)
    if (s.dtype == "f32")
      starts_test<float>(s, n, run, found).all();
    else
      starts_test<double>(s, n, run, found).all();
}

}  // namespace gradlane::bench
