// The gradient, and the value that comes with it, against the oracle.
#include <algorithm>
#include <map>
#include <string>

#include "accuracy/target.hpp"

namespace gradlane::bench {

namespace {

/// Predicts a call's time from a smaller n: methods that sweep once per component grow by one power faster.
class call_times {
 public:
  explicit call_times(const shard& s) : dense_(s.problem->facts.dense) {}

  void learn(const implementation& i, std::size_t n, double seconds) { known_[i.name()] = {n, seconds}; }
  bool knows(const implementation& i) const { return known_.count(i.name()) > 0; }
  double predict(const implementation& i, std::size_t n) const {
    const auto at = known_.find(i.name());
    if (at == known_.end()) return 0;
    const double growth = static_cast<double>(n) / static_cast<double>(at->second.n);
    return at->second.seconds * std::pow(growth, (dense_ ? 2 : 1) + (i.has(GRADLANE_SWEEPS) ? 1 : 0));
  }

 private:
  struct sample {
    std::size_t n;
    double seconds;
  };
  bool dense_;
  std::map<std::string, sample> known_;
};

/// The worst of the points compared.
struct summary {
  gradient_error worst;
  double value_relative = 0, tolerance = 0, predicted = 0;
  verdict result = verdict::ok;

  void add(const gradient_error& g, const value_error& value, const judgement& j) {
    const auto worse = [](double a, double b) { return std::isnan(a) || a > b ? a : b; };
    worst.relative = worse(g.relative, worst.relative);
    worst.max_ulp = worse(g.max_ulp, worst.max_ulp);
    worst.median_ulp = worse(g.median_ulp, worst.median_ulp);
    worst.scaled = worse(g.scaled, worst.scaled);
    worst.ulp_histogram.resize(std::max(worst.ulp_histogram.size(), g.ulp_histogram.size()));
    for (std::size_t k = 0; k < g.ulp_histogram.size(); ++k) worst.ulp_histogram[k] += g.ulp_histogram[k];
    worst.non_finite += g.non_finite;
    worst.checked += g.checked;
    value_relative = worse(value.relative, value_relative);
    tolerance = std::max(tolerance, j.tolerance);
    predicted = std::max(predicted, j.predicted);
    if (j.result == verdict::wrong || result == verdict::ok) result = j.result;
  }
};

template <class T>
class examination {
 public:
  examination(const shard& s, int threads, const run_context& run, findings& found)
      : shard_(s), threads_(threads), run_(run), found_(found), times_(s) {}

  void at(std::size_t n) {
    single_.reset();
    ensembles_.clear();
    const std::string excess = too_large(n);
    for (const implementation& i : shard_.implementations)
      for (const std::size_t points : points_of(i, run_.given)) {
        const json about = case_row(i, n, points, threads_);
        run_.starts(i.name() + "/n:" + std::to_string(n));
        with_reasons(found_, about, gradient_error_part, [&] {
          if (const std::string reason = excess.empty() ? why_not(i, n) : excess; !reason.empty())
            found_.leave_out(about, gradient_error_part, reason);
          else
            examine(i, n, points, about);
        });
      }
  }

 private:
  /// What is true of every implementation, but is told of each: a row that names no case is none.
  std::string too_large(std::size_t n) const {
    try {
      point_bytes(*shard_.problem, n, 1, sizeof(T));
      data_bytes(*shard_.problem, n, sizeof(T));
    } catch (const std::invalid_argument& e) {
      return e.what();
    }
    return "";
  }

  std::string why_not(const implementation& i, std::size_t n) {
    if (threads_ > 1 && !i.has(GRADLANE_THREADS)) return "does not split over threads";
    if (i.has(GRADLANE_POINTS) && n > most_inputs_for_points) return "an ensemble is one of small problems";
    if (const std::size_t most = i.entry().max_n; most > 0 && n > most) return "takes n up to " + std::to_string(most);
    if (i.has(GRADLANE_SWEEPS) && n > 512 && !times_.knows(i)) probe(i);
    const double seconds = times_.predict(i, n), most = run_.own.max_case_seconds;
    if (seconds > most)
      return "a call would take about " + std::to_string(seconds) + " s, more than " + std::to_string(most) + " s";
    return "";
  }

  /// A small n first, where the first n asked for is large already.
  void probe(const implementation& i) {
    const std::size_t n = valid_size(*shard_.problem, 128);
    target<T> small(*shard_.problem, n, 1, run_.given.seed);
    evaluation<T> e(i, small, threads_, step_of(i, run_.given));
    e.run(small.in.x);
    times_.learn(i, n, e.seconds());
  }

  target<T>& target_of(std::size_t n, std::size_t points) {
    std::unique_ptr<target<T>>& place = points == 1 ? single_ : ensembles_[points];
    if (!place) place = std::make_unique<target<T>>(*shard_.problem, n, points, run_.given.seed);
    return *place;
  }

  void examine(const implementation& i, std::size_t n, std::size_t points, const json& about) {
    target<T>& at = target_of(n, points);
    evaluation<T> e(i, at, threads_, step_of(i, run_.given));
    e.run(at.in.x);
    times_.learn(i, n, e.seconds());
    summary all;
    for (auto& p : at.exact) {
      const gradient_error g = p.oracle->compare(e.gradient().data() + p.index, at.in.stride);
      const value_error value = p.oracle->compare_value(e.value(p.index));
      all.add(g, value, judge<T>(g, value, n, i.entry().order, step_used(i, run_.given)));
    }
    record(i, about, all);
  }

  void record(const implementation& i, json row, const summary& all) {
    row["order"] = i.entry().order;
    put(row, "relative_error", all.worst.relative);
    put(row, "max_ulp", all.worst.max_ulp);
    put(row, "median_ulp", all.worst.median_ulp);
    put(row, "error_in_u_terms", in_unit_roundoffs(all.worst.scaled));
    put(row, "value_error", all.value_relative);
    row["non_finite"] = all.worst.non_finite;
    row["checked"] = all.worst.checked;
    put(row, "tolerance", all.tolerance);
    if (i.entry().order > 0) put(row, "predicted_error", all.predicted);
    row["ulp_histogram"] = all.worst.ulp_histogram;
    row["verdict"] = text(all.result);
    if (all.result == verdict::wrong)
      found_.complaints.push_back(i.name() + "/n:" + row["n"].dump() + ": wrong gradient or value, relative error " +
                                  row["relative_error"].dump() + ", tolerance " + row["tolerance"].dump() +
                                  ", value off by " + row["value_error"].dump());
    ++(all.result == verdict::no_digits ? found_.without_digits : found_.right);
    found_.gradient_errors.push_back(std::move(row));
  }

  const shard& shard_;
  int threads_;
  const run_context& run_;
  findings& found_;
  call_times times_;
  std::unique_ptr<target<T>> single_;
  std::map<std::size_t, std::unique_ptr<target<T>>> ensembles_;
};

template <class T>
void add(const shard& s, const run_context& run, findings& found) {
  for (const int threads : threads_of(run.given)) {
    examination<T> each(s, threads, run, found);
    for (const std::size_t n : s.dims) each.at(n);
  }
}

}  // namespace

void add_gradient_errors(const shard& s, const run_context& run, findings& found) {
  s.dtype == "f32" ? add<float>(s, run, found) : add<double>(s, run, found);
}

}  // namespace gradlane::bench
