// Mutants of second derivatives: slips of the product, of value and gradient beside it, and what goes wrong around it. In
// the modules one pass gives all three, so that each may be right while another is not.
#include <cmath>
#include <cstdlib>

#include "directed.hpp"
#include "parallel.hpp"

namespace gradlane::referee {
namespace {

constexpr const char* softmax = "log_sum_exp/forward_over_fused/elements";
constexpr const char* softmax_directions = "log_sum_exp/forward_over_fused/directions";
constexpr const char* diagonal = "quartic/forward_over_fused/elements";
constexpr const char* diagonal_directions = "quartic/forward_over_tape/directions";
constexpr const char* tridiagonal = "rosenbrock/forward_over_fused/elements";
constexpr const char* tridiagonal_points = "rosenbrock/forward_twice/points";
constexpr const char* dense = "quadratic_form/forward_over_fused/elements";
constexpr const char* dense_directions = "quadratic_form/forward_over_tape/directions";

/// The sound call, and f(c) after it.
template <class F>
constexpr auto then(F) {
  return [](directed_call& c) {
    const gradlane_status s = c.sound();
    if (s == GRADLANE_OK) F{}(c);
    return s;
  };
}
/// The sound call, and each component of each product changed by f(h_ik, c, i, k).
template <class F>
constexpr auto with_products(F) {
  return then(
      [](directed_call& c) { c.for_each_product([&](double& h, std::size_t i, std::size_t k) { F{}(h, c, i, k); }); });
}
/// Value and gradient as they should be, and no product.
gradlane_status gradient_alone(directed_call& c) {
  return c.sound(c.x, c.v, c.value, c.gradient, c.room(c.p.other, c.span()));
}

std::vector<suspect> wrong_numbers_of_products() {
  return {
      product_mutant("zero_product", "the product is 0, value and gradient right", {softmax, dense_directions},
                     with_products([](double& h, auto&&...) { h = 0; })),
      product_mutant("rank_one_dropped", "of diag(s) − ssᵀ, the Hessian of log Σ exp, the diagonal alone",
                     {softmax, softmax_directions},
                     with_products([](double& h, auto& c, std::size_t i, std::size_t k) { h = c.g(i) * c.d(i, k); })),
      product_mutant("sign_of_product", "the product with −∇²L", {dense},
                     with_products([](double& h, auto&&...) { h = -h; })),
      product_mutant("factor_of_product", "the product with the Hessian of 2L",
                     {"gaussian_bump/forward_over_tape/directions"},
                     with_products([](double& h, auto&&...) { h *= 2; })),
      product_mutant("product_not_symmetric", "a skew part of 10⁻⁹ beside the Hessian", {dense, tridiagonal},
                     with_products([](double& h, auto& c, std::size_t i, std::size_t k) {
                       if (i + 1 < c.n()) h += 1e-9 * c.d(i + 1, k);
                       if (i > 0) h -= 1e-9 * c.d(i - 1, k);
                     })),
      product_mutant("product_without_a_term", "∂²/∂a∂b of one term counts for b alone", {tridiagonal},
                     with_products([](double& h, auto& c, std::size_t i, std::size_t k) {
                       if (i == c.n() / 2 && i + 1 < c.n()) h += 400 * c.x[i] * c.d(i + 1, k);
                     })),
      product_mutant("product_at_register_edge", "what crosses from one register to the next is lost", {tridiagonal},
                     with_products([](double& h, auto& c, std::size_t i, std::size_t k) {
                       if (i > 0 && i % c.p.width == 0) h += 400 * c.x[i - 1] * c.d(i - 1, k);
                     })),
      product_mutant("product_beyond_a_block", "beyond the first block of 4096 there is no product", {diagonal},
                     with_products([](double& h, auto&, std::size_t i, auto) { h = i >= 4096 ? 0 : h; })),
      product_mutant("last_of_product", "the last element of a tail gets its neighbour's product", {diagonal},
                     then([](directed_call& c) {
                       if (c.n() > 1 && c.n() % c.p.width != 0) c.h(c.n() - 1) = c.h(c.n() - 2);
                     })),
      product_mutant("f32_product", "computed in f32, handed out as f64", {softmax},
                     with_products([](double& h, auto&&...) { h = static_cast<float>(h); })),
      product_mutant("second_differences", "a difference of gradients, (∇L(x+hv) − ∇L(x−hv))/2h, posing as exact",
                     {softmax},
                     [](directed_call& c) {
                       const double step = 0x1p-17;
                       double* const moved = c.copy_of_x();
                       double* const after = c.room(c.p.kept_v, c.n());
                       double* const rest = c.room(c.p.other, c.n());
                       for (std::size_t i = 0; i < c.n(); ++i) moved[i] = c.x[i] + step * c.d(i);
                       c.sound(moved, c.v, c.value, after, rest);
                       for (std::size_t i = 0; i < c.n(); ++i) moved[i] = c.x[i] - step * c.d(i);
                       c.sound(moved, c.v, c.value, c.gradient, rest);
                       for (std::size_t i = 0; i < c.n(); ++i) c.h(i) = (after[i] - c.g(i)) / (2 * step);
                       return gradient_alone(c);
                     }),
      product_mutant("directions_swapped", "a shuffle swaps the first two directions of every register",
                     {softmax_directions}, then([](directed_call& c) {
                       for (std::size_t i = 0; i < c.n(); ++i)
                         for (std::size_t k = 0; k + 1 < c.count(); k += c.p.width) std::swap(c.h(i, k), c.h(i, k + 1));
                     })),
      product_mutant("last_direction", "behind the last full register a direction gets the product before it",
                     {dense_directions, tridiagonal_points}, then([](directed_call& c) {
                       if (c.count() < 2 || c.count() % c.p.width == 0) return;
                       for (std::size_t i = 0; i < c.n(); ++i) c.h(i, c.count() - 1) = c.h(i, c.count() - 2);
                     })),
      product_mutant("gradient_beside_product", "the product is right, the last component of the gradient is not",
                     {"chain/forward_over_fused/elements"}, then([](directed_call& c) { c.g(c.n() - 1) *= 2; })),
      product_mutant("value_beside_product", "product and gradient are right, the value is that of −L",
                     {diagonal_directions}, then([](directed_call& c) { c.value[0] = -c.value[0]; })),
      product_mutant("gradient_by_v", "a component of the gradient is rounded otherwise where v goes uphill", {softmax},
                     then([](directed_call& c) {
                       for (std::size_t i = 0; i < c.n(); ++i)
                         if (c.d(i) > 0) c.g(i) = std::nextafter(c.g(i), 0.0);
                     })),
  };
}

std::vector<suspect> wrong_nan_of_products() {
  return {
      product_mutant("nan_of_v_in_value", "0·v is added to the value: a NaN of v gets into it", {softmax_directions},
                     with_products([](double&, auto& c, std::size_t i, std::size_t k) { *c.value += 0 * c.d(i, k); })),
      product_mutant("nan_of_v_in_gradient", "0·v is added to the gradient", {softmax},
                     with_products([](double&, auto& c, std::size_t i, std::size_t k) { c.g(i) += 0 * c.d(i, k); })),
      product_mutant("nan_of_v_in_neighbours", "0 times a direction is added to the one beside it",
                     {softmax_directions}, with_products([](double& h, auto& c, std::size_t i, std::size_t k) {
                       if (k > 0) h += 0 * c.d(i, k - 1);
                     })),
      product_mutant("nan_of_product_swallowed", "a product that is NaN is returned as 0",
                     {diagonal_directions, tridiagonal_points},
                     with_products([](double& h, auto&&...) { h = std::isnan(h) ? 0 : h; })),
  };
}

std::vector<suspect> wrong_calls_for_products() {
  return {
      product_mutant("product_kept_for_v", "the product is kept for the same v, whatever x is", {softmax},
                     [](directed_call& c) {
                       if (c.p.calls > 0 && same_memory(c.v, c.p.kept_v.data(), c.span() * sizeof(double))) {
                         std::copy_n(c.p.kept_product.data(), c.span(), c.product);
                         return gradient_alone(c);
                       }
                       const gradlane_status s = c.sound();
                       c.keep_v(), c.keep_product();
                       return s;
                     }),
      product_mutant("product_of_first_call", "the product is computed in the first call, later ones repeat it",
                     {diagonal},
                     [](directed_call& c) {
                       if (c.p.calls > 0) {
                         std::copy_n(c.p.kept_product.data(), c.span(), c.product);
                         return gradient_alone(c);
                       }
                       const gradlane_status s = c.sound();
                       c.keep_product();
                       return s;
                     }),
      product_mutant("product_of_second_call", "adjoints that the last call left in the plan are added", {dense},
                     [](directed_call& c) {
                       const gradlane_status s = c.sound();
                       if (c.p.calls > 0)
                         for (std::size_t i = 0; i < c.n(); ++i) c.h(i) += c.p.kept_product[i];
                       c.keep_product();
                       return s;
                     }),
      product_mutant("product_accumulated", "adds to what the product holds, counting on zeros", {softmax},
                     [](directed_call& c) {
                       c.keep_product();
                       const gradlane_status s = c.sound();
                       for (std::size_t i = 0; i < c.n(); ++i) c.h(i) += c.p.kept_product[i];
                       return s;
                     }),
      product_mutant("product_of_last_plan", "the number of inputs is a global that every plan sets", {diagonal},
                     [](directed_call& c) {
                       static std::size_t global = 0;
                       if (c.p.calls == 0) global = c.n();
                       const gradlane_status s = c.sound();
                       for (std::size_t i = global; i < c.n(); ++i) c.h(i) = 0;
                       return s;
                     }),
      product_mutant("no_product_after_many_calls", "after 300 calls value and gradient alone are computed",
                     {softmax, tridiagonal_points},
                     [](directed_call& c) { return c.p.calls > 300 ? gradient_alone(c) : c.sound(); }),
      product_mutant("whole_hessian_once", "with as many directions as inputs, a plan's later calls compute nothing",
                     {dense_directions},
                     [](directed_call& c) { return c.p.calls > 0 && c.count() == c.n() ? GRADLANE_OK : c.sound(); }),
  };
}

/// Whether a race shows must not depend on how many cores are free: these threads yield where they lose most.
std::vector<suspect> wrong_threads_of_products() {
  return {
      product_mutant("data_race_of_directions", "threads share the copy of v in the plan", {diagonal},
                     [](directed_call& c) {
                       if (c.p.shape.threads == 1 || c.n() < 4096) return c.sound();
                       const gradlane_status s = c.sound();
                       volatile double* const shared = c.room(c.p.other, 64);
                       parallel_for(c.p.shape.threads, c.n(), [&](std::size_t begin, std::size_t end, int) {
                         for (std::size_t base = begin; base < end; base += 64) {
                           const std::size_t count = std::min<std::size_t>(64, end - base);
                           for (std::size_t i = 0; i < count; ++i) shared[i] = c.d(base + i);
                           if ((base - begin) % 1024 == 0) std::this_thread::yield();
                           for (std::size_t i = 0; i < count; ++i)
                             if (shared[i] != c.d(base + i)) c.h(base + i) *= shared[i] / c.d(base + i);
                         }
                       });
                       return s;
                     }),
      product_mutant("product_by_threads", "the product's bits depend on the number of threads", {softmax_directions},
                     then([](directed_call& c) {
                       if (c.p.shape.threads > 2) c.h(0) = std::nextafter(c.h(0), 0.0);
                     })),
      product_mutant("more_threads_than_directions", "a thread without work leaves zeros behind", {dense_directions},
                     then([](directed_call& c) {
                       if (static_cast<std::size_t>(c.p.shape.threads) > c.count()) c.h(0, c.count() - 1) = 0;
                     })),
      product_mutant("product_of_a_thread", "the workspace belongs to the thread that made the plan", {tridiagonal},
                     then([](directed_call& c) {
                       if (!c.p.on_its_thread()) c.h(0) = 0;
                     })),
  };
}

std::vector<suspect> wrong_memory_of_products() {
  return {
      product_mutant("reads_behind_v", "a tail is loaded as a full register of v", {diagonal},
                     then([](directed_call& c) {
                       if (c.n() % c.p.width != 0) look_at(c.v + (c.n() / c.p.width + 1) * c.p.width - 1);
                     })),
      product_mutant("reads_behind_directions", "the last directions are loaded as a full register",
                     {softmax_directions}, then([](directed_call& c) {
                       if (const std::size_t rest = c.count() % c.p.width; rest != 0)
                         look_at(c.v + c.at(c.n() - 1, c.count() - rest) + c.p.width - 1);
                     })),
      product_mutant("writes_into_v", "v is scaled in place and scaled back", {dense},
                     then([](directed_call& c) { touch(const_cast<double*>(c.v)); })),
      product_mutant("writes_behind_product", "a tail is stored as a full register of zeros behind it", {softmax},
                     then([](directed_call& c) {
                       for (std::size_t i = c.n(); i % c.p.width != 0; ++i) c.product[i] = 0;
                     })),
      product_mutant("writes_between_products", "what lies between the directions of two components is set to 0",
                     {dense_directions}, then([](directed_call& c) {
                       for (std::size_t i = 0; i + 1 < c.n(); ++i)
                         for (std::size_t k = c.count(); k < c.stride(); ++k) c.h(i, k) = 0;
                     })),
      product_mutant("writes_between_gradients", "what lies between the points of two components is set to 0",
                     {tridiagonal_points}, then([](directed_call& c) {
                       for (std::size_t i = 0; i + 1 < c.n(); ++i)
                         for (std::size_t k = c.count(); k < c.stride(); ++k) c.g(i, k) = 0;
                     })),
      product_mutant("product_allocates", "a workspace is made and freed in every call", {softmax},
                     then([](directed_call&) {
                       void* volatile const workspace = std::malloc(256);
                       std::free(workspace);
                     })),
  };
}

/// A suspect that differs in what it makes of its pointers alone.
suspect by_arguments(const char* name, const char* what, const char* of,
                     bool (*answers)(const directed_arguments&, gradlane_status&)) {
  suspect s = product_mutant(name, what, {of}, faults{});
  s.product_arguments = answers;
  return s;
}

std::vector<suspect> wrong_arguments_of_products() {
  return {
      by_arguments("null_v_is_ok", "without v nothing is done, and all is well", softmax,
                   [](const directed_arguments& a, gradlane_status& status) {
                     status = GRADLANE_OK;
                     return a.p != nullptr && a.v == nullptr;
                   }),
      by_arguments("product_overlaps", "a product that begins in x, v or the gradient is taken", diagonal,
                   [](const directed_arguments& a, gradlane_status& status) {
                     status = GRADLANE_OK;
                     return !a.any_null() && a.product_overlaps() && a.product != a.x && a.product != a.v &&
                            a.product != a.gradient;
                   }),
      product_mutant("directions_unheard", "takes any number of directions and computes the first", {diagonal},
                     faults{.request = [](gradlane_shape& s) { s.points = s.points > 1 ? 1 : s.points; }}),
      product_mutant("product_of_any_data", "rows and columns of the data are not looked at",
                     {"linear/forward_over_fused/elements"},
                     faults{.request =
                                [](gradlane_shape& s) {
                                  static gradlane_array first;
                                  if (s.data_count != 1 || s.data == nullptr) return;
                                  first = s.data[0], first.rows = s.n, first.cols = 1;
                                  s.data = &first;
                                }}),
      product_mutant("product_message_overruns", "writes its message without looking at the room for it", {diagonal},
                     faults{.answer =
                                [](gradlane_status status, void**, char* message, std::size_t) {
                                  if (status != GRADLANE_OK && message != nullptr)
                                    std::memcpy(message, "a message of some length", 25);
                                  return status;
                                }}),
  };
}

}  // namespace

std::vector<suspect> wrong_products() {
  std::vector<suspect> all;
  for (auto family : {wrong_numbers_of_products, wrong_nan_of_products, wrong_calls_for_products,
                      wrong_threads_of_products, wrong_memory_of_products, wrong_arguments_of_products})
    for (suspect& s : family()) all.push_back(std::move(s));
  return all;
}

}  // namespace gradlane::referee
