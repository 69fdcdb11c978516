// The referee's suspects: implementations of a real backend, each behind the C interface with one thing changed. A
// mutant has a fault or cheats, and some check must catch it; a twin differs in what an implementation may choose, and
// none may complain.
#pragma once

#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "backend/backend.h"

namespace gradlane::referee {

/// NaNs and signs of zeros included.
inline bool same_memory(const void* a, const void* b, std::size_t size) { return std::memcmp(a, b, size) == 0; }

/// What the module holds for a plan: the sound one of the base, and what a suspect keeps between calls.
template <class Entry>
struct plan_of {
  const struct suspect* who = nullptr;
  const Entry* base = nullptr;
  void* inner = nullptr;
  gradlane_shape shape{};
  std::vector<gradlane_array> arrays;  ///< shape.data, kept
  std::size_t width = 1;               ///< lanes of a register
  std::size_t calls = 0;               ///< before this one
  /// Room of its own, made in the first call.
  std::vector<unsigned char> kept_x, kept_value, kept_gradient, scratch;
  const void* kept_address = nullptr;
  std::shared_ptr<void> aside;  ///< anything else
  std::size_t (*bytes_aside)(const void* aside) = nullptr;
  std::vector<std::unique_ptr<char[]>> leaked;
  std::thread::id maker = std::this_thread::get_id();
  bool on_its_thread() const { return maker == std::this_thread::get_id(); }

  plan_of() = default;
  plan_of(const plan_of&) = delete;
  plan_of& operator=(const plan_of&) = delete;
  ~plan_of() {
    if (inner != nullptr) base->release(inner);
  }
};
using plan = plan_of<gradlane_implementation>;

/// One call of `evaluate`: no pointer is null, x and gradient do not overlap.
template <class T>
struct call {
  plan& p;
  const T* x;
  T *value, *gradient;
  char* message;
  std::size_t message_size;

  std::size_t n() const { return p.shape.n; }
  std::size_t points() const { return p.shape.points; }
  std::size_t stride() const { return p.shape.stride; }
  std::size_t at(std::size_t i, std::size_t point = 0) const { return i * stride() + point; }
  /// Elements from the first to the last of x.
  std::size_t span() const { return at(n() - 1, points() - 1) + 1; }
  T& g(std::size_t i, std::size_t point = 0) { return gradient[at(i, point)]; }

  /// The right answer.
  gradlane_status sound(const T* at, T* v, T* out) {
    return p.base->evaluate(p.inner, at, v, out, message, message_size);
  }
  gradlane_status sound() { return sound(x, value, gradient); }

  /// Room for `count` elements, the same in every call.
  static T* room(std::vector<unsigned char>& bytes, std::size_t count) {
    if (bytes.size() < count * sizeof(T)) bytes.resize(count * sizeof(T));
    return reinterpret_cast<T*>(bytes.data());
  }
  /// A copy of x to change.
  T* copy_of_x() {
    T* copy = room(p.scratch, span());
    std::memcpy(copy, x, span() * sizeof(T));
    return copy;
  }
  void keep_answer() {
    std::memcpy(room(p.kept_x, span()), x, span() * sizeof(T));
    std::memcpy(room(p.kept_value, points()), value, points() * sizeof(T));
    std::memcpy(room(p.kept_gradient, span()), gradient, span() * sizeof(T));
  }
  const T* kept_x() const { return reinterpret_cast<const T*>(p.kept_x.data()); }
  gradlane_status give_kept_answer() {
    std::memcpy(value, p.kept_value.data(), points() * sizeof(T));
    std::memcpy(gradient, p.kept_gradient.data(), span() * sizeof(T));
    return GRADLANE_OK;
  }
};

/// Faults of the interface beside `evaluate`, called with what the driver asks of the base; null: as the base does it.
struct faults {
  /// Changes a request before the base judges it.
  void (*request)(gradlane_shape& shape) = nullptr;
  /// Changes what the table says.
  void (*entry)(gradlane_implementation& entry) = nullptr;
  /// Changes what the base answered to a request; `size` bytes of message.
  gradlane_status (*answer)(gradlane_status status, void** plan, char* message, std::size_t size) = nullptr;
  std::size_t (*bytes)(const plan& p, std::size_t of_the_base) = nullptr;
  /// `evaluate` with whatever pointers it is given; true if it has answered.
  bool (*arguments)(plan* p, const void* x, void* value, void* gradient, gradlane_status& status) = nullptr;
};

struct directed_call;       // of second derivatives (directed.hpp)
struct directed_arguments;  // the pointers of one

struct suspect {
  bool is_twin = false;
  std::string name;
  std::string what;             ///< one line
  std::vector<const char*> of;  ///< problem/method/lanes, each in both precisions
  gradlane_status (*f32)(call<float>&) = nullptr;
  gradlane_status (*f64)(call<double>&) = nullptr;
  faults beside{};
  /// One of second derivatives, which are there in f64 alone: of `beside` it has `request` and `answer`.
  gradlane_status (*product)(directed_call&) = nullptr;
  /// As `beside.arguments`.
  bool (*product_arguments)(const directed_arguments&, gradlane_status& status) = nullptr;
};

/// From a lambda over both precisions.
template <class F>
suspect make(bool is_twin, const char* name, const char* what, std::vector<const char*> of, F) {
  return {is_twin,
          name,
          what,
          std::move(of),
          [](call<float>& c) { return F{}(c); },
          [](call<double>& c) { return F{}(c); }};
}
template <class F>
suspect mutant(const char* name, const char* what, std::vector<const char*> of, F f) {
  return make(false, name, what, std::move(of), f);
}
template <class F>
suspect twin(const char* name, const char* what, std::vector<const char*> of, F f) {
  return make(true, name, what, std::move(of), f);
}
inline constexpr auto as_it_should = [](auto& c) { return c.sound(); };
inline suspect mutant(const char* name, const char* what, std::vector<const char*> of, const faults& beside) {
  suspect s = make(false, name, what, std::move(of), as_it_should);
  s.beside = beside;
  return s;
}

/// What the compiler must not leave out.
template <class T>
T look_at(const volatile T* p) {
  return *p;
}
template <class T>
void touch(volatile T* p) {
  *p = *p;
}

/// Of the problem that most mutants of sums are made of.
template <class T>
T quartic_term(T x) {
  return x * x * ((3 * x - 4) * x - 12);
}

/// A file each.
std::vector<suspect> wrong_numbers();
std::vector<suspect> wrong_extremes();
std::vector<suspect> wrong_calls();
std::vector<suspect> wrong_threads();
std::vector<suspect> wrong_memory();
std::vector<suspect> wrong_interface();
std::vector<suspect> wrong_products();
std::vector<suspect> twins();

/// The base's implementation of the same problem, method and lanes in another precision; null if it has none.
const gradlane_implementation* in_precision(const gradlane_implementation& base, gradlane_dtype dtype);

/// All of them, as the referee asks the module for them.
const std::vector<suspect>& suspects();
using list_function = const std::vector<suspect>* (*)();
inline constexpr const char* list_function_name = "gradlane_referee_suspects";
/// How the module is told which one to be, and of which module.
inline constexpr const char* suspect_variable = "GRADLANE_SUSPECT";
inline constexpr const char* base_variable = "GRADLANE_REFEREE_BASE";
/// What the module's own complaints begin with.
inline constexpr const char* module_complaint = "the referee's module: ";

}  // namespace gradlane::referee
