// dlopen maps a truncated file and then dies of SIGBUS: look first.
#pragma once

#include <filesystem>
#include <string>

namespace gradlane::bench {

/// Why this file cannot be a complete shared object for this machine, "" if nothing speaks against it.
std::string elf_fault(const std::filesystem::path& file);

}  // namespace gradlane::bench
