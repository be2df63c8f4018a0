#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "base/text.h"
#include "catalog/fact.h"
#include "catalog/state.h"
#include "catalog/upcast.h"
#include "identity/people.h"

namespace solvent::catalog {
namespace {

using sql::Value;

constexpr std::size_t kSuggestionsMax = 10'000;

std::string hex_or_empty(const Stamp& stamp, const Digest& digest) {
  return stamp.rank == 0 ? std::string() : digest.hex();
}
std::string text_or_empty(const Latest<Uuid>& id) {
  return id.stamp.rank == 0 ? std::string() : id.value.text();
}

Asset shown(const AssetRow& row) {
  Asset asset;
  asset.id = row.id.text();
  asset.name_space = row.name.value.name_space;
  asset.name = row.name.value.name;
  asset.kind = row.kind.value;
  asset.owner = row.owner.value.first;
  asset.owner_origin = row.owner.value.second;
  asset.system = row.system.value;
  asset.created = row.created;
  asset.last_version_at = row.last_version_at;
  asset.last_read_at = row.last_read_at;
  asset.last_written_at = row.last_written_at;
  asset.versions = row.versions;
  asset.readers = row.readers;
  asset.current_version = hex_or_empty(row.current.stamp, row.current.value);
  const bool removed = row.standing.stamp.rank != 0 && !row.standing.value;
  asset.removed = removed ? row.standing.stamp.at : 0;
  return asset;
}

Run shown(const RunRow& row, const Uuid& id) {
  Run run;
  run.id = id.text();
  run.job_namespace = row.job.value.name_space;
  run.job = row.job.value.name;
  run.state = run_state_name(row.state.value);
  run.started = row.started();
  run.ended = row.ended();
  run.parent_run = text_or_empty(row.parent);
  return run;
}

Unexpected no_such_asset(const std::string& asked, const std::optional<std::string>& near) {
  return fail(Code::kNotFound, "no such asset: " + sanitize_utf8(asked.substr(0, 1'024)),
              near ? "did you mean " + *near + "?" : "solvent asset list shows them", asked);
}

/// Rows of the query that the caller may see.
Result<std::vector<AssetRow>> visible_assets(sql::Tx& tx, const Sight& sight,
                                             const std::string& where, sql::Params params) {
  std::vector<AssetRow> found;
  TRY(tx.each("SELECT " + std::string(kAssetColumns) + " FROM catalog_assets WHERE " + where,
              params, [&](const sql::Row& row) -> Result<void> {
                AssetRow asset = asset_from(row);
                if (sight.sees(asset.name.value)) found.push_back(std::move(asset));
                return {};
              }));
  return found;
}

/// Assets whose present name is exactly this, else those that ever had it.
Result<std::vector<AssetRow>> assets_named(sql::Tx& tx, const Sight& sight,
                                           const std::string& name) {
  std::vector<AssetRow> found = TRY(visible_assets(
      tx, sight, "key IN (SELECT asset FROM catalog_names WHERE name = $1) AND name = $1",
      std::vector<Value>{name}));
  const auto add = [&](std::vector<AssetRow> more) {
    for (AssetRow& row : more) found.push_back(std::move(row));
  };
  for (std::size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    if (slash == 0 || slash + 1 == name.size()) continue;
    add(TRY(visible_assets(tx, sight, "namespace = $1 AND name = $2",
                           std::vector<Value>{name.substr(0, slash), name.substr(slash + 1)})));
  }
  if (!found.empty()) return found;
  add(TRY(visible_assets(tx, sight, "key IN (SELECT asset FROM catalog_names WHERE name = $1)",
                         std::vector<Value>{name})));
  for (std::size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    if (slash == 0 || slash + 1 == name.size()) continue;
    add(TRY(visible_assets(
        tx, sight, "key IN (SELECT asset FROM catalog_names WHERE namespace = $1 AND name = $2)",
        std::vector<Value>{name.substr(0, slash), name.substr(slash + 1)})));
  }
  return found;
}

Result<std::optional<std::string>> nearest_name(sql::Tx& tx, const Sight& sight,
                                                const std::string& asked) {
  std::vector<std::string> names;
  for (const sql::Row& row : TRY(tx.query(
           "SELECT namespace, name FROM catalog_assets ORDER BY namespace, name, id LIMIT $1",
           {Value(static_cast<std::int64_t>(kSuggestionsMax))}))) {
    if (!sight.sees({row.text(0), row.text(1)})) continue;
    names.push_back(row.text(1));
    names.push_back(row.text(0) + "/" + row.text(1));
  }
  return nearest(asked, names);
}

Result<AssetRow> one_asset(sql::Tx& tx, const Sight& sight, const std::string& asked) {
  if (const auto id = parse_uuid(asked)) {
    auto found = TRY(visible_assets(tx, sight, "id = $1", std::vector<Value>{blob_of(*id)}));
    if (!found.empty()) return std::move(found.front());
  }
  const auto normal = normalize_name(asked, "asset");
  if (!normal) return no_such_asset(asked, std::nullopt);
  auto found = TRY(assets_named(tx, sight, *normal));
  std::ranges::sort(found, {}, &AssetRow::id);
  const auto same = std::ranges::unique(found, {}, &AssetRow::id);
  found.erase(same.begin(), same.end());
  const auto standing = [](const AssetRow& row) {
    return row.standing.stamp.rank == 0 || row.standing.value;
  };
  if (found.size() > 1 && std::ranges::any_of(found, standing))
    std::erase_if(found, [&](const AssetRow& row) { return !standing(row); });
  if (found.empty()) return no_such_asset(asked, TRY(nearest_name(tx, sight, *normal)));
  if (found.size() == 1) return std::move(found.front());
  return fail(Code::kFailedPrecondition,
              "several assets have this name: " + found[0].name.value.name_space + "/" +
                  found[0].name.value.name + ", " + found[1].name.value.name_space + "/" +
                  found[1].name.value.name,
              "give namespace/name, or the id", asked);
}

/// Manifests are read from the log lines that brought them.
Result<Json> manifest_at(sql::Tx& tx, std::int64_t seq) {
  if (seq == 0) return Json();
  const sql::Rows rows = TRY(
      tx.query("SELECT type, type_version, body FROM catalog_events WHERE seq = $1", {Value(seq)}));
  if (rows.size() != 1)
    return fail(Code::kDataLoss, "the log line of a version is missing: " + std::to_string(seq),
                "solvent verify, then restore the newest backup", "catalog_events");
  const Json body =
      TRY(upcast(rows[0].text(0), rows[0].integer(1), TRY(parse_json(rows[0].text(2)))));
  const Json* manifest = body.find("manifest");
  return manifest == nullptr ? Json() : *manifest;
}

Result<Version> shown(sql::Tx& tx, const VersionRow& row, const Bytes& id, const Uuid& asset) {
  Version version;
  version.asset_id = asset.text();
  version.digest = digest_of_version(id).hex();
  const VersionFacts& facts = row.facts.value;
  if (facts.content) version.content = facts.content->hex();
  version.size = facts.size;
  version.rows = facts.rows;
  version.created = row.created;
  version.run_id = text_or_empty(row.run);
  version.slice = facts.slice;
  version.manifest = TRY(manifest_at(tx, facts.manifest_seq));
  return version;
}

/// "namespace name id" of the last row of a page, each with its length.
std::string cursor_of(const AssetRow& row) {
  Json cursor = JsonArray{row.name.value.name_space, row.name.value.name, row.id.text()};
  return base64_encode(to_text(cursor));
}

Result<std::array<Value, 3>> read_cursor(const std::string& text) {
  const auto bad = [] {
    return fail(Code::kInvalidArgument, "after is not a cursor of this list",
                "give the `next` of the page before", "after");
  };
  const auto decoded = base64_decode(text);
  if (!decoded) return bad();
  const auto json = parse_json(*decoded, {.depth_max = 2, .bytes_max = 8'192});
  if (!json || !json->is_array() || json->array().size() != 3) return bad();
  for (const Json& part : json->array())
    if (!part.is_string() || part.string().find('\0') != std::string::npos) return bad();
  const auto id = parse_uuid(json->array()[2].string());
  if (!id) return bad();
  return std::array<Value, 3>{json->array()[0].string(), json->array()[1].string(), blob_of(*id)};
}

/// One page of assets. The engine filters what it can; text and scopes are looked at here, alike on
/// every engine. Where nothing is left to look at, the engine also counts.
class AssetListing {
 public:
  AssetListing(sql::Tx& tx, const Sight& sight, const AssetQuery& query, std::int64_t limit)
      : tx_(tx), sight_(sight), query_(query), limit_(limit), needle_(lower_ascii(query.text)) {}

  Result<AssetPage> run() {
    where_ =
        query_.removed ? "standing_at > 0 AND standing = 0" : "(standing_at = 0 OR standing = 1)";
    filter("kind", query_.kind);
    TRY(filter_owner());
    const bool engine_counts = sight_.all() && needle_.empty();
    if (engine_counts) TRY(count());
    if (!query_.after.empty()) after_ = TRY(read_cursor(query_.after));
    auto page = TRY(engine_counts ? walk_page() : walk_all());
    for (Asset& asset : page.assets) asset.owner = TRY(identity::person_name(tx_, asset.owner));
    return page;
  }

 private:
  /// A person is asked for by name and kept by reference.
  Result<void> filter_owner() {
    const auto person = query_.owner.empty() ? std::optional<std::string>()
                                             : TRY(identity::find_person(tx_, query_.owner));
    if (!person) {
      filter("owner", query_.owner);
      return {};
    }
    params_.push_back(query_.owner);
    params_.push_back(*person);
    where_ += " AND owner IN ($" + std::to_string(params_.size() - 1) + ", $" +
              std::to_string(params_.size()) + ")";
    return {};
  }
  void filter(const char* column, const std::string& value) {
    if (value.empty()) return;
    params_.push_back(value);
    where_ += std::string(" AND ") + column + " = $" + std::to_string(params_.size());
  }
  Result<void> count() {
    const sql::Rows rows =
        TRY(tx_.query("SELECT COUNT(*) FROM catalog_assets WHERE " + where_, params_));
    page_.total = rows.at(0).integer(0);
    return {};
  }
  void take(AssetRow row) {
    if (std::ssize(page_.assets) == limit_) {
      if (page_.next.empty()) page_.next = cursor_of(last_);
      return;
    }
    page_.assets.push_back(shown(row));
    last_ = std::move(row);
  }
  Result<AssetPage> walk_page() {
    if (after_) {
      const std::size_t n = params_.size();
      params_.insert(params_.end(), after_->begin(), after_->end());
      where_ += " AND (namespace, name, id) > ($" + std::to_string(n + 1) + ", $" +
                std::to_string(n + 2) + ", $" + std::to_string(n + 3) + ")";
    }
    params_.push_back(limit_ + 1);
    TRY(tx_.each(select() + " LIMIT $" + std::to_string(params_.size()), params_,
                 [&](const sql::Row& row) -> Result<void> {
                   take(asset_from(row));
                   return {};
                 }));
    return std::move(page_);
  }
  Result<AssetPage> walk_all() {
    TRY(tx_.each(select(), params_, [&](const sql::Row& row) -> Result<void> {
      const AssetName name{row.text(2), row.text(3)};
      if (!sight_.sees(name)) return {};
      if (!contains(lower_ascii(name.name_space + "/" + name.name), needle_)) return {};
      ++page_.total;
      if (after_ && !is_after(row)) return {};
      take(asset_from(row));
      return {};
    }));
    return std::move(page_);
  }
  bool is_after(const sql::Row& row) const {
    const auto& name_space = std::get<std::string>((*after_)[0]);
    const auto& name = std::get<std::string>((*after_)[1]);
    return std::tie(row.text(2), row.text(3), row.blob(1)) >
           std::tie(name_space, name, std::get<Bytes>((*after_)[2]));
  }
  std::string select() const {
    return "SELECT " + std::string(kAssetColumns) + " FROM catalog_assets WHERE " + where_ +
           " ORDER BY namespace, name, id";
  }

  sql::Tx& tx_;
  const Sight& sight_;
  const AssetQuery& query_;
  const std::int64_t limit_;
  const std::string needle_;
  std::string where_;
  std::vector<Value> params_;
  std::optional<std::array<Value, 3>> after_;
  AssetPage page_;
  AssetRow last_;
};

/// First and last id that the versions of an asset with these first digits can have.
Result<std::pair<Bytes, Bytes>> version_range(std::int64_t asset_key, const std::string& prefix) {
  std::string low = lower_ascii(prefix), high = low;
  const bool hex = std::ranges::all_of(
      low, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (!hex || low.size() > 64)
    return fail(Code::kInvalidArgument, "a version is named by hexadecimal digits",
                "solvent asset versions lists them", "version");
  low.resize(64, '0');
  high.resize(64, 'f');
  return std::pair(version_id(asset_key, TRY(parse_digest(low))),
                   version_id(asset_key, TRY(parse_digest(high))));
}

/// Newest first. A run is seen by who sees an asset that it read or wrote.
Result<void> visible_runs(sql::Tx& tx, const Sight& sight, std::int64_t wanted,
                          std::vector<Run>& found) {
  constexpr std::int64_t kChunk = 256;
  const std::string select = "SELECT " + std::string(kRunColumns) +
                             " FROM catalog_runs WHERE started < $1 OR (started = $1 AND id > $2) "
                             "ORDER BY started DESC, id LIMIT $3";
  std::vector<Value> at = {std::numeric_limits<std::int64_t>::max(), Bytes(), kChunk};
  for (;;) {
    const sql::Rows rows = TRY(tx.query(select, at));
    std::set<std::int64_t> seen;
    std::vector<Value> keys;
    for (const sql::Row& row : rows) keys.push_back(row.integer(0));
    if (!sight.all())
      TRY(select_in(tx,
                    "SELECT io.run, a.namespace, a.name FROM catalog_run_io io "
                    "JOIN catalog_assets a ON a.key = io.asset WHERE io.run IN (%)",
                    keys, [&](const sql::Row& row) -> Result<void> {
                      if (sight.sees({row.text(1), row.text(2)})) seen.insert(row.integer(0));
                      return {};
                    }));
    for (const sql::Row& row : rows) {
      if (!sight.all() && !seen.contains(row.integer(0))) continue;
      found.push_back(shown(run_from(row), uuid_from(row.blob(1))));
      if (std::ssize(found) == wanted) return {};
    }
    if (std::ssize(rows) < kChunk) return {};
    at = {rows.back().integer(12), rows.back().blob(1), kChunk};
  }
}

Result<bool> run_is_seen(sql::Tx& tx, const Sight& sight, const Uuid& run) {
  bool seen = false;
  TRY(
      tx.each("SELECT a.namespace, a.name FROM catalog_runs r "
              "JOIN catalog_run_io io ON io.run = r.key "
              "JOIN catalog_assets a ON a.key = io.asset WHERE r.id = $1",
              std::vector<Value>{blob_of(run)}, [&](const sql::Row& row) -> Result<void> {
                seen = seen || sight.sees({row.text(0), row.text(1)});
                return {};
              }));
  return seen;
}

/// Events of known types whose assets are all visible; a caller without limits sees every line.
Result<bool> sees_event(sql::Tx& tx, const Sight& sight, const Event& event, const Limits& limits) {
  if (sight.all()) return true;
  const auto fact = fact_of(event, limits);
  if (!fact || fact->kind == FactKind::kUnknown) return false;
  std::vector<Value> ids;
  if (fact->asset) ids.push_back(blob_of(*fact->asset));
  if (fact->producer) ids.push_back(blob_of(*fact->producer));
  if (ids.empty()) return run_is_seen(tx, sight, *fact->run);
  bool visible = true;
  TRY(select_in(tx, "SELECT namespace, name FROM catalog_assets WHERE id IN (%)", ids,
                [&](const sql::Row& row) -> Result<void> {
                  visible = visible && sight.sees({row.text(0), row.text(1)});
                  return {};
                }));
  const bool names_hidden = fact->kind == FactKind::kAssetRenamed && !sight.sees(fact->to);
  return visible && !names_hidden;
}

}  // namespace

Result<AssetPage> Catalog::assets(const op::Caller& caller, const AssetQuery& query) {
  const Sight sight(caller);
  AssetPage page;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    page = TRY(AssetListing(tx, sight, query, clip(query.limit, state_->limits.page_max)).run());
    return {};
  }));
  return page;
}

Result<Asset> Catalog::asset(const op::Caller& caller, const std::string& name_or_id) {
  Asset asset;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    asset = shown(TRY(one_asset(tx, Sight(caller), name_or_id)));
    asset.owner = TRY(identity::person_name(tx, asset.owner));
    return {};
  }));
  return asset;
}

Result<std::vector<Version>> Catalog::versions(const op::Caller& caller,
                                               const std::string& asset_id, std::int64_t limit) {
  std::vector<Version> found;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    found.clear();
    const AssetRow asset = TRY(one_asset(tx, Sight(caller), asset_id));
    const auto [low, high] = TRY(version_range(asset.key, ""));
    for (const sql::Row& row :
         TRY(tx.query("SELECT " + std::string(kVersionColumns) +
                          " FROM catalog_versions WHERE id >= $1 AND id <= $2 "
                          "ORDER BY created DESC, id LIMIT $3",
                      {low, high, clip(limit, state_->limits.page_max)})))
      found.push_back(TRY(shown(tx, version_from(row), row.blob(1), asset.id)));
    return {};
  }));
  return found;
}

Result<Version> Catalog::version(const op::Caller& caller, const std::string& asset_id,
                                 const std::string& digest_or_prefix) {
  Version version;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    const AssetRow asset = TRY(one_asset(tx, Sight(caller), asset_id));
    const auto [low, high] = TRY(version_range(asset.key, digest_or_prefix));
    const sql::Rows rows = TRY(tx.query("SELECT " + std::string(kVersionColumns) +
                                            " FROM catalog_versions WHERE id >= $1 AND id <= $2 "
                                            "ORDER BY id LIMIT 2",
                                        {low, high}));
    if (rows.empty())
      return fail(Code::kNotFound, "no such version: " + digest_or_prefix,
                  "solvent asset versions lists them", digest_or_prefix);
    if (rows.size() > 1)
      return fail(Code::kFailedPrecondition,
                  "several versions start with these digits: " + digest_or_prefix,
                  "give more digits", digest_or_prefix);
    version = TRY(shown(tx, version_from(rows[0]), rows[0].blob(1), asset.id));
    return {};
  }));
  return version;
}

Result<std::vector<Run>> Catalog::runs(const op::Caller& caller, std::int64_t limit) {
  const Sight sight(caller);
  const std::int64_t wanted = clip(limit, state_->limits.page_max);
  std::vector<Run> found;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    found.clear();
    return visible_runs(tx, sight, wanted, found);
  }));
  return found;
}

Result<std::vector<LoggedEvent>> Catalog::events(const op::Caller& caller, std::int64_t after,
                                                 std::int64_t limit) {
  const Sight sight(caller);
  const std::int64_t wanted = clip(limit, state_->limits.page_max);
  std::vector<LoggedEvent> found;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    found.clear();
    const std::string select = "SELECT " + std::string(kEventColumns) +
                               " FROM catalog_events WHERE seq > $1 ORDER BY seq LIMIT $2";
    for (std::int64_t at = after; std::ssize(found) < wanted;) {
      const sql::Rows rows = TRY(tx.query(select, {at, wanted}));
      for (const sql::Row& row : rows) {
        at = row.integer(0);
        LoggedEvent line = logged_event_from(row);
        if (std::ssize(found) < wanted && TRY(sees_event(tx, sight, line.event, state_->limits)))
          found.push_back(std::move(line));
      }
      if (std::ssize(rows) < wanted) break;
    }
    return {};
  }));
  return found;
}

}  // namespace solvent::catalog
