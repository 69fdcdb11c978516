// CoDiPack. Its manual: RealReverse, a tape of Jacobians that is recorded anew and reset between gradients (its memory
// stays); a tape of primal values where one recording is evaluated at other points; RealForwardVec for several tangents.
#include <codi.hpp>

#include "peer.hpp"
#include "vector_forward.hpp"

namespace gradlane::peers {

template <std::size_t N>
struct forward_vector : plain_loops<codi::RealForwardVec<N>> {
  using active = codi::RealForwardVec<N>;
  static constexpr std::size_t directions = N, chunk = 16;
  static void set(active& a, double x) { a = x; }
  static void seed(active& a, std::size_t k, double x) {
    a = x;
    a.gradient()[k] = 1;
  }
  static double value(const active& a) { return a.getValue(); }
  static double tangent(const active& a, std::size_t k) { return a.getGradient()[k]; }
};

/// Records the objective at x on the type's one tape. Returns the result, which is an output.
template <class Problem, class Real>
Real record(std::vector<Real>& active, const double* x, const typename Problem::template data<double>& data) {
  auto& tape = Real::getTape();
  tape.setActive();
  for (std::size_t i = 0; i < active.size(); ++i) {
    active[i] = x[i];
    tape.registerInput(active[i]);
  }
  Real f = objective_on<Problem, plain_loops<Real>>(active.data(), x, active.size(), data);
  tape.registerOutput(f);
  tape.setPassive();
  return f;
}

struct jacobian_tape {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane) { return false; }
  template <class Problem, class, lane>
  class plan {
    using active = codi::RealReverse;

   public:
    plan(const shape& s, const typename Problem::template data<double>& data) : data_(data), x_(s.n) {}
    void evaluate(const double* x, double* value, double* g) {
      active f = record<Problem>(x_, x, data_);
      auto& tape = active::getTape();
      f.setGradient(1);
      tape.evaluate();
      *value = f.getValue();
      for (std::size_t i = 0; i < x_.size(); ++i) g[i] = x_[i].getGradient();
      if (bytes_ == 0) bytes_ = static_cast<std::size_t>(tape.getTapeValues().getUsedMemorySize());  // it takes a while
      tape.reset();
    }
    std::size_t bytes() const { return x_.capacity() * sizeof(active) + bytes_; }

   private:
    typename Problem::template data<double> data_;
    std::vector<active> x_;
    std::size_t bytes_ = 0;
  };
};

struct primal_tape {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane) { return false; }
  template <class Problem, class, lane>
  class plan {
    using active = codi::RealReversePrimal;
    using tape_type = typename active::Tape;

   public:
    /// What is recorded is taken out of the type's tape, which the next plan needs.
    plan(const shape& s, const typename Problem::template data<double>& data) : x_(s.n) {
      const std::vector<double> somewhere(s.n, 0.5);
      active::getTape().reset();
      const active f = record<Problem>(x_, somewhere.data(), data);
      result_ = f.getIdentifier();
      active::getTape().swap(tape_);
      end_ = tape_.getPosition();
    }
    void evaluate(const double* x, double* value, double* g) {
      // Identifiers are counted for all tapes of the type together: the count is set to this one's.
      tape_.resetTo(end_, false);
      for (std::size_t i = 0; i < x_.size(); ++i) tape_.setPrimal(x_[i].getIdentifier(), x[i]);
      tape_.evaluatePrimal();
      *value = tape_.getPrimal(result_);
      tape_.setGradient(result_, 1);
      tape_.evaluate();
      for (std::size_t i = 0; i < x_.size(); ++i) g[i] = tape_.getGradient(x_[i].getIdentifier());
      tape_.clearAdjoints();
    }
    std::size_t bytes() const {
      return x_.capacity() * sizeof(active) + static_cast<std::size_t>(tape_.getTapeValues().getUsedMemorySize());
    }

   private:
    std::vector<active> x_;
    tape_type tape_;
    typename active::Identifier result_;
    typename tape_type::Position end_;
  };
};

template <class Problem>
void add_methods(entries<Problem>& to) {
  to.template add<vector_forward<forward_vector>, lane::directions>("forward_mode");
  to.template add<jacobian_tape, lane::scalar>("reverse_tape");
  to.template add<primal_tape, lane::scalar>("reverse_tape_replayed");
}

}  // namespace gradlane::peers

#define GRADLANE_CODI_TEXT_OF(x) #x
#define GRADLANE_CODI_TEXT(x) GRADLANE_CODI_TEXT_OF(x)
GRADLANE_PEER("CoDiPack " GRADLANE_CODI_TEXT(CODI_MAJOR_VERSION) "." GRADLANE_CODI_TEXT(CODI_MINOR_VERSION))
