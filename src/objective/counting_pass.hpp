// What reverse mode has to do at the least, counted pass by pass: the same walk over an objective as the passes that
// compute, with lengths times the operations of the recorded lists in place of loops. The work model of a problem.
//
// It is a lower bound as long as nobody finds lists with fewer operations, merges passes that do not wait for one
// another, or leaves results in registers from one pass to the next. So it leaves out what an implementation adds by
// its own choice: comparisons (they come with a load each, which is counted), partial sums, partial gradients, what is
// computed once before a loop, and second looks at what one pass has in the nearest cache already (rows of a matrix
// are read once, x and the gradient once a pass).
#pragma once

#include <stdexcept>
#include <vector>

#include "objective/gradient_list.hpp"
#include "objective/overlap.hpp"
#include "objective/parts.hpp"

namespace gradlane {

/// One pass over memory; `product` are those of the fused operations that belong to a product of matrices. Memory is
/// counted in elements.
struct pass_work {
  const char* name;
  double additions = 0, multiplications = 0, fused = 0, product = 0;
  double read = 0, written = 0, updated = 0;
  std::array<double, op_codes> functions{};  ///< by operation code, those that have a function_name
};

template <class T>
class counting_pass {
 public:
  using element = T;

  template <class Leaf>
  T value(const Leaf& leaf) {
    std::apply([&](const auto&... args) { count_value<typename Leaf::kernel>(args...); }, leaf.args);
    return T(1);
  }
  template <class Leaf, bool Seeded, bool Accumulate>
  T gradient(const Leaf& leaf, T) {
    std::apply([&](const auto&... args) { count_gradient<typename Leaf::kernel, Seeded, Accumulate>(args...); },
               leaf.args);
    return T(1);
  }
  template <class Leaf>
  void scale(const Leaf& leaf, T) {
    pass_work& pass = begin("scale");
    pass.multiplications = pass.updated =
        std::apply([](const auto&... args) { return size_of_parts(args...); }, leaf.args);
  }
  void clear_gradient(std::size_t n) { begin("clear").written = static_cast<double>(n); }
  template <class Slice>
  T max(const Slice& s) {
    begin("max").read = static_cast<double>(s.size());
    return T(1);
  }

  const std::vector<pass_work>& passes() const { return passes_; }

 private:
  pass_work& begin(const char* name) {
    passes_.push_back({name});
    return passes_.back();
  }

  /// The list once a term, and the term's place in the sum.
  static void add_list(pass_work& pass, const program& list, activity varying, double terms) {
    const code_counts c = count_codes(list, varying);
    pass.additions += terms * (c.of(op::add) + c.of(op::sub) + c.of(op::neg) + 1);
    pass.multiplications += terms * c.of(op::mul);
    pass.fused += terms * (c.of(op::fma) + c.of(op::fms) + c.of(op::fnma));
    for (std::size_t k = 0; k < op_codes; ++k)
      if (function_name(static_cast<op>(k)) != nullptr) pass.functions[k] += terms * c.counts[k];
  }
  /// Rows times a vector or a matrix, and (twice) their transposed update.
  template <class A>
  static void add_product(pass_work& pass, const A& a, int times) {
    if constexpr (is_product<A>) {
      const double elements = static_cast<double>(a.matrix.rows) * static_cast<double>(a.matrix.cols);
      pass.product += times * elements, pass.fused += times * elements;
    } else if constexpr (is_matmul<A>) {  // once for the value, and for each factor's gradient
      const double terms = static_cast<double>(a.size()) * static_cast<double>(a.left.cols);
      pass.product += (2 * times - 1) * terms, pass.fused += (2 * times - 1) * terms;
    }
  }

  /// The elements of the input that an argument is about: the whole part that its slice lies in.
  template <class A>
  static constexpr std::size_t part_size(const A& a) {
    if constexpr (is_slice<A>)
      return a.base_size();
    else if constexpr (is_product<A>)
      return a.x.base_size();
    else if constexpr (is_matmul<A>)
      return a.left.x.base_size() + a.right.x.base_size();
    else
      return 0;
  }
  /// … of all arguments, a part that several slices lie in counted once.
  template <class... Args>
  static double size_of_parts(const Args&... args) {
    constexpr detail::part_list parts = detail::parts_of_args<std::tuple<Args...>>::value;
    double size = 0;
    std::size_t p = 0;
    const auto take = [&](const auto& a) {
      if constexpr (!is_active<std::remove_cvref_t<decltype(a)>>) return;
      bool known = false;
      for (std::size_t q = 0; q < p; ++q) known = known || parts.of[q] == parts.of[p];
      if (!known) size += static_cast<double>(part_size(a));
      ++p;
    };
    (take(args), ...);
    return size;
  }
  template <class A>
  static double passive_size(const A& a) {
    if constexpr (is_passive_array<A>)
      return static_cast<double>(a.size);
    else if constexpr (is_product<A>)
      return static_cast<double>(a.matrix.rows) * static_cast<double>(a.matrix.cols);
    else
      return 0;
  }
  template <class... Args>
  static double input_size(const Args&... args) {
    return size_of_parts(args...) + (passive_size(args) + ...);
  }

  template <class Kernel, class... Args>
  void count_value(const Args&... args) {
    using list = value_list<Kernel, sizeof...(Args)>;
    pass_work& pass = begin("value");
    pass.read = input_size(args...);
    add_list(pass, list::list, varying_arguments<Args...>(), static_cast<double>(length_of(args...)));
    (add_product(pass, args, 1), ...);
  }
  template <class Kernel, bool Seeded, bool Accumulate, class... Args>
  void count_gradient(const Args&... args) {
    using list = gradient_list<Kernel, sizeof...(Args), activity_of<Args...>(), Seeded>;
    const double terms = static_cast<double>(length_of(args...)), size = size_of_parts(args...);
    pass_work& pass = begin("gradient");
    pass.read = input_size(args...);
    (Accumulate ? pass.updated : pass.written) = size;
    add_list(pass, list::list, varying_arguments<Args...>(), terms);
    (add_product(pass, args, 2), ...);
    // Slices of one part meet in its elements, and all of them meet what other sums left there.
    using layout = detail::groups<Args...>;
    constexpr std::size_t slices = (static_cast<std::size_t>(is_slice<Args>) + ...);
    constexpr std::size_t leaders = leading<layout>(std::index_sequence_for<Args...>{});
    constexpr bool dense = (is_product<Args> || ...);
    pass.additions += terms * static_cast<double>(dense ? slices : slices - leaders + (Accumulate ? leaders : 0));
  }
  template <class Layout, std::size_t... k>
  static constexpr std::size_t leading(std::index_sequence<k...>) {
    return (static_cast<std::size_t>(Layout::leads(k)) + ...);
  }

  std::vector<pass_work> passes_;
};

}  // namespace gradlane
