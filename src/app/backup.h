/// Backup and restore of a workspace: a database snapshot, then the packs that it may name, with a
/// manifest of digests, made under another name and renamed when whole. Not thread-safe; one at a
/// time per target folder.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/workspace.h"
#include "base/describe.h"

namespace solvent::app {

struct BackupFile {
  std::string path, digest;
  std::int64_t size = 0;
  static constexpr std::string_view kName = "BackupFile";
  template <class V>
  void describe(V& v) {
    v.field("path", path, "file, relative to the backup");
    v.field("digest", digest, "BLAKE3", {.unit = Unit::kDigest});
    v.field("size", size, "bytes", {.unit = Unit::kBytes});
  }
};

struct BackupManifest {
  std::int64_t version = 1;
  std::string program, engine;
  TimeUs made = 0;
  std::vector<BackupFile> files;
  static constexpr std::string_view kName = "BackupManifest";
  template <class V>
  void describe(V& v) {
    v.field("version", version, "format of this manifest");
    v.field("program", program, "what made it");
    v.field("engine", engine, "database it was taken from");
    v.field("made", made, "when", {.unit = Unit::kTime});
    v.field("files", files, "everything in the backup");
  }
};

/// Writes the database snapshot to the path it is given: the engine's own, or a live server's.
using SnapshotSource = std::function<Result<void>(const std::string& path)>;

/// `target` must not exist. The store's packs are read straight from `folder`/store: they never
/// change once named. kDataLoss when a pack vanished meanwhile (collection): run it again.
Result<BackupManifest> make_backup(const Surroundings& with, const std::string& folder,
                                   const std::string& target, std::string_view engine,
                                   const SnapshotSource& snapshot);

/// Reads every file of a backup and compares digests. kDataLoss names the first that differs.
Result<BackupManifest> check_backup(const Surroundings& with, const std::string& source);

struct Restored {
  std::string folder;
  std::string aside;  ///< where the workspace is that was there; empty: there was none
};

/// Makes `directory`/.solvent out of a checked backup. A workspace that is there is put aside as
/// .solvent.before-restore-…; kUnavailable while anyone has it open. A PostgreSQL schema must be
/// empty or is refused, and is emptied again when the restore fails.
Result<Restored> restore_backup(const Surroundings& with, const std::string& source,
                                const std::string& directory, std::span<const Setting> settings,
                                std::span<const sql::Migration> migrations);

}  // namespace solvent::app
