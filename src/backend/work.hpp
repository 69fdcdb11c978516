// The work model of a problem as an entry of a backend's table: the passes of counting_pass in the C interface's words.
#pragma once

#include <algorithm>

#include "backend/entries.hpp"
#include "objective/counting_pass.hpp"
#include "objective/reverse.hpp"

namespace gradlane::backend {

/// What a call for value and gradient of Problem has to do. Nothing reads the problem's arrays: only shapes matter.
template <class Problem, class T>
GRADLANE_ONCE std::vector<pass_work> work_of(std::size_t n) {
  static const T unread{};
  std::vector<typename array_source<T>::entry> arrays;
  const std::vector<array_spec> specs = Problem::arrays(n);
  arrays.reserve(specs.size());
  for (const array_spec& a : specs) arrays.push_back({a.name, &unread, a.rows, a.cols});
  const auto data = Problem::template data<T>::bind(array_source<T>(std::move(arrays)), n);
  counting_pass<T> pass;
  reverse_evaluator<counting_pass<T>>(pass).template run<Problem>(n, data);
  return pass.passes();
}

/// In bytes.
gradlane_pass described(const pass_work& pass, std::size_t element_size);

template <class Problem, class T>
gradlane_work_model work_entry(const char* problem) {
  return {problem, sizeof(T) == 8 ? GRADLANE_F64 : GRADLANE_F32,
          [](std::size_t n, gradlane_pass* passes, std::size_t most) -> std::size_t {
            if (!Problem::facts.valid(n)) return 0;
            const std::vector<pass_work> found = work_of<Problem, T>(n);
            for (std::size_t k = 0; k < std::min(most, found.size()); ++k) passes[k] = described(found[k], sizeof(T));
            return found.size();
          }};
}

}  // namespace gradlane::backend
