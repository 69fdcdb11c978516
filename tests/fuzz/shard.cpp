// What lies where a resumed run would write: another run's shard, half of one, or anything else. It is this run's
// complete shard, or nothing, or a mistake that the user is told of.
#include "common/results.hpp"
#include "input.hpp"

namespace {
using json = nlohmann::ordered_json;
const json selection = {{"cases", {"quartic/analytic"}}, {"seed", 1}, {"step", nullptr}, {"modules", json::object()}};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz_input file(data, size);
  try {
    const auto shard = gradlane::bench::complete_shard(file.path(), "throughput", selection);
    if (shard && shard->at("selection") != selection) std::abort();
  } catch (const gradlane::bench::usage_error& e) {
    if (std::string(e.what()).find(file.path().string()) == std::string::npos) std::abort();
  }
  return 0;
}
