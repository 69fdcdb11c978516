// The parts of a run and what they find.
#pragma once

#include "common/parts.hpp"
#include "curvature/sweep.hpp"

namespace gradlane::bench {

struct findings : common_findings {
  json products = json::array(), hessians = json::array(), remainders = json::array(), models = json::array();
};

/// What each is called on the command line and in rows of what it leaves out.
inline constexpr const char product_part[] = "products", hessian_part[] = "hessians", remainder_part[] = "remainders",
                            model_part[] = "models";
void add_products(const shard& s, const run_context& run, findings& found);
void add_hessians(const shard& s, const run_context& run, findings& found);
void add_remainders(const shard& s, const run_context& run, findings& found);
void add_models(const shard& s, const run_context& run, findings& found);

}  // namespace gradlane::bench
