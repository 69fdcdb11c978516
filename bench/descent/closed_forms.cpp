// Gradients against what matrix calculus says they are, block by block:
//
//   βᵀx           ∇ = β
//   xᵀAx          ∇ = (A + Aᵀ)x
//   ‖X − UV‖²     ∂/∂V = −2Uᵀ(X − UV), ∂/∂U = −2(X − UV)Vᵀ
//
// The right-hand sides are multiplied out here in quad, from the arrays that the modules got: a second witness beside the
// oracle, which the whole gradient is held against first.
#include <array>
#include <cmath>
#include <functional>

#include "common/results.hpp"
#include "common/selection.hpp"
#include "descent/parts.hpp"
#include "oracle/quad.hpp"

namespace gradlane::bench {

namespace {

constexpr const char* closed_form_part = "closed_forms";

/// A formula and its components, those of x from `first` on.
struct formula_block {
  const char* formula;
  std::size_t first;
  std::vector<quad> exact;
};
using formula_blocks = std::vector<formula_block>;

/// A matrix by its elements.
struct matrix {
  std::size_t rows, cols;
  std::function<quad(std::size_t, std::size_t)> at;
};
matrix transposed(const matrix& a) {
  return {a.cols, a.rows, [a](std::size_t i, std::size_t j) { return a.at(j, i); }};
}
matrix times(const matrix& a, const matrix& b) {
  std::vector<quad> c;
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t j = 0; j < b.cols; ++j) {
      quad sum(0);
      for (std::size_t k = 0; k < a.cols; ++k) sum += a.at(i, k) * b.at(k, j);
      c.push_back(sum);
    }
  return {a.rows, b.cols, [c = std::move(c), cols = b.cols](std::size_t i, std::size_t j) { return c[i * cols + j]; }};
}
matrix plus(const matrix& a, quad factor, const matrix& b) {
  return {a.rows, a.cols, [=](std::size_t i, std::size_t j) { return a.at(i, j) + factor * b.at(i, j); }};
}
/// Row after row, times a number.
std::vector<quad> elements_of(quad factor, const matrix& a) {
  std::vector<quad> list;
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t j = 0; j < a.cols; ++j) list.push_back(factor * a.at(i, j));
  return list;
}
template <class T>
matrix matrix_of(const T* p, std::size_t rows, std::size_t cols) {
  return {rows, cols, [=](std::size_t i, std::size_t j) { return quad(p[i * cols + j]); }};
}

template <class T>
formula_blocks of_linear(const landscape<T>& at, const std::vector<T>&) {
  const std::vector<T>& beta = at.data.front().values;
  return {{"β", 0, {beta.begin(), beta.end()}}};
}
template <class T>
formula_blocks of_quadratic_form(const landscape<T>& at, const std::vector<T>& x) {
  const matrix a = matrix_of(at.data.front().values.data(), at.n, at.n);
  return {{"(A + Aᵀ)x", 0, elements_of(1, times(plus(a, 1, transposed(a)), matrix_of(x.data(), at.n, 1)))}};
}
template <class T>
formula_blocks of_matrix_factorization(const landscape<T>& at, const std::vector<T>& x) {
  const named_array<T>& given = at.data.front();
  const std::size_t size = given.rows, rank = at.n / 2 / size;
  const matrix v = matrix_of(x.data(), rank, size), u = matrix_of(x.data() + at.n / 2, size, rank);
  const matrix residual = plus(matrix_of(given.values.data(), size, size), -1, times(u, v));
  return {{"−2Uᵀ(X − UV)", 0, elements_of(-2, times(transposed(u), residual))},
          {"−2(X − UV)Vᵀ", at.n / 2, elements_of(-2, times(residual, transposed(v)))}};
}

template <class T>
struct known_form {
  std::string_view problem;
  formula_blocks (*blocks)(const landscape<T>&, const std::vector<T>&);
};
template <class T>
constexpr std::array<known_form<T>, 3> known_forms{{{"linear", of_linear<T>},
                                                    {"quadratic_form", of_quadratic_form<T>},
                                                    {"matrix_factorization", of_matrix_factorization<T>}}};

/// How far the block is off, ‖ĝ − g‖/‖g‖, and what rounding may make of it.
template <class T>
struct block_error {
  double relative, allowed, norm;
  block_error(const formula_block& block, const std::vector<T>& g, oracle_of<T>& oracle) {
    quad errors(0), squares(0);
    double scales = 0;
    for (std::size_t k = 0; k < block.exact.size(); ++k) {
      const quad error = quad(g[block.first + k]) - block.exact[k];
      const double scale = oracle.component_scale(block.first + k);
      errors += error * error, squares += block.exact[k] * block.exact[k], scales += scale * scale;
    }
    norm = std::sqrt(static_cast<double>(squares));
    relative = std::sqrt(static_cast<double>(errors)) / norm;
    allowed = rounding_factor<T>(g.size()) * std::sqrt(scales) / norm;
  }
};

template <class T>
void compare_at(const shard& s, std::size_t n, const run_context& run, findings& found) {
  const std::vector<T> x = start_of<T>(n, run);
  const landscape<T> at(*s.problem, n, run.given.seed, true);
  const std::unique_ptr<oracle_of<T>> oracle = make_oracle<T>(at.problem, x.data(), n, at.arrays);
  formula_blocks blocks;
  for (const known_form<T>& form : known_forms<T>)
    if (form.problem == s.problem->name) blocks = form.blocks(at, x);
  for (const implementation& i : one_lane_a_method(s.implementations)) {
    const json about = case_row(i, n, 1, 1);
    run.starts(i.name() + ": closed form");
    with_reasons(found, about, closed_form_part, [&] {
      gradient_check check;
      if (!is_sound<T>(i, at, *oracle, x, run, about, closed_form_part, found, check)) return;
      T value = 0;
      std::vector<T> g(n);
      plan(i, at.shape(1, step_of(i, run.given))).evaluate(x.data(), &value, g.data());
      for (const formula_block& block : blocks) {
        const block_error<T> error(block, g, *oracle);
        const bool exact = i.entry().order == 0, wrong = exact && !(error.relative <= error.allowed);
        json row = about;
        row["order"] = i.entry().order;
        row["verdict"] = text(wrong ? verdict::wrong : check.result);
        row["formula"] = block.formula;
        row["components"] = block.exact.size();
        put(row, "norm", error.norm);
        put(row, "error", error.relative);
        row["allowed"] = exact ? json(error.allowed) : json(nullptr);
        if (wrong) found.complaints.push_back(i.name() + ": is not " + block.formula);
        found.closed_forms.push_back(std::move(row));
      }
    });
  }
}

}  // namespace

bool has_closed_form(std::string_view problem) {
  for (const known_form<double>& form : known_forms<double>)
    if (form.problem == problem) return true;
  return false;
}

void add_closed_forms(const shard& s, const run_context& run, findings& found) {
  if (!has_closed_form(s.problem->name)) return;
  for (const std::size_t n : s.closed_form_dims)
    s.dtype == "f32" ? compare_at<float>(s, n, run, found) : compare_at<double>(s, n, run, found);
}

}  // namespace gradlane::bench
