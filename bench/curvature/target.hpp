// One point with its exact answers, and a method called there.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "curvature/parts.hpp"
#include "oracle/inputs.hpp"
#include "oracle/oracle.hpp"
#include "oracle/tolerance.hpp"

namespace gradlane::bench {

/// As for any entry, and how many directions a call takes.
json directed_row(const curvature& c, std::size_t n, std::size_t count);

struct target {
  const catalogue_entry* problem;
  std::vector<double> x;
  std::vector<named_array<double>> data;
  std::vector<gradlane_array> arrays;
  std::unique_ptr<oracle_of<double>> oracle;

  /// At a point of the user's, or one that is drawn.
  target(const catalogue_entry& p, std::size_t n, std::uint64_t seed, const std::vector<double>& at = {});
  std::size_t n() const { return x.size(); }
  std::unique_ptr<oracle_of<double>> product_oracle(const std::vector<double>& v) const {
    return make_product_oracle(*problem, x.data(), v.data(), n(), arrays);
  }
  gradlane_shape shape(std::size_t count) const {
    return {sizeof(gradlane_shape), n(), count, count, 1, 0, arrays.data(), arrays.size()};
  }
};

/// Numbers that begin `place` KiB behind a page. Four arrays of a method in the same place of their pages make 16 streams of
/// chain that all fall into one set of a cache with 12 ways: its products at n = 262144 then take 1.6 times as long.
class placed_array {
 public:
  placed_array(std::size_t size, std::size_t place) : memory_(size + 2 * page), size_(size) {
    const auto at = reinterpret_cast<std::uintptr_t>(memory_.data()) / sizeof(double) % page;
    first_ = page - at + place * 1024 / sizeof(double);
  }
  double* data() { return memory_.data() + first_; }
  double& operator[](std::size_t i) { return memory_[first_ + i]; }
  double operator[](std::size_t i) const { return memory_[first_ + i]; }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t page = 4096 / sizeof(double);
  std::vector<double> memory_;
  std::size_t size_, first_ = 0;
};

/// x by a clear step away, within the range that inputs are drawn from.
inline double moved_from(double x) { return x < 0.5 ? x + 0x1p-6 : x - 1.25; }

/// A method of second derivatives at the target's point, with `count` directions: one of them, or as many directions as
/// the lanes take, or as many copies of the point, each with its direction.
class directed_call {
 public:
  directed_call(const curvature& c, const target& at, std::size_t count);

  /// Direction k, product k.
  void set_direction(std::size_t k, const std::vector<double>& v);
  std::vector<double> product(std::size_t k) const;
  double* component(std::size_t i) { return x_.data() + i * (x_.size() / n_); }
  std::size_t copies() const { return x_.size() / n_; }

  /// Before a timed call: the next component, of all copies of the point, so that no answer can be kept.
  void move() {
    const std::size_t i = moves_++ % n_;
    std::fill_n(component(i), copies(), moved_from(*component(i)));
  }
  void run() { plan_.evaluate(x_.data(), v_.data(), value_.data(), gradient_.data(), product_.data()); }
  double value() const { return value_[0]; }
  std::vector<double> gradient() const;
  /// Where the last call was made.
  std::vector<double> point() const;

 private:
  std::size_t n_, count_, moves_ = 0;
  curvature_plan plan_;
  placed_array x_, v_, gradient_, product_;
  std::vector<double> value_;
};

/// Of the unit vectors, by as few calls as the lanes allow: column j is ∇²L·e_j, at [i * n + j].
std::vector<double> hessian_of(const curvature& c, const target& at);

/// Each component within rounding of its terms (oracle/tolerance.hpp). Unlike a gradient, a product may vanish: the Hessian
/// of log Σ exp takes (1, …, 1) to 0, where no digit of the product is left to be right.
bool is_right_product(const gradient_error& product, std::size_t n);

/// Value, gradient and product k against the oracle. A wrong one is a complaint.
struct product_check {
  verdict result = verdict::wrong;
  bool product_right = false;
  gradient_error product;
  double tolerance = 0, gradient_off = 0;
};
product_check check_product(const directed_call& call, std::size_t k, target& at, const std::vector<double>& v,
                            const json& about, const std::string& part, findings& found);
/// The same of what timed calls leave behind, at the point and in direction v of the last of them: a method that computes
/// only while it is watched, or keeps a product as long as v is the same, is right before.
bool is_still_right(const directed_call& call, std::size_t k, const target& at, const std::vector<double>& v,
                    const json& about, const std::string& part, findings& found);

}  // namespace gradlane::bench
