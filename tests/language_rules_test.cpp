// The language's rules: objectives written in every way that it allows have the right gradient by reverse mode.
// language_test.cpp has those whose code depends on the number of lanes, language_values_test.cpp special values.
#include "language_check.hpp"
#include "language_objectives.hpp"

namespace gradlane {
namespace {

using namespace language_objectives;
using language_check::check;

TEST(language, overlap_f32) { check<overlap, float>(); }

#define GRADLANE_CHECK(name) \
  TEST(language, name##_f64) { check<name, double>(); }

GRADLANE_CHECK(literals)
GRADLANE_CHECK(sum_used_twice)
GRADLANE_CHECK(parts_of_two_splits)
GRADLANE_CHECK(weighted)
GRADLANE_CHECK(product_under_log)
GRADLANE_CHECK(x_minus_x)
GRADLANE_CHECK(zero_times_x)
GRADLANE_CHECK(ignored_argument)
GRADLANE_CHECK(same_slice_twice)
GRADLANE_CHECK(unused_block)
GRADLANE_CHECK(drop_first_alone)
GRADLANE_CHECK(drop_both_under_exp)
GRADLANE_CHECK(overlap_under_log)
GRADLANE_CHECK(shift_by_two)
GRADLANE_CHECK(overlap_inside)
GRADLANE_CHECK(overlap_in_a_block)
GRADLANE_CHECK(two_sums_over_one_slice)
GRADLANE_CHECK(difference_of_sums)
GRADLANE_CHECK(difference_of_halves)
GRADLANE_CHECK(product_of_sums)
GRADLANE_CHECK(product_of_halves)
GRADLANE_CHECK(quotient)
GRADLANE_CHECK(same_line_twice)
GRADLANE_CHECK(linear_and_nonlinear)
GRADLANE_CHECK(scaled_sums)
GRADLANE_CHECK(nested_scalings)
GRADLANE_CHECK(reciprocal_of_sum)
GRADLANE_CHECK(nested_passive)
GRADLANE_CHECK(product_alone_under_log)
GRADLANE_CHECK(linear_product)

}  // namespace
}  // namespace gradlane
