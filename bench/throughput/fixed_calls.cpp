#include "throughput/fixed_calls.hpp"

#include <charconv>
#include <fstream>
#include <set>

#include "common/options.hpp"
#include "throughput/sweep.hpp"

namespace gradlane::bench {

namespace {

using json = nlohmann::ordered_json;

// Beyond it a repetition of the shortest call would take minutes: a slip of the pen.
constexpr std::int64_t most_calls = 1'000'000'000;

[[noreturn]] void reject(const std::string& text, const std::string& why) {
  throw usage_error("--iterations: '" + text + "' " + why);
}

bool is_count(const json& value) {
  return value.is_number_integer() && value.get<std::int64_t>() >= 1 && value.get<std::int64_t>() <= most_calls;
}

}  // namespace

nlohmann::ordered_json fixed_calls::to_json() const {
  return each > 0 ? nlohmann::ordered_json(each) : nlohmann::ordered_json(by_case);
}

fixed_calls parse_fixed_calls(const std::string& text) {
  fixed_calls fixed;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fixed.each);
  if (error == std::errc() && end == text.data() + text.size()) {
    if (fixed.each < 1 || fixed.each > most_calls) reject(text, "is not between 1 and 10^9");
    return fixed;
  }
  fixed.each = 0;
  std::ifstream in(text);
  if (!in) reject(text, "is neither a whole number nor a file that can be read");
  const json counts = json::parse(in, nullptr, false);
  if (!counts.is_object() || counts.empty()) reject(text, "is no JSON object of cases and their numbers of calls");
  for (const auto& [name, value] : counts.items()) {
    const bool with_bits = value.is_object() && value.size() == 2 && value.contains("answer_bits");
    const json count = with_bits ? value.value("calls", json()) : value;
    if (!is_count(count)) reject(text, "gives " + name + " no whole number of calls between 1 and 10^9");
    if (with_bits && !read(value["answer_bits"], fixed.known[name]))
      reject(text, "gives " + name + " bits of answers that no result has");
    fixed.by_case[name] = count.get<std::int64_t>();
  }
  return fixed;
}

std::vector<shard> keep_counted(std::vector<shard> shards, const fixed_calls& fixed) {
  if (fixed.by_case.empty()) return shards;
  std::set<std::string> missing;
  for (const auto& [name, count] : fixed.by_case) missing.insert(name);
  for (shard& s : shards)
    std::erase_if(s.cases, [&](const measured_case& c) {
      missing.erase(c.name());
      return fixed.by_case.count(c.name()) == 0;
    });
  if (!missing.empty())
    throw usage_error("--iterations: " + *missing.begin() + " is counted, but not among the cases selected");
  std::erase_if(shards, [](const shard& s) { return s.cases.empty(); });
  return shards;
}

}  // namespace gradlane::bench
