// Sacado (Trilinos). Its manual: SFad where the number of derivatives is a constant, of the family that fits (the one
// that propagates through an expression in reverse and keeps its values computes exp once, not once a tangent); for
// reverse mode Rad::ADvar, whose memory is kept from gradient to gradient.
#include <Trilinos_version.h>
#include <Sacado_No_Kokkos.hpp>

#include "peer.hpp"
#include "vector_forward.hpp"

namespace gradlane::peers {

template <std::size_t N>
struct sfad : plain_loops<Sacado::ELRCacheFad::SFad<double, static_cast<int>(N)>> {
  using active = Sacado::ELRCacheFad::SFad<double, static_cast<int>(N)>;
  static constexpr std::size_t directions = N, chunk = 16;
  static void set(active& a, double x) { a = x; }
  static void seed(active& a, std::size_t k, double x) { a = active(static_cast<int>(N), static_cast<int>(k), x); }
  static double value(const active& a) { return a.val(); }
  static double tangent(const active& a, std::size_t k) { return a.fastAccessDx(static_cast<int>(k)); }
};

struct rad {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane) { return false; }

  template <class Problem, class, lane>
  class plan {
    using active = Sacado::Rad::ADvar<double>;

   public:
    plan(const shape& s, const typename Problem::template data<double>& data) : data_(data), x_(s.n) {}
    void evaluate(const double* x, double* value, double* g) {
      // The first operation after a gradient takes back all memory, so that every variable begins anew.
      for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = x[i];
      const active f = objective_on<Problem, plain_loops<active>>(x_.data(), x, x_.size(), data_);
      Sacado::Rad::ADcontext<double>::Gradcomp();
      *value = f.val();
      for (std::size_t i = 0; i < x_.size(); ++i) g[i] = x_[i].adj();
    }
    std::size_t bytes() const { return x_.capacity() * sizeof(active); }

   private:
    typename Problem::template data<double> data_;
    std::vector<active> x_;
  };
};

template <class Problem>
void add_methods(entries<Problem>& to) {
  to.template add<vector_forward<sfad>, lane::directions>("forward_mode");
  to.template add<rad, lane::scalar>("reverse_tape");
}

}  // namespace gradlane::peers

GRADLANE_PEER("Trilinos Sacado " TRILINOS_VERSION_STRING)
