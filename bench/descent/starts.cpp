// Many starts at once on `points` lanes (multistart.hpp): where they end, how long it takes, and whether a start minds its
// neighbours.
//
// What a start does is no business of its neighbours: followed alone, by the same implementation, it takes the same
// number of steps to the same loss, to the last bit. A few are, and are counted ("same_alone").
#include <algorithm>
#include <cmath>
#include <numeric>

#include "descent/multistart.hpp"
#include "descent/parts.hpp"

namespace gradlane::bench {

namespace {

constexpr const char* starts_part = "starts";
constexpr std::size_t followed_alone = 32, minima_listed = 12;

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
        start_(n, run.given.points.empty() ? default_starts : run.given.points.front()),
        point_(start_of<T>(n, run)),
        oracle_(make_oracle<T>(at_.problem, point_.data(), n, at_.arrays)) {
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
        if (!is_sound<T>(i, at_, *oracle_, point_, run_, about, starts_part, found_, check)) return;
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
  std::vector<T> point_;  ///< where gradients are checked
  std::unique_ptr<oracle_of<T>> oracle_;
};

}  // namespace

void add_starts(const shard& s, const run_context& run, findings& found) {
  if (!s.descends) return;
  for (const std::size_t n : s.start_dims)
    if (s.dtype == "f32")
      starts_test<float>(s, n, run, found).all();
    else
      starts_test<double>(s, n, run, found).all();
}

}  // namespace gradlane::bench
