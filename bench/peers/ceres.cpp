// Ceres Solver's Jet: dual numbers with N tangents in an Eigen vector. Its manual: AutoDiffCostFunction where the number
// of parameters is a constant, so that everything unrolls; DynamicAutoDiffCostFunction elsewhere, which goes through
// the parameters in strides of a constant length.
#include <ceres/jet.h>
#include <ceres/version.h>

#include "peer.hpp"
#include "vector_forward.hpp"

namespace gradlane::peers {

template <std::size_t N>
struct jet : plain_loops<ceres::Jet<double, static_cast<int>(N)>> {
  using active = ceres::Jet<double, static_cast<int>(N)>;
  static constexpr std::size_t directions = N, chunk = 16;
  static void set(active& a, double x) { a = active(x); }
  static void seed(active& a, std::size_t k, double x) { a = active(x, static_cast<int>(k)); }
  static double value(const active& a) { return a.a; }
  static double tangent(const active& a, std::size_t k) { return a.v[static_cast<Eigen::Index>(k)]; }
};

template <class Problem>
void add_methods(entries<Problem>& to) {
  to.template add<vector_forward<jet>, lane::directions>("forward_mode");
}

}  // namespace gradlane::peers

GRADLANE_PEER("Ceres Solver " CERES_VERSION_STRING)
