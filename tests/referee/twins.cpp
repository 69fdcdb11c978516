// Twins: what an implementation may choose. No check may complain.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "directed.hpp"
#include "second_plan.hpp"

namespace gradlane::referee {
namespace {

/// A plan for one direction, or one point with its direction, in the place of many.
struct one_direction {
  const gradlane_curvature* base;
  void* inner = nullptr;
  explicit one_direction(const directed_plan& p) : base(p.base) {
    gradlane_shape shape = p.shape;
    shape.points = 1;
    shape.data = p.arrays.data();
    char message[1];
    base->prepare(base, &shape, &inner, message, sizeof message);
  }
  one_direction(const one_direction&) = delete;
  one_direction& operator=(const one_direction&) = delete;
  ~one_direction() {
    if (inner != nullptr) base->release(inner);
  }
};

std::vector<suspect> twins_of_products() {
  suspect one_thread =
      product_twin("product_on_one_thread", "takes any number of threads, and one does the work",
                   {"rosenbrock/forward_over_fused/elements", "log_sum_exp/forward_over_tape/directions"},
                   [](directed_call& c) { return c.sound(); });
  one_thread.beside.request = [](gradlane_shape& s) { s.threads = s.threads > 1 && s.threads <= 4096 ? 1 : s.threads; };
  return {
      product_twin("product_unchanged", "hands every call on: whether it is the change that a check complains of",
                   {"chain/forward_over_fused/elements", "linear/forward_over_fused/directions",
                    "logistic_regression/forward_over_tape/directions", "gaussian_bump/forward_twice/points"},
                   [](directed_call& c) { return c.sound(); }),
      product_twin("product_by_hand", "log Σ exp by its closed form, s∘(v − s·v) with the gradient s",
                   {"log_sum_exp/forward_over_fused/elements", "log_sum_exp/forward_over_tape/directions"},
                   [](directed_call& c) {
                     double* const unused = c.room(c.p.other, c.span());
                     const gradlane_status s = c.sound(c.x, c.v, c.value, c.gradient, unused);
                     for (std::size_t k = 0; k < c.count(); ++k) {
                       double mean = 0;
                       for (std::size_t i = 0; i < c.n(); ++i) mean += c.g(i) * c.d(i, k);
                       for (std::size_t i = 0; i < c.n(); ++i) c.h(i, k) = c.g(i) * (c.d(i, k) - mean);
                     }
                     return s;
                   }),
      product_twin("product_in_other_order", "sums from the last input to the first",
                   {"quartic/forward_over_fused/elements", "log_sum_exp/forward_over_fused/elements"},
                   [](directed_call& c) {
                     double *const x = c.copy_of_x(), *const v = c.copy_of_v();
                     std::reverse(x, x + c.n()), std::reverse(v, v + c.n());
                     const gradlane_status s = c.sound(x, v, c.value, c.gradient, c.product);
                     std::reverse(c.gradient, c.gradient + c.n()), std::reverse(c.product, c.product + c.n());
                     return s;
                   }),
      product_twin("one_direction_at_a_time", "each direction, or point, in a sweep of its own",
                   {"quadratic_form/forward_over_fused/directions", "chain/forward_twice/points"},
                   [](directed_call& c) {
                     if (!c.p.aside) c.p.aside = std::make_shared<one_direction>(c.p);
                     void* const plan = static_cast<one_direction*>(c.p.aside.get())->inner;
                     gradlane_status s = plan == nullptr ? GRADLANE_FAILURE : GRADLANE_OK;
                     for (std::size_t k = 0; k < c.count() && s == GRADLANE_OK; ++k) {
                       const std::size_t p = c.on("points") ? k : 0;
                       s = c.p.base->evaluate(plan, c.x + p, c.v + k, c.value + p, c.gradient + p, c.product + k,
                                              c.message, c.message_size);
                     }
                     return s;
                   }),
      one_thread,
  };
}

}  // namespace

std::vector<suspect> twins() {
  suspect one_thread = twin("one_thread", "takes any number of threads, and one does the work",
                            {"quartic/analytic/elements", "logistic_regression/analytic/elements"}, as_it_should);
  one_thread.beside.request = [](gradlane_shape& s) { s.threads = s.threads > 1 && s.threads <= 4096 ? 1 : s.threads; };
  suspect own_words = twin("own_words", "says in words of its own why it refuses",
                           {"quartic/analytic/elements", "linear/analytic/elements"}, as_it_should);
  own_words.beside.answer = [](gradlane_status status, void**, char* message, std::size_t size) {
    constexpr char text[] = "no, thank you";
    if (status == GRADLANE_OK || message == nullptr || size == 0) return status;
    const std::size_t length = std::min(sizeof text - 1, size - 1);
    std::memcpy(message, text, length);
    message[length] = 0;
    return status;
  };
  suspect in_place = twin("in_place", "takes a gradient that is x itself",
                          {"quartic/analytic/elements", "rosenbrock/analytic/elements"}, as_it_should);
  in_place.beside.arguments = [](plan* p, const void* x, void* value, void* gradient, gradlane_status& status) {
    if (p == nullptr || x == nullptr || x != gradient || value == nullptr) return false;
    const std::size_t size = p->shape.n * (p->base->dtype == GRADLANE_F64 ? 8 : 4);
    p->kept_x.resize(size);
    std::memcpy(p->kept_x.data(), x, size);
    char message[1];
    status = p->base->evaluate(p->inner, p->kept_x.data(), value, gradient, message, sizeof message);
    return true;
  };
  std::vector<suspect> all{
      twin("unchanged", "hands every call on: whether it is the change that a check complains of",
           {"quartic/analytic/elements", "linear/reverse_fused/elements", "rosenbrock/analytic/points",
            "log_sum_exp/forward_mode/directions", "logistic_regression/analytic/scalar",
            "quartic/central_difference_2/elements", "quartic/primal/elements"},
           as_it_should),
      twin("other_order", "sums from the last input to the first",
           {"quartic/analytic/elements", "log_sum_exp/analytic/elements"},
           []<class T>(call<T>& c) {
             T* const x = c.copy_of_x();
             std::reverse(x, x + c.n());
             const gradlane_status s = c.sound(x, c.value, c.gradient);
             std::reverse(c.gradient, c.gradient + c.n());
             return s;
           }),
      twin("own_memory", "works on copies of its own, wherever x and outputs lie",
           {"rosenbrock/analytic/points", "linear/analytic/elements"},
           []<class T>(call<T>& c) {
             T* const out = c.room(c.p.kept_gradient, c.span());
             const gradlane_status s = c.sound(c.copy_of_x(), c.value, out);
             for (std::size_t i = c.n(); i-- > 0;)
               for (std::size_t p = 0; p < c.points(); ++p) c.g(i, p) = out[c.at(i, p)];
             return s;
           }),
      twin("own_data", "keeps a copy of the problem's data in the plan",
           {"linear/analytic/elements", "quadratic_form/analytic/elements"},
           []<class T>(call<T>& c) { return by_second_plan<T>(c); }),
      twin("more_exact", "computes in f64, whatever is asked for",
           {"log_sum_exp/analytic/elements", "rosenbrock/analytic/elements"}, by_second_plan<double>),
      twin("true_cache", "keeps the last answer, and gives it for the same x to the last bit",
           {"log_sum_exp/analytic/elements", "chain/analytic/points"},
           []<class T>(call<T>& c) {
             if (c.p.calls > 0 && same_memory(c.x, c.kept_x(), c.span() * sizeof(T))) {
               for (std::size_t p = 0; p < c.points(); ++p) {
                 c.value[p] = reinterpret_cast<const T*>(c.p.kept_value.data())[p];
                 for (std::size_t i = 0; i < c.n(); ++i)
                   c.g(i, p) = reinterpret_cast<const T*>(c.p.kept_gradient.data())[c.at(i, p)];
               }
               return GRADLANE_OK;
             }
             const gradlane_status s = c.sound();
             c.keep_answer();
             return s;
           }),
      twin("rounded_otherwise", "every component is an ulp further from 0",
           {"gaussian_bump/reverse_fused/elements", "rosenbrock/reverse_fused/elements"},
           []<class T>(call<T>& c) {
             const gradlane_status s = c.sound();
             for (std::size_t i = 0; i < c.n(); ++i)
               if (c.g(i) != 0 && std::isfinite(c.g(i)))
                 c.g(i) = std::nextafter(c.g(i), std::copysign(std::numeric_limits<T>::max(), c.g(i)));
             return s;
           }),
      twin("two_sweeps", "value and gradient come from a sweep each",
           {"chain/reverse_array/elements", "log_sum_exp/forward_mode/directions"},
           []<class T>(call<T>& c) {
             T* const other = c.room(c.p.scratch, c.points());
             const gradlane_status s = c.sound(c.x, c.value, c.gradient);
             return s == GRADLANE_OK ? c.sound(c.x, other, c.gradient) : s;
           }),
      twin("other_nan", "a NaN of another sign and payload",
           {"quartic/analytic/elements", "gaussian_bump/analytic/elements"},
           []<class T>(call<T>& c) {
             const gradlane_status s = c.sound();
             const T other = -static_cast<T>(std::nan("77"));
             if (std::isnan(c.value[0])) c.value[0] = other;
             for (std::size_t i = 0; i < c.n(); ++i)
               if (std::isnan(c.g(i))) c.g(i) = other;
             return s;
           }),
      twin("catches_its_own", "throws within its first call, and lets nothing out", {"log_sum_exp/reverse_tape/scalar"},
           []<class T>(call<T>& c) {
             try {
               if (c.p.calls == 0) throw std::runtime_error("found something better");
             } catch (const std::exception&) {
             }
             return c.sound();
           }),
      twin("aligned_or_not", "takes another way to the same bits where memory is aligned",
           {"log_sum_exp/reverse_fused/elements"},
           []<class T>(call<T>& c) {
             if (reinterpret_cast<std::uintptr_t>(c.x) % 64 == 0) return c.sound();
             return c.sound(c.copy_of_x(), c.value, c.gradient);
           }),
      one_thread,
      own_words,
      in_place,
  };
  for (suspect& s : twins_of_products()) all.push_back(std::move(s));
  return all;
}

}  // namespace gradlane::referee
