#include "chain_rule/kernels.hpp"

#include "ad/execute.hpp"
#include "objective/counting_pass.hpp"
#include "objective/reverse.hpp"
#include "problem_registry.hpp"

namespace gradlane {

namespace {

/// What a compiler cannot look through, so that it does not see that two operations are the same (volatile: equal asm of
/// equal operands would be shared like anything else).
GRADLANE_INLINE double hidden(double x) {
#if defined(__x86_64__)
  asm volatile("" : "+x"(x));
#elif defined(__aarch64__)
  asm volatile("" : "+w"(x));
#else
  asm volatile("" : "+m"(x));
#endif
  return x;
}

/// Executes a list node by node on doubles.
template <class List>
class plain_executor {
  static constexpr const program& list = List::list;

 public:
  explicit GRADLANE_INLINE plain_executor(const double* x) {
    run(x, std::make_index_sequence<static_cast<std::size_t>(list.size)>{});
  }
  template <int K>
  GRADLANE_INLINE double output() const {
    return get<static_cast<std::size_t>(list.output(K))>(values_);
  }

 private:
  template <std::size_t... I>
  GRADLANE_INLINE void run(const double* x, std::index_sequence<I...>) {
    ((get<I>(values_) = step<I>(x)), ...);
  }
  template <std::size_t I>
  GRADLANE_INLINE double step([[maybe_unused]] const double* x) const {
    constexpr node n = list.nodes[I];
    if constexpr (I < static_cast<std::size_t>(list.inputs))
      return x[I];
    else if constexpr (n.code == op::constant)
      return n.constant;
    else
      return hidden(apply<n.code, scalar<double>>(operand<n.operand[0]>(), operand<n.operand[1]>(), 0.0).r);
  }
  template <int Index>
  GRADLANE_INLINE scalar<double> operand() const {
    if constexpr (Index < 0)
      return 0.0;
    else
      return get<static_cast<std::size_t>(Index)>(values_);
  }
  register_bank<double, static_cast<std::size_t>(list.size)> values_;
};

// ---- the lists of a kernel, as types ------------------------------------------------------------------------------

template <class Kernel, std::size_t Arguments>
struct primal_list {
  static constexpr program list = without_dead_nodes(record<Kernel, Arguments>());
};
template <class Primal, int Input>
struct forward_list {
  static constexpr program list = with_partial(Primal::list, Input);
};
template <class Primal, int Input>
struct expanded_list {
  static constexpr bool fits = can_write_out(forward_list<Primal, Input>::list, 1);
  static constexpr program list = [] {
    if constexpr (fits) return written_out(forward_list<Primal, Input>::list, 1);
    return program{};
  }();
};
template <class Primal, activity Active>
struct backward_list {
  static constexpr program list = differentiate(Primal::list, Active, false);
};

template <class Primal>
[[gnu::noinline]] void execute_primal(const double* x, double* out, std::size_t times) {
  for (std::size_t t = 0; t < times; ++t) out[0] = plain_executor<Primal>(x).template output<0>();
}
/// Calls f with each active input and its place among them, as types.
template <activity Active, std::size_t... K, class F>
GRADLANE_INLINE void for_active(std::index_sequence<K...>, F&& f) {
  int place = 0;
  const auto one = [&](auto input) {
    if constexpr ((Active >> decltype(input)::value) & 1u) f(input, place++);
  };
  (one(std::integral_constant<int, static_cast<int>(K)>{}), ...);
}
template <class Primal>
using inputs_of = std::make_index_sequence<static_cast<std::size_t>(Primal::list.inputs)>;

template <class Primal, activity Active>
[[gnu::noinline]] void execute_forward(const double* x, double* out, std::size_t times) {
  for (std::size_t t = 0; t < times; ++t)
    for_active<Active>(inputs_of<Primal>{}, [&](auto input, int place) {
      out[place] = plain_executor<forward_list<Primal, decltype(input)::value>>(x).template output<1>();
    });
}
template <class Primal, activity Active>
[[gnu::noinline]] void execute_expanded(const double* x, double* out, std::size_t times) {
  for (std::size_t t = 0; t < times; ++t)
    for_active<Active>(inputs_of<Primal>{}, [&](auto input, int place) {
      out[place] = plain_executor<expanded_list<Primal, decltype(input)::value>>(x).template output<0>();
    });
}
template <class List, std::size_t... K>
GRADLANE_INLINE void take_partials(const plain_executor<List>& e, double* out, std::index_sequence<K...>) {
  ((out[K] = e.template output<static_cast<int>(K) + 1>()), ...);
}
template <class Primal, activity Active>
[[gnu::noinline]] void execute_backward(const double* x, double* out, std::size_t times) {
  using list = backward_list<Primal, Active>;
  for (std::size_t t = 0; t < times; ++t)
    take_partials(plain_executor<list>(x), out,
                  std::make_index_sequence<static_cast<std::size_t>(list::list.output_count - 1)>{});
}

template <class Primal, activity Active>
kernel_facts facts_of(std::string_view problem, int index) {
  kernel_facts k;
  k.problem = problem;
  k.index = index;
  k.list = Primal::list;
  k.active = Active;
  constexpr int primal = operations(Primal::list), backward = operations(backward_list<Primal, Active>::list);
  k.counts.primal = primal;
  k.counts.backward = backward;
  bool all_fit = true;
  for_active<Active>(inputs_of<Primal>{}, [&](auto input, int) {
    constexpr int i = decltype(input)::value;
    constexpr double formula = formula_of(forward_list<Primal, i>::list, 1).operations;
    constexpr int sweep = operations(forward_list<Primal, i>::list);
    k.counts.expanded.push_back(formula);
    k.counts.forward.push_back(sweep);
    all_fit = all_fit && expanded_list<Primal, i>::fits;
  });
  k.primal = execute_primal<Primal>;
  k.forward = execute_forward<Primal, Active>;
  k.backward = execute_backward<Primal, Active>;
  if (all_fit) k.expanded = execute_expanded<Primal, Active>;
  return k;
}

// ---- the sums of a problem, from the type of its value ------------------------------------------------------------

template <class Leaf>
struct facts_of_leaf;
template <class T, class Kernel, class... Args>
struct facts_of_leaf<outer::sum_leaf<T, Kernel, Args...>> {
  static kernel_facts make(std::string_view problem, int index) {
    return facts_of<primal_list<Kernel, sizeof...(Args)>, activity_of<Args...>()>(problem, index);
  }
};
template <class... Leaves>
void add_leaves(std::vector<kernel_facts>& all, std::string_view problem, outer::leaf_list<Leaves...>) {
  int index = 0;
  (all.push_back(facts_of_leaf<Leaves>::make(problem, index++)), ...);
}
template <class Problem>
void add_kernels(std::vector<kernel_facts>& all, std::string_view problem) {
  using evaluator = reverse_evaluator<counting_pass<double>>;
  using data = typename Problem::template data<double>;
  using tree = decltype(Problem::value(std::declval<slice<evaluator>>(), std::declval<const data&>()));
  add_leaves(all, problem, typename tree::leaves{});
}

}  // namespace

std::vector<int> kernel_facts::active_inputs() const {
  std::vector<int> found;
  for (int k = 0; k < inputs(); ++k)
    if ((active >> k) & 1u) found.push_back(k);
  return found;
}

std::span<const kernel_facts> all_kernels() {
  static const std::vector<kernel_facts> all = [] {
    std::vector<kernel_facts> found;
#define GRADLANE_ADD(name) add_kernels<name>(found, #name);
    GRADLANE_FOR_EACH_PROBLEM(GRADLANE_ADD)
#undef GRADLANE_ADD
    return found;
  }();
  return all;
}

}  // namespace gradlane
