// The commit that the driver was built from; cmake/commit.cmake writes the values on every build.
#pragma once

namespace gradlane::bench {

extern const char* const built_commit;  ///< "" where the sources were in no git repository, or git was missing
extern const bool built_dirty;          ///< tracked files differed from it

}  // namespace gradlane::bench
