#include "throughput/answer_bits.hpp"

#include <charconv>
#include <cstdio>
#include <string>

namespace gradlane::bench {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t digits = 16;

json text_of(std::uint64_t bits) {
  if (bits == 0) return nullptr;
  char text[digits + 1];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(bits));
  return text;
}

bool read(const json& from, std::uint64_t& bits) {
  bits = 0;
  if (from.is_null()) return true;
  if (!from.is_string()) return false;
  const std::string& text = from.get_ref<const std::string&>();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
  return text.size() == digits && error == std::errc() && end == text.data() + digits && bits != 0;
}

}  // namespace

json to_json(const answer_bits& known) {
  json array = json::array();
  for (const std::uint64_t bits : known.of) array.push_back(text_of(bits));
  return array;
}

bool read(const json& from, answer_bits& known) {
  if (!from.is_array() || from.size() != answer_bits::count) return false;
  for (std::size_t k = 0; k < answer_bits::count; ++k)
    if (!read(from[k], known.of[k])) return false;
  return true;
}

}  // namespace gradlane::bench
