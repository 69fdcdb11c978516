// The one translation unit that knows the problems: it instantiates each of them with quads and magnitudes.
#include "oracle/oracle.hpp"

#include <optional>
#include <stdexcept>
#include <string>

#include "oracle/closed_form.hpp"
#include "oracle/magnitude.hpp"  // before the problems: it adds to exact_dot
#include "problem_registry.hpp"

namespace gradlane {
namespace {

template <class To, class From>
std::vector<To> converted(const From* from, std::size_t count) {
  return std::vector<To>(from, from + count);
}

template <class T>
array_source<T> source_of(std::span<const gradlane_array> arrays) {
  std::vector<typename array_source<T>::entry> entries;
  for (const gradlane_array& a : arrays) entries.push_back({a.name, static_cast<const T*>(a.data), a.rows, a.cols});
  return array_source<T>(std::move(entries));
}

quad to_quad(quad q) { return q; }
quad to_quad(scalar<double> d) { return d.r; }

/// In Q: quad, or a double (with the C library's functions) where that is exact enough.
template <class Problem, class T, class Q>
class form_of : public closed_form<T> {
  template <class U>
  using data = typename Problem::template data<U>;

 protected:
  template <class P, class U>
  using oracle = typename Problem::template oracle<P, U>;

 public:
  form_of(const T* x, std::size_t n, std::span<const gradlane_array> arrays)
      : x_(x),
        n_(n),
        arrays_(arrays.begin(), arrays.end()),
        data_(data<T>::bind(source_of<T>(arrays), n)),
        exact_(x, n, data_) {}

  std::size_t size() const override { return n_; }
  const T* x() const override { return x_; }
  quad value() const override { return to_quad(exact_.value); }
  quad component(std::size_t i) const override { return to_quad(exact_.component(i)); }

  void need_scales() override {
    if (!scales_) scales_.emplace(x_, n_, data_);
  }
  double value_scale() const override { return scales_->value.s; }
  double component_scale(std::size_t i) const override { return scales_->component(i).s; }

  void need_values_elsewhere() override {
    if (quad_data_) return;
    std::vector<typename array_source<quad>::entry> entries;
    for (const gradlane_array& a : arrays_) {
      quad_arrays_.push_back(converted<quad>(static_cast<const T*>(a.data), a.rows * a.cols));
      entries.push_back({a.name, quad_arrays_.back().data(), a.rows, a.cols});
    }
    quad_data_.emplace(data<quad>::bind(array_source<quad>(std::move(entries)), n_));
  }
  quad value_at(const quad* point) const override { return oracle<quad, quad>(point, n_, *quad_data_).value; }
  quad component_at(const quad* point, std::size_t i) const override {
    return oracle<quad, quad>(point, n_, *quad_data_).component(i);
  }

 protected:
  const oracle<Q, T>& exact() const { return exact_; }
  const oracle<magnitude, T>& scales() const { return *scales_; }

 private:
  const T* x_;
  std::size_t n_;
  std::vector<gradlane_array> arrays_;
  data<T> data_;
  oracle<Q, T> exact_;
  std::optional<oracle<magnitude, T>> scales_;
  std::vector<std::vector<quad>> quad_arrays_;
  std::optional<data<quad>> quad_data_;
};

/// What a problem's `along` is made from: those without sums over the whole direction need no n.
template <class Along, class Oracle, class T>
Along along_of(const Oracle& at, const T* v, std::size_t n) {
  if constexpr (std::is_constructible_v<Along, const Oracle&, const T*, std::size_t>)
    return Along(at, v, n);
  else
    return Along{at, v};
}

/// The product of the Hessian with v in place of the gradient.
template <class Problem, class T>
class product_form_of final : public form_of<Problem, T, quad> {
  using base = form_of<Problem, T, quad>;
  template <class Q>
  using along = typename base::template oracle<Q, T>::along;

 public:
  product_form_of(const T* x, const T* v, std::size_t n, std::span<const gradlane_array> arrays)
      : base(x, n, arrays), v_(v), exact_along_(along_of<along<quad>>(base::exact(), v, n)) {}

  quad component(std::size_t i) const override { return exact_along_.component(i); }
  void need_scales() override {
    base::need_scales();
    if (!scales_along_) scales_along_.emplace(along_of<along<magnitude>>(base::scales(), v_, base::size()));
  }
  double component_scale(std::size_t i) const override { return scales_along_->component(i).s; }

  quad antiderivative_at(const quad* point, std::size_t i) const override { return base::component_at(point, i); }
  const T* direction() const override { return v_; }

 private:
  const T* v_;
  along<quad> exact_along_;
  std::optional<along<magnitude>> scales_along_;
};

constexpr double work_cap = 20 * 0x1p18;
// A term in quad takes up to a microsecond, a billion of them a quarter of an hour. So above this n f32 is held against
// double: a term is then off by a few 2⁻⁵³ of itself, the sum by 2⁻⁴¹ of Σ|terms| (sum.hpp), where half an ulp is 2⁻²⁴.
constexpr std::size_t most_in_quad = std::size_t{1} << 24;

double component_work(const problem_facts& facts, std::size_t n) {
  return facts.dense ? 4 * static_cast<double>(n) : 20;
}

work_limits limits_of(const problem_facts& facts, std::size_t n) {
  if (!facts.valid(n)) throw std::invalid_argument("n = " + std::to_string(n) + " is not valid");
  const double work = static_cast<double>(n) * component_work(facts, n);
  return {work <= work_cap, facts.dense ? std::size_t{600} : std::size_t{65536}, work, facts.dense, facts.multiple};
}

template <class Problem, class T>
std::unique_ptr<oracle_of<T>> make(const T* x, std::size_t n, std::span<const gradlane_array> arrays) {
  const work_limits limits = limits_of(Problem::facts, n);
  if constexpr (sizeof(T) == sizeof(float) && !Problem::facts.dense)
    if (n > most_in_quad)
      return oracle_from<T>(std::make_unique<form_of<Problem, T, scalar<double>>>(x, n, arrays), limits);
  return oracle_from<T>(std::make_unique<form_of<Problem, T, quad>>(x, n, arrays), limits);
}

template <class Problem>
constexpr auto product_maker() -> decltype(catalogue_entry::make_product) {
  if constexpr (requires { typename Problem::template oracle<quad, double>::along; })
    return [](const double* x, const double* v, std::size_t n, std::span<const gradlane_array> arrays) {
      const work_limits limits = limits_of(Problem::facts, n);
      return oracle_from<double>(std::make_unique<product_form_of<Problem, double>>(x, v, n, arrays), limits);
    };
  else
    return nullptr;
}

#define GRADLANE_ENTRY(problem)           \
  catalogue_entry{#problem,               \
                  problem::facts,         \
                  &problem::arrays,       \
                  &make<problem, float>,  \
                  &make<problem, double>, \
                  product_maker<problem>()},
const catalogue_entry entries[] = {GRADLANE_FOR_EACH_PROBLEM(GRADLANE_ENTRY)};
#undef GRADLANE_ENTRY

}  // namespace

std::span<const catalogue_entry> catalogue() { return entries; }

std::unique_ptr<oracle_of<double>> make_product_oracle(const catalogue_entry& problem, const double* x, const double* v,
                                                       std::size_t n, std::span<const gradlane_array> arrays) {
  if (problem.make_product == nullptr)
    throw std::invalid_argument(std::string(problem.name) + " has no closed form of second derivatives");
  return problem.make_product(x, v, n, arrays);
}

double component_work(const catalogue_entry& problem, std::size_t n) { return component_work(problem.facts, n); }
double value_work(const catalogue_entry& problem, std::size_t n) {
  return static_cast<double>(n) * component_work(problem, n);
}

}  // namespace gradlane
