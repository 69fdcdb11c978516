#include "descent/landscape.hpp"

#include <array>
#include <cmath>

#include "common/options.hpp"
#include "descent/vectors.hpp"

namespace gradlane::bench {

namespace {

/// ‖∇ log Σ exp‖ is between 1/√n and 1 everywhere: the sum of exponentials falls for ever as all w_i do. λ puts the minimum
/// at w_i = −1/(2λn), where it is log n − 1/(4λn). No power of two, so that the minimum is no number of few digits, which
/// a method without digits could meet by chance (with 1/64 and n = 64 forward differences arrived at −1/2 exactly).
constexpr double lambda_of_smooth_maximum = 0.015;

struct named_facts {
  std::string_view problem;
  minimum_facts facts;
};
/// A problem that is not listed is descended as it is.
constexpr std::array<named_facts, 6> known_facts{{
    {"log_sum_exp", {.lambda = lambda_of_smooth_maximum, .absent = {}}},
    {"quadratic_form", {.definite = true, .absent = {}}},
    // Its minimum is flat to the seventh order, and steep all round: no fixed step gets anywhere.
    {"chain", {.usual = false, .absent = {}}},
    // From x > 1/√2 it falls towards infinity, ever more slowly.
    {"gaussian_bump", {.usual = false, .absent = {}}},
    // Its minima are all alike but for a change of basis between the factors: no descent tells two methods apart by them.
    {"matrix_factorization", {.usual = false, .absent = {}}},
    {"linear", {.absent = "it is linear, so it falls for ever"}},
}};

}  // namespace

minimum_facts minimum_of(std::string_view problem) {
  for (const named_facts& known : known_facts)
    if (known.problem == problem) return known.facts;
  return {};
}

template <class T>
void make_definite(named_array<T>& matrix) {
  const std::size_t n = matrix.rows;
  const auto element = [&](std::size_t r, std::size_t c) -> T& { return matrix.values[r * n + c]; };
  for (T& a : matrix.values) a /= static_cast<T>(n);
  for (std::size_t r = 0; r < n; ++r) {
    double radius = 0;
    for (std::size_t c = 0; c < n; ++c)
      if (c != r) radius += std::abs(static_cast<double>(element(r, c)) + static_cast<double>(element(c, r))) / 2;
    const double place = n > 1 ? static_cast<double>(r) / static_cast<double>(n - 1) : 0;
    element(r, r) = static_cast<T>(radius + std::exp2(8 * place - 4));
  }
}

template <class T>
landscape<T>::landscape(const catalogue_entry& of, std::size_t inputs, std::uint64_t seed, bool plain,
                        std::optional<double> other_lambda)
    : problem(of), n(inputs), lambda(0), data(make_arrays<T>(of, inputs, seed, available_cores())) {
  if (!plain) {
    const minimum_facts facts = minimum_of(of.name);
    lambda = other_lambda.value_or(facts.lambda);
    for (named_array<T>& a : data)
      if (facts.definite && a.rows == a.cols) make_definite(a);
  }
  arrays = abi_of(data);
}

template <class T>
exact_state landscape<T>::exact(const T* w) const {
  const std::unique_ptr<oracle_of<T>> oracle = make_oracle<T>(problem, w, n, arrays);
  long double squares = 0, gradient = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const long double g = oracle->component(i) + 2 * lambda * static_cast<double>(w[i]);
    squares += static_cast<long double>(w[i]) * static_cast<long double>(w[i]);
    gradient += g * g;
  }
  return {static_cast<double>(oracle->value() + lambda * squares), static_cast<double>(std::sqrt(gradient))};
}

std::optional<implementation> primal_beside(const implementation& i) {
  std::optional<implementation> found;
  const auto rank = [&](const implementation& p) {
    return p.lanes() == i.lanes() ? 0 : p.lanes() == "elements" ? 1 : 2;
  };
  for (const implementation& other : implementations_of(i.owner(), i.problem(), i.dtype())) {
    if (!other.has(GRADLANE_VALUE_ONLY) || other.has(GRADLANE_POINTS) != i.has(GRADLANE_POINTS)) continue;
    if (!found || rank(other) < rank(*found)) found = other;
  }
  return found;
}

template <class T>
slope<T>::slope(const implementation& i, const landscape<T>& at, double step)
    : at_(&at), gradient_(i, at.shape(1, step)), unused_(at.n) {
  if (const std::optional<implementation> primal = primal_beside(i)) primal_.emplace(*primal, at.shape(1, 0));
}

template <class T>
double slope<T>::value_and_gradient(const T* w, T* gradient) {
  T found = 0;
  gradient_.evaluate(w, &found, gradient);
  ++gradient_calls_;
  if (at_->lambda == 0) return found;
  add_scaled(gradient, w, static_cast<T>(2 * at_->lambda), at_->n);
  return found + at_->lambda * squared_norm(w, at_->n);
}

template <class T>
double slope<T>::value(const T* w) {
  T found = 0;
  if (primal_)
    primal_->evaluate(w, &found, nullptr);
  else
    gradient_.evaluate(w, &found, unused_.data());
  ++value_calls_;
  return at_->lambda == 0 ? found : found + at_->lambda * squared_norm(w, at_->n);
}

template void make_definite(named_array<float>&);
template void make_definite(named_array<double>&);
template struct landscape<float>;
template struct landscape<double>;
template class slope<float>;
template class slope<double>;

}  // namespace gradlane::bench
