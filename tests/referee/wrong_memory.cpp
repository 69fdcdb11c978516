// Mutants that touch memory which is not theirs, leave some of theirs untouched, or ask for more in every call.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "suspect.hpp"

namespace gradlane::referee {
namespace {

template <class T>
bool is_aligned(const T* p, std::size_t to) {
  return reinterpret_cast<std::uintptr_t>(p) % to == 0;
}
/// The sound call, and f(c) after it.
template <class F>
constexpr auto and_then(F) {
  return []<class T>(call<T>& c) {
    const gradlane_status s = c.sound();
    F{}(c);
    return s;
  };
}

}  // namespace

std::vector<suspect> wrong_memory() {
  return {
      mutant("reads_behind_x", "a tail is loaded as a full register of x", {"quartic/analytic/elements"},
             and_then([](auto& c) {
               if (const std::size_t rest = c.n() % c.p.width; rest != 0) look_at(c.x + c.n() - rest + c.p.width - 1);
             })),
      mutant("reads_before_x", "a shifted load begins one element before x", {"rosenbrock/reverse_fused/elements"},
             and_then([](auto& c) { look_at(c.x - 1); })),
      mutant("reads_behind_data", "a tail is loaded as a full register of the weights", {"linear/analytic/elements"},
             and_then([]<class T>(call<T>& c) {
               const T* const weights = static_cast<const T*>(c.p.arrays[0].data);
               if (const std::size_t rest = c.n() % c.p.width; rest != 0)
                 look_at(weights + c.n() - rest + c.p.width - 1);
             })),
      mutant("reads_behind_points", "the last points are loaded as a full register", {"chain/analytic/points"},
             and_then([](auto& c) {
               if (const std::size_t rest = c.points() % c.p.width; rest != 0)
                 look_at(c.x + c.at(c.n() - 1, c.points() - rest) + c.p.width - 1);
             })),
      mutant("writes_behind_gradient", "a tail is stored as a full register of zeros behind it",
             {"log_sum_exp/analytic/elements"}, and_then([](auto& c) {
               for (std::size_t i = c.n(); i % c.p.width != 0; ++i) c.gradient[i] = 0;
             })),
      mutant("blends_behind_gradient", "a tail is stored by reading a register, blending and writing it back",
             {"log_sum_exp/reverse_fused/elements"}, and_then([](auto& c) {
               for (std::size_t i = c.n(); i % c.p.width != 0; ++i) touch(c.gradient + i);
             })),
      mutant("writes_before_gradient", "an element before the gradient is set to 0",
             {"gaussian_bump/analytic/elements"}, and_then([](auto& c) { c.gradient[-1] = 0; })),
      mutant("writes_behind_value", "the value is stored as a register", {"quadratic_form/analytic/elements"},
             and_then([]<class T>(call<T>& c) { const_cast<volatile T*>(c.value)[1] = 0; })),
      mutant("writes_between_points", "what lies between the points of one component and the next is set to 0",
             {"rosenbrock/analytic/points"}, and_then([](auto& c) {
               for (std::size_t i = 0; i + 1 < c.n(); ++i)
                 for (std::size_t k = c.points(); k < c.stride(); ++k) c.gradient[c.at(i, k)] = 0;
             })),
      mutant("stride_ignored", "component i of a point is looked for at i · points", {"quartic/analytic/points"},
             []<class T>(call<T>& c) {
               if (c.stride() == c.points()) return c.sound();
               T* const packed = c.copy_of_x();
               for (std::size_t i = 0; i < c.n(); ++i)
                 for (std::size_t p = 0; p < c.points(); ++p) packed[c.at(i, p)] = c.x[i * c.points() + p];
               return c.sound(packed, c.value, c.gradient);
             }),
      mutant("writes_into_x", "an input is moved in place and put back, as differences do",
             {"quartic/forward_difference/scalar"}, and_then([]<class T>(call<T>& c) { touch(const_cast<T*>(c.x)); })),
      mutant("writes_into_data", "the data is scaled in place and scaled back", {"linear/reverse_fused/elements"},
             and_then([]<class T>(call<T>& c) { touch(static_cast<T*>(const_cast<void*>(c.p.arrays[0].data))); })),
      mutant("leaves_zeros_unwritten", "a component whose gradient is 0 is not stored", {"quartic/analytic/elements"},
             []<class T>(call<T>& c) {
               T* const room = c.room(c.p.scratch, c.span());
               const gradlane_status s = c.sound(c.x, c.value, room);
               for (std::size_t i = 0; i < c.n(); ++i)
                 if (room[i] != 0) c.g(i) = room[i];
               return s;
             }),
      mutant("leaves_value_unwritten", "the value of the last of many points is not stored",
             {"log_sum_exp/analytic/points"},
             []<class T>(call<T>& c) {
               const T before = c.value[c.points() - 1];
               const gradlane_status s = c.sound();
               if (c.points() > 1) c.value[c.points() - 1] = before;
               return s;
             }),
      mutant("needs_alignment", "memory that is not aligned to 64 bytes is an error", {"log_sum_exp/analytic/elements"},
             [](auto& c) { return is_aligned(c.x, 64) && is_aligned(c.gradient, 64) ? c.sound() : GRADLANE_FAILURE; }),
      mutant("aligned_beginning_lost", "the elements before the first aligned address are left out of the gradient",
             {"gaussian_bump/reverse_fused/elements"}, and_then([](auto& c) {
               if (!is_aligned(c.x, 16) && c.n() > 1) c.g(0) = 0;
             })),
      mutant("alignment_decides_bits", "where memory is not aligned another sum is taken, off by an ulp",
             {"log_sum_exp/reverse_array/elements"}, and_then([]<class T>(call<T>& c) {
               if (!is_aligned(c.x, 16)) c.value[0] = std::nextafter(c.value[0], T(0));
             })),
      mutant("allocates_in_every_call", "a workspace is made and freed in every call",
             {"log_sum_exp/reverse_fused/elements"}, and_then([](auto&) {
               void* volatile const workspace = std::malloc(256);
               std::free(workspace);
             })),
      mutant("leaks", "a workspace is made in every call and kept", {"chain/reverse_fused/elements"},
             and_then([](auto& c) { c.p.leaked.push_back(std::make_unique<char[]>(64)); })),
      mutant("in_place_spoils", "gradient = x is taken, and x overwritten before it is read",
             {"quartic/analytic/elements"},
             faults{.arguments =
                        [](plan* p, const void* x, void* value, void* gradient, gradlane_status& status) {
                          if (p == nullptr || x == nullptr || x != gradient || value == nullptr) return false;
                          const std::size_t size = p->shape.n * (p->base->dtype == GRADLANE_F64 ? 8 : 4);
                          p->kept_x.resize(size);
                          std::memset(gradient, 0, size);
                          char message[1];
                          status = p->base->evaluate(p->inner, x, value, p->kept_x.data(), message, sizeof message);
                          std::memcpy(gradient, p->kept_x.data(), size);
                          return true;
                        }}),
      mutant("overlap_taken", "a gradient that begins in x is taken for a sound argument",
             {"log_sum_exp/analytic/elements"},
             faults{.arguments =
                        [](plan* p, const void* x, void* value, void* gradient, gradlane_status& status) {
                          if (p == nullptr || x == nullptr || value == nullptr || gradient == nullptr || x == gradient)
                            return false;
                          const std::size_t size = p->shape.n * (p->base->dtype == GRADLANE_F64 ? 8 : 4);
                          const auto from = reinterpret_cast<std::uintptr_t>(x),
                                     to = reinterpret_cast<std::uintptr_t>(gradient);
                          if (from >= to + size || to >= from + size) return false;
                          status = GRADLANE_OK;
                          return true;
                        }}),
  };
}

}  // namespace gradlane::referee
