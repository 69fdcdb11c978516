// What a library of elementary functions brings to be measured beside ours: a module of functions alone. A file includes
// this, makes a type of each function (see libm.cpp) and ends with GRADLANE_FUNCTION_LIBRARY. It promises no bound in
// our sense: libraries state theirs for a part of the numbers, or leave subnormals and infinities out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "backend/described_table.hpp"

namespace gradlane::peers {

template <class F>
inline constexpr std::uint32_t lanes_of = sizeof(typename F::vector) / sizeof(typename F::element);

/// A plain loop of F over whole registers; the last one is filled up with ones. F has `element`, a number, `vector`, a
/// register of them or that number itself, and is called with one. memcpy: no alignment is promised.
template <class F>
gradlane_status apply(const gradlane_function*, const void* in, void* out, std::size_t count) {
  using T = typename F::element;
  constexpr std::size_t width = lanes_of<F>;
  if (count > 0 && (in == nullptr || out == nullptr)) return GRADLANE_BAD_ARGUMENT;
  const T* const x = static_cast<const T*>(in);
  T* const y = static_cast<T*>(out);
  const auto some = [&](const T* from, T* to) __attribute__((always_inline)) {
    typename F::vector v;
    std::memcpy(&v, from, sizeof v);
    v = F::of(v);
    std::memcpy(to, &v, sizeof v);
  };
  std::size_t i = 0;
  for (; i + width <= count; i += width) some(x + i, y + i);
  if (i < count) {
    T rest[width];
    for (T& one : rest) one = 1;
    std::memcpy(rest, x + i, (count - i) * sizeof(T));
    some(rest, rest);
    std::memcpy(y + i, rest, (count - i) * sizeof(T));
  }
  return GRADLANE_OK;
}

template <class F>
void add(std::vector<gradlane_function>& to, const char* name) {
  to.push_back({name, sizeof(typename F::element) == 8 ? GRADLANE_F64 : GRADLANE_F32, 0, apply<F>});
}

inline gradlane_backend_table make_table(const std::vector<gradlane_function>& functions, const char* library,
                                         std::uint32_t lanes_f64, std::uint32_t lanes_f32) {
  gradlane_backend_table b = backend::described_table(library);
  b.lanes_f64 = lanes_f64;
  b.lanes_f32 = lanes_f32;
  b.functions = functions.data();
  b.function_count = functions.size();
  return b;
}

}  // namespace gradlane::peers

/// The functions that these libraries have; none has a sigmoid or a softplus.
#define GRADLANE_LIBRARY_FUNCTIONS(M) M(exp) M(log) M(log1p) M(expm1) M(sin) M(cos) M(tanh)

/// In a namespace with NAME_f64 and NAME_f32 for each of them. `library`: name and version.
#define GRADLANE_ADD_FUNCTION(name) add<name##_f64>(all, #name), add<name##_f32>(all, #name);
#define GRADLANE_FUNCTION_LIBRARY(library)                                                                             \
  extern "C" __attribute__((visibility("default"))) const gradlane_backend_table* gradlane_backend(void) {             \
    using namespace gradlane::peers;                                                                                   \
    static const std::vector<gradlane_function> functions = [] {                                                       \
      std::vector<gradlane_function> all;                                                                              \
      GRADLANE_LIBRARY_FUNCTIONS(GRADLANE_ADD_FUNCTION)                                                                \
      return all;                                                                                                      \
    }();                                                                                                               \
    static const gradlane_backend_table result = make_table(functions, library, lanes_of<exp_f64>, lanes_of<exp_f32>); \
    return &result;                                                                                                    \
  }
