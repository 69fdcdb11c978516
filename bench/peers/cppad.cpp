// CppAD. Its manual: hold_memory where functions are recorded often; no comparisons recorded where there are none; a
// recording that is evaluated often is optimised first; the check for NaN is for debugging.
#include <cppad/cppad.hpp>

#include "peer.hpp"

namespace gradlane::peers {

template <bool Replayed>
struct recorded_function {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane) { return false; }
  template <class Problem, class, lane>
  class plan {
    using active = CppAD::AD<double>;

   public:
    plan(const shape& s, const typename Problem::template data<double>& data)
        : data_(data), active_x_(s.n), active_y_(1), x_(s.n), weight_{1} {
      CppAD::thread_alloc::hold_memory(true);
      if (!Replayed) return;
      record(std::vector<double>(s.n, 0.5).data());
      function_.optimize("no_compare_op");
    }
    void evaluate(const double* x, double* value, double* g) {
      if (Replayed) {
        std::copy_n(x, x_.size(), x_.begin());
        *value = function_.Forward(0, x_)[0];
      } else {
        record(x);
        *value = CppAD::Value(active_y_[0]);
      }
      const std::vector<double> gradient = function_.Reverse(1, weight_);
      std::copy(gradient.begin(), gradient.end(), g);
    }
    std::size_t bytes() const {
      return active_x_.capacity() * sizeof(active) + x_.capacity() * sizeof(double) + function_.size_op_seq();
    }

   private:
    /// The constructor leaves the values of the recording in the function: no forward sweep is needed.
    void record(const double* x) {
      for (std::size_t i = 0; i < active_x_.size(); ++i) active_x_[i] = x[i];
      CppAD::Independent(active_x_, 0, false);
      active_y_[0] = objective_on<Problem, plain_loops<active>>(active_x_.data(), x, active_x_.size(), data_);
      CppAD::ADFun<double> function(active_x_, active_y_);
      function_.swap(function);
      function_.check_for_nan(false);
    }
    typename Problem::template data<double> data_;
    std::vector<active> active_x_, active_y_;
    std::vector<double> x_, weight_;
    CppAD::ADFun<double> function_;
  };
};

template <class Problem>
void add_methods(entries<Problem>& to) {
  to.template add<recorded_function<false>, lane::scalar>("reverse_tape");
  to.template add<recorded_function<true>, lane::scalar>("reverse_tape_replayed");
}

}  // namespace gradlane::peers

GRADLANE_PEER(CPPAD_PACKAGE_STRING)
