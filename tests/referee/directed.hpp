// Suspects of second derivatives: a call for products of the Hessian with directions, and mutants and twins made of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "suspect.hpp"

namespace gradlane::referee {

struct directed_plan : plan_of<gradlane_curvature> {
  /// Room of its own beside that of any plan, made in the first call.
  std::vector<double> kept_v, kept_product, copy_of_v, other;
};

/// What `evaluate` is called with, null and overlapping pointers included; sizes in bytes.
struct directed_arguments {
  const directed_plan* p;
  const void *x, *v;
  void *value, *gradient, *product;
  std::size_t size_of_x = 0, size_of_v = 0;

  bool any_null() const { return !p || !x || !v || !value || !gradient || !product; }
  static bool overlap(const void* a, std::size_t size_of_a, const void* b, std::size_t size_of_b) {
    const auto from = reinterpret_cast<std::uintptr_t>(a), to = reinterpret_cast<std::uintptr_t>(b);
    return from < to + size_of_b && to < from + size_of_a;
  }
  bool gradient_overlaps() const {
    return overlap(gradient, size_of_x, x, size_of_x) || overlap(gradient, size_of_x, v, size_of_v);
  }
  bool product_overlaps() const {
    return overlap(product, size_of_v, x, size_of_x) || overlap(product, size_of_v, v, size_of_v) ||
           overlap(product, size_of_v, gradient, size_of_x);
  }
};

/// One call of `evaluate`: no pointer is null, no output overlaps an input or the other.
struct directed_call {
  directed_plan& p;
  const double *x, *v;
  double *value, *gradient, *product;
  char* message;
  std::size_t message_size;

  bool on(const char* lanes) const { return std::strcmp(p.base->lanes, lanes) == 0; }
  std::size_t n() const { return p.shape.n; }
  /// Of directions, or of points with one each.
  std::size_t count() const { return p.shape.points; }
  std::size_t points() const { return on("points") ? count() : 1; }
  std::size_t stride() const { return on("elements") ? 1 : p.shape.stride; }
  std::size_t stride_of_x() const { return on("points") ? stride() : 1; }
  /// Component i of direction k in v and product.
  std::size_t at(std::size_t i, std::size_t k = 0) const { return i * stride() + k; }
  double d(std::size_t i, std::size_t k = 0) const { return v[at(i, k)]; }
  double& h(std::size_t i, std::size_t k = 0) { return product[at(i, k)]; }
  double& g(std::size_t i, std::size_t point = 0) { return gradient[i * stride_of_x() + point]; }
  /// Elements from the first to the last of v, and of x.
  std::size_t span() const { return at(n() - 1, count() - 1) + 1; }
  std::size_t span_of_x() const { return (n() - 1) * stride_of_x() + points(); }

  /// The right answer.
  gradlane_status sound(const double* at_x, const double* along, double* to, double* g_to, double* h_to) {
    return p.base->evaluate(p.inner, at_x, along, to, g_to, h_to, message, message_size);
  }
  gradlane_status sound() { return sound(x, v, value, gradient, product); }

  /// The first `count` elements of a vector of the plan's, the same in every call.
  static double* room(std::vector<double>& of, std::size_t count) {
    if (of.size() < count) of.resize(count);
    return of.data();
  }
  double* copy_of_x() {
    double* const copy = call<double>::room(p.scratch, span_of_x());
    std::memcpy(copy, x, span_of_x() * sizeof(double));
    return copy;
  }
  double* copy_of_v() {
    std::copy_n(v, span(), room(p.copy_of_v, span()));
    return p.copy_of_v.data();
  }
  void keep_v() { std::copy_n(v, span(), room(p.kept_v, span())); }
  void keep_product() { std::copy_n(product, span(), room(p.kept_product, span())); }

  /// f(h_ik, i, k) for all components and directions.
  template <class F>
  void for_each_product(F&& f) {
    for (std::size_t i = 0; i < n(); ++i)
      for (std::size_t k = 0; k < count(); ++k) f(h(i, k), i, k);
  }
};

template <class F>
suspect make_directed(bool is_twin, const char* name, const char* what, std::vector<const char*> of, F) {
  suspect s{is_twin, name, what, std::move(of)};
  s.product = [](directed_call& c) { return F{}(c); };
  return s;
}
template <class F>
suspect product_mutant(const char* name, const char* what, std::vector<const char*> of, F f) {
  return make_directed(false, name, what, std::move(of), f);
}
template <class F>
suspect product_twin(const char* name, const char* what, std::vector<const char*> of, F f) {
  return make_directed(true, name, what, std::move(of), f);
}
inline suspect product_mutant(const char* name, const char* what, std::vector<const char*> of, const faults& beside) {
  suspect s = make_directed(false, name, what, std::move(of), [](directed_call& c) { return c.sound(); });
  s.beside = beside;
  return s;
}

}  // namespace gradlane::referee
