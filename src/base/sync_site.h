/// Named places where bytes or names are made durable. Each sync in the program goes through here
/// with a literal name that is its own, so that `make mutants` can leave out one at a time
/// (SOLVENT_DISABLE_SYNC=name) and demand that a crash test turns red. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/files.h"

namespace solvent {

/// False for the one site that SOLVENT_DISABLE_SYNC names; the variable is read once.
bool sync_enabled(std::string_view site);

/// file.sync(), unless the site is disabled: then nothing, and success.
Result<void> sync_file(File& file, std::string_view site);
/// files.sync_directory(path), unless the site is disabled.
Result<void> sync_directory(FileSystem& files, const std::string& path, std::string_view site);

}  // namespace solvent
