#include "oracle/elementary.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <type_traits>

#include "oracle/quad.hpp"

namespace gradlane {

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

constexpr elementary_facts all_functions[] = {
    {elementary::exp, "exp", "e^x", {-20, 20}, {-746, 710}},
    {elementary::log, "log", "log x", {0x1p-10, 1000}, {0.5, 2}},
    {elementary::log1p, "log1p", "log(1 + x)", {-0.9, 100}, {-1, 1}},
    {elementary::expm1, "expm1", "e^x - 1", {-10, 10}, {-40, 710}},
    {elementary::sin, "sin", "sin x", {-100, 100}, {-0x1p22, 0x1p22}},
    {elementary::cos, "cos", "cos x", {-100, 100}, {-0x1p22, 0x1p22}},
    {elementary::tanh, "tanh", "tanh x", {-5, 5}, {-22, 22}},
    {elementary::sigmoid, "sigmoid", "1/(1 + e^(-x))", {-20, 20}, {-746, 40}},
    {elementary::softplus, "softplus", "log(1 + e^x)", {-20, 20}, {-746, 40}},
};

/// In W, quad or double, whose functions are found by argument-dependent lookup and by the using-declarations. The last two
/// are put together without cancellation or overflow: each step adds at most its own rounding.
template <class W>
W value_of(elementary function, W x) {
  using std::exp, std::expm1, std::log, std::log1p, std::sin, std::cos, std::tanh;
  switch (function) {
    case elementary::exp:
      return exp(x);
    case elementary::log:
      return log(x);
    case elementary::log1p:
      return log1p(x);
    case elementary::expm1:
      return expm1(x);
    case elementary::sin:
      return sin(x);
    case elementary::cos:
      return cos(x);
    case elementary::tanh:
      return tanh(x);
    case elementary::sigmoid:
      return x < W(0) ? exp(x) / (W(1) + exp(x)) : W(1) / (W(1) + exp(-x));
    case elementary::softplus:
      return x > W(0) ? x + log1p(exp(-x)) : log1p(exp(x));
  }
  return x;
}

/// 2^exponent for a normal or subnormal double.
double power_of_two(int exponent) { return std::ldexp(1.0, exponent); }

/// The distance of the numbers of T around one with this exponent.
template <class T>
double ulp_of_exponent(int exponent) {
  using limits = std::numeric_limits<T>;
  return power_of_two(std::clamp(exponent, limits::min_exponent - 1, limits::max_exponent - 1) - (limits::digits - 1));
}

/// f32: an f64 is exact enough. Of its exponent only the bits are needed, since millions are asked for.
exact_number in_ulp_of(float, double y) {
  if (!std::isfinite(y)) return {y, 0, ulp_of_exponent<float>(0)};
  constexpr int lowest = std::numeric_limits<float>::min_exponent - 1, highest = -lowest + 1;
  const int exponent = static_cast<int>(std::bit_cast<std::uint64_t>(y) >> 52 & 0x7ff) - 1023;
  const auto biased = static_cast<std::uint64_t>(std::clamp(exponent, lowest, highest) - 23 + 1023);
  return {y, 0, std::bit_cast<double>(biased << 52)};
}
/// f64: the nearest double, and what is missing. An exact value between the largest double and the next power of two is
/// held against the former.
exact_number in_ulp_of(double, quad y) {
  constexpr double largest = std::numeric_limits<double>::max();
  if (!is_finite(y)) return {static_cast<double>(y), 0, power_of_two(-52)};
  const double ulp = ulp_of_exponent<double>(y == 0 ? -1023 : ilogb(y));
  auto anchor = static_cast<double>(y);
  if (!std::isfinite(anchor) && ilogb(y) < 1024) anchor = std::copysign(largest, anchor);
  if (!std::isfinite(anchor)) return {anchor, 0, ulp};
  return {anchor, static_cast<double>((y - quad(anchor)) / quad(ulp)), ulp};
}

template <class T>
using wider = std::conditional_t<std::is_same_v<T, double>, quad, double>;

/// Where formulas of implementations change: powers of two, which reductions compare with, and what belongs to the
/// function: ends of its domain and of its results, and where reductions turn to the next multiple.
std::vector<double> thresholds(elementary function, double least, double normal, double largest) {
  constexpr double ln2 = std::numbers::ln2, pi = std::numbers::pi;
  const double top = std::log(largest), normal_exp = std::log(normal), bottom = std::log(least);
  std::vector<double> at;
  const auto add = [&](std::initializer_list<double> more) { at.insert(at.end(), more); };
  switch (function) {
    case elementary::exp:
      add({top, normal_exp, bottom, bottom - ln2, ln2 / 2, -ln2 / 2, 1.5 * ln2, 87, -87, -104, 89, 708, -708, 710,
           -746});
      break;
    case elementary::expm1:
      add({top, ln2 / 2, -ln2 / 2, 1.5 * ln2, -17, -37, 87, -87, 708, -708});
      break;
    case elementary::log:
      add({std::numbers::sqrt2 / 2, std::numbers::sqrt2, std::numbers::e, 4 * std::numbers::sqrt2, normal * 0x1.8p0});
      break;
    case elementary::log1p:
      add({std::numbers::sqrt2 / 2 - 1, std::numbers::sqrt2 - 1, -1 + least, -.25, -.75, 0x1p46, 0x1p104});
      break;
    case elementary::sin:
    case elementary::cos:
      for (int k = 1; k <= 16; ++k) add({k * pi / 4, -k * pi / 4});
      for (const double k : {100., 1000., 31416., 83443., 1e6, 1335000.}) add({k * pi, -(k + .5) * pi});
      break;
    case elementary::tanh:
      add({.5625, -.5625, .54930614433405484570, .625, 9.01, -9.01, 10, 19.06, -19.06, 20, 22});
      break;
    case elementary::sigmoid:
    case elementary::softplus:
      add({top, normal_exp, bottom, bottom - ln2, ln2 / 2, -ln2 / 2, 17, 34, 37, 87, -87, -104, 708, -708, -746});
      break;
  }
  return at;
}

}  // namespace

std::span<const elementary_facts> elementary_functions() { return all_functions; }

const elementary_facts* find_elementary(std::string_view name) {
  for (const elementary_facts& one : all_functions)
    if (name == one.name) return &one;
  return nullptr;
}

template <class T>
void exact_values(elementary function, const T* x, exact_number* exact, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) exact[i] = in_ulp_of(T{}, value_of(function, wider<T>(x[i])));
}

template <class T>
double error_in_ulp(T y, const exact_number& exact) {
  const double number = y, anchor = exact.anchor;
  if (std::isnan(number) || std::isnan(anchor)) return std::isnan(number) == std::isnan(anchor) ? 0 : inf - inf;
  if (std::isinf(anchor)) return number == anchor ? 0 : inf;
  if (!std::isinf(number)) return std::abs((number - anchor) / exact.ulp - exact.rest);
  // Half of each, since the power of two above the largest f64 is no f64. Beyond it, infinity is right.
  const double half = std::copysign(std::ldexp(1.0, std::numeric_limits<T>::max_exponent - 1), number);
  const double missing = (half - anchor / 2) / exact.ulp * 2 - exact.rest;
  return std::max(0.0, number > 0 ? missing : -missing);
}

template <class T>
std::vector<special_value<T>> special_values(elementary function) {
  using limits = std::numeric_limits<T>;
  const T infinite = limits::infinity(), nan = limits::quiet_NaN(), tiny = limits::denorm_min(), least = limits::min();
  const T large = limits::max(), zero = 0, one = 1;
  const T subnormal = std::nextafter(least, zero);
  std::vector<special_value<T>> all{{nan, nan}};
  const auto add = [&](std::initializer_list<special_value<T>> more) { all.insert(all.end(), more); };
  const auto odd = [&](std::initializer_list<special_value<T>> more) {
    for (const special_value<T>& s : more) add({s, {-s.argument, -s.result}});
  };
  const auto near_zero_is = [&](T y) {
    for (const T x : {zero, tiny, subnormal, least}) add({{x, y}, {-x, y}});
  };
  const auto near_zero_is_itself = [&] { odd({{zero, zero}, {tiny, tiny}, {subnormal, subnormal}, {least, least}}); };
  switch (function) {
    case elementary::exp:
      near_zero_is(one);
      add({{infinite, infinite}, {-infinite, zero}, {large, infinite}, {-large, zero}});
      break;
    case elementary::log:
      add({{zero, -infinite}, {-zero, -infinite}, {one, zero}, {infinite, infinite}});
      for (const T x : {tiny, subnormal, least, one, large, infinite}) add({{-x, nan}});
      break;
    case elementary::log1p:
      near_zero_is_itself();
      add({{-one, -infinite}, {infinite, infinite}});
      for (const T x : {one + limits::epsilon(), T(2), large, infinite}) add({{-x, nan}});
      break;
    case elementary::expm1:
      near_zero_is_itself();
      add({{infinite, infinite}, {-infinite, -one}, {large, infinite}, {-large, -one}});
      break;
    case elementary::sin:
      near_zero_is_itself();
      add({{infinite, nan}, {-infinite, nan}});
      break;
    case elementary::cos:
      near_zero_is(one);
      add({{infinite, nan}, {-infinite, nan}});
      break;
    case elementary::tanh:
      near_zero_is_itself();
      odd({{large, one}, {infinite, one}});
      break;
    case elementary::sigmoid:
      near_zero_is(T(.5));
      add({{infinite, one}, {-infinite, zero}, {large, one}, {-large, zero}});
      break;
    case elementary::softplus:
      add({{infinite, infinite}, {-infinite, zero}, {large, large}, {-large, zero}});
      break;
  }
  return all;
}

template <class T>
bool is_special_result(T y, T expected) {
  using limits = std::numeric_limits<T>;
  if (std::isnan(expected)) return std::isnan(y);
  if (std::signbit(y) != std::signbit(expected)) return false;
  const bool tiny = expected != 0 && std::abs(expected) <= limits::min();
  return y == expected || (tiny && std::abs(y - expected) <= limits::denorm_min());
}

template <class T>
std::vector<T> edge_arguments(elementary function) {
  using limits = std::numeric_limits<T>;
  std::vector<double> at =
      thresholds(function, limits::denorm_min(), limits::min(), static_cast<double>(limits::max()));
  for (const double x : {0.0, static_cast<double>(limits::min()), static_cast<double>(limits::max())})
    at.insert(at.end(), {x, -x});
  for (int exponent = -60; exponent <= 60; ++exponent)
    at.insert(at.end(), {power_of_two(exponent), -power_of_two(exponent)});
  std::vector<T> x;
  for (const double centre : at) {
    T below = static_cast<T>(centre), above = below;
    for (int i = 0; i <= 40; ++i) {
      for (const T one : {below, above})
        if (std::isfinite(one)) x.push_back(one);
      below = std::nextafter(below, -limits::infinity()), above = std::nextafter(above, limits::infinity());
    }
  }
  std::sort(x.begin(), x.end());
  x.erase(std::unique(x.begin(), x.end()), x.end());
  return x;
}

template <class T>
T sweep_arguments<T>::operator()(std::uint64_t k) const {
  const std::uint64_t random = random_.bits(k);
  if constexpr (sizeof(T) == 8) {
    const double unit =
        (static_cast<double>(k) + static_cast<double>(random >> 11) * 0x1p-53) / static_cast<double>(count_);
    const auto within = [unit](interval i) { return std::min(i.low + (i.high - i.low) * unit, i.high); };
    if (k % 4 == 0) return within(facts_.ordinary);
    if (k % 4 == 1) return within(facts_.wide);
    if (k % 4 == 2) return std::copysign(std::exp2(72 * unit - 60), random % 2 == 0 ? 1 : -1);
    return std::bit_cast<double>(random);
  } else {
    const auto part = static_cast<double>(std::uint64_t{1} << 32) / static_cast<double>(count_);
    const auto first = static_cast<std::uint64_t>(part * static_cast<double>(k));
    const auto room = static_cast<std::uint64_t>(part * static_cast<double>(k + 1)) - first;
    return std::bit_cast<float>(static_cast<std::uint32_t>(first + (room > 1 ? random % room : 0)));
  }
}

#define GRADLANE_INSTANTIATE(T)                                                    \
  template void exact_values<T>(elementary, const T*, exact_number*, std::size_t); \
  template double error_in_ulp<T>(T, const exact_number&);                         \
  template std::vector<special_value<T>> special_values<T>(elementary);            \
  template bool is_special_result<T>(T, T);                                        \
  template std::vector<T> edge_arguments<T>(elementary);                           \
  template class sweep_arguments<T>;
GRADLANE_INSTANTIATE(float)
GRADLANE_INSTANTIATE(double)
#undef GRADLANE_INSTANTIATE

}  // namespace gradlane
