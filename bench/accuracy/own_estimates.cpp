// How honest Ridders' method is: the error that it believes to have made against the one that it made, component by
// component.
//
// The estimate is no part of a gradient, and the C interface has no place for it. It needs none: the method is a rule
// about values of the objective (objective/ridders.hpp), so the driver follows that rule on the values of the scalar
// primal of the same module, which are those that the module's own `ridders` sees. The derivatives have the same bits.
#include <algorithm>
#include <optional>

#include "accuracy/target.hpp"
#include "objective/ridders.hpp"

namespace gradlane::bench {

namespace {

constexpr std::size_t estimate_points = 3;  ///< independent ones, so that n = 64 gives 192 components

/// The value alone, on plain numbers, from the module that `i` belongs to.
std::optional<implementation> scalar_primal(const implementation& i) {
  for (const implementation& other : implementations_of(i.owner(), i.problem(), i.dtype()))
    if (other.has(GRADLANE_VALUE_ONLY) && other.lanes() == "scalar") return other;
  return std::nullopt;
}

template <class T>
struct believed {
  std::vector<double> estimate, error;  ///< absolute, a component each

  void add(const implementation& primal, const target<T>& at, const typename target<T>::exact_point& exact,
           double relative_step) {
    std::vector<T> x = at.in.point(exact.index);
    plan values(primal, {sizeof(gradlane_shape), x.size(), 1, 1, 1, 0, at.arrays.data(), at.arrays.size()});
    for (std::size_t i = 0; i < x.size(); ++i) {
      const T here = x[i], first = static_cast<T>(relative_step) * std::max(T(1), std::abs(here));
      const auto f = [&](T moved) {
        x[i] = moved;
        T value = 0;
        values.evaluate(x.data(), &value, nullptr);
        return value;
      };
      const estimated_derivative<T> found = ridders_derivative(f, here, first);
      x[i] = here;
      estimate.push_back(static_cast<double>(found.error));
      error.push_back(exact.oracle->component_error(i, found.value));
    }
  }
};

template <class T>
void judge_own_estimate(const implementation& i, const implementation& primal, const target<T>& at,
                        const run_context& run, findings& found) {
  believed<T> all;
  for (const auto& exact : at.exact) all.add(primal, at, exact, run.given.step.value_or(i.entry().default_step));
  std::size_t honest = 0;
  for (std::size_t k = 0; k < all.error.size(); ++k) honest += all.error[k] <= all.estimate[k];
  json row = case_row(i, at.in.n, 1, 1);
  row["components"] = all.error.size();
  row["honest"] = honest;
  put(row, "estimate", all.estimate);
  put(row, "error", all.error);
  found.own_estimates.push_back(std::move(row));
}

template <class T>
void add_estimates(const shard& s, std::size_t n, const run_context& run, findings& found) {
  const target<T> at(*s.problem, n, estimate_points, run.given.seed);
  for (const implementation& i : s.implementations) {
    if (!gives_own_estimate(i)) continue;
    const json about = case_row(i, n, 1, 1);
    run.starts(i.name() + ": own estimate");
    if (const std::optional<implementation> primal = scalar_primal(i))
      with_reasons(found, about, own_estimate_part, [&] { judge_own_estimate(i, *primal, at, run, found); });
    else
      found.leave_out(about, own_estimate_part, "its module has no primal on scalar lanes");
  }
}

}  // namespace

void add_own_estimates(const shard& s, const run_context& run, findings& found) {
  for (const std::size_t n : s.curve_dims)
    with_memory(found, s, n, own_estimate_part, [&] {
      s.dtype == "f32" ? add_estimates<float>(s, n, run, found) : add_estimates<double>(s, n, run, found);
    });
}

}  // namespace gradlane::bench
