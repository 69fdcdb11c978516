// Lists of names, sizes and threads as they are written on a command line.
#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <thread>
#include <utility>

#include "common/options.hpp"

namespace gradlane::bench {

namespace {

constexpr std::size_t most_values = 10000;  // beyond that it is a typing error

[[noreturn]] void malformed(std::string_view flag, std::string_view text, const std::string& why) {
  throw usage_error(std::string(flag) + ": '" + std::string(text) + "' " + why);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0;;) {
    const std::size_t to = text.find(separator, from);
    parts.push_back(text.substr(from, to - from));
    if (to == std::string_view::npos) return parts;
    from = to + 1;
  }
}

std::size_t parse_size(std::string_view flag, std::string_view text, std::string_view whole) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) malformed(flag, whole, "is too large");
  if (error != std::errc() || end != text.data() + text.size() || text.empty())
    malformed(flag, whole, "is not a whole number or a range like 8:4096:x2 or 1:16:+1");
  if (value == 0) malformed(flag, whole, "must be at least 1");
  return value;
}

template <class T>
void append_new(std::vector<T>& list, T value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(std::move(value));
}

void append_range(std::string_view flag, std::string_view text, std::vector<std::size_t>& list) {
  const std::vector<std::string_view> parts = split(text, ':');
  if (parts.size() == 1) return append_new(list, parse_size(flag, text, text));
  if (parts.size() != 3 || parts[2].size() < 2 || (parts[2][0] != 'x' && parts[2][0] != '+'))
    malformed(flag, text, "is not a range: write FIRST:LAST:xFACTOR or FIRST:LAST:+STEP");
  const std::size_t first = parse_size(flag, parts[0], text), last = parse_size(flag, parts[1], text);
  const std::size_t step = parse_size(flag, parts[2].substr(1), text);
  const bool multiply = parts[2][0] == 'x';
  if (first > last) malformed(flag, text, "is an empty range: its first value exceeds its last");
  if (multiply && step < 2) malformed(flag, text, "does not grow: the factor must be at least 2");
  for (std::size_t value = first;;) {
    append_new(list, value);
    if (list.size() > most_values) malformed(flag, text, "holds more than " + std::to_string(most_values) + " values");
    // Compared before it is computed: the next value may not be representable.
    if (multiply ? value > last / step : step > last - value) return;
    value = multiply ? value * step : value + step;
  }
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({change, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::size_t> parse_sizes(std::string_view flag, std::string_view text) {
  std::vector<std::size_t> list;
  for (const std::string_view item : split(text, ',')) append_range(flag, item, list);
  return list;
}

int available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::vector<int> parse_threads(std::string_view text) {
  std::vector<int> list;
  for (const std::string_view item : split(text, ',')) {
    if (item == "all") {
      append_new(list, available_cores());
      continue;
    }
    for (const std::size_t count : parse_sizes("--threads", item)) {
      if (count > 4096) malformed("--threads", item, "is too large: at most 4096 threads");
      append_new(list, static_cast<int>(count));
    }
  }
  return list;
}

std::vector<std::string> parse_names(std::string_view flag, std::string_view text) {
  std::vector<std::string> list;
  for (const std::string_view item : split(text, ',')) {
    if (item.empty()) malformed(flag, text, "holds an empty name");
    append_new(list, std::string(item));
  }
  return list;
}

std::vector<double> parse_point(std::string_view flag, std::string_view text) {
  std::vector<double> point;
  for (const std::string_view part : split(text, ',')) {
    const std::string one(part);
    char* rest = nullptr;
    const double number = std::strtod(one.c_str(), &rest);
    if (one.empty() || *rest != 0 || !std::isfinite(number))
      throw usage_error(std::string(flag) + ": '" + one + "' is not a finite number");
    point.push_back(number);
  }
  return point;
}

std::string nearest_name(std::string_view name, std::span<const std::string> candidates) {
  std::string best;
  std::size_t least = std::max<std::size_t>(2, name.size() / 2) + 1;
  for (const std::string& c : candidates) {
    // What was typed may be the beginning of a longer name: "central_difference", "log_sum".
    const std::size_t distance = c.starts_with(name) ? 1 : edit_distance(name, c);
    if (distance < least) {
      least = distance;
      best = c;
    }
  }
  return best;
}

void require_known(std::string_view flag, std::span<const std::string> names, std::span<const std::string> candidates) {
  for (const std::string& name : names) {
    if (std::find(candidates.begin(), candidates.end(), name) != candidates.end()) continue;
    const std::string near = nearest_name(name, candidates);
    throw usage_error(std::string(flag) + ": unknown name '" + name + "'" +
                      (near.empty() ? "" : " (did you mean '" + near + "'?)"));
  }
}

}  // namespace gradlane::bench
