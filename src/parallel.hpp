// Threads. The only file with OpenMP pragmas.
#pragma once

#include <omp.h>

#include <atomic>
#include <cstddef>
#include <exception>

namespace gradlane {

/// Splits 0 … count−1 into one contiguous part a thread and calls f(begin, end, thread) for each that is not empty.
/// At most `threads` run; fewer where OpenMP grants fewer (nested, limited), so nothing may depend on the split: every
/// result is written by index and combined afterwards in a fixed order. An exception that left an OpenMP region would
/// end the process: the first one is kept inside and rethrown after it.
template <class F>
void parallel_for(int threads, std::size_t count, F&& f) {
  if (threads <= 1 || count <= 1) {
    if (count > 0) f(std::size_t{0}, count, 0);
    return;
  }
  const int team = count < static_cast<std::size_t>(threads) ? static_cast<int>(count) : threads;
  std::exception_ptr failure;
  std::atomic_flag failed = ATOMIC_FLAG_INIT;
#pragma omp parallel num_threads(team)
  {
    const auto t = static_cast<std::size_t>(omp_get_thread_num());
    const auto k = static_cast<std::size_t>(omp_get_num_threads());
    const std::size_t part = count / k, rest = count % k;
    const std::size_t begin = t * part + (t < rest ? t : rest);
    const std::size_t end = begin + part + (t < rest ? 1 : 0);
    try {
      if (begin < end) f(begin, end, static_cast<int>(t));
    } catch (...) {
      if (!failed.test_and_set()) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace gradlane
