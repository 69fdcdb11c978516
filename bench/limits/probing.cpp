#include "limits/probing.hpp"

#include <unistd.h>

#include <algorithm>
#include <new>

#include "common/clock.hpp"
#include "common/options.hpp"

namespace gradlane::bench {

namespace {

constexpr int rounds = 8;
// Long beside the start of threads (microseconds), short beside the milliseconds that a scheduler gives to another
// process: on a busy machine some samples still are undisturbed.
constexpr double sample_seconds = 1e-3;
constexpr std::size_t function_elements = 1024;  // a thread, of each operand: in the nearest cache

/// A probe at one level of the memory, ready to run.
struct task {
  const gradlane_probe* probe;
  roof result;
  std::size_t count = 0, repetitions = 1;  ///< elements of each array
  std::vector<double> rates;

  std::size_t array_count() const { return probe->operands + probe->read + probe->written + probe->updated; }
  bool of_memory() const { return probe->read + probe->written + probe->updated > 0; }
};

std::size_t bytes_of(gradlane_dtype dtype) { return dtype == GRADLANE_F32 ? sizeof(float) : sizeof(double); }

std::vector<task> tasks_of(const probing& what, const std::vector<memory_level>& levels) {
  std::vector<task> tasks;
  for (std::size_t i = 0; i < what.module->table->probe_count; ++i) {
    const gradlane_probe& p = what.module->table->probes[i];
    if (p.dtype != what.dtype) continue;
    task t{.probe = &p, .result = {p.name, "", p.read, p.written, p.updated}, .rates = {}};
    t.count = function_elements * static_cast<std::size_t>(what.threads);
    if (!t.of_memory()) {
      tasks.push_back(t);
      continue;
    }
    for (std::size_t level = 0; level < levels.size(); ++level) {
      t.result.level = levels[level].name;
      t.count = working_set_at(levels, level) / t.array_count() / bytes_of(what.dtype);
      t.result.working_set = t.count * t.array_count() * bytes_of(what.dtype);
      tasks.push_back(t);
    }
  }
  return tasks;
}

struct sample {
  double seconds, rate;
};
sample run_once(const task& t, int threads, const std::vector<void*>& arrays) {
  gradlane_probe_result done{};
  gradlane_status status = GRADLANE_OK;
  const double seconds =
      seconds_of([&] { status = t.probe->run(t.probe, arrays.data(), t.count, t.repetitions, threads, &done); });
  if (status != GRADLANE_OK) throw call_error(status, std::string("probe ") + t.probe->name + " failed");
  return {seconds, (t.of_memory() ? done.bytes : done.operations) / seconds};
}

/// Repetitions that make a sample long enough, found on one thread with its share of the elements: on a busy machine the
/// others may start milliseconds late, and a sample as short as their delay would measure that. So it is also longer with
/// several.
void calibrate(task& t, int threads, const std::vector<void*>& arrays) {
  const double wanted = threads > 1 ? 4 * sample_seconds : sample_seconds;
  task alone = t;
  alone.count = std::max<std::size_t>(1, t.count / static_cast<std::size_t>(threads));
  const auto least_of_two = [&] {  // an interruption makes a run longer, and must not end the search
    return std::min(run_once(alone, 1, arrays).seconds, run_once(alone, 1, arrays).seconds);
  };
  for (double seconds = least_of_two(); seconds < wanted; seconds = least_of_two()) {
    const double missing = std::min(wanted / seconds * 1.2, 16.0);
    alone.repetitions = static_cast<std::size_t>(static_cast<double>(alone.repetitions) * missing) + 1;
  }
  t.repetitions = alone.repetitions;
}

template <class T>
void fill(std::byte* at, std::size_t bytes) {
  T* const x = reinterpret_cast<T*>(at);
  for (std::size_t i = 0; i < bytes / sizeof(T); ++i) x[i] = T(0.5) + static_cast<T>((i * 37 + 11) % 64) / T(64);
}

}  // namespace

std::string probing::file_stem() const {
  return module->about.name + "-" + dtype_name(dtype) + "-threads" + std::to_string(threads);
}

std::vector<void*> arena::arrays(std::size_t count, std::size_t bytes, gradlane_dtype dtype) {
  // In a triad the second operand and the result begin this far into a page: the result's stores agree with loads that
  // lie half a page and more ahead.
  constexpr std::size_t offsets[] = {0, page / 2 + cache_line, page - 9 * cache_line};
  const std::size_t pitch = (bytes + page - 1) / page * page + page, total = count * pitch;
  if (total > size_) {
    size_ = total + 16 * page;  // the same bytes in one array more must not begin anew
    memory_.reset();
    memory_ = allocate_pages(size_);
    fill<double>(memory_.get(), size_);
  }
  std::vector<void*> found;
  for (std::size_t k = 0; k < count; ++k) {
    std::byte* const at = memory_.get() + k * pitch + offsets[k % std::size(offsets)];
    const std::size_t arguments = std::min(bytes, std::size_t{1} << 16);  // more than any function's probe reads
    dtype == GRADLANE_F32 ? fill<float>(at, arguments) : fill<double>(at, arguments);
    found.push_back(at);
  }
  if (count == 3) std::swap(found[1], found[2]);
  return found;
}

/// Half of a cache, so that whatever else the process touches has room; no more than eight times the cache before it,
/// since what a virtual machine calls its last cache may be another machine's too. Memory: four times the last cache, as
/// far as a quarter of a gigabyte and an eighth of the machine's memory go.
std::size_t working_set_at(const std::vector<memory_level>& levels, std::size_t level) {
  const std::size_t before = level == 0 ? 0 : levels[level - 1].bytes;
  if (levels[level].bytes > 0) return std::min(levels[level].bytes / 2, before == 0 ? levels[level].bytes : 8 * before);
  const auto memory =
      static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return std::min({std::max(4 * before, std::size_t{64} << 20), std::size_t{256} << 20, memory / 8});
}

roof_set measure(const probing& what, double probe_seconds, arena& memory, const std::function<void(double)>& tick) {
  roof_set set{what.module->about.name, dtype_name(what.dtype), what.threads, levels_for(what.threads), {}};
  std::vector<task> tasks = tasks_of(what, set.levels);
  const int samples = std::max(1, static_cast<int>(probe_seconds / rounds / sample_seconds));
  for (int round = 0; round < rounds; ++round)
    for (task& t : tasks) {
      tick(probe_seconds / rounds);
      const std::vector<void*> arrays = memory.arrays(t.array_count(), t.count * bytes_of(what.dtype), what.dtype);
      if (round == 0) calibrate(t, what.threads, arrays);
      run_once(t, what.threads, arrays);  // brings the arrays to where they belong
      double spent = 0;
      for (int s = 0; s < samples && spent < probe_seconds / rounds; ++s) {
        const sample one = run_once(t, what.threads, arrays);
        t.rates.push_back(one.rate);
        spent += one.seconds;
      }
    }
  for (task& t : tasks) {
    std::sort(t.rates.begin(), t.rates.end());
    t.result.rate = t.rates.back();
    t.result.median = t.rates[t.rates.size() / 2];
    set.roofs.push_back(t.result);
  }
  return set;
}

double expected_seconds(const probing& what, double probe_seconds) {
  return static_cast<double>(tasks_of(what, levels_for(what.threads)).size()) * (probe_seconds * 1.2);
}

}  // namespace gradlane::bench
