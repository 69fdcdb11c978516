// Bad arguments through the C interface: the right status, a message, no plan, no crash.
#include <cstdint>

#include "common/sanitized.hpp"
#include "suite.hpp"

namespace gradlane::suite {
namespace {

/// A sound shape with its data, to be spoilt.
struct request {
  // As many bytes as any element type and n here need.
  std::vector<std::vector<double>> memory;
  std::vector<array_spec> specs;
  std::vector<std::string> names;
  std::vector<gradlane_array> arrays;
  gradlane_shape shape{};

  request(const implementation& i, std::size_t n) : specs(problem_of(i).arrays(n)) {
    for (const array_spec& a : specs) {
      memory.emplace_back(a.rows * a.cols, 0.0);
      names.emplace_back(a.name);
    }
    for (std::size_t k = 0; k < specs.size(); ++k)
      arrays.push_back({names[k].c_str(), memory[k].data(), specs[k].rows, specs[k].cols});
    shape = shape_of(n, 1, 1, {}, arrays);
  }
};

class arguments : public each_implementation {
 protected:
  const gradlane_implementation& entry() { return GetParam().entry(); }
  request sound() { return {GetParam(), valid_size(problem_of(GetParam()), 5)}; }

  /// `prepare` must refuse with that status, leave no plan, and say why, in however little room.
  void expect_refused(const gradlane_shape* shape, gradlane_status status, const std::string& what) {
    int anything = 0;
    for (const std::size_t room : {256U, 8U, 1U}) {
      std::string message(room + 1, '#');
      void* plan = &anything;
      EXPECT_EQ(entry().prepare(&entry(), shape, &plan, message.data(), room), status) << what;
      EXPECT_EQ(plan, nullptr) << what;
      EXPECT_EQ(message[room], '#') << what << ": written behind the message";
      const std::size_t end = message.find('\0');
      ASSERT_LT(end, room) << what << ": the message is not terminated";
      if (room > 1) {
        EXPECT_GT(end, 0u) << what << ": no message";
      }
      EXPECT_EQ(message.substr(0, end).find('\n'), std::string::npos) << what;
    }
    void* plan = &anything;
    EXPECT_EQ(entry().prepare(&entry(), shape, &plan, nullptr, 0), status) << what << ", no room for a message";
    EXPECT_EQ(plan, nullptr) << what;
  }
  /// With one field changed.
  template <class Spoil>
  void expect_refused(Spoil spoil, const std::string& what, gradlane_status status = GRADLANE_BAD_ARGUMENT) {
    request r = sound();
    spoil(r);
    expect_refused(&r.shape, status, what);
  }
};

TEST_P(arguments, of_a_sound_request_are_taken) {
  request r = sound();
  void* plan = nullptr;
  char message[256] = "x";
  ASSERT_EQ(entry().prepare(&entry(), &r.shape, &plan, message, sizeof message), GRADLANE_OK) << message;
  ASSERT_NE(plan, nullptr);
  EXPECT_LT(entry().bytes(plan), std::size_t{1} << 24);
  entry().release(plan);
}

TEST_P(arguments, null_pointers_are_refused) {
  request r = sound();
  char message[256];
  expect_refused(nullptr, GRADLANE_BAD_ARGUMENT, "no shape");
  EXPECT_EQ(entry().prepare(&entry(), &r.shape, nullptr, message, sizeof message), GRADLANE_BAD_ARGUMENT);
  expect_refused([](request& q) { q.shape.data = nullptr, q.shape.data_count = 1; }, "null data");
}

TEST_P(arguments, of_the_shape_are_checked) {
  const double infinity = std::numeric_limits<double>::infinity();
  expect_refused([](request& r) { r.shape.struct_size -= 8; }, "struct_size too small");
  expect_refused([](request& r) { r.shape.struct_size = 0; }, "struct_size 0");
  expect_refused([](request& r) { r.shape.n = 0; }, "n = 0");
  const catalogue_entry& problem = problem_of(GetParam());
  for (std::size_t n = 1; n <= problem.facts.least + problem.facts.multiple; ++n)
    if (!problem.facts.valid(n)) expect_refused([n](request& r) { r.shape.n = n; }, "n = " + std::to_string(n));
  expect_refused([](request& r) { r.shape.points = 0; }, "no points");
  expect_refused([](request& r) { r.shape.stride = 0; }, "stride 0");
  expect_refused([](request& r) { r.shape.threads = 0; }, "no threads");
  expect_refused([](request& r) { r.shape.threads = -1; }, "-1 threads");
  expect_refused([](request& r) { r.shape.step = -1e-3; }, "negative step");
  expect_refused([](request& r) { r.shape.step = std::numeric_limits<double>::quiet_NaN(); }, "step NaN");
  expect_refused([=](request& r) { r.shape.step = infinity; }, "step infinite");
  if (GetParam().has(GRADLANE_POINTS))
    expect_refused([](request& r) { r.shape.points = 2, r.shape.stride = 1; }, "stride below the points");
}

TEST_P(arguments, that_overflow_are_refused) {
  const catalogue_entry& problem = problem_of(GetParam());
  expect_refused([](request& r) { r.shape.stride = SIZE_MAX / 4; }, "n times stride overflows");
  if (entry().max_n == 0)
    expect_refused([&](request& r) { r.shape.n = SIZE_MAX / problem.facts.multiple * problem.facts.multiple; },
                   "n times the size of an element overflows");
}

TEST_P(arguments, beyond_what_the_implementation_has_are_unsupported) {
  const implementation& i = GetParam();
  if (!i.has(GRADLANE_POINTS))
    expect_refused([](request& r) { r.shape.points = 2, r.shape.stride = 2; }, "two points", GRADLANE_UNSUPPORTED);
  if (!i.has(GRADLANE_THREADS))
    expect_refused([](request& r) { r.shape.threads = 2; }, "two threads", GRADLANE_UNSUPPORTED);
  if (entry().max_n > 0)
    expect_refused([&](request& r) { r.shape.n = valid_size(problem_of(i), entry().max_n + 1); }, "n above max_n",
                   GRADLANE_UNSUPPORTED);
}

TEST_P(arguments, that_are_data_arrays_are_checked) {
  const std::size_t count = sound().arrays.size();
  for (std::size_t k = 0; k < count; ++k) {
    const std::string name = sound().names[k];
    expect_refused([=](request& r) { r.arrays[k].name = "another"; }, name + " missing");
    expect_refused([=](request& r) { r.arrays[k].name = nullptr; }, name + " without a name");
    expect_refused([=](request& r) { r.arrays[k].data = nullptr; }, name + " null");
    expect_refused([=](request& r) { ++r.arrays[k].rows; }, name + " with a row more");
    expect_refused([=](request& r) { ++r.arrays[k].cols; }, name + " with a column more");
    expect_refused([=](request& r) { --r.arrays[k].rows; }, name + " with a row less");
    if (sound().arrays[k].rows != sound().arrays[k].cols)
      expect_refused([=](request& r) { std::swap(r.arrays[k].rows, r.arrays[k].cols); }, name + " transposed");
  }
  if (count > 0) {
    expect_refused([](request& r) { r.shape.data_count = 0, r.shape.data = nullptr; }, "no data");
    expect_refused([](request& r) { --r.shape.data_count; }, "too few arrays");
  }
}

#ifndef GRADLANE_SANITIZED  // whose allocators end the process where memory is lacking
TEST_P(arguments, beyond_memory_end_no_process) {
  const std::size_t n = std::size_t{1} << 50;
  request r = sound();
  const std::vector<array_spec> specs = problem_of(GetParam()).arrays(n);
  for (std::size_t k = 0; k < specs.size(); ++k) r.arrays[k].rows = specs[k].rows, r.arrays[k].cols = specs[k].cols;
  r.shape.n = n;
  void* plan = nullptr;
  char message[256] = "";
  const gradlane_status s = entry().prepare(&entry(), &r.shape, &plan, message, sizeof message);
  if (s == GRADLANE_OK) return entry().release(plan);  // it needs no memory of its own
  EXPECT_TRUE(s == GRADLANE_OUT_OF_MEMORY || (s == GRADLANE_UNSUPPORTED && entry().max_n > 0)) << s << message;
  EXPECT_EQ(plan, nullptr);
  EXPECT_NE(message[0], 0);
}
#endif

TEST_P(arguments, of_a_call_are_checked) {
  const implementation& i = GetParam();
  in_precision(i, [&]<class T>(T) {
    const inputs<T> in = make_inputs<T>(problem_of(i), valid_size(problem_of(i), 9), 1, seed);
    const std::vector<gradlane_array> arrays = in.abi();
    const gradlane_shape shape = shape_of(in.n, 1, 1, {}, arrays);
    char message[256];
    void* plan = nullptr;
    ASSERT_EQ(entry().prepare(&entry(), &shape, &plan, message, sizeof message), GRADLANE_OK);
    std::vector<T> x = in.x, room(3 * in.n), value(1);
    const auto expect_error = [&](void* p, const T* from, T* to, T* gradient, const char* what) {
      message[0] = 0;
      EXPECT_EQ(entry().evaluate(p, from, to, gradient, message, sizeof message), GRADLANE_BAD_ARGUMENT) << what;
      EXPECT_NE(message[0], 0) << what;
      EXPECT_EQ(entry().evaluate(p, from, to, gradient, nullptr, 0), GRADLANE_BAD_ARGUMENT) << what;
    };
    expect_error(nullptr, x.data(), value.data(), room.data(), "no plan");
    expect_error(plan, nullptr, value.data(), room.data(), "no x");
    expect_error(plan, x.data(), nullptr, room.data(), "no value");
    if (has_gradient(i)) {
      expect_error(plan, x.data(), value.data(), nullptr, "no gradient");
      std::copy(x.begin(), x.end(), room.begin() + static_cast<std::ptrdiff_t>(in.n));
      T* const middle = room.data() + in.n;
      for (std::size_t shift = 1; shift < in.n; ++shift) {
        expect_error(plan, middle, value.data(), middle + shift, "the gradient begins in x");
        expect_error(plan, middle, value.data(), middle - shift, "the gradient ends in x");
      }
      // Equal: refused, or right.
      const answer<T> usual = evaluate(i, in);
      if (entry().evaluate(plan, middle, value.data(), middle, message, sizeof message) == GRADLANE_OK) {
        EXPECT_EQ(std::memcmp(middle, usual.gradient.data(), in.n * sizeof(T)), 0) << "in place";
      } else {
        EXPECT_TRUE(same_bits(x, std::vector<T>(middle, middle + in.n))) << "refused, but x changed";
      }
      // Side by side is no overlap.
      std::copy(x.begin(), x.end(), middle);
      EXPECT_EQ(entry().evaluate(plan, middle, value.data(), middle + in.n, message, sizeof message), GRADLANE_OK);
      EXPECT_EQ(entry().evaluate(plan, middle, value.data(), middle - in.n, message, sizeof message), GRADLANE_OK);
    } else {
      EXPECT_EQ(entry().evaluate(plan, x.data(), value.data(), nullptr, message, sizeof message), GRADLANE_OK);
    }
    entry().release(plan);
  });
}

GRADLANE_FOR_EACH_IMPLEMENTATION(arguments);

}  // namespace
}  // namespace gradlane::suite
