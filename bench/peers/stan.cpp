// Stan Math. Its manual: var, grad() and recover_memory(), which keeps the arena for the next gradient; vectorised
// functions instead of loops where there are some, since each is one node: here sum and dot_product.
#include <stan/math/rev/mat.hpp>
#include <stan/math/version.hpp>

#include "peer.hpp"
#include "vector_forward.hpp"

namespace gradlane::peers {

struct stan_math {
  using active = stan::math::var;
  template <class Each>
  static GRADLANE_INLINE active sum(std::size_t length, Each each) {
    static thread_local std::vector<active> terms;
    terms.resize(length);
    for (std::size_t i = 0; i < length; ++i) each(i, [&](const active& term) { terms[i] = term; });
    return stan::math::sum(terms);
  }
  static active dot(const double* a, const active* x, std::size_t n) { return stan::math::dot_product(a, x, n); }
};

struct arena_tape {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane) { return false; }
  template <class Problem, class, lane>
  class plan {
   public:
    plan(const shape& s, const typename Problem::template data<double>& data) : data_(data), x_(s.n) {}
    void evaluate(const double* x, double* value, double* g) {
      for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = x[i];
      stan::math::var f = objective_on<Problem, stan_math>(x_.data(), x, x_.size(), data_);
      f.grad();
      *value = f.val();
      for (std::size_t i = 0; i < x_.size(); ++i) g[i] = x_[i].adj();
      stan::math::recover_memory();
    }
    std::size_t bytes() const { return x_.capacity() * sizeof(stan::math::var); }

   private:
    typename Problem::template data<double> data_;
    std::vector<stan::math::var> x_;
  };
};

template <class Problem>
void add_methods(entries<Problem>& to) {
  to.template add<arena_tape, lane::scalar>("reverse_tape");
}

}  // namespace gradlane::peers

#define GRADLANE_STAN_TEXT_OF(x) #x
#define GRADLANE_STAN_TEXT(x) GRADLANE_STAN_TEXT_OF(x)
GRADLANE_PEER("Stan Math " GRADLANE_STAN_TEXT(STAN_MATH_MAJOR) "." GRADLANE_STAN_TEXT(
    STAN_MATH_MINOR) "." GRADLANE_STAN_TEXT(STAN_MATH_PATCH))
