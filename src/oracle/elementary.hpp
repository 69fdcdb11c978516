// The elementary functions, each with what it must return: for any argument the exact value, for the special ones the
// very number; and the arguments at which implementations go wrong.
//
// How exact is exact? f64 is computed in quad: libquadmath is off by a few of its own units, 2⁻⁵⁸ ulp of f64; what is
// handed out of a value is its distance from a double, in ulp, which rounds by 2⁻⁵⁴. f32 is computed in f64, by the C
// library: its errors, at most three ulp there for the functions and four for what is put together from them, are 2⁻²⁷
// ulp of f32. Tests hold both against MPFR.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "oracle/random.hpp"

namespace gradlane {

enum class elementary { exp, log, log1p, expm1, sin, cos, tanh, sigmoid, softplus };

struct interval {
  double low, high;
};
struct elementary_facts {
  elementary function;
  const char* name;  // as modules call it (backend.h)
  const char* formula;
  interval ordinary;  // arguments that are neither special nor lead to special results: what is timed
  interval wide;      // in f64, where the result is not settled: all of the domain, or what there is between two limits
};

std::span<const elementary_facts> elementary_functions();
/// Null for a name that is none of them.
const elementary_facts* find_elementary(std::string_view name);

/// The exact value is anchor + rest·ulp, where ulp is the distance of the numbers of T around it (that of subnormals
/// around 0; above the largest number it is the last one's). Where it is NaN or infinite, anchor is. A value that no T
/// reaches has an infinite anchor if it is beyond the double's range too.
struct exact_number {
  double anchor, rest, ulp;
};
template <class T>
void exact_values(elementary function, const T* x, exact_number* exact, std::size_t count);

/// |y − exact| in ulp, where infinity stands for the power of two above the largest number: an overflow that comes an ulp
/// too soon counts as that. NaN where one is NaN and the other is not, infinite where no number of ulp describes it.
template <class T>
double error_in_ulp(T y, const exact_number& exact);

/// An argument, and its result.
template <class T>
struct special_value {
  T argument, result;
};
/// Zeros, infinities, NaN, the least and the largest numbers, and the ends of the domain, as Annex F of the C standard has
/// them; where a result is not exact but for tiny arguments, its first-order term.
template <class T>
std::vector<special_value<T>> special_values(elementary function);
/// What a special argument gave is right: the same number, the sign of a zero included; NaN for NaN; of a tiny number one
/// of its neighbours too.
template <class T>
bool is_special_result(T y, T expected);

/// The neighbourhoods of the thresholds at which formulas change or results leave their range, the powers of two, and
/// the smallest and largest numbers: 40 neighbours on either side of each. In ascending order, no NaN.
template <class T>
std::vector<T> edge_arguments(elementary function);

/// Numbers for a sweep, `count` of them: argument k is drawn from the k-th of as many equal parts of all patterns of bits
/// (NaN among them) in f32, all of them where count = 2³². In f64 that would hardly ever hit an ordinary argument: there
/// only every fourth is such a pattern; the others are evenly spread over the ordinary ones, over the wide interval, and
/// over the exponents from 2⁻⁶⁰ to 2¹².
template <class T>
class sweep_arguments {
 public:
  sweep_arguments(const elementary_facts& facts, std::uint64_t seed, std::uint64_t count)
      : facts_(facts), random_(seed, "elementary sweep"), count_(count) {}
  std::uint64_t count() const { return count_; }
  T operator()(std::uint64_t k) const;

 private:
  elementary_facts facts_;
  random_stream random_;
  std::uint64_t count_;
};

}  // namespace gradlane
