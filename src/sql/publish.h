/// The last step of a snapshot: gives a synced file its name, for good.
#pragma once

#include <string>

#include "base/files.h"
#include "base/result.h"
#include "base/sync_site.h"

namespace solvent::sql {

inline Result<void> publish(FileSystem& files, const std::string& partial,
                            const std::string& path) {
  TRY(files.rename(partial, path));
  return sync_directory(files, std::string(parent_path(path)), "sql/snapshot_name");
}

}  // namespace solvent::sql
