/// Collection: drops packs that nothing needs and rewrites those that are mostly dead. Safe beside
/// puts and reads of any process; one collection at a time.
///
/// First, on a snapshot, everything needed is marked and the live records of poor packs are copied
/// into new packs. Then, in one write transaction, marks are made again: a pack that a put has come
/// to reuse meanwhile, or that a new root needs more of, is spared. Only then do rows change, and
/// only when that is durable do files go.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/lease.h"
#include "store/marker.h"
#include "store/pack_writer.h"
#include "store/store.h"

namespace solvent::store {

class Collection {
 public:
  using Effect = std::function<Result<void>(sql::Tx&)>;
  Collection(PackSet& packs, LeaseHandle& lease, Clock& clock, const StoreOptions& options,
             std::span<const BlobRoot> roots);

  /// `effect` (may be empty) is part of the transaction that drops.
  Result<CollectReport> run(bool dry_run, const Effect& effect);
  /// Removes files that no row names and that no lease can still publish: what a crash left.
  Result<void> remove_dead_files();

 private:
  /// A pack to be replaced by copies of its live records: of which there may be none, or all.
  struct Doomed {
    PackRow row;
    std::vector<PackEntry> live;
    std::vector<PackEntry> dead;
  };
  struct Picture {
    std::vector<PackRow> packs;
    std::set<std::string> spared;  ///< held by a lease, or younger than the grace period
    std::vector<Digest> roots;
  };

  Result<Picture> look(sql::Tx& tx) const;
  Result<void> mark(const Picture& picture);
  Result<std::vector<Doomed>> choose(const Picture& picture);
  Result<void> copy_live(const std::vector<Doomed>& doomed);
  /// Inside the write transaction: the packs of `doomed` that may still go.
  Result<std::vector<const Doomed*>> confirm(sql::Tx& tx, const std::vector<Doomed>& doomed);
  Result<std::vector<const Doomed*>> replace(const std::vector<Doomed>& doomed,
                                             const Effect& effect);

  PackSet& packs_;
  Clock& clock_;
  const StoreOptions& options_;
  std::span<const BlobRoot> roots_;
  Marker marker_;
  PackWriter writer_;
  std::set<std::string> planned_;  ///< packs of the first look
};

}  // namespace solvent::store
