#include "functions/rows.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "common/clock.hpp"
#include "common/results.hpp"

namespace gradlane::bench {

namespace {

using json = nlohmann::ordered_json;

/// Seventeen digits tell every f64 from its neighbours; JSON has neither −0 nor infinities nor NaN.
std::string number_text(double x) {
  if (std::isnan(x)) return "nan";  // of either sign
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", x);
  return text;
}

json to_json(const largest_error& e) { return {{"max_ulp", e.ulp}, {"at", e.argument}}; }

json to_json(const wrong_special& s) {
  return {
      {"argument", number_text(s.argument)}, {"result", number_text(s.result)}, {"expected", number_text(s.expected)}};
}

std::string ulp_text(double ulp) {
  char text[32];
  std::snprintf(text, sizeof text, ulp < 1000 ? "%.2f" : "%.3g", ulp);
  return text;
}

}  // namespace

std::string name_of(const candidate& c) { return c.backend() + "/" + dtype_name(c.entry->dtype) + "/" + c.entry->name; }

std::vector<std::string> complaints(const finding& f) {
  std::vector<std::string> lines;
  const double bound = f.of->entry->bound;
  if (bound <= 0) return lines;
  const std::string name = name_of(*f.of) + ": ";
  for (const largest_error* e : {&f.errors.normal, &f.errors.subnormal})
    if (e->ulp > bound)
      lines.push_back(name + "off by " + ulp_text(e->ulp) + " ulp at x = " + number_text(e->argument) +
                      ", beyond its bound of " + ulp_text(bound));
  if (f.errors.wrong > 0)
    lines.push_back(name + "NaN or infinite where it must not be, or the other way round, for " +
                    std::to_string(f.errors.wrong) + " arguments, the first x = " + number_text(f.errors.wrong_at));
  for (const wrong_special& s : f.errors.wrong_specials)
    lines.push_back(name + number_text(s.result) + " for the special argument " + number_text(s.argument) +
                    ", expected " + number_text(s.expected));
  return lines;
}

json to_json(const finding& f) {
  json row{{"backend", f.of->backend()}};
  row["bound_ulp"] = f.of->entry->bound > 0 ? json(f.of->entry->bound) : json(nullptr);
  row["normal"] = to_json(f.errors.normal);
  row["subnormal"] = to_json(f.errors.subnormal);
  row["wrong"] = f.errors.wrong;
  row["wrong_at"] = f.errors.wrong > 0 ? json(number_text(f.errors.wrong_at)) : json(nullptr);
  row["specials"] = f.errors.specials;
  row["wrong_specials"] = json::array();
  for (const wrong_special& s : f.errors.wrong_specials) row["wrong_specials"].push_back(to_json(s));
  row["verdict"] = f.of->entry->bound <= 0 ? "no promise" : complaints(f).empty() ? "ok" : "wrong";
  if (!f.times.empty()) {
    row["ns_per_element"] = median(f.times);
    row["times_ns"] = f.times;
  }
  return row;
}

std::string to_text(const finding& f) {
  std::string text = name_of(*f.of);
  text.resize(std::max<std::size_t>(text.size(), 28), ' ');
  text += " max " + ulp_text(f.errors.normal.ulp) + " ulp at " + number_text(f.errors.normal.argument);
  if (f.errors.subnormal.ulp > 0) text += ", subnormal results " + ulp_text(f.errors.subnormal.ulp) + " ulp";
  if (f.errors.wrong > 0) text += ", wrong for " + std::to_string(f.errors.wrong) + " arguments";
  const std::size_t wrong = f.errors.wrong_specials.size();
  text += ", special values " + std::to_string(f.errors.specials - wrong) + " of " + std::to_string(f.errors.specials);
  if (!f.times.empty()) {
    char time[48];
    std::snprintf(time, sizeof time, ", %.3g ns", median(f.times));
    text += time;
  }
  return text;
}

}  // namespace gradlane::bench
