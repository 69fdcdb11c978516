// NaN and infinities in x propagate and are no errors. What a NaN must reach is read off the oracle's closed forms, at
// the same x: where the exact component is NaN, so must be the computed one.
#include "suite.hpp"

namespace gradlane::suite {
namespace {

template <class T>
constexpr T nan_of = std::numeric_limits<T>::quiet_NaN();
template <class T>
constexpr T infinity_of = std::numeric_limits<T>::infinity();

/// For each k: which components are NaN if x_k is. All pairs for a small n, since implementations share them.
template <class T>
const std::vector<bool>& reached_by(const catalogue_entry& problem, std::size_t n, std::size_t k) {
  static std::map<std::tuple<std::string_view, std::size_t, std::size_t>, std::vector<bool>> known;
  std::vector<bool>& reached = known[{problem.name, n, k}];
  if (!reached.empty()) return reached;
  inputs<T> in = make_inputs<T>(problem, n, 1, seed);
  in.x[k] = nan_of<T>;
  const std::vector<gradlane_array> arrays = in.abi();
  const auto exact = make_oracle<T>(problem, in.x.data(), n, arrays);
  EXPECT_TRUE(std::isnan(exact->value()));
  for (std::size_t i = 0; i < n; ++i) reached.push_back(std::isnan(exact->component(i)));
  return reached;
}

/// One plan and x, with one element replaced at a time.
template <class T>
class patient {
 public:
  patient(const implementation& i, std::size_t n, std::size_t points)
      : what_(i),
        in_(make_inputs<T>(problem_of(i), n, points, seed)),
        arrays_(in_.abi()),
        plan_(i, shape_of(n, points, points, {}, arrays_)),
        healthy_(call()) {}

  /// The answer with `bad` as component k of point p. A status other than OK throws.
  const answer<T>& with(T bad, std::size_t k, std::size_t p = 0) {
    T& place = in_.x[k * in_.stride + p];
    const T was = place;
    place = bad;
    last_ = call();
    place = was;
    return last_;
  }

  void expect_nan_spreads(std::size_t k, std::size_t p = 0) {
    const answer<T>& a = with(nan_of<T>, k, p);
    EXPECT_TRUE(std::isnan(a.value[p])) << where(k, p);
    if (has_gradient(what_)) {
      const std::vector<bool>& reached = reached_by<T>(problem_of(what_), in_.n, k);
      std::size_t lost = 0, strayed = 0;
      for (std::size_t i = 0; i < in_.n; ++i) {
        const bool nan = std::isnan(a.gradient[i * in_.stride + p]);
        lost += reached[i] && !nan;
        strayed += !reached[i] && nan;
      }
      EXPECT_EQ(lost, 0u) << "components that lost the NaN; " << where(k, p);
      // A sweep for each component evaluates the whole objective, so that there every component may be NaN.
      if (!what_.has(GRADLANE_SWEEPS)) {
        EXPECT_EQ(strayed, 0u) << "components that it has nothing to do with; " << where(k, p);
      }
    }
    for (std::size_t other = 0; other < in_.points; ++other)
      if (other != p) expect_untouched(a, other, where(k, p));
  }
  std::size_t size() const { return in_.n; }

 private:
  answer<T> call() {
    answer<T> a{std::vector<T>(in_.points, unused<T>), std::vector<T>(in_.x.size(), unused<T>)};
    plan_.evaluate(in_.x.data(), a.value.data(), a.gradient.data());
    return a;
  }
  void expect_untouched(const answer<T>& a, std::size_t p, const std::string& trace) const {
    bool same = std::memcmp(&a.value[p], &healthy_.value[p], sizeof(T)) == 0;
    for (std::size_t i = 0; i < in_.n; ++i)
      same =
          same && std::memcmp(&a.gradient[i * in_.stride + p], &healthy_.gradient[i * in_.stride + p], sizeof(T)) == 0;
    EXPECT_TRUE(same) << "point " << p << " changed; " << trace;
  }
  std::string where(std::size_t k, std::size_t p) const {
    return "n = " + std::to_string(in_.n) + ", NaN in component " + std::to_string(k) + " of point " +
           std::to_string(p) + " of " + std::to_string(in_.points);
  }

  implementation what_;
  inputs<T> in_;
  std::vector<gradlane_array> arrays_;
  bench::plan plan_;
  answer<T> healthy_, last_;
};

class nonfinite : public each_implementation {};

TEST_P(nonfinite, nan_spreads_from_every_position) {
  const implementation& i = GetParam();
  in_precision(i, [&]<class T>(T) {
    for (const std::size_t n : sizes_up_to(problem_of(i), 2 * width_of(i) + 3)) {
      patient<T> x(i, n, 1);
      for (std::size_t k = 0; k < n; ++k) x.expect_nan_spreads(k);
    }
  });
}

// Behind a full step of the unrolled loop: one more register and a tail.
TEST_P(nonfinite, nan_spreads_from_every_position_of_a_step) {
  const implementation& i = GetParam();
  in_precision(i, [&]<class T>(T) {
    const catalogue_entry& problem = problem_of(i);
    patient<T> x(i, valid_size(problem, problem.facts.multiple * (step_of(i) + width_of(i) + 3)), 1);
    // n sweeps over n² work for each of n positions took most of the minute that these tests need: there one of a
    // register, from its first element to its last, and all of the tail.
    const bool costly = i.has(GRADLANE_SWEEPS) && problem.facts.dense;
    const std::size_t width = width_of(i);
    for (std::size_t k = 0; k < x.size(); ++k)
      if (!costly || k + width >= x.size() || k % width == k / width % width) x.expect_nan_spreads(k);
  });
}

TEST_P(nonfinite, nan_spreads_from_block_edges) {
  const implementation& i = GetParam();
  if (!is_linear_in_n(i) || i.has(GRADLANE_POINTS)) return;
  in_precision(i, [&]<class T>(T) {
    const std::size_t width = width_of(i), n = valid_size(problem_of(i), 4096 + width + 3);
    patient<T> x(i, n, 1);
    for (std::size_t k = 0; k < n; ++k)
      if (k < 2 || k + 2 * width >= n || (k + 1) % 4096 < 3) x.expect_nan_spreads(k);
  });
}

TEST_P(nonfinite, nan_stays_in_its_point) {
  const implementation& i = GetParam();
  if (!i.has(GRADLANE_POINTS)) return;
  in_precision(i, [&]<class T>(T) {
    const std::size_t width = width_of(i);
    for (const std::size_t points : {std::size_t{2}, width, width + 1, 2 * width - 1}) {
      patient<T> x(i, valid_size(problem_of(i), 3), points);
      for (std::size_t k = 0; k < x.size(); ++k)
        for (std::size_t p = 0; p < points; ++p) x.expect_nan_spreads(k, p);
    }
  });
}

/// The objective's value with `bad` as component k, by its closed form: the limit, where there is one.
template <class T>
double value_with(const catalogue_entry& problem, std::size_t n, T bad, std::size_t k) {
  static std::map<std::tuple<std::string_view, std::size_t, T, std::size_t>, double> known;
  const auto [place, is_new] = known.try_emplace({problem.name, n, bad, k});
  if (is_new) {
    inputs<T> in = make_inputs<T>(problem, n, 1, seed);
    in.x[k] = bad;
    const std::vector<gradlane_array> arrays = in.abi();
    place->second = make_oracle<T>(problem, in.x.data(), n, arrays)->value();
  }
  return place->second;
}

TEST_P(nonfinite, infinities_are_no_errors) {
  const implementation& i = GetParam();
  in_precision(i, [&]<class T>(T) {
    const catalogue_entry& problem = problem_of(i);
    for (const std::size_t about : {std::size_t{1}, std::size_t{7}, 2 * width_of(i) + 3}) {
      patient<T> x(i, valid_size(problem, about), 1);
      for (std::size_t k = 0; k < x.size(); ++k)
        for (const T bad : {infinity_of<T>, -infinity_of<T>}) {
          const double value = static_cast<double>(x.with(bad, k).value[0]),
                       exact = value_with(problem, x.size(), bad, k);
          if (std::isfinite(exact) && is_complex(i)) continue;  // (∞ + 0i)² is NaN
          if (std::isfinite(exact)) {                           // exp(−∞) and the like
            EXPECT_NEAR(value, exact, 64 * std::numeric_limits<T>::epsilon() * std::max(1.0, std::abs(exact)));
          } else {
            EXPECT_FALSE(std::isfinite(value)) << bad << " at " << k << " of " << x.size();
          }
        }
    }
  });
}

GRADLANE_FOR_EACH_IMPLEMENTATION(nonfinite);

}  // namespace
}  // namespace gradlane::suite
