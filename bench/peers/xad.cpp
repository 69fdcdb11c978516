// XAD. Its manual: one tape, cleared and recorded anew for each gradient; forward mode with several directions.
#include <XAD/XAD.hpp>

#include "peer.hpp"
#include "vector_forward.hpp"

namespace gradlane::peers {

template <std::size_t N>
struct forward_real : plain_loops<typename xad::fwd<double, N>::active_type> {
  using active = typename xad::fwd<double, N>::active_type;
  static constexpr std::size_t directions = N, chunk = 16;
  static void set(active& a, double x) { a = x; }
  static void seed(active& a, std::size_t k, double x) {
    a = x;
    xad::derivative(a)[k] = 1;
  }
  static double value(const active& a) { return xad::value(a); }
  static double tangent(const active& a, std::size_t k) { return xad::derivative(a)[k]; }
};

struct adjoint_tape {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane) { return false; }
  template <class Problem, class, lane>
  class plan {
    using mode = xad::adj<double>;
    using active = mode::active_type;

   public:
    plan(const shape& s, const typename Problem::template data<double>& data) : data_(data), tape_(false), x_(s.n) {}
    plan(const plan&) = delete;
    plan& operator=(const plan&) = delete;
    /// Numbers give their slots back to the tape that is active.
    ~plan() {
      const activation on(tape_);
      x_.clear();
    }
    void evaluate(const double* x, double* value, double* g) {
      const activation on(tape_);
      // Slots of temporaries that do not die in the order of a stack are lost until clearAll, and every reverse sweep
      // goes through them; so all numbers begin anew (in the same memory).
      const std::size_t n = x_.size();
      x_.clear();
      tape_.clearAll();
      for (std::size_t i = 0; i < n; ++i) x_.emplace_back(x[i]);
      tape_.registerInputs(x_);
      tape_.newRecording();
      active f = objective_on<Problem, plain_loops<active>>(x_.data(), x, x_.size(), data_);
      tape_.registerOutput(f);
      xad::derivative(f) = 1;
      tape_.computeAdjoints();
      *value = xad::value(f);
      for (std::size_t i = 0; i < x_.size(); ++i) g[i] = xad::derivative(x_[i]);
    }
    std::size_t bytes() const { return x_.capacity() * sizeof(active) + tape_.getMemory(); }

   private:
    struct activation {
      mode::tape_type& tape;
      explicit activation(mode::tape_type& t) : tape(t) { tape.activate(); }
      activation(const activation&) = delete;
      activation& operator=(const activation&) = delete;
      ~activation() { tape.deactivate(); }
    };
    typename Problem::template data<double> data_;
    mode::tape_type tape_;
    std::vector<active> x_;
  };
};

template <class Problem>
void add_methods(entries<Problem>& to) {
  to.template add<vector_forward<forward_real>, lane::directions>("forward_mode");
  to.template add<adjoint_tape, lane::scalar>("reverse_tape");
}

}  // namespace gradlane::peers

GRADLANE_PEER("XAD " XAD_VERSION_STRING)
