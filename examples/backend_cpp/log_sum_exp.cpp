// A backend in C++: log Σ exp(x_i) and its gradient in f32 and f64, in loops that the compiler turns into SIMD code. The
// same four functions as in ../backend_c, written once for both precisions; no exception leaves them.
#include <gradlane/backend/backend.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <new>
#include <stdexcept>
#include <type_traits>

namespace {

// ---- exp, without a branch or a call, so that loops over it are vectorised ----------------------------------------

/// exp(x) = 2ᵏ·exp(r) with k = round(x / log 2): |r| ≤ 0.35, where `terms` of exp's series leave less than a rounding.
/// log 2 is taken off in two parts, the first so short that k times it is exact.
template <class T>
struct constants;
template <>
struct constants<double> {
  using integer = std::int64_t;
  static constexpr int terms = 13, mantissa = 52;
  static constexpr double log2_high = 0x1.62e42feep-1, log2_low = 0x1.a39ef35793c76p-33, round = 0x1.8p52;
  static constexpr double lowest = -708, highest = 709;
};
template <>
struct constants<float> {
  using integer = std::int32_t;
  static constexpr int terms = 7, mantissa = 23;
  static constexpr float log2_high = 0x1.62e4p-1f, log2_low = 0x1.7f7d1cp-20f, round = 0x1.8p23f;
  static constexpr float lowest = -87, highest = 88;
};

template <class T>
inline T exponential(T x) {
  using c = constants<T>;
  using integer = typename c::integer;
  constexpr T infinity = std::numeric_limits<T>::infinity(), log2_e = T(1.4426950408889634);
  // NaN passes both comparisons unchanged.
  const T inside = x < c::lowest ? c::lowest : (x > c::highest ? c::highest : x);
  // Adding and taking off 1.5·2ᵐ rounds to a whole number, which stands in the lowest bits in between.
  const T shifted = std::fma(inside, log2_e, c::round), k = shifted - c::round;
  const T r = std::fma(-k, c::log2_low, std::fma(-k, c::log2_high, inside));
  T series = 1;
  for (int i = c::terms; i > 0; --i) series = std::fma(series, r * (1 / T(i)), T(1));
  const integer power = (std::bit_cast<integer>(shifted) - std::bit_cast<integer>(c::round)) << c::mantissa;
  const T result = std::bit_cast<T>(std::bit_cast<integer>(series) + power);
  return x < c::lowest ? T(0) : (x > c::highest ? infinity : (x == x ? result : x));
}

// ---- value and gradient -------------------------------------------------------------------------------------------

/// Terms that are summed in T; the sums of blocks are summed in double, or a float would lose the last of many terms.
constexpr std::size_t block = 1024;

/// Maxima side by side: one alone is a chain of comparisons, which a compiler may not reorder for the sake of NaN.
template <class T>
T maximum(const T* x, std::size_t n) {
  constexpr std::size_t side_by_side = 64 / sizeof(T);
  T largest[side_by_side];
  std::fill_n(largest, side_by_side, x[0]);
  std::size_t i = 0;
  for (; n - i >= side_by_side; i += side_by_side)
    for (std::size_t k = 0; k < side_by_side; ++k) largest[k] = x[i + k] > largest[k] ? x[i + k] : largest[k];
  for (; i < n; ++i) largest[0] = x[i] > largest[0] ? x[i] : largest[0];
  return *std::max_element(largest, largest + side_by_side);
}

template <class T>
T log_sum_exp(const T* x, T* gradient, std::size_t n) {
  const T largest = maximum(x, n);
  const T shift = std::isfinite(largest) ? largest : T(0);
  double total = 0;
  for (std::size_t begin = 0; begin < n; begin += block) {
    const std::size_t end = n - begin < block ? n : begin + block;
    T part = 0;
#pragma omp simd reduction(+ : part)
    for (std::size_t i = begin; i < end; ++i) {
      gradient[i] = exponential(x[i] - shift);
      part += gradient[i];
    }
    total += static_cast<double>(part);
  }
  const T scale = static_cast<T>(1 / total);
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) gradient[i] *= scale;
  return shift + static_cast<T>(std::log(total));
}

// ---- the C interface ----------------------------------------------------------------------------------------------

template <class T>
struct plan {
  std::size_t n;

  explicit plan(const gradlane_shape& shape) : n(shape.n) {
    if (shape.struct_size != sizeof shape) throw std::invalid_argument("built for another version of backend.h");
    if (n == 0) throw std::invalid_argument("n must be at least 1");
  }
};

gradlane_status report(gradlane_status status, const char* what, char* message, std::size_t size) {
  std::snprintf(message, size, "%s", what);
  return status;
}

template <class T>
gradlane_status prepare(const gradlane_implementation*, const gradlane_shape* shape, void** made, char* message,
                        std::size_t size) {
  *made = nullptr;
  if (shape->points != 1 || shape->threads != 1)
    return report(GRADLANE_UNSUPPORTED, "one point on one thread only", message, size);
  try {
    *made = new plan<T>(*shape);
    return GRADLANE_OK;
  } catch (const std::bad_alloc&) {
    return report(GRADLANE_OUT_OF_MEMORY, "no memory for a plan", message, size);
  } catch (const std::exception& e) {
    return report(GRADLANE_BAD_ARGUMENT, e.what(), message, size);
  }
}

template <class T>
gradlane_status evaluate(void* made, const void* x, void* value, void* gradient, char*, std::size_t) {
  *static_cast<T*>(value) =
      log_sum_exp(static_cast<const T*>(x), static_cast<T*>(gradient), static_cast<plan<T>*>(made)->n);
  return GRADLANE_OK;
}

template <class T>
void release(void* made) {
  delete static_cast<plan<T>*>(made);
}
template <class T>
std::size_t bytes(const void*) {
  return sizeof(plan<T>);
}

template <class T>
constexpr gradlane_implementation entry() {
  gradlane_implementation e{};
  e.problem = "log_sum_exp";
  e.method = "analytic";
  e.lanes = "elements";
  e.dtype = std::is_same_v<T, float> ? GRADLANE_F32 : GRADLANE_F64;
  e.prepare = prepare<T>;
  e.evaluate = evaluate<T>;
  e.release = release<T>;
  e.bytes = bytes<T>;
  return e;
}

constexpr gradlane_implementation implementations[] = {entry<float>(), entry<double>()};

constexpr gradlane_backend_table make_table() {
  gradlane_backend_table t{};
  t.abi_version = GRADLANE_ABI_VERSION;
  t.implementation_size = sizeof(gradlane_implementation);
  t.name = "mine_cpp";
  t.compiler = __VERSION__;
  t.flags = "-O3 -mavx2 -mfma";
  t.library = "";
  t.build_type = "Release";
  t.lanes_f64 = 4;
  t.lanes_f32 = 8;
  t.implementations = implementations;
  t.count = sizeof implementations / sizeof implementations[0];
  return t;
}
constexpr gradlane_backend_table table = make_table();

}  // namespace

extern "C" __attribute__((visibility("default"))) const gradlane_backend_table* gradlane_backend(void) {
  return &table;
}
