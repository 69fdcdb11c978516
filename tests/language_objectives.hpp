// Small objectives, one for each way in which the language can be used. All are defined for inputs in [−1, 1].
#pragma once

#include "math.hpp"
#include "objective/language.hpp"

namespace gradlane::language_objectives {

template <std::size_t Least = 1, std::size_t Multiple = 1>
struct objective {
  static constexpr problem_facts facts{.formula = "", .least = Least, .multiple = Multiple};
  template <class T>
  using data = no_data;
  static std::vector<array_spec> arrays(std::size_t n) { return no_arrays(n); }
};
#define GRADLANE_VALUE    \
  template <class Vector> \
  static constexpr auto value(const Vector& x, const no_data&)

// kernels that several objectives use
inline constexpr auto exponential = [](auto a) { return exp(a); };
inline constexpr auto cube = [](auto a) { return a * a * a + a; };
inline constexpr auto step_between = [](auto a, auto b) { return exp(0.5 * (b - a) * (b + a)) + a * b; };

// ---- what is in a kernel -----------------------------------------------------------------------------------------

struct x_minus_x : objective<> {
  GRADLANE_VALUE {
    return sum([](auto a) { return a - a; }, x);
  }
};
struct zero_times_x : objective<> {
  GRADLANE_VALUE {
    return sum([](auto a) { return 0 * a; }, x);
  }
};
/// In f32, 0.1 is the float nearest to it.
struct literals : objective<> {
  GRADLANE_VALUE {
    return sum([](auto a) { return 0.1 * a + a / 3.0 - 1e-3; }, x);
  }
};
struct ignored_argument : objective<2, 2> {
  GRADLANE_VALUE {
    return sum([](auto a, auto) { return a * a + a; }, block<0, 2>(x), block<1, 2>(x));
  }
};
struct same_slice_twice : objective<> {
  GRADLANE_VALUE {
    return sum([](auto a, auto b) { return a * exp(b); }, x, x);
  }
};

// ---- which elements are read -------------------------------------------------------------------------------------

struct unused_block : objective<2, 2> {
  GRADLANE_VALUE { return sum(cube, block<1, 2>(x)); }
};
struct drop_first_alone : objective<2> {
  GRADLANE_VALUE { return sum(cube, drop_first<1>(x)); }
};
struct drop_both_under_exp : objective<5> {
  GRADLANE_VALUE { return log(sum(exponential, drop_last<2>(drop_first<1>(x)))); }
};
struct overlap : objective<2> {
  GRADLANE_VALUE { return sum(step_between, drop_last<1>(x), drop_first<1>(x)); }
};
struct overlap_under_log : objective<2> {
  GRADLANE_VALUE {
    return log(sum([](auto a, auto b) { return exp(a - b * a); }, drop_last<1>(x), drop_first<1>(x)));
  }
};
struct shift_by_two : objective<3> {
  GRADLANE_VALUE { return sum(step_between, drop_last<2>(x), drop_first<2>(x)); }
};
struct three_shifts : objective<3> {
  GRADLANE_VALUE {
    return sum([](auto a, auto b, auto c) { return exp(a * b) * c - a; }, drop_first<2>(x), drop_last<2>(x),
               drop_last<1>(drop_first<1>(x)));
  }
};
/// Neither the first nor the last element is read.
struct overlap_inside : objective<4> {
  GRADLANE_VALUE { return sum(step_between, drop_last<2>(drop_first<1>(x)), drop_last<1>(drop_first<2>(x))); }
};
/// An overlap in the second half, added to a plain sum over it; the first half is not read.
struct overlap_in_a_block : objective<4, 2> {
  GRADLANE_VALUE {
    const auto half = block<1, 2>(x);
    return sum(step_between, drop_last<1>(half), drop_first<1>(half)) - sum(cube, half);
  }
};
struct overlap_between_blocks : objective<4, 2> {
  GRADLANE_VALUE {
    const auto a = block<0, 2>(x);  // a declaration each: their types differ
    const auto b = block<1, 2>(x);
    return square(sum([](auto p, auto q, auto r) { return exp(p - r * q); }, drop_last<1>(a), drop_first<1>(a),
                      drop_first<1>(b)));
  }
};

// ---- several sums ------------------------------------------------------------------------------------------------

struct two_sums_over_one_slice : objective<> {
  GRADLANE_VALUE { return sum(cube, x) + sum(exponential, x); }
};
struct difference_of_sums : objective<> {
  GRADLANE_VALUE { return sum(exponential, x) - sum(cube, x); }
};
struct difference_of_halves : objective<2, 2> {
  GRADLANE_VALUE { return sum(exponential, block<1, 2>(x)) - sum(exponential, block<0, 2>(x)); }
};
struct product_of_sums : objective<> {
  GRADLANE_VALUE { return sum(exponential, x) * sum(cube, x); }
};
struct product_of_halves : objective<2, 2> {
  GRADLANE_VALUE { return sum(exponential, block<0, 2>(x)) * sum(cube, block<1, 2>(x)); }
};
struct quotient : objective<> {
  GRADLANE_VALUE { return sum(cube, x) / (1 + sum(exponential, x)); }
};
struct sum_used_twice : objective<> {
  GRADLANE_VALUE {
    const auto s = sum(exponential, x);
    return s * s + log(s);
  }
};
/// One line of code, two sums.
struct same_line_twice : objective<2, 2> {
  template <std::size_t K, class Vector>
  static constexpr auto half(const Vector& x) {
    return sum(exponential, block<K, 2>(x));
  }
  GRADLANE_VALUE { return half<0>(x) * half<0>(x) + half<1>(x) - half<1>(x) * log(half<0>(x)); }
};
/// The same elements as a part of a half and of a quarter.
struct parts_of_two_splits : objective<4, 4> {
  GRADLANE_VALUE { return log(sum(exponential, block<0, 2>(x))) + sum(cube, block<1, 4>(x)); }
};
struct linear_and_nonlinear : objective<> {
  GRADLANE_VALUE {
    const auto s = sum(exponential, x);
    return 2 * s - sqrt(s) + sum(cube, x);
  }
};

// ---- passive numbers ---------------------------------------------------------------------------------------------

struct scaled_sums : objective<2, 2> {
  GRADLANE_VALUE { return 2 * sum(cube, block<0, 2>(x)) + (-sum(exponential, block<1, 2>(x)) / 3 - 0.1); }
};
struct nested_scalings : objective<> {
  GRADLANE_VALUE { return -(3 * (1 - 2 * sum(cube, x)) / 5 + 7) * 0.5; }
};
struct reciprocal_of_sum : objective<> {
  GRADLANE_VALUE { return 2 / (3 + sum(exponential, x)) - tanh(1 - sigmoid(sum(cube, x) / 64)); }
};
/// No derivative flows through max; by its value the objective does not depend on it.
struct nested_passive : objective<> {
  GRADLANE_VALUE {
    const auto shift = finite_or_zero(max(x)) + 0.25;
    return shift + log(sum([](auto a, auto m, auto c) { return exp(c * (a - m)); }, x, 2 * shift - shift, 1));
  }
};
/// A passive array and a passive number of the problem's data.
struct weighted : objective<> {
  template <class T>
  struct data {
    vector_view<T> weights;
    scalar<T> bias;
  };
  template <class Vector, class T>
  static constexpr auto value(const Vector& x, const data<T>& d) {
    return log(1 + sum([](auto w, auto a, auto b) { return square(w * a - b); }, d.weights, x, d.bias));
  }
};

// ---- products ----------------------------------------------------------------------------------------------------

/// A has 2n + 3 rows.
struct dense : objective<> {
  static constexpr problem_facts facts{.formula = "", .dense = true};
  template <class T>
  struct data {
    matrix_view<T> matrix;
    vector_view<T> labels;
  };
  static std::vector<array_spec> arrays(std::size_t n) { return {{.name = "matrix", .rows = 2 * n + 3, .cols = n}}; }
};
struct product_under_log : dense {
  template <class Vector, class T>
  static constexpr auto value(const Vector& x, const data<T>& d) {
    return log(sum([](auto y, auto z) { return exp(y * z); }, d.labels, product(d.matrix, x))) + sum(cube, x);
  }
};
struct product_alone_under_log : dense {
  template <class Vector, class T>
  static constexpr auto value(const Vector& x, const data<T>& d) {
    return log(sum([](auto y, auto z) { return softplus(y * z); }, d.labels, product(d.matrix, x)));
  }
};
struct linear_product : dense {
  template <class Vector, class T>
  static constexpr auto value(const Vector& x, const data<T>& d) {
    return -sum([](auto y, auto z) { return y * z; }, d.labels, product(d.matrix, x)) / 4;
  }
};

/// U is twice as high as V is wide, lies before it, and the quarter between them is another sum's.
struct product_of_parts : objective<4, 4> {
  static constexpr problem_facts facts{.formula = "", .least = 4, .multiple = 4, .dense = true};
  template <class T>
  struct data {
    vector_view<T> weights;
    std::size_t rows, rank, cols;
  };
  static constexpr std::size_t rank_of(std::size_t n) { return n / 4 % 3 == 0 ? 3 : 1; }
  static std::vector<array_spec> arrays(std::size_t n) {
    const std::size_t cols = n / 4 / rank_of(n);
    return {{.name = "weights", .rows = 2 * cols * cols}};
  }
  template <class T>
  static data<T> bind(const T* numbers, std::size_t n) {
    const std::size_t rank = rank_of(n), cols = n / 4 / rank;
    return {{numbers, 2 * cols * cols}, 2 * cols, rank, cols};
  }
  template <class Vector, class T>
  static constexpr auto factors_of(const Vector& x, const data<T>& d) {
    return matmul(as_matrix(block<0, 2>(x), d.rows, d.rank), as_matrix(block<3, 4>(x), d.rank, d.cols));
  }
  template <class Vector, class T>
  static constexpr auto value(const Vector& x, const data<T>& d) {
    return sum([](auto w, auto p) { return w * p * p + p; }, d.weights, factors_of(x, d)) / 2;
  }
};
/// Its adjoint is known late, and others touch its parts.
struct product_of_parts_under_log : product_of_parts {
  template <class Vector, class T>
  static constexpr auto value(const Vector& x, const data<T>& d) {
    return log(2 + sum([](auto p, auto w, auto c) { return c * square(p - w); }, factors_of(x, d), d.weights, 0.5)) +
           sum(cube, block<3, 4>(x)) + sum(exponential, block<2, 4>(x));
  }
};
/// … and one that it alone touches.
struct product_of_parts_alone_under_log : product_of_parts {
  template <class Vector, class T>
  static constexpr auto value(const Vector& x, const data<T>& d) {
    return log(2 + sum([](auto p, auto w) { return square(p - w); }, factors_of(x, d), d.weights));
  }
};

#undef GRADLANE_VALUE

}  // namespace gradlane::language_objectives
