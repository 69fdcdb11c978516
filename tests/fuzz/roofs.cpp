// What lies where roofs are looked for: those of a machine, which then survive being written, or none.
#include "limits/roofs.hpp"
#include "common/results.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz_input file(data, size);
  const auto shard = gradlane::bench::read_json(file.path());
  if (!shard) return 0;
  const auto set = gradlane::bench::roofs_from_json(*shard);
  if (set && !gradlane::bench::roofs_from_json(to_json(*set))) std::abort();
  return 0;
}
