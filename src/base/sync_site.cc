#include "base/sync_site.h"

#include <cstdlib>

namespace solvent {

bool sync_enabled(std::string_view site) {
  static const std::string disabled = [] {
    const char* name = std::getenv("SOLVENT_DISABLE_SYNC");
    return std::string(name != nullptr ? name : "");
  }();
  return disabled.empty() || site != disabled;
}

Result<void> sync_file(File& file, std::string_view site) {
  if (!sync_enabled(site)) return {};
  return file.sync();
}

Result<void> sync_directory(FileSystem& files, const std::string& path, std::string_view site) {
  if (!sync_enabled(site)) return {};
  return files.sync_directory(path);
}

}  // namespace solvent
