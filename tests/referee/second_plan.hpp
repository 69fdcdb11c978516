// For suspects that compute through a plan of their own: on a copy of the data, in the other precision.
#pragma once

#include <vector>

#include "suspect.hpp"

namespace gradlane::referee {

/// A plan of the base in precision U, on a copy of the data.
template <class T, class U>
struct second_plan {
  const gradlane_implementation* base = nullptr;
  void* inner = nullptr;
  std::vector<std::vector<U>> data;
  std::vector<gradlane_array> arrays;
  std::vector<U> x, value, gradient;

  explicit second_plan(const plan& p)
      : base(in_precision(*p.base, sizeof(U) == 8 ? GRADLANE_F64 : GRADLANE_F32)), arrays(p.arrays) {
    for (gradlane_array& a : arrays) {
      const T* const from = static_cast<const T*>(a.data);
      data.emplace_back(from, from + a.rows * a.cols);
      a.data = data.back().data();
    }
    gradlane_shape shape = p.shape;
    shape.data = arrays.data();
    char message[1];
    if (base != nullptr) base->prepare(base, &shape, &inner, message, sizeof message);
  }
  second_plan(const second_plan&) = delete;
  second_plan& operator=(const second_plan&) = delete;
  ~second_plan() {
    if (inner != nullptr) base->release(inner);
  }
  gradlane_status evaluate(call<T>& c) {
    if (inner == nullptr) return GRADLANE_FAILURE;
    x.assign(c.x, c.x + c.span());
    value.resize(c.points()), gradient.resize(c.span());
    const gradlane_status s = base->evaluate(inner, x.data(), value.data(), gradient.data(), c.message, c.message_size);
    std::copy(value.begin(), value.end(), c.value);
    for (std::size_t i = 0; i < c.n(); ++i)
      for (std::size_t p = 0; p < c.points(); ++p) c.g(i, p) = static_cast<T>(gradient[c.at(i, p)]);
    return s;
  }
  std::size_t bytes() const {
    std::size_t sum = base->bytes(inner) + (x.capacity() + value.capacity() + gradient.capacity()) * sizeof(U);
    for (const auto& d : data) sum += d.capacity() * sizeof(U);
    return sum;
  }
};

template <class U>
constexpr auto by_second_plan = []<class T>(call<T>& c) {
  using second = second_plan<T, U>;
  if (!c.p.aside) {
    c.p.aside = std::make_shared<second>(c.p);
    c.p.bytes_aside = [](const void* aside) { return static_cast<const second*>(aside)->bytes(); };
  }
  return static_cast<second*>(c.p.aside.get())->evaluate(c);
};

}  // namespace gradlane::referee
