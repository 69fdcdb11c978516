// Whole numbers out of JSON of others. json::get converts what does not fit without a word: 2^32 to 0, 1e300 to anything.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace gradlane::bench {

/// Nothing where the value is no whole number, or not one of type I.
template <class I, class Json>
std::optional<I> whole_number(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.template get<std::uint64_t>();
    return std::in_range<I>(number) ? std::optional(static_cast<I>(number)) : std::nullopt;
  }
  if (!value.is_number_integer()) return std::nullopt;
  const auto number = value.template get<std::int64_t>();
  return std::in_range<I>(number) ? std::optional(static_cast<I>(number)) : std::nullopt;
}

}  // namespace gradlane::bench
