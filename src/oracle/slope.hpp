// The order at which a first-order remainder R(ε) shrinks: 2 if the gradient is right, 1 if it is wrong.
//
// R = |ε (g − ĝ)·v + ε²/2 vᵀHv + O(ε³)| + noise. On log-log axes it is a line of slope 2 between two regions that tell
// nothing: on the left rounding (a floor) and what ĝ may be off by anyway (slope 1), on the right higher derivatives.
// So only points well above both of the former count, of those only ε ≤ 1/8, and of those the 12 with the smallest ε.
// The slope is the median of the slopes through all pairs of points (Theil and Sen): up to 29 % of the points may lie
// anywhere, where least squares would follow the worst one.
//
// The same for the remainders of other orders, R_k = |L(w+εv) − its Taylor polynomial of degree k|, whose slope is k + 1:
// 1 for the mere change of L, 3 for gradient and Hessian, if the last term of the polynomial is right.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace gradlane {

struct slope_fit {
  std::optional<double> slope;
  /// "ok": within [1.9, 2.1]. "wrong": at most 1.5. "no curvature": at least 2.9, vᵀHv vanishes. "unclear": between. For
  /// another order all are shifted with it, and "no curvature" is called "next term vanishes".
  /// Without a slope "linear": no point is above the floor, and "too noisy": fewer than four points count.
  std::string_view verdict;
  /// The useful range of ε, where the verdict is "ok": around the points that the slope was taken from, as far as R stays
  /// within a factor of 1.5 of c·ε² (or the order's power). Below it noise and the error of ĝ take over, above it the higher derivatives.
  struct range {
    double from, to;
  };
  std::optional<range> useful;
};

/// `epsilon` > 0, in any order. `floor` is the noise that does not depend on ε, `admissible` ‖g − ĝ‖ as it may be, of
/// order 2 also `admissible_product` ‖Hv − ĥ‖.
slope_fit fit_slope(std::span<const double> epsilon, std::span<const double> remainder, double floor, double admissible,
                    int order = 1, double admissible_product = 0);

/// The floor of a curve in working precision: the largest of the `tail` remainders with the smallest ε, at least
/// `least`.
double noise_floor(std::span<const double> epsilon, std::span<const double> remainder, std::size_t tail, double least);

}  // namespace gradlane
