// Fingerprints of answers that were compared with the oracle and found right. A comparison of two builds starts hundreds of
// processes that compute the same answers: one that has the bits of an answer known to be right is right, and the exact
// one, which takes longer than all timed calls, need not be computed again. Anything else goes to the oracle.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>

namespace gradlane::bench {

/// A fingerprint of numbers. Each step is a bijection of the number and of the state, so one number that differs is
/// always seen; several by chance are missed once in 2⁶⁴.
class bits_of_numbers {
 public:
  template <class T>
  void add(T x) {
    std::uint64_t word = 0;
    std::memcpy(&word, &x, sizeof x);
    state_ = std::rotl((state_ ^ word) * 0x9e3779b97f4a7c15u, 29);
  }
  /// Never 0, which stands for none.
  std::uint64_t value() const { return state_ == 0 ? 1 : state_; }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325u;
};

/// What is known of a case: the answer at x, and at the two last x of verified series (workload.hpp).
struct answer_bits {
  static constexpr std::size_t at_x = 0, at_ends = 1, count = 3;
  std::array<std::uint64_t, count> of{};  ///< 0: none

  bool any() const { return of != decltype(of){}; }
  bool holds(std::size_t where, std::uint64_t bits) const { return of[where] == bits; }
};

/// An array of `count` texts of 16 hexadecimal digits, null for none.
nlohmann::ordered_json to_json(const answer_bits& known);
/// The way back. False for anything that to_json does not write.
bool read(const nlohmann::ordered_json& from, answer_bits& known);

}  // namespace gradlane::bench
