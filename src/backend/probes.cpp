// Microkernels: what this machine does at most through this instruction set. Each keeps one part of it busy, written
// with the same registers, functions, loads and stores as the kernels, so that no kernel can outrun its roof by a better
// instruction; and each thread goes over its own part alone, so that no time is lost in waiting.
#include <vector>

#include "ad/execute.hpp"
#include "backend/entries.hpp"
#include "dense.hpp"
#include "parallel.hpp"

namespace gradlane::backend {
namespace {

using numbers = std::vector<double>;

/// f(begin, end, thread) on every thread's part of `count` elements; the sum of what they return.
template <class F>
double on_threads(int threads, std::size_t count, F&& f) {
  const auto team = static_cast<std::size_t>(threads);
  numbers values(team);
  parallel_for(threads, team, [&](std::size_t first, std::size_t last, int) {
    for (std::size_t t = first; t < last; ++t) values[t] = f(count * t / team, count * (t + 1) / team);
  });
  double sum = 0;
  for (const double v : values) sum += v;
  return sum;
}

/// Whatever is in memory may have changed: keeps the compiler from doing one repetition for all.
GRADLANE_INLINE void forget_memory() { asm volatile("" ::: "memory"); }

// ---- on registers ------------------------------------------------------------------------------------------------

/// Independent chains of dependent operations. An operation takes 2 to 5 cycles and up to two units do it at a time (four
/// units where additions and multiplications have their own): 14 chains keep them busy and fit 16 registers.
inline constexpr std::size_t chains = 14;

// `one` is 1, but the compiler does not know. A sum grows until 1 is lost in it; nothing overflows.
struct add_step {
  static constexpr const char* name = "add";
  template <std::size_t I, class X>
  static GRADLANE_INLINE X at(X x, X one) {
    return x + one;
  }
};
struct multiply_step {
  static constexpr const char* name = "multiply";
  template <std::size_t I, class X>
  static GRADLANE_INLINE X at(X x, X one) {
    return x * one;
  }
};
struct multiply_add_step {
  static constexpr const char* name = "multiply_add";
  template <std::size_t I, class X>
  static GRADLANE_INLINE X at(X x, X one) {
    return fma(x, one, one);
  }
};
struct add_multiply_step {
  static constexpr const char* name = "add_multiply";
  template <std::size_t I, class X>
  static GRADLANE_INLINE X at(X x, X one) {
    return I % 2 == 0 ? x + one : x * one;
  }
};

template <class Step, class T>
struct register_probe {
  using X = pack<T>;
  using bank = register_bank<X, chains>;
  static constexpr auto all = std::make_index_sequence<chains>{};

  template <std::size_t... I>
  static GRADLANE_INLINE T steps(std::size_t count, std::index_sequence<I...>) {
    volatile T runtime_one = 1;
    const X one(T{runtime_one});
    bank b{{X(static_cast<T>(I + 1))}...};
    for (std::size_t k = 0; k < count; ++k) ((get<I>(b) = Step::template at<I>(get<I>(b), one)), ...);
    return sum_lanes((get<I>(b) + ...));
  }

  static gradlane_status run(const gradlane_probe*, void* const*, std::size_t count, std::size_t repetitions,
                             int threads, gradlane_probe_result* result) {
    constexpr std::size_t each = chains * X::width;
    const std::size_t rounds = (count / static_cast<std::size_t>(threads) + each - 1) / each * repetitions;
    result->value =
        on_threads(threads, count, [=](std::size_t, std::size_t) { return static_cast<double>(steps(rounds, all)); });
    result->operations = static_cast<double>(rounds * each) * threads;
    result->bytes = 0;
    return GRADLANE_OK;
  }
};

// ---- functions ---------------------------------------------------------------------------------------------------

/// Sums of function values over an array, four registers a turn: the loop that kernels run in, without its tail.
template <op Code, class T>
struct function_probe {
  using X = pack<T>;
  static constexpr std::size_t chains = 4, turn = chains * X::width;

  template <std::size_t... U>
  static GRADLANE_INLINE T sum(const T* x, const T* y, std::size_t begin, std::size_t end, std::size_t repetitions,
                               std::index_sequence<U...>) {
    register_bank<X, chains> sums{{X(T(0 * U))}...};
    for (std::size_t r = 0; r < repetitions; ++r, forget_memory())
      for (std::size_t i = begin; i < end; i += turn)
        ((get<U>(sums) = get<U>(sums) + value(x + i + U * X::width, y + i + U * X::width)), ...);
    return sum_lanes((get<U>(sums) + ...));
  }
  static GRADLANE_INLINE X value(const T* x, const T* y) {
    return apply<Code, X>(X::load(x), operand_count(Code) > 1 ? X::load(y) : X(0), X(0));
  }

  static gradlane_status run(const gradlane_probe*, void* const* arrays, std::size_t count, std::size_t repetitions,
                             int threads, gradlane_probe_result* result) {
    const T* const x = static_cast<const T*>(arrays[0]);
    const T* const y = operand_count(Code) > 1 ? static_cast<const T*>(arrays[1]) : x;
    result->value = on_threads(threads, count / turn, [=](std::size_t first, std::size_t last) {
      return static_cast<double>(sum(x, y, first * turn, last * turn, repetitions, std::make_index_sequence<chains>{}));
    });
    result->operations = static_cast<double>(count / turn * turn) * static_cast<double>(repetitions);
    result->bytes = 0;
    return GRADLANE_OK;
  }
};

// ---- memory ------------------------------------------------------------------------------------------------------

/// body(i, io) for all registers, eight a turn: a loop of one would take a branch for each store.
template <class X, class Body, std::size_t... U>
GRADLANE_INLINE void stream(std::size_t begin, std::size_t end, Body body, std::index_sequence<U...>) {
  constexpr std::size_t turn = sizeof...(U) * X::width;
  std::size_t i = begin;
  for (; i + turn <= end; i += turn) (body(i + U * X::width, whole<X>{}), ...);
  for_each_register<X>(i, end, body);
}

template <class X, std::size_t... U, class T = typename X::element>
GRADLANE_INLINE T read_all(const T* x, std::size_t begin, std::size_t end, std::index_sequence<U...>) {
  constexpr std::size_t turn = sizeof...(U) * X::width;
  register_bank<X, sizeof...(U)> sums;
  ((get<U>(sums) = X(0)), ...);
  std::size_t i = begin;
  for (; i + turn <= end; i += turn) ((get<U>(sums) = get<U>(sums) + X::load(x + i + U * X::width)), ...);
  for_each_register<X>(
      i, end, [&](std::size_t k, auto io) __attribute__((always_inline)) {
        get<0>(sums) = get<0>(sums) + io.keep(io.load(x + k));
      });
  detail::fold_bank<sizeof...(U), sizeof...(U), X>(sums);
  return sum_lanes(get<0>(sums));
}

/// What STREAM calls by these names, and an update in place. in_register: g++ would make a call of memcpy of a copy.
template <class T, unsigned Read, unsigned Written, unsigned Updated>
struct memory_probe {
  using X = pack<T>;
  static constexpr auto eight = std::make_index_sequence<8>{};

  static GRADLANE_INLINE T once(void* const* arrays, std::size_t begin, std::size_t end) {
    T* const a = static_cast<T*>(arrays[0]);
    if constexpr (Written == 0 && Updated == 0) {
      return read_all<X>(a, begin, end, eight);
    } else {
      T* const b = Read > 0 ? static_cast<T*>(arrays[1]) : a;
      T* const c = Read > 1 ? static_cast<T*>(arrays[2]) : a;
      const X factor(T(0.5));
      stream<X>(
          begin, end,
          [=](std::size_t i, auto io) __attribute__((always_inline)) {
            if constexpr (Updated > 0)
              io.store(-io.load(a + i), a + i);
            else if constexpr (Read == 0)
              io.store(factor, a + i);
            else if constexpr (Read == 1)
              io.store(lanes::in_register(io.load(a + i)), b + i);
            else
              io.store(fma(factor, io.load(b + i), io.load(a + i)), c + i);
          },
          eight);
      return 0;
    }
  }
  static gradlane_status run(const gradlane_probe*, void* const* arrays, std::size_t count, std::size_t repetitions,
                             int threads, gradlane_probe_result* result) {
    result->value = on_threads(threads, count, [=](std::size_t begin, std::size_t end) {
      T total(0);
      for (std::size_t r = 0; r < repetitions; ++r, forget_memory()) total += once(arrays, begin, end);
      return static_cast<double>(total);
    });
    result->operations = 0;
    result->bytes = static_cast<double>((Read + Written + 2 * Updated) * sizeof(T)) * static_cast<double>(count) *
                    static_cast<double>(repetitions);
    return GRADLANE_OK;
  }
};

// ---- the table ---------------------------------------------------------------------------------------------------

/// Checks the arguments and passes them on; nothing in a probe throws but the allocation of a few numbers.
template <class Probe>
gradlane_status checked(const gradlane_probe* self, void* const* arrays, std::size_t count, std::size_t repetitions,
                        int threads, gradlane_probe_result* result) {
  if (self == nullptr || result == nullptr || threads < 1 || threads > 4096) return GRADLANE_BAD_ARGUMENT;
  const std::size_t needed = self->operands + self->read + self->written + self->updated;
  for (std::size_t k = 0; k < needed; ++k)
    if (arrays == nullptr || arrays[k] == nullptr) return GRADLANE_BAD_ARGUMENT;
  try {
    return Probe::run(self, arrays, count, repetitions, threads, result);
  } catch (...) {
    return report_exception(nullptr, 0);
  }
}

template <class T, unsigned Read, unsigned Written, unsigned Updated>
void add_memory(table& t, gradlane_dtype dtype, const char* name) {
  t.probes.push_back({name, dtype, 0, Read, Written, Updated, checked<memory_probe<T, Read, Written, Updated>>});
}
template <class T, std::size_t... Code>
void add_functions(table& t, gradlane_dtype dtype, std::index_sequence<Code...>) {
  const auto add = [&]<op code>(std::integral_constant<op, code>) {
    if constexpr (function_name(code) != nullptr)
      t.probes.push_back({function_name(code), dtype, static_cast<std::uint32_t>(operand_count(code)), 0, 0, 0,
                          checked<function_probe<code, T>>});
  };
  (add(std::integral_constant<op, static_cast<op>(Code)>{}), ...);
}
template <class T, class... Steps>
void add_steps(table& t, gradlane_dtype dtype) {
  (t.probes.push_back({Steps::name, dtype, 0, 0, 0, 0, checked<register_probe<Steps, T>>}), ...);
}
template <class T>
void add_dtype(table& t) {
  constexpr gradlane_dtype dtype = sizeof(T) == 8 ? GRADLANE_F64 : GRADLANE_F32;
  add_steps<T, add_step, multiply_step, multiply_add_step, add_multiply_step>(t, dtype);
  add_functions<T>(t, dtype, std::make_index_sequence<op_codes>{});
  add_memory<T, 1, 0, 0>(t, dtype, "read");
  add_memory<T, 0, 1, 0>(t, dtype, "write");
  add_memory<T, 1, 1, 0>(t, dtype, "copy");
  add_memory<T, 2, 1, 0>(t, dtype, "triad");
  add_memory<T, 0, 0, 1>(t, dtype, "update");
}

}  // namespace

void add_probes(table& t) {
  add_dtype<double>(t);
  add_dtype<float>(t);
}

}  // namespace gradlane::backend
