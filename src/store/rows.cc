#include "store/rows.h"

namespace solvent::store {
namespace {

PackRow pack_of(const sql::Row& row) {
  PackRow pack;
  pack.id = row.text(0);
  pack.seq = row.integer(1);
  pack.bytes = static_cast<std::uint64_t>(row.integer(2));
  pack.entries = static_cast<std::uint64_t>(row.integer(3));
  pack.created = row.integer(5);
  return pack;
}

}  // namespace

Result<StoreState> read_state(sql::Tx& tx) {
  const auto rows = TRY(tx.query("SELECT pack_seq, collections FROM store_state WHERE id = 1"));
  if (rows.size() != 1)
    return fail(Code::kDataLoss, "the store's state row is missing",
                "restore the workspace from a backup");
  return StoreState{rows[0].integer(0), rows[0].integer(1)};
}

Result<std::vector<PackRow>> list_packs(sql::Tx& tx, std::int64_t after) {
  std::vector<PackRow> packs;
  TRY(
      tx.each("SELECT id, seq, bytes, entries, index_digest, created FROM store_packs "
              "WHERE seq > $1 ORDER BY seq",
              std::vector<sql::Value>{after}, [&](const sql::Row& row) -> Result<void> {
                packs.push_back(pack_of(row));
                packs.back().index_digest = TRY(parse_digest(row.text(4)));
                return {};
              }));
  return packs;
}

Result<bool> pack_exists(sql::Tx& tx, const std::string& id) {
  return !TRY(tx.query("SELECT 1 FROM store_packs WHERE id = $1", {id})).empty();
}

Result<void> insert_packs(sql::Tx& tx, std::span<const SealedPack> packs, TimeUs created) {
  if (packs.empty()) return {};
  std::int64_t seq = TRY(read_state(tx)).pack_seq;
  std::vector<std::vector<sql::Value>> rows;
  rows.reserve(packs.size());
  for (const SealedPack& pack : packs)
    rows.push_back({pack.id, ++seq, static_cast<std::int64_t>(pack.bytes),
                    static_cast<std::int64_t>(pack.entries.size()), pack.index_digest.hex(),
                    created});
  TRY(
      tx.execute_many("INSERT INTO store_packs(id, seq, bytes, entries, index_digest, created) "
                      "VALUES ($1, $2, $3, $4, $5, $6)",
                      rows));
  TRY(tx.execute("UPDATE store_state SET pack_seq = $1 WHERE id = 1", {seq}));
  return {};
}

Result<void> delete_packs(sql::Tx& tx, std::span<const std::string> ids) {
  if (ids.empty()) return {};
  std::vector<std::vector<sql::Value>> rows;
  rows.reserve(ids.size());
  for (const std::string& id : ids) rows.push_back({id});
  TRY(tx.execute_many("DELETE FROM store_packs WHERE id = $1", rows));
  TRY(tx.execute("UPDATE store_state SET collections = collections + 1 WHERE id = 1"));
  return {};
}

Result<void> insert_lease(sql::Tx& tx, const LeaseRow& lease) {
  TRY(tx.execute("INSERT INTO store_leases(id, expires) VALUES ($1, $2)",
                 {lease.id, lease.expires}));
  return {};
}

Result<void> renew_lease(sql::Tx& tx, const LeaseRow& lease) {
  const auto changed = TRY(
      tx.execute("UPDATE store_leases SET expires = $2 WHERE id = $1", {lease.id, lease.expires}));
  if (changed == 0)
    return fail(Code::kAborted, "the store lease expired and was taken away",
                "run the command again; raise the store's lease time if this machine sleeps");
  return {};
}

Result<void> hold_packs(sql::Tx& tx, const std::string& lease, std::span<const std::string> packs) {
  if (packs.empty()) return {};
  std::vector<std::vector<sql::Value>> rows;
  rows.reserve(packs.size());
  for (const std::string& pack : packs) rows.push_back({lease, pack});
  return tx.execute_many(
      "INSERT INTO store_lease_packs(lease, pack) VALUES ($1, $2) "
      "ON CONFLICT (lease, pack) DO NOTHING",
      rows);
}

Result<void> delete_lease(sql::Tx& tx, const std::string& lease) {
  TRY(tx.execute("DELETE FROM store_lease_packs WHERE lease = $1", {lease}));
  TRY(tx.execute("DELETE FROM store_leases WHERE id = $1", {lease}));
  return {};
}

Result<std::vector<LeaseRow>> list_leases(sql::Tx& tx) {
  std::vector<LeaseRow> leases;
  for (const sql::Row& row : TRY(tx.query("SELECT id, expires FROM store_leases ORDER BY id")))
    leases.push_back({row.text(0), row.integer(1)});
  return leases;
}

Result<void> delete_expired_leases(sql::Tx& tx, TimeUs now) {
  TRY(
      tx.execute("DELETE FROM store_lease_packs WHERE lease IN "
                 "(SELECT id FROM store_leases WHERE expires < $1)",
                 {now}));
  TRY(tx.execute("DELETE FROM store_leases WHERE expires < $1", {now}));
  return {};
}

Result<std::vector<std::string>> list_held(sql::Tx& tx, TimeUs now) {
  std::vector<std::string> held;
  const auto rows = TRY(tx.query(
      "SELECT DISTINCT h.pack FROM store_lease_packs h JOIN store_leases l ON l.id = h.lease "
      "WHERE l.expires >= $1",
      {now}));
  for (const sql::Row& row : rows) held.push_back(row.text(0));
  return held;
}

Result<std::vector<Digest>> list_ref_targets(sql::Tx& tx) {
  std::vector<Digest> targets;
  for (const sql::Row& row : TRY(tx.query("SELECT target FROM store_refs ORDER BY name")))
    targets.push_back(TRY(parse_digest(row.text(0))));
  return targets;
}

}  // namespace solvent::store
