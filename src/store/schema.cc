#include "store/operations.h"

namespace solvent::store {
namespace {

/// A landed step never changes; add another.
constexpr std::string_view kFirst = R"(
CREATE TABLE store_state(
  id BIGINT PRIMARY KEY, pack_seq BIGINT NOT NULL, collections BIGINT NOT NULL);
INSERT INTO store_state(id, pack_seq, collections) VALUES (1, 0, 0);
CREATE TABLE store_packs(
  id TEXT PRIMARY KEY, seq BIGINT NOT NULL, bytes BIGINT NOT NULL, entries BIGINT NOT NULL,
  index_digest TEXT NOT NULL, created BIGINT NOT NULL);
CREATE UNIQUE INDEX store_packs_by_seq ON store_packs(seq);
CREATE TABLE store_leases(
  id TEXT PRIMARY KEY, expires BIGINT NOT NULL);
CREATE TABLE store_lease_packs(
  lease TEXT NOT NULL, pack TEXT NOT NULL, PRIMARY KEY (lease, pack));
CREATE TABLE store_refs(
  name TEXT PRIMARY KEY, target TEXT NOT NULL, moved BIGINT NOT NULL)
)";

}  // namespace

Result<void> require_lease(sql::Tx& tx, const Lease& lease) {
  const auto rows = TRY(tx.query("SELECT 1 FROM store_leases WHERE id = $1", {lease.id()}));
  if (!rows.empty()) return {};
  return fail(Code::kAborted, "the store lease expired and was taken away",
              "put the bytes again under a new lease");
}

const Specs& specs() {
  static const Specs specs{
      .migrations = {{"store", 1, "packs, leases and refs", std::string(kFirst)}},
      .operations = operation_specs(),
      .settings = {
          {"store.pack_bytes_max", SettingType::kInt, std::int64_t{64} << 20,
           "largest pack file, in bytes", 2 << 20, 4294967296.0},
          {"store.grace_hours", SettingType::kInt, std::int64_t{24},
           "collection spares what is younger than this many hours", 0, 8760},
          {"store.lease_minutes", SettingType::kInt, std::int64_t{60},
           "how long a put's lease outlives a process that died", 1, 1440},
          {"store.rewrite_below", SettingType::kNumber, 0.8,
           "collection rewrites packs whose live share of bytes is below this", 0.01, 1.0},
      }};
  return specs;
}

StoreOptions options_of(const Settings& settings) {
  return {.pack_bytes_max = static_cast<std::uint64_t>(settings.integer("store.pack_bytes_max")),
          .grace = settings.integer("store.grace_hours") * kHourUs,
          .lease_for = settings.integer("store.lease_minutes") * 60 * kSecondUs,
          .rewrite_below = settings.number("store.rewrite_below")};
}

}  // namespace solvent::store
