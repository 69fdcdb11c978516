// Sums of very many terms for the oracle.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "parallel.hpp"

namespace gradlane {

/// Threads for evaluations in quad; nothing is being timed while they run.
int oracle_threads();

/// Σ term(i) over i < count, in Q: blocks of 4096 terms, each summed in order, and a tree over the blocks, so that the
/// result does not depend on threads. The error is at most (4096 + log₂(count/4096))·u·Σ|terms|, u the unit roundoff of Q:
/// for 2³⁰ terms 2⁻¹⁰¹ of Σ|terms| in quad, and 2⁻⁴¹ in double (with independent errors about 2⁻⁴⁷).
template <class Q, class F>
Q exact_sum(std::size_t count, F&& term) {
  constexpr std::size_t block = 4096;
  const auto sum_of = [&](std::size_t b) {
    Q sum(0);
    for (std::size_t i = b * block; i < std::min(count, (b + 1) * block); ++i) sum += term(i);
    return sum;
  };
  if (count <= block) return sum_of(0);
  std::vector<Q> sums((count + block - 1) / block);
  parallel_for(oracle_threads(), sums.size(), [&](std::size_t first, std::size_t last, int) {
    for (std::size_t b = first; b < last; ++b) sums[b] = sum_of(b);
  });
  for (std::size_t step = 1; step < sums.size(); step *= 2)
    for (std::size_t b = 0; b + step < sums.size(); b += 2 * step) sums[b] += sums[b + step];
  return sums[0];
}

}  // namespace gradlane
