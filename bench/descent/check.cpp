// A gradient is held against the oracle before it is followed.
#include <algorithm>
#include <cmath>
#include <limits>

#include "descent/parts.hpp"

namespace gradlane::bench {

template <class T>
gradient_check check_gradient(const implementation& i, const landscape<T>& at, const std::vector<T>& w, double step) {
  const std::unique_ptr<oracle_of<T>> oracle = make_oracle<T>(at.problem, w.data(), at.n, at.arrays);
  T value = std::numeric_limits<T>::quiet_NaN();
  std::vector<T> gradient(at.n, value);
  plan(i, at.shape(1, step)).evaluate(w.data(), &value, gradient.data());
  const gradient_error g = oracle->compare(gradient.data());
  double x_scale = 1;
  for (const T wi : w) x_scale = std::max(x_scale, std::abs(static_cast<double>(wi)));
  const double used = !i.has(GRADLANE_STEP) ? 0 : step > 0 ? step : i.entry().default_step;
  const judgement j = judge<T>(g, oracle->compare_value(value), at.n, i.entry().order, used, x_scale);
  return {j.result, g.relative, g.absolute, j.tolerance};
}

template <class T>
bool is_sound(const implementation& i, const landscape<T>& at, const std::vector<T>& w, const run_context& run,
              const json& about, const std::string& part, findings& found, gradient_check& check) {
  check = check_gradient<T>(i, at, w, step_of(i, run.given));
  if (check.result != verdict::wrong) return true;
  found.leave_out(about, part, "its gradient is wrong");
  found.complaints.push_back(i.name() + "/n:" + std::to_string(at.n) + ": wrong gradient or value, relative error " +
                             std::to_string(check.relative) + ", tolerance " + std::to_string(check.tolerance));
  return false;
}

void findings::leave_out(const json& case_of, const std::string& part, const std::string& reason) {
  json row = case_of;
  row["part"] = part;
  row["reason"] = reason;
  skipped.push_back(std::move(row));
}

template gradient_check check_gradient(const implementation&, const landscape<float>&, const std::vector<float>&,
                                       double);
template gradient_check check_gradient(const implementation&, const landscape<double>&, const std::vector<double>&,
                                       double);
template bool is_sound(const implementation&, const landscape<float>&, const std::vector<float>&, const run_context&,
                       const json&, const std::string&, findings&, gradient_check&);
template bool is_sound(const implementation&, const landscape<double>&, const std::vector<double>&, const run_context&,
                       const json&, const std::string&, findings&, gradient_check&);

}  // namespace gradlane::bench
