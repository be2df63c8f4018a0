#include "catalog/view_rows.h"

namespace solvent::catalog {

std::string_view evidence_name(Evidence evidence) {
  switch (evidence) {
    case Evidence::kDeclared: return "declared";
    case Evidence::kObserved: return "observed";
    case Evidence::kInferred: return "inferred";
  }
  return "";
}

void AssetRow::join(const AssetRow& other) {
  name.join(other.name);
  kind.join(other.kind);
  system.join(other.system);
  owner.join(other.owner);
  standing.join(other.standing);
  current.join(other.current);
  created = earliest(created, other.created);
  last_version_at = std::max(last_version_at, other.last_version_at);
  last_read_at = std::max(last_read_at, other.last_read_at);
  last_written_at = std::max(last_written_at, other.last_written_at);
  versions += other.versions;
  readers += other.readers;
}

void NameRow::join(const NameRow& other) {
  first_at = earliest(first_at, other.first_at);
  last_at = std::max(last_at, other.last_at);
}

void VersionRow::join(const VersionRow& other) {
  created = earliest(created, other.created);
  facts.join(other.facts);
  run.join(other.run);
}

void RunRow::join(const RunRow& other) {
  job.join(other.job);
  state.join(other.state);
  first_start = earliest(first_start, other.first_start);
  first_seen = earliest(first_seen, other.first_seen);
  parent.join(other.parent);
}

void IoRow::join(const IoRow& other) {
  first_at = earliest(first_at, other.first_at);
  last_at = std::max(last_at, other.last_at);
  times += other.times;
}

void DependencyRow::join(const DependencyRow& other) {
  first_seen = earliest(first_seen, other.first_seen);
  last_seen = std::max(last_seen, other.last_seen);
  times += other.times;
}

namespace {

Stamp stamp_of(const Fact& fact, std::int64_t rank = 1) {
  return {rank, fact.time, fact.event};
}

/// The first thing an event names gets an even key, the second an odd one: no two ever meet.
std::int64_t first_key(std::int64_t seq) {
  return 2 * seq;
}
std::int64_t second_key(std::int64_t seq) {
  return 2 * seq + 1;
}

}  // namespace

AssetRow& Fold::asset(const Fact& fact, const Uuid& id, const AssetName& name, std::int64_t key) {
  AssetRow& row = assets[id];
  if (row.key == 0) {
    row.key = key;
    row.id = id;
  }
  row.created = earliest(row.created, fact.time);
  if (!name.name.empty()) {
    const bool declared = fact.kind == FactKind::kAssetDeclared;
    const auto rank = declared ? NameRank::kDeclared : NameRank::kMentioned;
    row.name.offer(stamp_of(fact, static_cast<std::int64_t>(rank)), name);
    names[{id, name}].join({fact.time, fact.time});
  }
  return row;
}

void Fold::add_asset(const Fact& fact, std::int64_t seq) {
  AssetRow& row = asset(fact, *fact.asset, fact.asset_name, first_key(seq));
  switch (fact.kind) {
    case FactKind::kAssetDeclared:
      row.kind.offer(stamp_of(fact), fact.asset_kind);
      if (!fact.system.empty()) row.system.offer(stamp_of(fact), fact.system);
      row.standing.offer(stamp_of(fact), true);
      break;
    case FactKind::kAssetRenamed:
      row.name.offer(stamp_of(fact, static_cast<std::int64_t>(NameRank::kRenamed)), fact.to);
      names[{*fact.asset, fact.to}].join({fact.time, fact.time});
      break;
    case FactKind::kAssetOwner: row.owner.offer(stamp_of(fact), {fact.owner, fact.origin}); break;
    case FactKind::kAssetRemoved: row.standing.offer(stamp_of(fact), false); break;
    default: break;
  }
}

VersionRow& Fold::version(const Fact& fact, std::int64_t seq) {
  VersionRow& row = versions[{*fact.asset, *fact.version}];
  if (row.key == 0) row.key = first_key(seq);
  row.created = earliest(row.created, fact.time);
  return row;
}

void Fold::add_version(const Fact& fact, std::int64_t seq) {
  AssetRow& owner = asset(fact, *fact.asset, fact.asset_name, first_key(seq));
  VersionRow& row = version(fact, seq);
  if (fact.kind == FactKind::kVersionCurrent) {
    owner.current.offer(stamp_of(fact), *fact.version);
    return;
  }
  owner.last_version_at = std::max(owner.last_version_at, fact.time);
  row.facts.offer(stamp_of(fact), {fact.content, fact.size, fact.rows, fact.slice, seq});
  if (fact.run) row.run.offer(stamp_of(fact), *fact.run);
}

void Fold::add_run(const Fact& fact, std::int64_t seq) {
  RunRow& row = runs[*fact.run];
  if (row.key == 0) row.key = first_key(seq);
  row.job.offer(stamp_of(fact), fact.job);
  row.first_seen = earliest(row.first_seen, fact.time);
  if (fact.kind == FactKind::kRunEvent) {
    if (fact.state == RunState::kStart) row.first_start = earliest(row.first_start, fact.time);
    if (fact.state != RunState::kOther)
      row.state.offer(stamp_of(fact, is_terminal(fact.state) ? 2 : 1), fact.state);
    if (fact.parent_run) row.parent.offer(stamp_of(fact), *fact.parent_run);
    return;
  }
  const bool read = fact.kind == FactKind::kRunRead;
  AssetRow& touched = asset(fact, *fact.asset, fact.asset_name, first_key(seq));
  TimeUs& last = read ? touched.last_read_at : touched.last_written_at;
  last = std::max(last, fact.time);
  if (read) {
    TimeUs& seen = readers[{*fact.asset, derived_asset_id(fact.job)}];
    seen = std::max(seen, fact.time);
  }
  if (fact.version) {
    VersionRow& made = version(fact, seq);
    if (!read) {
      made.run.offer(stamp_of(fact), *fact.run);
      touched.last_version_at = std::max(touched.last_version_at, fact.time);
    }
  }
  io[{*fact.run, read ? IoMode::kRead : IoMode::kWrote, *fact.asset,
      fact.version.value_or(Digest{})}]
      .join({fact.time, fact.time, 1});
}

void Fold::add_dependency(const Fact& fact, std::int64_t seq) {
  asset(fact, *fact.asset, fact.asset_name, first_key(seq));
  asset(fact, *fact.producer, fact.producer_name, second_key(seq));
  const Evidence evidence =
      fact.kind == FactKind::kDependencyDeclared ? Evidence::kDeclared : Evidence::kInferred;
  dependencies[{*fact.asset, *fact.producer, evidence}].join({fact.time, fact.time, 1});
}

void Fold::add(const Fact& fact, std::int64_t seq) {
  switch (fact.kind) {
    case FactKind::kUnknown: return;
    case FactKind::kAssetDeclared:
    case FactKind::kAssetRenamed:
    case FactKind::kAssetOwner:
    case FactKind::kAssetRemoved: return add_asset(fact, seq);
    case FactKind::kVersionCreated:
    case FactKind::kVersionCurrent: return add_version(fact, seq);
    case FactKind::kRunEvent:
    case FactKind::kRunRead:
    case FactKind::kRunWrote: return add_run(fact, seq);
    case FactKind::kDependencyDeclared:
    case FactKind::kDependencyInferred: return add_dependency(fact, seq);
  }
}

}  // namespace solvent::catalog
