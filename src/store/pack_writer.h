/// Writes records into new packs. What it wrote is invisible until rows name the packs; until
/// `published` the destructor removes every file it made. Thread-compatible. Sizes are bytes.
#pragma once

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/files.h"
#include "store/pack.h"

namespace solvent::store {

/// A pack on disk: complete, synced, under its final name.
struct SealedPack {
  std::string id;
  std::uint64_t bytes = 0;
  Digest index_digest;
  std::vector<PackEntry> entries;
};

inline constexpr std::string_view kPackSuffix = ".pack";
inline constexpr std::string_view kTemporarySuffix = ".tmp";

class PackWriter {
 public:
  /// Packs are named `<lease>-<number>`: a file whose lease is gone and that no row names is dead.
  PackWriter(FileSystem& files, std::string directory, std::string lease,
             std::atomic<std::uint64_t>& numbers, std::uint64_t pack_bytes_max);
  ~PackWriter();
  PackWriter(const PackWriter&) = delete;
  PackWriter& operator=(const PackWriter&) = delete;

  bool has(const Digest& digest, Kind kind) const;
  /// Ignored when the writer has it already.
  Result<void> add(const Digest& digest, Kind kind, ByteView payload);
  /// Closes the open pack; every pack so far is durable and named when it returns.
  Result<std::span<const SealedPack>> seal();
  /// Rows name the packs now: they are no longer this writer's to remove.
  void published() { sealed_.clear(); }
  /// The outcome of the transaction is unknown: leave the files to collection.
  void abandon() { sealed_.clear(); }

 private:
  struct Key {
    Digest digest;
    Kind kind;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept { return DigestHash()(key.digest); }
  };

  Result<void> begin_pack();
  Result<void> flush();
  Result<void> finish_pack();
  Result<void> wait();
  std::string path_of(const std::string& id, std::string_view suffix) const;

  FileSystem& files_;
  std::string directory_, lease_;
  std::atomic<std::uint64_t>& numbers_;
  std::uint64_t pack_bytes_max_;

  std::unique_ptr<File> file_;  ///< the open pack; null when none
  std::string id_;
  std::uint64_t written_ = 0;  ///< bytes of the open pack that left buffer_
  std::string buffer_;
  std::vector<PackEntry> entries_;
  std::unordered_set<Key, KeyHash> added_;
  std::vector<SealedPack> sealed_;
  bool names_synced_ = true;
  /// At most one pack is being synced behind the one being written.
  std::future<Result<void>> syncing_;
};

}  // namespace solvent::store
