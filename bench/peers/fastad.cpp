// FastAD. Its manual: an expression over vectors is made and bound once, then evaluated for each gradient; its type is
// the program. What a kernel shares is written out where it is used (its pow<2> calls std::pow, which takes longer).
// Arguments that are passive but depend on x keep the values of the binding. Its matrices lie column by column, so that
// ours are copied when the expression is made.
#include <fastad>

#include "peer.hpp"

namespace gradlane::peers {

/// An expression of the library, as a scalar of the objective.
template <class E>
struct expression {
  E e;
#define GRADLANE_OPERATOR(sign)                                                                 \
  template <class R>                                                                            \
  friend auto operator sign(const expression& l, const expression<R>& r) {                      \
    return of(l.e sign r.e);                                                                    \
  }                                                                                             \
  friend auto operator sign(const expression& l, scalar<double> r) { return of(l.e sign r.r); } \
  friend auto operator sign(scalar<double> l, const expression& r) { return of(l.r sign r.e); }
  GRADLANE_OPERATOR(+)
  GRADLANE_OPERATOR(-)
  GRADLANE_OPERATOR(*)
  GRADLANE_OPERATOR(/)
#undef GRADLANE_OPERATOR
  friend auto exp(const expression& x) { return of(ad::exp(x.e)); }
  friend auto log(const expression& x) { return of(ad::log(x.e)); }

 private:
  template <class F>
  static expression<F> of(const F& f) {
    return {f};
  }
};

/// A kernel as an expression. Its nodes hold their operands by value, so that they may be returned.
template <class List>
struct written {
  static constexpr const program& list = List::list;

  template <int I, class Arguments>
  static auto node(const Arguments& arguments) {
    constexpr gradlane::node n = list.at(I);
    if constexpr (n.code == op::input) {
      return std::get<static_cast<std::size_t>(I)>(arguments);
    } else if constexpr (n.code == op::constant) {
      return ad::constant(n.constant);
    } else {
      const auto a = node<n.operand[0]>(arguments);
      if constexpr (List::operands(n.code) == 1)
        return unary<n.code>(a);
      else
        return binary<n.code>(a, node<n.operand[1]>(arguments));
    }
  }
  template <op Code, class E>
  static auto unary(const E& a) {
    if constexpr (Code == op::neg)
      return -a;
    else if constexpr (Code == op::exp)
      return ad::exp(a);
    else if constexpr (Code == op::log)
      return ad::log(a);
    else if constexpr (Code == op::sqrt)
      return ad::sqrt(a);
    else if constexpr (Code == op::sin)
      return ad::sin(a);
    else if constexpr (Code == op::cos)
      return ad::cos(a);
    else if constexpr (Code == op::tanh)
      return ad::tanh(a);
    else if constexpr (Code == op::softplus_from)
      return ad::log(ad::constant(1.) + ad::exp(a));
    else if constexpr (Code == op::sigmoid_from)
      return ad::sigmoid(a);
    else
      static_assert(Code == op::neg, "an operation that this library is not told");
  }
  template <op Code, class L, class R>
  static auto binary(const L& l, const R& r) {
    if constexpr (Code == op::add)
      return l + r;
    else if constexpr (Code == op::sub)
      return l - r;
    else if constexpr (Code == op::mul)
      return l * r;
    else
      return l / r;
  }
};

class expression_evaluator {
 public:
  using matrices = std::vector<Eigen::MatrixXd>;
  expression_evaluator(double* x, double* adjoint, matrices& kept) : x_(x), adjoint_(adjoint), kept_(kept) {}

  template <class Kernel, class... Args>
  auto sum(const Args&... args) {
    using list = kernel_list<Kernel, sizeof...(Args)>;
    const auto terms = written<list>::template node<list::list.output(0)>(std::make_tuple(read(args)...));
    const auto total = ad::sum(terms);
    return expression<std::remove_const_t<decltype(total)>>{total};
  }
  template <class Slice>
  scalar<double> max(const Slice& s) {
    return scalar<double>(*std::max_element(x_ + s.offset(), x_ + s.offset() + s.size()));
  }

 private:
  template <class Arg>
  auto read(const Arg& a) {
    if constexpr (is_slice<Arg>)
      return ad::VarView<double, ad::vec>(x_ + a.offset(), adjoint_ + a.offset(), a.size());
    else if constexpr (is_product<Arg>)
      return ad::dot(by_columns(a.matrix), read(a.x));
    else if constexpr (is_passive_array<Arg>)
      return ad::constant_view(a.p, a.size);
    else
      return ad::constant(scalar<double>(a).r);
  }
  auto by_columns(const matrix_view<double>& m) {
    using row_major = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto rows = static_cast<Eigen::Index>(m.rows), cols = static_cast<Eigen::Index>(m.cols);
    kept_.emplace_back(Eigen::Map<const row_major>(m.p, rows, cols));
    return ad::constant_view<ad::mat>(static_cast<const double*>(kept_.back().data()), m.rows, m.cols);
  }

  double *x_, *adjoint_;
  matrices& kept_;
};

struct bound_expression {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane) { return false; }
  template <class Problem, class, lane>
  class plan {
    using data_type = typename Problem::template data<double>;
    using matrices = expression_evaluator::matrices;
    static auto bound(double* x, double* adjoint, matrices& kept, std::size_t n, const data_type& data) {
      expression_evaluator e(x, adjoint, kept);
      return ad::bind(Problem::value(slice<expression_evaluator>{&e, n}, data).e);
    }

   public:
    plan(const shape& s, const data_type& data)
        : x_(s.n), adjoint_(s.n), expression_(bound(x_.data(), adjoint_.data(), matrices_, s.n, data)) {}
    void evaluate(const double* x, double* value, double* g) {
      std::copy_n(x, x_.size(), x_.data());
      std::fill(adjoint_.begin(), adjoint_.end(), 0.0);
      *value = ad::autodiff(expression_);
      std::copy(adjoint_.begin(), adjoint_.end(), g);
    }
    std::size_t bytes() const {
      std::size_t numbers = 2 * x_.capacity();
      for (const Eigen::MatrixXd& m : matrices_) numbers += static_cast<std::size_t>(m.size());
      return numbers * sizeof(double);
    }

   private:
    std::vector<double> x_, adjoint_;
    matrices matrices_;
    decltype(bound(nullptr, nullptr, std::declval<matrices&>(), 0, std::declval<const data_type&>())) expression_;
  };
};

template <class Problem>
void add_methods(entries<Problem>& to) {
  constexpr const char* method = "reverse_array_replayed";
  if constexpr (Problem::facts.multiplies)
    to.leave_out(method, lane::elements, "FastAD's matrices lie by columns, those of the objective by rows");
  else
    to.template add<bound_expression, lane::elements>(method);
}

}  // namespace gradlane::peers

GRADLANE_PEER("FastAD")
