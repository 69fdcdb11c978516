// What this CPU offers: the instruction-set features a sidecar may ask for, and the floating-point control word.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gradlane::bench {

/// Empty for a name that is not in the table.
std::optional<bool> cpu_supports(std::string_view feature);
/// Every feature of the table that this CPU has.
std::vector<std::string> supported_features();

}  // namespace gradlane::bench
