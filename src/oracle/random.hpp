// The counter-based generator behind every input: number `index` of stream `stream` is a function of (seed, stream,
// index) alone. So any element can be made by any thread in any order, and two machines make the same bits.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

namespace gradlane {

/// The finaliser of splitmix64: a bijection of 64 bits in which each input bit flips each output bit with
/// probability near 1/2.
constexpr std::uint64_t mix_bits(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

class random_stream {
 public:
  /// Seed and stream go through the mixer one after the other, so that (1, 2) and (2, 1) have nothing in common.
  constexpr random_stream(std::uint64_t seed, std::uint64_t stream)
      : key_(mix_bits(mix_bits(seed + golden) + golden * (stream + 1))) {}
  constexpr random_stream(std::uint64_t seed, std::string_view stream) : random_stream(seed, hash(stream)) {}

  constexpr std::uint64_t bits(std::uint64_t index) const { return mix_bits(key_ + golden * (index + 1)); }

  /// Uniform in [low, high), drawn with as many bits as T has: k·2⁻ᵖ, 0 ≤ k < 2ᵖ, is exact in T and so is the result in
  /// [−1, 1); elsewhere product and sum round, never up to `high`.
  template <class T>
  T uniform(std::uint64_t index, T low, T high) const {
    constexpr int digits = sizeof(T) == 8 ? 53 : 24;
    const T unit = static_cast<T>(bits(index) >> (64 - digits)) * (sizeof(T) == 8 ? T(0x1p-53) : T(0x1p-24));
    const T drawn = low + (high - low) * unit;
    return drawn < high ? drawn : std::nextafter(high, low);
  }
  template <class T>
  T sign(std::uint64_t index) const {
    return bits(index) >> 63 ? T(1) : T(-1);
  }

 private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;  // 2⁶⁴/φ, odd: splitmix64's increment
  /// FNV-1a, so that an array's numbers depend on its name and not on its place among the others.
  static constexpr std::uint64_t hash(std::string_view text) {
    std::uint64_t h = 0xcbf29ce484222325u;
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return h;
  }
  std::uint64_t key_;
};

}  // namespace gradlane
