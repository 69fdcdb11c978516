// Past 32 bits: byte offsets into x and its gradient beyond 2³¹, indices into a matrix beyond 2³². What would take
// 4 and 17 GB is one short stretch of memory, mapped over and over; only the last elements have memory of their own, so
// that an index that wrapped around is seen. On the best of the modules, where a call holds next to nothing. Seconds to half
// a minute for each, most of it page faults: ctest's label `long`, which scripts/test runs with --whole only.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <new>
#include <span>

#include "common/sanitized.hpp"
#include "suite.hpp"

namespace gradlane::suite {
namespace {

#ifndef GRADLANE_SANITIZED  // unoptimised, each call would take half a minute

/// n elements: the last `own` where they lie alone, those before in stretches that are all the same memory.
template <class T>
class repeated {
 public:
  static constexpr std::size_t bytes = std::size_t{1} << 21, period = bytes / sizeof(T);

  repeated(std::size_t stretches, std::size_t own) : stretches_(stretches), size_(stretches * period + own) {
    void* const all = mmap(nullptr, mapped(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    const int file = memfd_create("repeated", MFD_CLOEXEC);
    if (all == MAP_FAILED || file < 0 || ftruncate(file, bytes) != 0) throw std::bad_alloc();
    begin_ = static_cast<std::byte*>(all);
    for (std::size_t k = 0; k < stretches_; ++k) place(k, MAP_SHARED, file);
    place(stretches_, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    close(file);
  }
  ~repeated() { munmap(begin_, mapped()); }
  repeated(const repeated&) = delete;
  repeated& operator=(const repeated&) = delete;

  T* data() { return reinterpret_cast<T*>(begin_); }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data()[i]; }
  /// The stretch that all share, then what lies alone, as one.
  std::span<T> shared() { return {data(), period}; }
  std::span<T> own() { return {data() + stretches_ * period, size_ - stretches_ * period}; }

 private:
  std::size_t mapped() const { return (stretches_ + 1) * bytes; }
  void place(std::size_t stretch, int flags, int file) {
    if (mmap(begin_ + stretch * bytes, bytes, PROT_READ | PROT_WRITE, flags | MAP_FIXED, file, 0) == MAP_FAILED)
      throw std::bad_alloc();
  }
  std::size_t stretches_, size_;
  std::byte* begin_ = nullptr;
};

class large : public each_implementation {};

/// Whether that many inputs fit: nothing that grows with them.
bool holds_little(const implementation& i) {
  const std::size_t n = 1 << 16;
  bool little = false;
  in_precision(i, [&]<class T>(T) {
    const inputs<T> in = make_inputs<T>(problem_of(i), is_linear_in_n(i) ? n : 256, 1, seed);
    const std::vector<gradlane_array> arrays = in.abi();
    bench::plan plan(i, shape_of(in.n, 1, 1, {}, arrays));
    answer<T> a{std::vector<T>(1), std::vector<T>(in.n)};
    plan.evaluate(in.x.data(), a.value.data(), a.gradient.data());
    little = plan.bytes() < n;
  });
  return little;
}

bool is_tested(const implementation& i, std::string_view problem) {
  return i.problem() == problem && &i.owner() == &modules().modules.front() && i.lanes() == "elements" &&
         !i.has(GRADLANE_SWEEPS) && holds_little(i);
}

TEST_P(large, x_and_its_gradient_may_be) {
  const implementation& i = GetParam();
  if (!is_tested(i, "quartic")) return;
  in_precision(i, [&]<class T>(T) {
    constexpr std::size_t period = repeated<T>::period, rest = 37;
    const std::size_t stretches = (std::size_t{1} << 31) / repeated<T>::bytes + 1;
    repeated<T> x(stretches, rest), gradient(stretches, rest);
    const inputs<T> in = make_inputs<T>(problem_of(i), period, 1, seed),
                    few = make_inputs<T>(problem_of(i), rest, 1, seed);
    std::copy(in.x.begin(), in.x.end(), x.shared().begin());
    std::copy(few.x.begin(), few.x.end(), x.own().begin());
    for (const std::span<T> part : {gradient.shared(), gradient.own()})
      std::fill(part.begin(), part.end(), std::numeric_limits<T>::quiet_NaN());
    T value = std::numeric_limits<T>::quiet_NaN();
    bench::plan plan(i, shape_of(x.size(), 1, 1, {.threads = i.has(GRADLANE_THREADS) ? 2 : 1}, {}));
    plan.evaluate(x.data(), &value, gradient.data());
    const auto exact = make_oracle<T>(problem_of(i), in.x.data(), period, {});
    const double expected = static_cast<double>(stretches) * exact->value() +
                            make_oracle<T>(problem_of(i), few.x.data(), rest, {})->value();
    EXPECT_NEAR(value, expected, rounding_factor<T>(x.size()) * std::abs(expected));
    if (!has_gradient(i)) return;
    const answer<T> usual = evaluate(i, in), of_few = evaluate(i, few);
    EXPECT_EQ(std::memcmp(gradient.data(), usual.gradient.data(), repeated<T>::bytes), 0);
    EXPECT_EQ(std::memcmp(gradient.own().data(), of_few.gradient.data(), rest * sizeof(T)), 0);
  });
}

// Zeros but for two elements of the last row, whose indices need 33 bits.
TEST_P(large, a_matrix_may_be) {
  const implementation& i = GetParam();
  if (!is_tested(i, "quadratic_form") || i.entry().dtype != GRADLANE_F32) return;
  const std::size_t n = 65536 + 37, last = n - 1;
  const std::size_t stretches = n * n / repeated<float>::period;
  repeated<float> matrix(stretches, n * n - stretches * repeated<float>::period);
  matrix[last * n + last] = 2;
  matrix[last * n + last - 5] = 7;
  std::vector<float> x(n), gradient(n, std::numeric_limits<float>::quiet_NaN());
  x[last] = 3;
  x[last - 5] = 1;
  const std::vector<gradlane_array> arrays{{"matrix", matrix.data(), n, n}};
  float value = 0;
  bench::plan plan(i, shape_of(n, 1, 1, {.threads = i.has(GRADLANE_THREADS) ? 2 : 1}, arrays));
  plan.evaluate(x.data(), &value, gradient.data());
  EXPECT_EQ(value, 3 * (2 * 3 + 7 * 1));
  if (!has_gradient(i)) return;
  std::vector<float> expected(n);
  expected[last] = 2 * 2 * 3 + 7 * 1;
  expected[last - 5] = 7 * 3;
  EXPECT_EQ(gradient, expected);
}

GRADLANE_FOR_EACH_IMPLEMENTATION(large);

#endif

}  // namespace
}  // namespace gradlane::suite
