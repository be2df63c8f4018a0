/// SQLite on top of a FileSystem, so that a simulated disk can lose, tear and reorder what SQLite
/// did not sync. One process only: locks and the write-ahead log's index live in memory. Syncs no
/// more than SQLite's own unix VFS: a file on xSync, and the directory of a journal or log on its
/// first xSync. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "base/files.h"
#include "base/result.h"

namespace solvent::sql {

class FileVfs {
 public:
  /// Registers the VFS `name` for SqliteOptions::vfs. `files` outlives it, and it every database
  /// opened with it. Paths go to `files` as given.
  static Result<std::unique_ptr<FileVfs>> create(const std::string& name, FileSystem& files);
  ~FileVfs();
  FileVfs(const FileVfs&) = delete;
  FileVfs& operator=(const FileVfs&) = delete;

  struct State;

 private:
  explicit FileVfs(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The FileSystem below the VFS `name`; null when there is no such VFS or it is not one of these.
FileSystem* file_system_of(const std::string& name);

}  // namespace solvent::sql
