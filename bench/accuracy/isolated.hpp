// Cases of the accuracy driver in processes of their own (common/worker.hpp). A case is one part for one implementation
// at one n: it is the shard with all else taken out, so both sides of the process run the same code.
#pragma once

#include "accuracy/rows.hpp"
#include "common/worker.hpp"

namespace gradlane::bench {

/// Examines a shard whose implementations are all to be isolated, and adds what the workers found. A case whose worker
/// crashes, hangs or ends is left out with the reason, and makes the run fail.
void add_isolated(const shard& s, const run_context& run, findings& found);

/// In the worker: hands what was found of the case to the driver, and ends the process.
[[noreturn]] void run_as_worker(const worker_request& request, const options& given, const settings& own);

}  // namespace gradlane::bench
