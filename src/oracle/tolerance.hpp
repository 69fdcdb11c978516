// How large an error may be before an implementation is called wrong. Never relative to max(1, …): a gradient that is
// small everywhere is held to its own size.
//
// Exact methods (order 0). Component i is a sum of terms; each is rounded a few times and the sums add about log₂ n
// roundings more, relative to the terms and not to what is left of them after cancellation. So with s_i = Σ|terms|
// (magnitude.hpp):   |ĝ_i − g_i| ≤ r(n)·s_i,   r(n) = eps·max(8·log₂ max(n, 2), √n/2).
// The first part is for sums by a tree. The second, larger above n = 2¹⁶, is for an implementation that adds in order
// (scalar code, other libraries): its n roundings walk at random, √n·u = √n/2·eps. The same holds of ‖·‖₂, hence
// the tolerance that is reported, r(n)·‖s‖/‖g‖. The value has the same bound with its own Σ|terms|.
//
// The complex step is such a method: its truncation, 20·h² of s_i like the one below, only shows for a step of the
// user's.
//
// Finite differences (order p, relative step c, h_i = c·max(1, |x_i|)). Truncation: the Taylor remainder is C_p·h^p times
// the derivative p+1 of L, for which s_i stands in at first; noise: each value is off by about eps·S, S = Σ|terms of L|,
// and the quotient divides that by h.   ‖ĝ − g‖ ≤ 20·(h^p·‖s‖ + eps·S·√n/h)
// Where that is exceeded, the derivatives themselves decide, taken in quad, with C_p = ⌊p/2⌋!²/(p+1)!: those of chain, a
// polynomial of degree 8, can be a thousand times larger than the gradient.
// S and not |L|, since rounding does not shrink where the terms cancel; it grows like n, a component does not, so the
// relative error grows about like n. Where the error predicted, without the factor 20, is above a tenth of ‖g‖, the
// gradient has no digits: then the bound still holds, but it says nothing about the method, and the row is marked. Below
// that, the tolerance is less than ‖g‖ whatever the factor makes of it: a zero gradient is never ok.
#pragma once

#include <cstddef>
#include <string_view>

#include "oracle/oracle.hpp"

namespace gradlane {

enum class verdict { ok, wrong, no_digits };
/// "ok", "wrong", "no digits".
std::string_view text(verdict v);

struct judgement {
  double tolerance = 0;  ///< what gradient_error::relative is held against; infinite where ‖g‖ = 0
  double predicted = 0;  ///< relative error of a finite difference by its theory; 0 for exact methods
  verdict result = verdict::wrong;
};

/// eps of T·max(8·log₂ max(n, 2), √n/2).
template <class T>
double rounding_factor(std::size_t n);

/// The truncation-optimal relative step of order p: eps^(1/(p+1)).
template <class T>
double optimal_step(int order);

/// Judges a gradient. `order` (0: exact) and `step` (relative, as used; 0: none) are the implementation's.
/// `x_scale` is the largest max(1, |x_i|), 1 for the suite's own inputs.
template <class T>
judgement judge(const gradient_error& gradient, const value_error& value, std::size_t n, int order, double step,
                double x_scale = 1);

/// The value alone: exact up to rounding, whatever the method; that of a complex step off by its truncation as well.
template <class T>
bool value_is_right(const value_error& value, std::size_t n, double complex_step = 0);

}  // namespace gradlane
