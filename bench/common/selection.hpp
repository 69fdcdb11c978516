// From the names on the command line to implementations of loaded modules.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "common/module.hpp"
#include "common/options.hpp"
#include "common/worker.hpp"

namespace gradlane::bench {

/// Whether a list of names chooses one: an empty list chooses everything.
bool chooses(const std::vector<std::string>& list, std::string_view name);

/// Names to choose on each axis.
struct choice {
  std::vector<std::string> problems, methods, lanes, dtypes, backends;
  /// Of the backends that have a rank, only the highest that has the combination; those without rank are all taken.
  bool best_backend = false;
};

/// The names that the user gave, nothing else.
choice choice_of(const options& given);

/// Loads the modules of --backend-dir; those whose cases are isolated in a process of its own first, since a library's
/// constructors may do there what its gradients may. Modules that were refused are reported on stderr; usage_error if the
/// user named one of them, or if nothing could be loaded.
module_set load_backends(const options& given, const isolation& isolated = {});

/// usage_error for a name that neither the modules nor the catalogue of problems know, with the nearest one that
/// exists.
void check_names(const options& given, const module_set& modules, const std::vector<std::string>& known_problems);

/// In the modules' order; those of problems that the catalogue does not know are left out.
std::vector<implementation> select(const module_set& modules, const choice& wanted,
                                   const std::vector<std::string>& known_problems);

/// One lane axis a method, for what does not depend on lanes: the first of elements, directions, scalar, points.
std::vector<implementation> one_lane_a_method(const std::vector<implementation>& all);

/// --step, relative, for an implementation that takes one; 0: its own, or none.
double step_of(const implementation& i, const options& given);
/// The step that this comes to.
double step_used(const implementation& i, const options& given);

/// That a selection is empty, with the reason: what was left out, or else why a module says that it lacks what was wanted.
usage_error nothing_selected(const module_set& modules, const choice& wanted, const std::string& left_out = "");

/// --list: every implementation, the absent pairs with their reason, the modules that were not loaded.
void print_list(std::ostream& out, const module_set& modules, const choice& wanted,
                const std::vector<std::string>& known_problems);

}  // namespace gradlane::bench
