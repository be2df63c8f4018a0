/// The packs as this process knows them: finds and reads records, and follows what other processes
/// publish and collect. Thread-safe; readers wait for nobody but an index being extended.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/files.h"
#include "sql/database.h"
#include "store/rows.h"

namespace solvent::store {

/// Open handles of packs, the least recently used closed beyond a bound. A handle stays readable
/// after its pack was collected. shared_ptr: a reader may hold what the cache has let go.
class PackFiles {
 public:
  PackFiles(FileSystem& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}
  Result<std::shared_ptr<File>> open(const std::string& pack);
  void forget(const std::string& pack);
  std::string path_of(const std::string& pack) const;
  const std::string& directory() const { return directory_; }

 private:
  struct Handle {
    std::string pack;
    std::shared_ptr<File> file;
  };
  FileSystem& files_;
  std::string directory_;
  std::mutex mutex_;
  std::list<Handle> handles_;  ///< most recently used first
  std::unordered_map<std::string, std::list<Handle>::iterator> by_pack_;
};

/// A record and the open pack it lies in.
struct Found {
  Location at;
  std::shared_ptr<File> file;
};

class PackSet {
 public:
  PackSet(FileSystem& files, sql::Database& database, const std::string& directory)
      : database_(database), handles_(files, directory), files_(files) {}

  /// Reads the rows, and the indexes of packs not seen before.
  Result<void> refresh();
  /// Where a record lies by the present picture; nothing when it is not known.
  std::optional<Location> find(const Digest& digest, Kind kind) const;
  /// As `find`, with the pack open; looks at the rows again when the pack has vanished, and when
  /// the record is unknown if `look_again`.
  Result<std::optional<Found>> locate(const Digest& digest, Kind kind, bool look_again);
  /// The payload, verified against its digest. kNotFound when no pack has it; kDataLoss names pack
  /// and offset.
  Result<std::string> read(const Digest& digest, Kind kind);
  /// Adds what this process just published, without reading it back.
  void added(const std::vector<PackRow>& rows, std::vector<std::vector<PackEntry>> entries);

  /// Entries of one pack, from the picture or from its file.
  Result<std::vector<PackEntry>> entries_of(const PackRow& row);
  PackFiles& handles() { return handles_; }
  FileSystem& files() { return files_; }
  sql::Database& database() { return database_; }

 private:
  struct Loaded {
    PackRow row;
    std::vector<PackEntry> entries;
  };
  Result<std::optional<Loaded>> load(const PackRow& row);
  Result<void> refuse_if_damaged() const;

  sql::Database& database_;
  PackFiles handles_;
  FileSystem& files_;
  std::mutex refreshing_;  ///< one refresh at a time
  mutable std::shared_mutex mutex_;
  Index index_;
  StoreState state_;
  std::vector<Error> damaged_;  ///< packs with rows that cannot be read
};

/// Reads footer and index of one pack and holds them against its row. kDataLoss names the pack.
Result<std::vector<PackEntry>> read_pack_entries(File& file, const PackRow& row);
/// Reads one record and verifies it. kDataLoss names pack and offset.
Result<std::string> read_record(File& file, const Location& at);

}  // namespace solvent::store
