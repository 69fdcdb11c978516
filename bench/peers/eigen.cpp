// Eigen's AutoDiffScalar (unsupported modules) with a derivative vector of constant size, which its documentation asks
// for where the size is known.
#include <Eigen/Core>
#include <unsupported/Eigen/AutoDiff>

#include "peer.hpp"
#include "vector_forward.hpp"

namespace gradlane::peers {

template <std::size_t N>
struct autodiff_scalar : plain_loops<Eigen::AutoDiffScalar<Eigen::Matrix<double, static_cast<int>(N), 1>>> {
  using active = Eigen::AutoDiffScalar<Eigen::Matrix<double, static_cast<int>(N), 1>>;
  static constexpr std::size_t directions = N, chunk = 16;
  static void set(active& a, double x) { a = active(x); }
  static void seed(active& a, std::size_t k, double x) { a = active(x, static_cast<int>(N), static_cast<int>(k)); }
  static double value(const active& a) { return a.value(); }
  static double tangent(const active& a, std::size_t k) { return a.derivatives()[static_cast<Eigen::Index>(k)]; }
};

template <class Problem>
void add_methods(entries<Problem>& to) {
  to.template add<vector_forward<autodiff_scalar>, lane::directions>("forward_mode");
}

}  // namespace gradlane::peers

#define GRADLANE_EIGEN_TEXT_OF(x) #x
#define GRADLANE_EIGEN_TEXT(x) GRADLANE_EIGEN_TEXT_OF(x)
GRADLANE_PEER("Eigen " GRADLANE_EIGEN_TEXT(EIGEN_WORLD_VERSION) "." GRADLANE_EIGEN_TEXT(
    EIGEN_MAJOR_VERSION) "." GRADLANE_EIGEN_TEXT(EIGEN_MINOR_VERSION))
