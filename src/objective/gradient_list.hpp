// The lists that reverse mode executes, one a kernel and use: as types, because executors are templates on them.
#pragma once

#include "ad/differentiate.hpp"
#include "objective/language.hpp"

namespace gradlane {

/// Bit k is set where argument k of a sum is active.
template <class... Args>
constexpr activity activity_of() {
  activity bits = 0;
  unsigned k = 0;
  ((bits |= is_active<Args> ? 1u << k : 0u, ++k), ...);
  return bits;
}

/// Bit k is set where argument k differs from term to term.
template <class... Args>
constexpr activity varying_arguments() {
  activity bits = 0;
  unsigned k = 0;
  ((bits |= is_active<Args> || is_passive_array<Args> ? 1u << k : 0u, ++k), ...);
  return bits;
}

/// Which of the active arguments argument k is: output 1 + this is its derivative.
template <class... Args>
constexpr std::size_t active_index(std::size_t k) {
  const bool active[] = {is_active<Args>...};
  std::size_t index = 0;
  for (std::size_t i = 0; i < k; ++i) index += active[i] ? 1 : 0;
  return index;
}

/// The value alone.
template <class Kernel, std::size_t Arguments>
struct value_list {
  static constexpr program list = with_fma(without_dead_nodes(record<Kernel, Arguments>()));
};

/// Value and derivatives of the active arguments; with Seeded the adjoint of the sum is one more input.
template <class Kernel, std::size_t Arguments, activity Active, bool Seeded>
struct gradient_list {
  static constexpr program list = with_fma(differentiate(record<Kernel, Arguments>(), Active, Seeded));
};

/// The same, one operation a node.
template <class Kernel, std::size_t Arguments>
struct unfused_value_list {
  static constexpr program list = without_dead_nodes(record<Kernel, Arguments>());
};
template <class Kernel, std::size_t Arguments, activity Active, bool Seeded>
struct unfused_gradient_list {
  static constexpr program list = differentiate(record<Kernel, Arguments>(), Active, Seeded);
};

/// The derivative by one argument alone (output 0).
template <class GradientList, std::size_t Output>
struct output_list {
  static constexpr program list = [] {
    program p = GradientList::list;
    p.outputs[0] = p.output(static_cast<int>(Output));
    p.output_count = 1;
    return without_dead_nodes(p);
  }();
};

/// Whether the list's first output depends on an input.
constexpr bool depends_on(const program& p, int input) {
  std::array<bool, program::capacity> reached{};
  reached[static_cast<std::size_t>(input)] = true;
  for (int i = p.inputs; i < p.size; ++i)
    for (int k = 0; k < operand_count(p.at(i).code); ++k)
      if (reached[static_cast<std::size_t>(p.at(i).operand[static_cast<std::size_t>(k)])])
        reached[static_cast<std::size_t>(i)] = true;
  return reached[static_cast<std::size_t>(p.output(0))];
}

}  // namespace gradlane
