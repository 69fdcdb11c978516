// autodiff. Its manual: `real` for gradients in forward mode, one tangent a sweep; `var`, an expression tree on the heap
// that is built anew each time. Trees are walked by recursion, one level a term of a sum: hence the limit of n.
#include <autodiff/forward/real.hpp>
#include <autodiff/reverse/var.hpp>

#include "peer.hpp"
#include "vector_forward.hpp"

namespace gradlane::peers {

struct forward_real : plain_loops<autodiff::real> {
  static constexpr std::size_t directions = 1;
  static void set(active& a, double x) { a = x; }
  static void seed(active& a, std::size_t, double x) {
    a = x;
    a[1] = 1;
  }
  static double value(const active& a) { return a[0]; }
  static double tangent(const active& a, std::size_t) { return a[1]; }
};

struct expression_tree {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane) { return false; }
  template <class Problem, class, lane>
  class plan {
   public:
    plan(const shape& s, const typename Problem::template data<double>& data) : data_(data), x_(s.n) {}
    void evaluate(const double* x, double* value, double* g) {
      for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = x[i];
      autodiff::var f = objective_on<Problem, plain_loops<autodiff::var>>(x_.data(), x, x_.size(), data_);
      f.update();
      *value = val(f);
      // What its `gradient` does: each variable is told where its derivative goes, then the tree is walked once.
      for (std::size_t i = 0; i < x_.size(); ++i) {
        g[i] = 0;
        x_[i].expr->bind_value(&g[i]);
      }
      f.expr->propagate(1);
      for (auto& xi : x_) xi.expr->bind_value(nullptr);
    }
    std::size_t bytes() const { return x_.capacity() * sizeof(autodiff::var); }

   private:
    typename Problem::template data<double> data_;
    std::vector<autodiff::var> x_;
  };
};

template <class Problem>
void add_methods(entries<Problem>& to) {
  to.template add<scalar_forward<forward_real>, lane::scalar>("forward_mode");
  to.template add<expression_tree, lane::scalar>("reverse_tape").max_n = 4096;
}

}  // namespace gradlane::peers

GRADLANE_PEER("autodiff")
