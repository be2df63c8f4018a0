/// The store's tables: packs, leases, what leases hold, and the counters that tell a process that
/// its picture is old. Every function runs inside the caller's transaction.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sql/database.h"
#include "store/index.h"
#include "store/pack_writer.h"

namespace solvent::store {

/// Counters of one row: `pack_seq` grows with every pack, `collections` whenever packs vanish.
struct StoreState {
  std::int64_t pack_seq = 0;
  std::int64_t collections = 0;
  bool operator==(const StoreState&) const = default;
};

Result<StoreState> read_state(sql::Tx& tx);
/// Rows with seq above `after`, by seq.
Result<std::vector<PackRow>> list_packs(sql::Tx& tx, std::int64_t after);
Result<bool> pack_exists(sql::Tx& tx, const std::string& id);
/// Inserts rows and moves the counter.
Result<void> insert_packs(sql::Tx& tx, std::span<const SealedPack> packs, TimeUs created);
/// Deletes rows and moves the counter.
Result<void> delete_packs(sql::Tx& tx, std::span<const std::string> ids);

struct LeaseRow {
  std::string id;
  TimeUs expires = 0;
};
Result<void> insert_lease(sql::Tx& tx, const LeaseRow& lease);
/// kAborted when the lease has been taken away.
Result<void> renew_lease(sql::Tx& tx, const LeaseRow& lease);
Result<void> hold_packs(sql::Tx& tx, const std::string& lease, std::span<const std::string> packs);
Result<void> delete_lease(sql::Tx& tx, const std::string& lease);
/// Takes away the leases that expired before `now`.
Result<void> delete_expired_leases(sql::Tx& tx, TimeUs now);
Result<std::vector<LeaseRow>> list_leases(sql::Tx& tx);
/// Packs held by a lease that has not expired at `now`.
Result<std::vector<std::string>> list_held(sql::Tx& tx, TimeUs now);
/// Every digest that a ref names.
Result<std::vector<Digest>> list_ref_targets(sql::Tx& tx);

}  // namespace solvent::store
