/// Reads and writes the view tables: joins a fold of new events into what is stored. Runs inside
/// the appending transaction; a Tx's call only.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/view_rows.h"
#include "sql/database.h"

namespace solvent::catalog {

/// `fold` counts its positions from the log line after `base`. kResourceExhausted when a run would
/// touch more assets than the limit; nothing is then written.
Result<void> apply(sql::Tx& tx, const Fold& fold, std::int64_t base, const Limits& limits);

/// `SELECT … WHERE x IN (%)` for any number of keys: in chunks, padded by repetition to few sizes
/// so that the engine's prepared statements are found again.
Result<void> select_in(sql::Tx& tx, std::string_view sql, std::span<const sql::Value> keys,
                       const std::function<Result<void>(const sql::Row&)>& visit);

sql::Value blob_of(const Uuid& id);
sql::Value blob_of(const Digest& digest);
Uuid uuid_from(const Bytes& blob);      ///< asserts 16 bytes
Digest digest_from(const Bytes& blob);  ///< asserts 32 bytes, or none for all zero

/// The id of a version row: its asset's key, then its digest; so versions of one asset lie
/// together.
Bytes version_id(std::int64_t asset_key, const Digest& digest);
std::int64_t asset_key_of(const Bytes& version_id);
Digest digest_of_version(const Bytes& version_id);

inline constexpr std::string_view kAssetColumns =
    "key, id, namespace, name, name_rank, name_at, name_event, kind, kind_at, kind_event, system, "
    "system_at, system_event, owner, owner_origin, owner_at, owner_event, standing, standing_at, "
    "standing_event, current_version, current_at, current_event, created, last_version_at, "
    "last_read_at, last_written_at, versions, readers";
AssetRow asset_from(const sql::Row& row);

inline constexpr std::string_view kVersionColumns =
    "key, id, created, content, size, row_count, slice, manifest_seq, facts_at, facts_event, run, "
    "run_at, run_event";
VersionRow version_from(const sql::Row& row);

inline constexpr std::string_view kRunColumns =
    "key, id, job_namespace, job, job_at, job_event, state, state_rank, state_at, state_event, "
    "first_start, first_seen, started, parent, parent_at, parent_event";
RunRow run_from(const sql::Row& row);

}  // namespace solvent::catalog
