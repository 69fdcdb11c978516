// Boost.Math. autodiff: derivatives in one variable, so one sweep for each input; its manual's functions of several
// variables nest the type once a variable, which grows as 2ⁿ. finite_difference: differences of a function of one
// variable with steps that Boost chooses, and the complex step.
#include <boost/math/differentiation/autodiff.hpp>
#include <boost/math/differentiation/finite_difference.hpp>
#include <boost/version.hpp>
#include <complex>

#include "peer.hpp"
#include "vector_forward.hpp"

namespace gradlane::peers {

namespace differentiation = boost::math::differentiation;

struct fvar : plain_loops<differentiation::autodiff_fvar<double, 1>> {
  static constexpr std::size_t directions = 1;
  static void set(active& a, double x) { a = active(x); }
  static void seed(active& a, std::size_t, double x) { a = differentiation::make_fvar<double, 1>(x); }
  static double value(const active& a) { return a.derivative(0); }
  static double tangent(const active& a, std::size_t) { return a.derivative(1); }
};

/// The objective as a function of input j, the others being what they are.
template <class Problem, class A>
class along {
 public:
  along(const typename Problem::template data<double>& data, std::size_t n) : data_(data), x_(n), values_(n) {}
  void set(const double* x) {
    for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = values_[i] = x[i];
  }
  A value() const { return objective_on<Problem, plain_loops<A>>(x_.data(), values_.data(), x_.size(), data_); }
  /// Calls derivative(f, x_j) for each j, f being the function of input j.
  template <class Derivative>
  void gradient(double* g, Derivative derivative) {
    for (std::size_t j = 0; j < x_.size(); ++j) {
      const double at = values_[j];
      g[j] = derivative(
          [&](const A& a) {
            x_[j] = a;
            if constexpr (std::is_same_v<A, double>) values_[j] = a;
            return value();
          },
          at);
      x_[j] = values_[j] = at;
    }
  }
  std::size_t bytes() const { return x_.capacity() * sizeof(A) + values_.capacity() * sizeof(double); }

 private:
  typename Problem::template data<double> data_;
  std::vector<A> x_;
  std::vector<double> values_;
};

template <std::size_t Order>
struct difference {
  static constexpr method_facts facts{.order = Order, .sweeps = true};
  static constexpr bool splits(lane) { return false; }
  template <class Problem, class, lane>
  class plan {
   public:
    plan(const shape& s, const typename Problem::template data<double>& data) : f_(data, s.n) {}
    void evaluate(const double* x, double* value, double* g) {
      f_.set(x);
      *value = f_.value();
      f_.gradient(g, [](auto f, double at) {
        return differentiation::finite_difference_derivative<decltype(f), double, Order>(f, at);
      });
    }
    std::size_t bytes() const { return f_.bytes(); }

   private:
    along<Problem, double> f_;
  };
};

struct complex_difference {
  static constexpr method_facts facts{.sweeps = true};
  static constexpr bool splits(lane) { return false; }
  template <class Problem, class, lane>
  class plan {
   public:
    plan(const shape& s, const typename Problem::template data<double>& data) : f_(data, s.n) {}
    void evaluate(const double* x, double* value, double* g) {
      f_.set(x);
      *value = f_.value().real();
      f_.gradient(g, [](auto f, double at) { return differentiation::complex_step_derivative(f, at); });
    }
    std::size_t bytes() const { return f_.bytes(); }

   private:
    along<Problem, std::complex<double>> f_;
  };
};

/// The step that Boost takes near x = 0, its `h`, for the tolerance of the check.
template <std::size_t Order>
double step_of() {
  constexpr double eps = std::numeric_limits<double>::epsilon();
  if (Order == 1) return 2 * std::sqrt(eps);
  if (Order == 2) return std::pow(3 * eps, 1. / 3);
  if (Order == 4) return std::pow(11.25 * eps, 1. / 5);
  if (Order == 6) return std::pow(eps / 168, 1. / 7);
  return std::pow(551.25 * eps, 1. / 9);
}
template <std::size_t Order, class Problem>
void add_difference(entries<Problem>& to, const char* method) {
  to.template add<difference<Order>, lane::scalar>(method).default_step = step_of<Order>();
}

template <class Problem>
void add_methods(entries<Problem>& to) {
  to.template add<scalar_forward<fvar>, lane::scalar>("forward_mode");
  to.template add<complex_difference, lane::scalar>("complex_step");
  add_difference<1>(to, "forward_difference");
  add_difference<2>(to, "central_difference_2");
  add_difference<4>(to, "central_difference_4");
  add_difference<6>(to, "central_difference_6");
  add_difference<8>(to, "central_difference_8");
}

}  // namespace gradlane::peers

GRADLANE_PEER("Boost " BOOST_LIB_VERSION)
