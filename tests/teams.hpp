// Teams of threads however little there is to do: tests of what threads do are short.
#pragma once

#include "parallel.hpp"

namespace gradlane::testing_teams {

inline const bool every_share_pays = (least_share = 0, true);

}  // namespace gradlane::testing_teams
