# Run at build time: writes OUTPUT, which says which commit of SOURCE_DIR is being built; untouched if it says so already.
set(hash "")
set(dirty false)
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE_DIR} rev-parse HEAD
    OUTPUT_VARIABLE hash OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  execute_process(COMMAND ${GIT} -C ${SOURCE_DIR} --no-optional-locks status --porcelain --untracked-files=no
    OUTPUT_VARIABLE changes ERROR_QUIET)
  if(changes)
    set(dirty true)
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#include "common/commit.hpp"

namespace gradlane::bench {
const char* const built_commit = "@hash@";
const bool built_dirty = @dirty@;
}  // namespace gradlane::bench
]])
