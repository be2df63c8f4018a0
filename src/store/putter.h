/// One put: cuts streams into chunks, writes what is new, notes what is reused, and publishes all
/// of it in one transaction under a lease. Nothing is visible before `publish`. Thread-compatible.
///
/// Reuse is safe beside collection: a reused pack stays open here until the transaction that holds
/// it for the lease commits; if collection took the pack first, the transaction changes nothing and
/// the records are copied out of the open file.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/lease.h"
#include "store/pack_set.h"
#include "store/pack_writer.h"
#include "store/store.h"

namespace solvent::store {

class Putter {
 public:
  /// All three outlive the putter.
  Putter(PackSet& packs, LeaseHandle& lease, Clock& clock, const StoreOptions& options);

  /// Everything but the last piece of a stream.
  Result<void> feed(ByteView bytes);
  /// Ends the stream fed so far; the next feed begins another file.
  Result<Blob> finish_file();
  /// Notes a blob that is stored already, chunks included. kFailedPrecondition when it is not.
  Result<void> keep(const Blob& blob);
  Result<void> mark_tree(const Digest& digest);
  /// Durable when it returns.
  Result<void> publish();

 private:
  struct Reused {
    std::shared_ptr<File> file;
    std::vector<PackEntry> entries;
  };

  Result<void> take_chunk(ByteView chunk);
  Result<void> put_record(const Digest& digest, Kind kind, ByteView payload);
  /// True when a stored copy was noted.
  Result<bool> reuse(const Digest& digest, Kind kind, bool look_again);
  Result<void> hold_reused();
  /// Copies the records of packs that collection took.
  Result<void> rescue(const std::vector<std::string>& vanished);
  /// Packs of `reused_` whose rows are gone; when there are none, inserts and holds.
  Result<std::vector<std::string>> try_publish(sql::Tx& tx, std::span<const SealedPack> sealed,
                                               TimeUs now);

  PackSet& packs_;
  LeaseHandle& lease_;
  Clock& clock_;
  const StoreOptions& options_;
  PackWriter writer_;

  std::vector<std::uint8_t> pending_;  ///< bytes that are not cut yet
  Recipe recipe_;                      ///< of the stream being fed
  Hasher file_hash_;
  std::map<std::string, Reused> reused_;
};

}  // namespace solvent::store
