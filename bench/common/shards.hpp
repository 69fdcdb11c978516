// A sweep is cut into shards, a result file each: how a driver goes through them, whatever it measures.
#pragma once

#include <algorithm>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/options.hpp"
#include "common/progress.hpp"
#include "common/results.hpp"

namespace gradlane::bench {

/// Leaves a shard in the middle, when the user wants to stop.
struct interrupted_run {};

/// Says that a driver was interrupted, and what of it is left. Returns the exit code.
inline int tell_interrupted(std::string_view driver, const options& given) {
  std::cerr << driver << ": interrupted" << (given.out.empty() ? "" : "; what is complete was kept, --resume goes on")
            << '\n';
  return interrupted;
}

/// What was found wrong, told as it comes.
struct told_complaints {
  std::size_t count = 0;
  void add(const std::string& line) {
    std::cerr << "error: " << line << '\n';
    ++count;
  }
  /// A shard that a resumed run keeps: what is wrong in it stays wrong.
  void keep(const nlohmann::ordered_json& shard) {
    for (const auto& line : shard.value("complaints", nlohmann::ordered_json::array())) add(line.get<std::string>());
  }
};

/// Called within a shard: what is done now, and the share of the shard that lies behind. Throws interrupted_run.
using shard_progress = std::function<void(std::string_view label, double share)>;

/// Called as each case of a shard is started. Throws interrupted_run.
using case_start = std::function<void(const std::string& label)>;
/// One that takes a shard forward by the same share with each of its cases; there are `count`, about.
inline case_start counted_cases(const shard_progress& progress, double count) {
  return [&progress, count, started = 0.0](const std::string& label) mutable { progress(label, ++started / count); };
}

/// Says how long `shards` take, `seconds` each, and stops there with --estimate; else for one after the other hands what
/// `examine` finds, given its progress, to `finish`, which may print. Returns the exit code if the run ends here, nothing where all were examined.
template <class Shard, class Seconds, class Examine, class Finish>
std::optional<int> run_shards(std::string_view driver, const std::vector<Shard>& shards, const options& given,
                              Seconds&& seconds, Examine&& examine, Finish&& finish) {
  double expected = 0, done = 0;
  for (const Shard& s : shards) expected += seconds(s);
  if (given.estimate) return print_estimate(expected);
  std::cerr << driver << ": " << shards.size() << (shards.size() == 1 ? " shard, " : " shards, ")
            << duration_text(expected) << '\n';
  progress bar(expected);
  catch_interrupts();
  try {
    for (const Shard& s : shards) {
      const double own = seconds(s);
      auto found = examine(s, [&](std::string_view label, double share) {
        if (interrupt_requested()) throw interrupted_run{};
        bar.show(label, done + std::min(share, 1.0) * own);
      });
      done += own;
      bar.clear();
      finish(s, std::move(found));
    }
  } catch (const interrupted_run&) {
    bar.clear();
    return tell_interrupted(driver, given);
  }
  return std::nullopt;
}

/// What tells one driver's files from another's.
template <class Shard, class Findings>
struct shard_files {
  std::function<std::string(const Shard&)> stem;            ///< of its file in OUT/driver/
  std::function<nlohmann::ordered_json(const Shard&)> key;  ///< decides whether a file is of this very selection
  std::function<nlohmann::ordered_json(const Shard&, Findings)> document;
  std::function<void(const Findings&)> print;  ///< without --out
};

/// As run_shards, with a file a shard: those that are complete are kept with --resume, and what `examine` finds is written, or
/// printed without --out. `count` sees all findings first; their complaints go to `wrong`.
template <class Findings, class Shard, class Seconds, class Examine, class Count>
std::optional<int> run_shards_to_files(std::string_view driver, std::vector<Shard> shards, const options& given,
                                       const shard_files<Shard, Findings>& files, told_complaints& wrong,
                                       Seconds&& seconds, Examine&& examine, Count&& count) {
  const auto file_of = [&](const Shard& s) { return given.out / driver / (files.stem(s) + ".json"); };
  take_out_complete(shards, given, driver, file_of, files.key,
                    [&](const nlohmann::ordered_json& there) { wrong.keep(there); });
  return run_shards(driver, shards, given, seconds, examine, [&](const Shard& s, Findings found) {
    count(found);
    for (const std::string& line : found.complaints) wrong.add(line);
    if (given.out.empty())
      files.print(found);
    else
      write_json(file_of(s), files.document(s, std::move(found)));
  });
}

}  // namespace gradlane::bench
