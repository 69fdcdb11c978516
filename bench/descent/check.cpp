// A gradient is held against the oracle before it is followed.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "descent/parts.hpp"

namespace gradlane::bench {

namespace {

template <class T>
struct answer {
  T value = std::numeric_limits<T>::quiet_NaN();
  std::vector<T> gradient;
};

template <class T>
answer<T> answer_at(const implementation& i, const landscape<T>& at, const std::vector<T>& w, double step) {
  answer<T> found;
  found.gradient.assign(at.n, found.value);
  plan(i, at.shape(1, step)).evaluate(w.data(), &found.value, found.gradient.data());
  return found;
}

}  // namespace

template <class T>
double gradient_error_at(const implementation& i, const landscape<T>& at, const std::vector<T>& w, double step) {
  return make_oracle<T>(at.problem, w.data(), at.n, at.arrays)
      ->compare(answer_at<T>(i, at, w, step).gradient.data())
      .absolute;
}

template <class T>
bool is_sound(const implementation& i, const landscape<T>& at, oracle_of<T>& oracle, const std::vector<T>& w,
              const run_context& run, const json& about, const std::string& part, findings& found,
              gradient_check& check) {
  const answer<T> got = answer_at<T>(i, at, w, step_of(i, run.given));
  const gradient_error g = oracle.compare(got.gradient.data());
  double x_scale = 1;
  for (const T wi : w) x_scale = std::max(x_scale, std::abs(static_cast<double>(wi)));
  const judgement j =
      judge<T>(g, oracle.compare_value(got.value), at.n, i.entry().order, step_used(i, run.given), x_scale);
  check = {j.result, g.relative, g.absolute, j.tolerance};
  if (check.result != verdict::wrong) return true;
  found.leave_out(about, part, "its gradient is wrong");
  char figures[96];
  std::snprintf(figures, sizeof figures, "relative error %.3g, tolerance %.3g", check.relative, check.tolerance);
  found.complaints.push_back(i.name() + "/n:" + std::to_string(at.n) + ": wrong gradient or value, " + figures);
  return false;
}

template double gradient_error_at(const implementation&, const landscape<float>&, const std::vector<float>&, double);
template double gradient_error_at(const implementation&, const landscape<double>&, const std::vector<double>&, double);
template bool is_sound(const implementation&, const landscape<float>&, oracle_of<float>&, const std::vector<float>&,
                       const run_context&, const json&, const std::string&, findings&, gradient_check&);
template bool is_sound(const implementation&, const landscape<double>&, oracle_of<double>&, const std::vector<double>&,
                       const run_context&, const json&, const std::string&, findings&, gradient_check&);

}  // namespace gradlane::bench
