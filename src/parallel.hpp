// Threads. The only file with OpenMP pragmas.
#pragma once

#include <omp.h>

#include <atomic>
#include <cstddef>
#include <exception>
#include <type_traits>

namespace gradlane {

namespace detail {

/// parallel_for on a body whose type is erased: the split is compiled once, and each body once instead of twice.
inline void parallel_parts(int threads, std::size_t count,
                           void (*part)(void* body, std::size_t begin, std::size_t end, int thread), void* body) {
  if (threads <= 1 || count <= 1) {
    if (count > 0) part(body, 0, count, 0);
    return;
  }
  const int team = count < static_cast<std::size_t>(threads) ? static_cast<int>(count) : threads;
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
/// At most `threads` run; fewer where OpenMP grants fewer (nested, limited), so nothing may depend on the split: every
/// result is written by index and combined afterwards in a fixed order. An exception that left an OpenMP region would
/// end the process: the first one is kept inside and rethrown after it.
template <class F>
void parallel_for(int threads, std::size_t count, F&& f) {
  using body = std::remove_reference_t<F>;
  const auto part = [](void* erased, std::size_t begin, std::size_t end, int thread) {
    (*static_cast<body*>(erased))(begin, end, thread);
  };
  detail::parallel_parts(threads, count, part, const_cast<void*>(static_cast<const void*>(&f)));
}

}  // namespace gradlane
