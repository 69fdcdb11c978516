// Adept. Its manual: one stack, a new recording for each gradient; arrays (aVector) instead of loops over adouble.
#include <adept_source.h>

#include <adept_arrays.h>

#include "peer.hpp"

namespace gradlane::peers {

/// One for the process, as the numbers look for theirs in a variable of the thread.
adept::Stack& stack() {
  static adept::Stack the(false);
  return the;
}
struct activation {
  activation() { stack().activate(); }
  activation(const activation&) = delete;
  activation& operator=(const activation&) = delete;
  ~activation() { stack().deactivate(); }
};

/// Sums over whole arrays.
class array_evaluator {
 public:
  explicit array_evaluator(const adept::aVector& x, const double* values) : x_(x), values_(values) {}

  template <class Kernel, class... Args>
  scalar_of<plain_loops<adept::adouble>> sum(const Args&... args) {
    scalar_of<plain_loops<adept::adouble>> total{};
    with_term<Kernel, adept::aVector>([&](const auto& terms) { total.a = adept::sum(terms); }, read(args)...);
    return total;
  }
  template <class Slice>
  scalar<double> max(const Slice& s) {
    const double* const x = values_ + s.offset();
    double best = x[0];
    for (std::size_t i = 1; i < s.size(); ++i) best = x[i] > best || x[i] != x[i] ? x[i] : best;
    return scalar<double>(best);
  }

 private:
  static adept::Vector view(const double* p, std::size_t size) {
    return {const_cast<double*>(p), adept::dimensions(static_cast<adept::Index>(size))};
  }
  adept::aVector part(std::size_t first, std::size_t size) const {
    return x_(adept::range(static_cast<adept::Index>(first), static_cast<adept::Index>(first + size) - 1));
  }
  template <class Arg>
  auto read(const Arg& a) const {
    if constexpr (is_slice<Arg>) {
      return part(a.offset(), a.size());
    } else if constexpr (is_product<Arg>) {
      adept::aVector z(static_cast<adept::Index>(a.size()));
      const adept::aVector x = part(a.x.offset(), a.x.size());
      for (std::size_t r = 0; r < a.size(); ++r)
        z(static_cast<adept::Index>(r)) = adept::sum(view(a.matrix.row(r), a.matrix.cols) * x);
      return z;
    } else if constexpr (is_passive_array<Arg>) {
      return view(a.p, a.size);
    } else {
      return scalar<double>(a).r;
    }
  }
  adept::aVector x_;
  const double* values_;
};

struct numbers {
  std::vector<adept::adouble> x;
  explicit numbers(std::size_t n) : x(n) {}
  void set(const double* values) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i].set_value(values[i]);
  }
  template <class Problem>
  adept::adouble value(const double* values, const typename Problem::template data<double>& data) {
    return objective_on<Problem, plain_loops<adept::adouble>>(x.data(), values, x.size(), data);
  }
  void gradient(double* g) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i].get_gradient(g[i]);
  }
  std::size_t bytes() const { return x.capacity() * sizeof(adept::adouble); }
};

struct arrays {
  adept::aVector x;
  explicit arrays(std::size_t n) : x(static_cast<adept::Index>(n)) {}
  void set(const double* values) {
    for (adept::Index i = 0; i < x.size(); ++i) x.data()[i] = values[i];
  }
  template <class Problem>
  adept::adouble value(const double* values, const typename Problem::template data<double>& data) {
    array_evaluator e(x, values);
    return Problem::value(slice<array_evaluator>{&e, static_cast<std::size_t>(x.size())}, data).a;
  }
  void gradient(double* g) {
    const adept::Vector found = x.get_gradient();
    std::copy_n(found.data(), x.size(), g);
  }
  std::size_t bytes() const { return static_cast<std::size_t>(x.size()) * sizeof(double); }
};

template <class Inputs>
struct stacked {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane) { return false; }
  template <class Problem, class, lane>
  class plan {
   public:
    plan(const shape& s, const typename Problem::template data<double>& data) : data_(data) {
      const activation on;
      inputs_.emplace_back(s.n);
    }
    ~plan() {
      const activation on;
      inputs_.clear();
    }
    plan(const plan&) = delete;
    plan& operator=(const plan&) = delete;
    void evaluate(const double* x, double* value, double* g) {
      const activation on;
      Inputs& inputs = inputs_.front();
      inputs.set(x);
      stack().new_recording();
      adept::adouble f = inputs.template value<Problem>(x, data_);
      f.set_gradient(1.0);
      stack().compute_adjoint();
      *value = f.value();
      inputs.gradient(g);
      if (bytes_ == 0) bytes_ = static_cast<std::size_t>(stack().memory());
    }
    std::size_t bytes() const { return inputs_.front().bytes() + bytes_; }

   private:
    typename Problem::template data<double> data_;
    std::vector<Inputs> inputs_;  // one, made and unmade while the stack is active
    std::size_t bytes_ = 0;
  };
};

template <class Problem>
void add_methods(entries<Problem>& to) {
  to.template add<stacked<numbers>, lane::scalar>("reverse_tape");
  if constexpr (Problem::facts.multiplies)
    to.leave_out("reverse_array", lane::elements, "without BLAS Adept multiplies no two active matrices");
  else
    to.template add<stacked<arrays>, lane::elements>("reverse_array");
}

}  // namespace gradlane::peers

GRADLANE_PEER("Adept " ADEPT_VERSION_STR)
