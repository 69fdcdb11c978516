// What a call may depend on: its x, and the shape and data of its plan. Not on the calls before, on other plans, or on the
// thread that it comes from. And a finite difference takes the step that it is asked for.
#include <thread>

#include "suite.hpp"

namespace gradlane::suite {
namespace {

/// A plan with its inputs, called again and again.
template <class T>
class subject {
 public:
  subject(const implementation& i, inputs<T> in, int threads = 1)
      : in_(std::move(in)),
        arrays_(in_.abi()),
        plan_(i, shape_of(in_.n, in_.points, in_.stride, {.threads = threads}, arrays_)) {}

  answer<T> at(const std::vector<T>& x) {
    answer<T> a{std::vector<T>(in_.points, unused<T>), std::vector<T>(x.size(), unused<T>)};
    plan_.evaluate(x.data(), a.value.data(), a.gradient.data());
    return a;
  }
  answer<T> here() { return at(in_.x); }
  const inputs<T>& in() const { return in_; }
  /// From now on there is no plan.
  void release() { bench::plan gone(std::move(plan_)); }

 private:
  inputs<T> in_;
  std::vector<gradlane_array> arrays_;
  bench::plan plan_;
};

template <class T>
void expect_same(const answer<T>& a, const answer<T>& b, const std::string& what) {
  EXPECT_TRUE(same_bits(a.value, b.value)) << "value, " << what;
  EXPECT_TRUE(same_bits(a.gradient, b.gradient)) << "gradient, " << what;
}

template <class T>
subject<T> make_subject(const implementation& i, std::size_t about, std::uint64_t seed_of_data = seed) {
  const std::size_t points = i.has(GRADLANE_POINTS) ? width_of(i) + 1 : 1;
  return {i, make_inputs<T>(problem_of(i), valid_size(problem_of(i), about), points, seed_of_data)};
}

class calls : public each_implementation {};

// By a step far smaller than what a careless comparison would notice, and far larger than rounding.
TEST_P(calls, do_not_remember_the_last_x) {
  const implementation& i = GetParam();
  in_precision(i, [&]<class T>(T) {
    for (const std::size_t about : {std::size_t{3}, 2 * width_of(i) + 3}) {
      subject<T> s = make_subject<T>(i, about);
      const std::vector<T> x = s.in().x;
      const answer<T> first = s.here();
      for (const std::size_t k : {std::size_t{0}, x.size() / 2, x.size() - 1}) {
        std::vector<T> moved = x;
        moved[k] += T(0x1p-14);
        expect_same(s.at(moved), make_subject<T>(i, about).at(moved), "element " + std::to_string(k) + " moved");
      }
      expect_same(s.here(), first, "back at the first x");
    }
  });
}

TEST_P(calls, of_other_plans_leave_no_trace) {
  const implementation& i = GetParam();
  in_precision(i, [&]<class T>(T) {
    const answer<T> alone = make_subject<T>(i, 19).here(), other_alone = make_subject<T>(i, 19, seed + 1).here(),
                    small_alone = make_subject<T>(i, 6).here();
    subject<T> one = make_subject<T>(i, 19), other = make_subject<T>(i, 19, seed + 1), small = make_subject<T>(i, 6);
    for (int round = 0; round < 2; ++round) {
      expect_same(one.here(), alone, "beside two other plans");
      expect_same(other.here(), other_alone, "beside a plan of the same size with other data");
      expect_same(small.here(), small_alone, "beside a plan of another size");
    }
    small.release();
    expect_same(one.here(), alone, "after another plan was released");
  });
}

TEST_P(calls, may_come_from_any_thread) {
  const implementation& i = GetParam();
  in_precision(i, [&]<class T>(T) {
    subject<T> s = make_subject<T>(i, 19);
    answer<T> there, later;
    std::thread([&] { there = s.here(); }).join();
    std::thread([&] {
      later = s.here();
      s.release();
    }).join();
    const answer<T> here = make_subject<T>(i, 19).here();
    expect_same(there, here, "in a thread that did not make the plan");
    expect_same(later, here, "in another thread");
  });
}

/// A formula of order p with a step so large that its truncation is above all rounding: its error must be that of order p,
/// not of a lower one, and of this step.
TEST_P(calls, take_the_step_that_they_are_asked_for) {
  const implementation& i = GetParam();
  if (i.entry().order == 0 || !i.has(GRADLANE_STEP) || i.has(GRADLANE_POINTS)) return;
  if (i.method().starts_with("adaptive")) return;  // it begins there, and ends elsewhere
  in_precision(i, [&]<class T>(T) {
    const catalogue_entry& problem = problem_of(i);
    const std::size_t n = valid_size(problem, 5);
    const inputs<T> in = make_inputs<T>(problem, n, 1, seed);
    const answer<T> usual = evaluate(i, in);
    for (const double step : {0x1p-4, 0x1p-6}) {
      const answer<T> a = evaluate(i, in, {.step = step});
      EXPECT_FALSE(same_bits(a.gradient, usual.gradient)) << "step " << step << " gives what the default gives";
      const gradient_error g = oracle_at<T>(problem, n).compare(a.gradient.data());
      const value_error v = oracle_at<T>(problem, n).compare_value(a.value[0]);
      const judgement j = judge<T>(g, v, n, i.entry().order, step);
      EXPECT_NE(j.result, verdict::wrong)
          << "step " << step << ": off by " << g.relative << ", allowed " << j.tolerance;
    }
  });
}

GRADLANE_FOR_EACH_IMPLEMENTATION(calls);

}  // namespace
}  // namespace gradlane::suite
