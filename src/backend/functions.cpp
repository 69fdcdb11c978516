// Our elementary functions by themselves, in the loop that kernels run them in: what their errors and times are measured
// through, beside those of other libraries.
#include <type_traits>

#include "backend/entries.hpp"
#include "math_functions.hpp"
#include "reduce.hpp"

namespace gradlane::backend {
namespace {

/// F has no state: it is made anew where it is needed, and each one has a loop of its own.
template <class T, class F>
gradlane_status apply(const gradlane_function*, const void* in, void* out, std::size_t count) {
  if (count > 0 && (in == nullptr || out == nullptr)) return GRADLANE_BAD_ARGUMENT;
  const T* const x = static_cast<const T*>(in);
  T* const y = static_cast<T*>(out);
  for_each_register<pack<T>>(
      0, count, [=](std::size_t i, auto io) __attribute__((always_inline)) { io.store(F{}(io.load(x + i)), y + i); });
  return GRADLANE_OK;
}

}  // namespace

void add_functions(table& t) {
  for_each_function([&]<class F>(const char* name, double bound, F) {
    t.functions.push_back({name, GRADLANE_F64, bound, apply<double, F>});
    t.functions.push_back({name, GRADLANE_F32, bound, apply<float, F>});
  });
}

}  // namespace gradlane::backend
