// A case of the throughput driver in a process of its own (common/worker.hpp).
#pragma once

#include <functional>
#include <string>

#include "common/options.hpp"
#include "common/worker.hpp"
#include "throughput/row.hpp"

namespace gradlane::bench {

/// Fills the row with what a worker measured, or with what became of the worker as its error.
void run_isolated(row& r, const options& given, const settings& own);

/// In the worker: hands the row that `measure` makes of the case to the driver, and ends the process.
[[noreturn]] void run_as_worker(const worker_request& request, const std::function<row(const measured_case&)>& measure);

}  // namespace gradlane::bench
