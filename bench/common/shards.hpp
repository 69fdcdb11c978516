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
  /// Of a shard that was examined, or that a resumed run keeps: what is wrong in it stays wrong.
  void tell(const nlohmann::ordered_json& shard) {
    for (const auto& line : shard.value("complaints", nlohmann::ordered_json::array())) {
      std::cerr << "error: " << line.get<std::string>() << '\n';
      ++count;
    }
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

/// What a driver does with a shard.
template <class Shard, class Findings>
struct shard_work {
  std::string kind;                                         ///< the driver's name; its files lie in OUT/kind/
  std::function<std::string(const Shard&)> stem;            ///< of the shard's file there
  std::function<nlohmann::ordered_json(const Shard&)> key;  ///< decides whether a file is of this very selection
  std::function<double(const Shard&)> seconds;              ///< that examining it will take, about
  std::function<Findings(const Shard&, const shard_progress&)> examine;
  std::function<nlohmann::ordered_json(const Shard&, const Findings&)> document;  ///< the file, without its head
  std::function<void(const Findings&)> print;                                     ///< without --out
};

/// Says how long `shards` take, and stops there with --estimate; else examines one after the other, and writes a file for
/// each, or prints without --out. With --resume those that are complete are kept. Complaints go to `wrong`. Returns the exit
/// code if the run ends here, nothing where all were examined.
template <class Shard, class Findings>
std::optional<int> run_shards(const shard_work<Shard, Findings>& work, std::vector<Shard> shards, const options& given,
                              const nlohmann::ordered_json& context, told_complaints& wrong) {
  const auto file_of = [&](const Shard& s) { return given.out / work.kind / (work.stem(s) + ".json"); };
  take_out_complete(shards, given, work.kind, file_of, work.key,
                    [&](const nlohmann::ordered_json& there) { wrong.tell(there); });
  double expected = 0, done = 0;
  for (const Shard& s : shards) expected += work.seconds(s);
  if (given.estimate) return print_estimate(expected);
  std::cerr << work.kind << ": " << shards.size() << (shards.size() == 1 ? " shard, " : " shards, ")
            << duration_text(expected) << '\n';
  progress bar(expected);
  catch_interrupts();
  try {
    for (const Shard& s : shards) {
      const double own = work.seconds(s);
      const Findings found = work.examine(s, [&](std::string_view label, double share) {
        if (interrupt_requested()) throw interrupted_run{};
        bar.show(label, done + std::min(share, 1.0) * own);
      });
      done += own;
      bar.clear();
      nlohmann::ordered_json document = shard_head(work.kind, work.key(s), context);
      document.update(work.document(s, found));
      wrong.tell(document);
      if (given.out.empty())
        work.print(found);
      else
        write_json(file_of(s), document);
    }
  } catch (const interrupted_run&) {
    bar.clear();
    return tell_interrupted(work.kind, given);
  }
  return std::nullopt;
}

}  // namespace gradlane::bench
