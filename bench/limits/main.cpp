// limits: what this machine can do at most through each backend: rates of arithmetic, functions, and each level of the
// memory. throughput holds its times against them.
#include <algorithm>
#include <iomanip>
#include <iostream>
#include <optional>

#include "common/environment.hpp"
#include "common/foreign_flags.hpp"
#include "common/results.hpp"
#include "common/selection.hpp"
#include "common/shards.hpp"
#include "limits/probing.hpp"

namespace gradlane::bench {

namespace {

using json = nlohmann::ordered_json;

struct settings {
  bool full = false;
  double probe_seconds = 0.08;
};

/// The driver's own flags as they were given; what was left out depends on --full.
struct own_flags {
  bool full = false;
  std::optional<double> probe_seconds;
};

std::vector<own_flag> flags_of(own_flags& own) {
  return {{"--full", "every backend, precision, and one thread and all, instead of the quick run", &own.full},
          {"--probe-seconds", "time spent on a probe, default 0.08, with --full 0.2", &own.probe_seconds}};
}

settings checked(const own_flags& own, const options& given) {
  refuse_benchmark_flags(given, "no gradient is timed here");
  if (!given.problems.empty() || !given.methods.empty() || !given.lanes.empty() || !given.dims.empty() ||
      !given.points.empty() || given.step || given.check_only)
    throw usage_error("the machine is measured here, not gradients: only --backend, --dtype and --threads choose");
  return {own.full, positive("--probe-seconds", own.probe_seconds, own.full ? 0.2 : 0.08)};
}

/// The quick run: what the quick run of throughput is held against. The best backend in both precisions, on one thread
/// and on all; the others in f64 on one thread.
std::vector<probing> selection(const options& given, const settings& own, const module_set& modules) {
  const bool particular = !given.backends.empty() || !given.dtypes.empty() || !given.threads.empty();
  std::vector<int> threads = given.threads.empty() ? std::vector<int>{1, available_cores()} : given.threads;
  threads.erase(std::unique(threads.begin(), threads.end()), threads.end());
  std::vector<probing> chosen;
  const backend_module* best = nullptr;
  for (const backend_module& m : modules.modules) {
    if (m.table->probe_count == 0 || !chooses(given.backends, m.about.name)) continue;
    if (best == nullptr) best = &m;
    for (const int t : threads)
      for (const gradlane_dtype dtype : {GRADLANE_F64, GRADLANE_F32}) {
        const bool quick =
            particular ? &m == best || !given.backends.empty() : &m == best || (dtype == GRADLANE_F64 && t == 1);
        if (chooses(given.dtypes, dtype_name(dtype)) && (own.full || quick)) chosen.push_back({&m, dtype, t});
      }
  }
  if (chosen.empty()) throw usage_error("nothing selected: no backend with probes fits these flags (see --list)");
  return chosen;
}

std::string name_of(const probing& p) {
  return p.module->about.name + "/" + dtype_name(p.dtype) + "/threads:" + std::to_string(p.threads);
}

void print_probes(const options& given, const module_set& modules) {
  for (const backend_module& m : modules.modules)
    for (std::size_t i = 0; i < m.table->probe_count && chooses(given.backends, m.about.name); ++i) {
      const gradlane_probe& p = m.table->probes[i];
      const char* const dtype = dtype_name(p.dtype);
      if (chooses(given.dtypes, dtype)) std::cout << m.about.name << '/' << dtype << '/' << p.name << '\n';
    }
}

void print(const roof_set& set) {
  for (const roof& r : set.roofs) {
    const std::string name = set.backend + "/" + set.dtype + "/threads:" + std::to_string(set.threads) + "/" + r.probe +
                             (r.level.empty() ? "" : "/" + r.level);
    std::cout << std::left << std::setw(44) << name << std::right << std::setprecision(4) << std::setw(10)
              << r.rate * 1e-9 << (r.level.empty() ? " G operations/s" : " GB/s") << "  (median " << r.median * 1e-9
              << ")\n";
  }
}

json selection_key(const settings& own, const json& context) {
  return {{"probe_seconds", own.probe_seconds}, {"modules", context["provenance"]["modules"]}};
}

int run_all(std::vector<probing> shards, const options& given, const settings& own, const module_set& modules) {
  const json context = environment(given, modules);
  arena memory;
  const auto seconds = [&](const probing& p) { return expected_seconds(p, own.probe_seconds); };
  const auto examine = [&](const probing& p, const shard_progress& tick) {
    double done = 0;
    return measure(p, own.probe_seconds, memory, [&](double more) { tick(name_of(p), (done += more) / seconds(p)); });
  };
  const shard_work<probing, roof_set> work{.kind = "limits",
                                           .stem = &probing::file_stem,
                                           .key = [&](const probing&) { return selection_key(own, context); },
                                           .seconds = seconds,
                                           .examine = examine,
                                           .document = [](const probing&, const roof_set& set) { return to_json(set); },
                                           .print = print};
  told_complaints none;  // a rate is what it is
  return run_shards(work, std::move(shards), given, context, none).value_or(success);
}

int run(int argc, char** argv) {
  own_flags own_given;
  const parsed line =
      parse_options(argc, argv, "What this machine can do at most, through each backend.", flags_of(own_given));
  if (line.exit) return *line.exit;
  const options& given = line.values;
  const settings own = checked(own_given, given);
  const module_set modules = load_backends(given);
  check_names(given, modules, {});
  if (given.list) {
    print_probes(given, modules);
    return success;
  }
  std::vector<probing> shards = selection(given, own, modules);
  if (!given.out.empty() && !given.estimate) require_writable(given.out / "limits");
  return run_all(std::move(shards), given, own, modules);
}

}  // namespace

}  // namespace gradlane::bench

int main(int argc, char** argv) { return gradlane::bench::run_driver("limits", argc, argv, gradlane::bench::run); }
