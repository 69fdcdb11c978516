// All points of an interval at which a function of one variable has slope zero, from many starts at once.
//
// Every start follows Newton's method on the slope, x ← x − L′/L″. Where the slopes of two points have different signs, a
// zero lies between them: from then on the start keeps them as a bracket, and halves it wherever Newton's step leaves it or is
// no less than half of the last one (Press et al., Numerical Recipes, section 9.4, "rtsafe"). Starts are spread evenly, and
// neighbours whose slopes differ in sign begin with a bracket, so that no change of sign between starts is missed. A zero
// that the slope only touches has no bracket: starts reach it by Newton's method alone, halving their distance a step, down
// to where the slope is lost in rounding.
//
// A start ends when its step is below the spacing of x; or when the slope is below `noise`, 4 eps of the largest slope among
// the starts, which bounds the rounding of a sum whose terms are no larger than that, and steps no longer shrink.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

namespace gradlane::bench {

enum class critical_kind { minimum, maximum, inflection, flat };
inline std::string_view text(critical_kind kind) {
  constexpr std::string_view names[] = {"minimum", "maximum", "inflection", "flat"};
  return names[static_cast<std::size_t>(kind)];
}

struct critical_point {
  double x = 0, value = 0, slope = 0, curvature = 0;
  critical_kind kind = critical_kind::flat;
  bool degenerate = false;  ///< its curvature is zero up to rounding: neighbours say what it is
  double from = 0, to = 0;  ///< the starts that ended here ended within these
  std::size_t starts = 0;
};

/// straight: the function bends nowhere, so that the slope stays what it is.
enum class start_end { running, converged, left, straight, not_converged, not_finite };
inline std::string_view text(start_end end) {
  constexpr std::string_view names[] = {"running", "converged", "left", "straight", "not converged", "not finite"};
  return names[static_cast<std::size_t>(end)];
}

/// Value, slope and curvature at as many points as there are starts.
using curve_sampler = std::function<void(const double* x, double* value, double* slope, double* curvature)>;

class critical_search {
 public:
  static constexpr int most_rounds = 200;

  /// At least two starts, from < to.
  critical_search(curve_sampler sample, double from, double to, std::size_t starts);
  void run();

  std::vector<critical_point> found{};  ///< by x
  /// Of each start: where it began and stands, and what became of it.
  std::vector<double> began, x, value, slope, curvature;
  std::vector<start_end> ends;
  std::vector<double> first_value{}, first_slope{}, first_curvature{};  ///< at the starts
  int rounds = 0;
  double noise = 0;  ///< of a slope

 private:
  struct bracket {
    double low, high;  // x; no bracket where they are equal
    bool rises;        // the slope is negative at low
    double last_step;
    double last_x, last_slope;
  };
  double spacing() const { return (to_ - from_) / static_cast<double>(began.size() - 1); }
  void begin();
  void advance(std::size_t k);
  double step_within(bracket& b, double at, double newton) const;
  void gather();
  void classify();

  curve_sampler sample_;
  double from_, to_;
  std::vector<bracket> brackets_;
  double steepest_bend_ = 0;
};

}  // namespace gradlane::bench
