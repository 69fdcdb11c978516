// Threads. The only file with OpenMP pragmas.
#pragma once

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <type_traits>
#include <utility>

namespace gradlane {

/// The share of a thread, in bytes of terms, below which a team takes longer than its caller alone. Measured with g++'s
/// runtime on two cores of a virtual Zen 5: a region costs 3 µs, and one pass of linear, the cheapest term, over f64
/// (0.16 ns each) breaks even at 2 · 24000 terms. GRADLANE_LEAST_SHARE sets another one: 0 in tests of threads.
inline std::size_t least_share = [] {
  const char* const text = std::getenv("GRADLANE_LEAST_SHARE");
  return text == nullptr ? std::size_t{1} << 18 : static_cast<std::size_t>(std::strtoull(text, nullptr, 10));
}();

namespace detail {

/// How many of `threads` pay for `count` items of `bytes` each.
inline int useful_threads(int threads, std::size_t count, std::size_t bytes) {
  double most = static_cast<double>(std::min(static_cast<std::size_t>(std::max(threads, 1)), count));
  if (least_share > 0)
    most = std::min(most, static_cast<double>(count) * static_cast<double>(bytes) / static_cast<double>(least_share));
  return std::max(1, static_cast<int>(most));
}

/// parallel_for on a body whose type is erased: the split is compiled once, and each body once instead of twice.
inline void parallel_parts(int threads, std::size_t count, std::size_t bytes,
                           void (*part)(void* body, std::size_t begin, std::size_t end, int thread), void* body) {
  const int team = useful_threads(threads, count, bytes);
  if (team <= 1) {
    if (count > 0) part(body, 0, count, 0);
    return;
  }
  std::exception_ptr failure;
  std::atomic_flag failed = ATOMIC_FLAG_INIT;
#pragma omp parallel num_threads(team)
  {
    const auto t = static_cast<std::size_t>(omp_get_thread_num());
    const auto k = static_cast<std::size_t>(omp_get_num_threads());
    const std::size_t share = count / k, rest = count % k;
    const std::size_t begin = t * share + (t < rest ? t : rest);
    const std::size_t end = begin + share + (t < rest ? 1 : 0);
    try {
      if (begin < end) part(body, begin, end, static_cast<int>(t));
    } catch (...) {
      if (!failed.test_and_set()) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace detail

/// Splits 0 … count−1 into one contiguous part a thread and calls f(begin, end, thread) for each that is not empty.
/// At most `threads` run: fewer where a share would not pay (an item goes over `bytes` bytes of terms, all lanes counted)
/// or OpenMP grants fewer (nested, limited), so nothing may depend on the split: every result is written by index and
/// combined afterwards in a fixed order. An exception that left an OpenMP region would end the process: the first one is
/// kept inside and rethrown after it.
template <class F>
void parallel_for(int threads, std::size_t count, std::size_t bytes, F&& f) {
  using body = std::remove_reference_t<F>;
  const auto part = [](void* erased, std::size_t begin, std::size_t end, int thread) {
    (*static_cast<body*>(erased))(begin, end, thread);
  };
  detail::parallel_parts(threads, count, bytes, part, const_cast<void*>(static_cast<const void*>(&f)));
}
/// The same for items that are worth a thread each.
template <class F>
void parallel_for(int threads, std::size_t count, F&& f) {
  parallel_for(threads, count, least_share, std::forward<F>(f));
}

}  // namespace gradlane
