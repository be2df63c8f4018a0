#include "catalog/view_tables.h"

#include <bit>
#include <set>
#include <utility>

namespace solvent::catalog {
namespace {

using sql::Value;
using Values = std::vector<Value>;

constexpr std::size_t kChunkMax = 256;

/// "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET a = excluded.a, …"
std::string upsert(std::string_view table, std::string_view columns, std::string_view conflict,
                   std::string_view set) {
  std::string sql =
      "INSERT INTO " + std::string(table) + " (" + std::string(columns) + ") VALUES (";
  const auto count = static_cast<std::size_t>(std::ranges::count(columns, ',')) + 1;
  for (std::size_t i = 1; i <= count; ++i) sql += (i > 1 ? ", $" : "$") + std::to_string(i);
  sql += ") ON CONFLICT (" + std::string(conflict) + ") DO ";
  return sql + (set.empty() ? "NOTHING" : "UPDATE SET " + std::string(set));
}

/// "a, b, c" without the first `skip` columns → "b = excluded.b, c = excluded.c"
std::string replace_all_columns(std::string_view columns, std::size_t skip) {
  std::string set;
  for (std::size_t at = 0; at != std::string_view::npos && at < columns.size();) {
    std::size_t end = columns.find(',', at);
    std::string column(columns.substr(at, end == std::string_view::npos ? end : end - at));
    at = end == std::string_view::npos ? end : end + 2;
    if (skip > 0) {
      --skip;
      continue;
    }
    set += (set.empty() ? "" : ", ") + column + " = excluded." + column;
  }
  return set;
}

Value blob_or_empty(const Stamp& stamp, const Digest& digest) {
  return stamp.rank == 0 ? Value(Bytes()) : blob_of(digest);
}

Values values_of(const AssetRow& row) {
  return {row.key,
          blob_of(row.id),
          row.name.value.name_space,
          row.name.value.name,
          row.name.stamp.rank,
          row.name.stamp.at,
          blob_of(row.name.stamp.event),
          row.kind.value,
          row.kind.stamp.at,
          blob_of(row.kind.stamp.event),
          row.system.value,
          row.system.stamp.at,
          blob_of(row.system.stamp.event),
          row.owner.value.first,
          row.owner.value.second,
          row.owner.stamp.at,
          blob_of(row.owner.stamp.event),
          std::int64_t{row.standing.value},
          row.standing.stamp.at,
          blob_of(row.standing.stamp.event),
          blob_or_empty(row.current.stamp, row.current.value),
          row.current.stamp.at,
          blob_of(row.current.stamp.event),
          row.created,
          row.last_version_at,
          row.last_read_at,
          row.last_written_at,
          row.versions,
          row.readers};
}

Values values_of(const VersionRow& row, const Bytes& id) {
  const VersionFacts& facts = row.facts.value;
  return {row.key,
          id,
          row.created,
          facts.content ? blob_of(*facts.content) : Value(Bytes()),
          facts.size,
          facts.rows,
          facts.slice,
          facts.manifest_seq,
          row.facts.stamp.at,
          blob_of(row.facts.stamp.event),
          blob_of(row.run.value),
          row.run.stamp.at,
          blob_of(row.run.stamp.event)};
}

Values values_of(const RunRow& row, const Uuid& id) {
  return {row.key,
          blob_of(id),
          row.job.value.name_space,
          row.job.value.name,
          row.job.stamp.at,
          blob_of(row.job.stamp.event),
          static_cast<std::int64_t>(row.state.value),
          row.state.stamp.rank,
          row.state.stamp.at,
          blob_of(row.state.stamp.event),
          row.first_start,
          row.first_seen,
          row.started(),
          blob_of(row.parent.value),
          row.parent.stamp.at,
          blob_of(row.parent.stamp.event)};
}

/// A stamp of rank 1, or unset when nothing was said.
Stamp plain_stamp(const sql::Row& row, std::size_t at) {
  const TimeUs time = row.integer(at);
  return {time == 0 ? 0 : 1, time, uuid_from(row.blob(at + 1))};
}

/// One append's work on the view tables: loads what the fold touches, joins, saves.
class Application {
 public:
  Application(sql::Tx& tx, const Fold& fold, std::int64_t base, const Limits& limits)
      : tx_(tx), fold_(fold), base_(base), limits_(limits), assets_(fold.assets), runs_(fold.runs) {
    for (auto& [id, row] : assets_) row.key += 2 * base;
    for (auto& [id, row] : runs_) row.key += 2 * base;
  }

  Result<void> run() {
    TRY(load_assets());
    TRY(load_runs());
    TRY(join_versions());
    TRY(join_readers());
    TRY(join_io());
    TRY(save_assets());
    TRY(save_names());
    TRY(save_runs());
    return save_dependencies();
  }

 private:
  struct Pair {
    std::int64_t consumer, producer, evidence;
    auto operator<=>(const Pair&) const = default;
  };
  /// What one run did to one asset, over all its versions.
  struct Touch {
    IoRow io;
    bool touched = false, fresh = false;
  };
  using Touches = std::map<std::int64_t, Touch>;

  std::int64_t asset_key(const Uuid& id) const { return assets_.at(id).key; }

  Result<void> load_assets();
  Result<void> load_runs();
  Result<void> join_versions();
  Result<void> join_readers();
  Result<void> join_io();
  Result<void> observe(std::int64_t run, const Touches& reads, const Touches& writes);
  Result<void> save_assets();
  Result<void> save_names();
  Result<void> save_runs();
  Result<void> save_dependencies();

  sql::Tx& tx_;
  const Fold& fold_;
  const std::int64_t base_;  ///< log line before the fold's first: what its keys count from
  const Limits& limits_;
  std::map<Uuid, AssetRow> assets_;
  std::map<Uuid, AssetRow> stored_assets_;
  std::map<Uuid, RunRow> runs_;
  std::set<std::int64_t> known_runs_;  ///< keys of runs that were there before
  std::map<VersionKey, std::int64_t> version_keys_;
  std::map<Pair, DependencyRow> dependencies_;
};

Result<void> Application::load_assets() {
  Values keys;
  for (const auto& [id, row] : assets_) keys.push_back(blob_of(id));
  return select_in(tx_,
                   "SELECT " + std::string(kAssetColumns) + " FROM catalog_assets WHERE id IN (%)",
                   keys, [&](const sql::Row& row) -> Result<void> {
                     const AssetRow stored = asset_from(row);
                     AssetRow joined = stored;
                     joined.join(assets_.at(stored.id));
                     assets_[stored.id] = std::move(joined);
                     stored_assets_[stored.id] = stored;
                     return {};
                   });
}

Result<void> Application::load_runs() {
  Values keys;
  for (const auto& [id, row] : runs_) keys.push_back(blob_of(id));
  return select_in(tx_, "SELECT " + std::string(kRunColumns) + " FROM catalog_runs WHERE id IN (%)",
                   keys, [&](const sql::Row& row) -> Result<void> {
                     const Uuid id = uuid_from(row.blob(1));
                     RunRow joined = run_from(row);
                     known_runs_.insert(joined.key);
                     joined.join(runs_.at(id));
                     runs_[id] = std::move(joined);
                     return {};
                   });
}

Result<void> Application::join_versions() {
  if (fold_.versions.empty()) return {};
  std::map<Bytes, std::pair<const VersionKey*, VersionRow>> touched;
  Values keys;
  for (const auto& [key, row] : fold_.versions) {
    Bytes id = version_id(asset_key(key.asset), key.digest);
    keys.push_back(id);
    VersionRow& fresh = touched.emplace(std::move(id), std::pair(&key, row)).first->second.second;
    fresh.key += 2 * base_;
    if (fresh.facts.stamp.rank != 0) fresh.facts.value.manifest_seq += base_;
  }
  std::set<Bytes> known, unchanged;
  TRY(select_in(tx_,
                "SELECT " + std::string(kVersionColumns) + " FROM catalog_versions WHERE id IN (%)",
                keys, [&](const sql::Row& row) -> Result<void> {
                  const VersionRow stored = version_from(row);
                  VersionRow& fresh = touched.at(row.blob(1)).second;
                  VersionRow joined = stored;
                  joined.join(fresh);
                  if (joined == stored) unchanged.insert(row.blob(1));
                  fresh = std::move(joined);
                  known.insert(row.blob(1));
                  return {};
                }));
  std::vector<Values> rows;
  for (const auto& [id, entry] : touched) {
    version_keys_[*entry.first] = entry.second.key;
    if (!known.contains(id)) ++assets_.at(entry.first->asset).versions;
    if (!unchanged.contains(id)) rows.push_back(values_of(entry.second, id));
  }
  static const std::string sql =
      upsert("catalog_versions", kVersionColumns, "id", replace_all_columns(kVersionColumns, 2));
  return tx_.execute_many(sql, rows);
}

Result<void> Application::join_readers() {
  std::map<Bytes, std::pair<Uuid, TimeUs>> touched;
  Values keys;
  for (const auto& [key, seen] : fold_.readers) {
    Bytes id = version_id(asset_key(key.asset), Digest{});
    id.resize(8);
    id.insert(id.end(), key.job.bytes.begin(), key.job.bytes.end());
    keys.push_back(id);
    touched.emplace(std::move(id), std::pair(key.asset, seen));
  }
  std::map<Bytes, TimeUs> known;
  TRY(select_in(tx_, "SELECT id, last_at FROM catalog_readers WHERE id IN (%)", keys,
                [&](const sql::Row& row) -> Result<void> {
                  known.emplace(row.blob(0), row.integer(1));
                  return {};
                }));
  std::vector<Values> rows;
  for (const auto& [id, entry] : touched) {
    const auto before = known.find(id);
    if (before == known.end()) ++assets_.at(entry.first).readers;
    if (before == known.end() || before->second < entry.second) rows.push_back({id, entry.second});
  }
  static const std::string sql =
      upsert("catalog_readers", "id, last_at", "id", "last_at = excluded.last_at");
  return tx_.execute_many(sql, rows);
}

Result<void> Application::join_io() {
  if (fold_.io.empty()) return {};
  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>;
  std::map<Key, IoRow> fresh;
  for (const auto& [key, row] : fold_.io) {
    const bool known = key.version != Digest{};
    fresh[{runs_.at(key.run).key, static_cast<std::int64_t>(key.mode), asset_key(key.asset),
           known ? version_keys_.at({key.asset, key.version}) : 0}] = row;
  }
  std::map<std::int64_t, std::pair<Touches, Touches>> runs;  // reads, writes
  const auto touch = [&](const Key& key) -> Touch& {
    auto& [reads, writes] = runs[std::get<0>(key)];
    return (std::get<1>(key) == 0 ? reads : writes)[std::get<2>(key)];
  };
  for (const auto& [key, row] : fresh) {
    Touch& one = touch(key);
    one.io.join(row);
    one.touched = one.fresh = true;
  }
  Values keys;
  for (const auto& [run, touches] : runs)
    if (known_runs_.contains(run)) keys.push_back(run);
  TRY(select_in(tx_,
                "SELECT run, mode, asset, version, first_at, last_at, times FROM catalog_run_io "
                "WHERE run IN (%)",
                keys, [&](const sql::Row& row) -> Result<void> {
                  const Key key(row.integer(0), row.integer(1), row.integer(2), row.integer(3));
                  const IoRow stored{row.integer(4), row.integer(5), row.integer(6)};
                  Touch& one = touch(key);
                  one.io.join(stored);
                  one.fresh = false;
                  if (const auto at = fresh.find(key); at != fresh.end()) at->second.join(stored);
                  return {};
                }));
  for (const auto& [run, touches] : runs) TRY(observe(run, touches.first, touches.second));
  std::vector<Values> rows;
  for (const auto& [key, row] : fresh)
    rows.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), std::get<3>(key),
                    row.first_at, row.last_at, row.times});
  static const std::string sql =
      upsert("catalog_run_io", "run, mode, asset, version, first_at, last_at, times",
             "run, mode, asset, version",
             "first_at = excluded.first_at, last_at = excluded.last_at, times = excluded.times");
  return tx_.execute_many(sql, rows);
}

/// A run that reads P and writes C makes C depend on P. The pair counts once a run, when its second
/// half first shows, whichever half that is.
Result<void> Application::observe(std::int64_t run, const Touches& reads, const Touches& writes) {
  if (std::ssize(reads) + std::ssize(writes) > limits_.run_assets_max) {
    std::string id;
    for (const auto& [uuid, row] : runs_)
      if (row.key == run) id = uuid.text();
    return fail(Code::kResourceExhausted,
                "run " + id + " reads and writes more assets than the limit of " +
                    std::to_string(limits_.run_assets_max),
                "split the run, or declare a folder as one asset", "body.asset");
  }
  for (const auto& [producer, read] : reads) {
    for (const auto& [consumer, write] : writes) {
      if (!read.touched && !write.touched) continue;
      dependencies_[{consumer, producer, static_cast<std::int64_t>(Evidence::kObserved)}].join(
          {earliest(read.io.first_at, write.io.first_at),
           std::max(read.io.last_at, write.io.last_at), read.fresh || write.fresh ? 1 : 0});
    }
  }
  return {};
}

Result<void> Application::save_assets() {
  static const std::string full =
      upsert("catalog_assets", kAssetColumns, "id", replace_all_columns(kAssetColumns, 2));
  static const std::string activity =
      "UPDATE catalog_assets SET created = $2, last_version_at = $3, last_read_at = $4, "
      "last_written_at = $5, versions = $6, readers = $7, current_version = $8, current_at = $9, "
      "current_event = $10 WHERE key = $1";
  std::vector<Values> full_rows, activity_rows;
  for (const auto& [id, row] : assets_) {
    const auto at = stored_assets_.find(id);
    if (at == stored_assets_.end()) {
      full_rows.push_back(values_of(row));
      continue;
    }
    const AssetRow& stored = at->second;
    if (row == stored) continue;
    const bool said_more = row.name != stored.name || row.kind != stored.kind ||
                           row.system != stored.system || row.owner != stored.owner ||
                           row.standing != stored.standing;
    if (said_more) {
      full_rows.push_back(values_of(row));
    } else {
      activity_rows.push_back({row.key, row.created, row.last_version_at, row.last_read_at,
                               row.last_written_at, row.versions, row.readers,
                               blob_or_empty(row.current.stamp, row.current.value),
                               row.current.stamp.at, blob_of(row.current.stamp.event)});
    }
  }
  TRY(tx_.execute_many(full, full_rows));
  return tx_.execute_many(activity, activity_rows);
}

Result<void> Application::save_names() {
  std::vector<Values> rows;
  for (const auto& [key, row] : fold_.names)
    rows.push_back(
        {asset_key(key.asset), key.name.name_space, key.name.name, row.first_at, row.last_at});
  static const std::string sql = upsert(
      "catalog_names", "asset, namespace, name, first_at, last_at", "name, namespace, asset",
      "first_at = CASE WHEN excluded.first_at < catalog_names.first_at THEN excluded.first_at "
      "ELSE catalog_names.first_at END, "
      "last_at = CASE WHEN excluded.last_at > catalog_names.last_at THEN excluded.last_at "
      "ELSE catalog_names.last_at END");
  return tx_.execute_many(sql, rows);
}

Result<void> Application::save_runs() {
  static const std::string sql =
      upsert("catalog_runs", kRunColumns, "id", replace_all_columns(kRunColumns, 2));
  std::vector<Values> rows;
  for (const auto& [id, row] : runs_) rows.push_back(values_of(row, id));
  return tx_.execute_many(sql, rows);
}

Result<void> Application::save_dependencies() {
  for (const auto& [key, row] : fold_.dependencies)
    dependencies_[{asset_key(key.consumer), asset_key(key.producer),
                   static_cast<std::int64_t>(key.evidence)}]
        .join(row);
  std::vector<Values> rows;
  for (const auto& [key, row] : dependencies_)
    rows.push_back(
        {key.consumer, key.producer, key.evidence, row.first_seen, row.last_seen, row.times});
  static const std::string sql =
      upsert("catalog_dependencies", "consumer, producer, evidence, first_seen, last_seen, times",
             "consumer, producer, evidence",
             "first_seen = CASE WHEN excluded.first_seen < catalog_dependencies.first_seen "
             "THEN excluded.first_seen ELSE catalog_dependencies.first_seen END, "
             "last_seen = CASE WHEN excluded.last_seen > catalog_dependencies.last_seen "
             "THEN excluded.last_seen ELSE catalog_dependencies.last_seen END, "
             "times = catalog_dependencies.times + excluded.times");
  return tx_.execute_many(sql, rows);
}

}  // namespace

Result<void> apply(sql::Tx& tx, const Fold& fold, std::int64_t base, const Limits& limits) {
  return Application(tx, fold, base, limits).run();
}

Result<void> select_in(sql::Tx& tx, std::string_view sql, std::span<const Value> keys,
                       const std::function<Result<void>(const sql::Row&)>& visit) {
  const std::size_t hole = sql.find('%');
  ASSERT(hole != std::string_view::npos);
  for (std::size_t at = 0; at < keys.size(); at += kChunkMax) {
    const std::span<const Value> chunk = keys.subspan(at, std::min(kChunkMax, keys.size() - at));
    const std::size_t size = std::max<std::size_t>(4, std::bit_ceil(chunk.size()));
    Values padded(chunk.begin(), chunk.end());
    padded.resize(size, chunk.back());
    std::string text(sql.substr(0, hole));
    for (std::size_t i = 1; i <= size; ++i) text += (i > 1 ? ",$" : "$") + std::to_string(i);
    text += sql.substr(hole + 1);
    TRY(tx.each(text, padded, visit));
  }
  return {};
}

Value blob_of(const Uuid& id) {
  return Bytes(id.bytes.begin(), id.bytes.end());
}
Value blob_of(const Digest& digest) {
  return Bytes(digest.bytes.begin(), digest.bytes.end());
}

Uuid uuid_from(const Bytes& blob) {
  Uuid id;
  ASSERT(blob.size() == id.bytes.size());
  std::ranges::copy(blob, id.bytes.begin());
  return id;
}

Digest digest_from(const Bytes& blob) {
  Digest digest;
  ASSERT(blob.empty() || blob.size() == digest.bytes.size());
  std::ranges::copy(blob, digest.bytes.begin());
  return digest;
}

Bytes version_id(std::int64_t asset_key, const Digest& digest) {
  Bytes id(40);
  for (std::size_t i = 0; i < 8; ++i)
    id[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(asset_key) >> (56 - 8 * i));
  std::ranges::copy(digest.bytes, id.begin() + 8);
  return id;
}

std::int64_t asset_key_of(const Bytes& version_id) {
  ASSERT(version_id.size() >= 8);
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) key = key << 8 | version_id[i];
  return static_cast<std::int64_t>(key);
}

Digest digest_of_version(const Bytes& version_id) {
  ASSERT(version_id.size() == 40);
  Digest digest;
  std::copy(version_id.begin() + 8, version_id.end(), digest.bytes.begin());
  return digest;
}

AssetRow asset_from(const sql::Row& row) {
  AssetRow asset;
  asset.key = row.integer(0);
  asset.id = uuid_from(row.blob(1));
  asset.name.value = {row.text(2), row.text(3)};
  asset.name.stamp = {row.integer(4), row.integer(5), uuid_from(row.blob(6))};
  asset.kind = {plain_stamp(row, 8), row.text(7)};
  asset.system = {plain_stamp(row, 11), row.text(10)};
  asset.owner = {plain_stamp(row, 15), {row.text(13), row.text(14)}};
  asset.standing = {plain_stamp(row, 18), row.integer(17) != 0};
  asset.current = {plain_stamp(row, 21), digest_from(row.blob(20))};
  asset.created = row.integer(23);
  asset.last_version_at = row.integer(24);
  asset.last_read_at = row.integer(25);
  asset.last_written_at = row.integer(26);
  asset.versions = row.integer(27);
  asset.readers = row.integer(28);
  return asset;
}

VersionRow version_from(const sql::Row& row) {
  VersionRow version;
  version.key = row.integer(0);
  version.created = row.integer(2);
  VersionFacts& facts = version.facts.value;
  if (!row.blob(3).empty()) facts.content = digest_from(row.blob(3));
  facts.size = row.integer(4);
  facts.rows = row.integer(5);
  facts.slice = row.text(6);
  facts.manifest_seq = row.integer(7);
  version.facts.stamp = plain_stamp(row, 8);
  version.run = {plain_stamp(row, 11), uuid_from(row.blob(10))};
  return version;
}

RunRow run_from(const sql::Row& row) {
  RunRow run;
  run.key = row.integer(0);
  run.job = {plain_stamp(row, 4), {row.text(2), row.text(3)}};
  run.state.value = static_cast<RunState>(row.integer(6));
  run.state.stamp = {row.integer(7), row.integer(8), uuid_from(row.blob(9))};
  run.first_start = row.integer(10);
  run.first_seen = row.integer(11);
  run.parent = {plain_stamp(row, 14), uuid_from(row.blob(13))};
  return run;
}

}  // namespace solvent::catalog
