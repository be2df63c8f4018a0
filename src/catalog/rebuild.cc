#include <algorithm>
#include <map>
#include <utility>

#include "catalog/fact.h"
#include "catalog/schema.h"
#include "catalog/state.h"
#include "identity/audit.h"

namespace solvent::catalog {
namespace {

using sql::Value;

constexpr std::int64_t kReplayChunk = 2'000;

/// Limits that what is in the log has met once may have been lowered since; they bind appends only.
Limits replay_limits(const Limits& limits) {
  Limits open = limits;
  open.body_bytes_max = open.batch_bytes_max = std::int64_t{1} << 40;
  open.body_depth_max = 1'000;
  open.text_bytes_max = open.run_assets_max = std::int64_t{1} << 30;
  return open;
}

Result<void> replay(sql::Tx& tx, const Limits& limits) {
  const Limits open = replay_limits(limits);
  const std::string select = "SELECT " + std::string(kEventColumns) +
                             " FROM catalog_events WHERE seq > $1 ORDER BY seq LIMIT $2";
  for (std::int64_t at = 0;;) {
    Fold fold;
    std::int64_t lines = 0;
    TRY(tx.each(select, std::vector<Value>{at, kReplayChunk},
                [&](const sql::Row& row) -> Result<void> {
                  const LoggedEvent line = logged_event_from(row);
                  at = line.seq;
                  ++lines;
                  fold.add(TRY(fact_of(line.event, open)), line.seq);
                  return {};
                }));
    TRY(apply(tx, fold, 0, open));
    if (lines < kReplayChunk) return {};
  }
}

/// Prints the views line by line: ids instead of keys, lines in byte order, and nothing that
/// depends on where an event stands in the log.
class Dumper {
 public:
  explicit Dumper(sql::Tx& tx) : tx_(tx) {}

  Result<std::string> run() {
    TRY(lines("asset", "SELECT " + std::string(kAssetColumns) + " FROM catalog_assets",
              "Kbttiibtibtibttibiibbibiiiiii"));
    TRY(lines("name", "SELECT asset, namespace, name, first_at, last_at FROM catalog_names",
              "attii"));
    TRY(lines("version", "SELECT " + std::string(kVersionColumns) + " FROM catalog_versions",
              "VBibiitSibbib"));
    TRY(lines("run", "SELECT " + std::string(kRunColumns) + " FROM catalog_runs",
              "Rbttibiiibiiibib"));
    TRY(lines("io",
              "SELECT run, mode, asset, version, first_at, last_at, times FROM catalog_run_io",
              "riaviii"));
    TRY(lines("reader", "SELECT id, last_at FROM catalog_readers", "Bi"));
    TRY(lines("dependency",
              "SELECT consumer, producer, evidence, first_seen, last_seen, times "
              "FROM catalog_dependencies",
              "aaiiii"));
    return std::move(out_);
  }

 private:
  using Names = std::map<std::int64_t, std::string>;

  /// `shape` has a letter a column: t, i, b are text, integer, blob; S is left out; a, r, v are
  /// keys of assets, runs, versions; K, R, V define such a key, with the id in the next column; B
  /// is a blob that starts with an asset's key.
  Result<void> lines(std::string_view view, const std::string& sql, std::string_view shape) {
    std::vector<std::string> found;
    TRY(tx_.each(sql, {}, [&](const sql::Row& row) -> Result<void> {
      ASSERT(row.size() == shape.size());
      std::string line(view);
      for (std::size_t i = 0; i < shape.size(); ++i) line += cell(row, i, shape[i]);
      found.push_back(std::move(line));
      return {};
    }));
    std::ranges::sort(found);
    for (const std::string& line : found) out_ += line + "\n";
    return {};
  }

  std::string prefixed(const Bytes& id) {
    return assets_[asset_key_of(id)] + ":" + to_hex(ByteView(id).subspan(8));
  }

  std::string cell(const sql::Row& row, std::size_t i, char kind) {
    switch (kind) {
      case 't': return "\t" + row.text(i);
      case 'i': return "\t" + std::to_string(row.integer(i));
      case 'b': return "\t" + to_hex(row.blob(i));
      case 'B': return "\t" + prefixed(row.blob(i));
      case 'K': assets_[row.integer(i)] = to_hex(row.blob(i + 1)); break;
      case 'R': runs_[row.integer(i)] = to_hex(row.blob(i + 1)); break;
      case 'V': versions_[row.integer(i)] = prefixed(row.blob(i + 1)); break;
      case 'a': return "\t" + assets_[row.integer(i)];
      case 'r': return "\t" + runs_[row.integer(i)];
      case 'v': return "\t" + (row.integer(i) == 0 ? "-" : versions_[row.integer(i)]);
      default: break;
    }
    return {};
  }

  sql::Tx& tx_;
  Names assets_, runs_, versions_;
  std::string out_;
};

}  // namespace

Result<void> Catalog::rebuild(const op::Caller& caller) {
  if (!caller.may(op::Role::kAdmin))
    return fail(Code::kPermissionDenied, "rebuilding the views needs the role admin",
                "ask an administrator", caller.principal);
  const auto stamp = identity::audit_stamp(state_->clock, state_->random);
  return state_->database.write([&](sql::Tx& tx) -> Result<void> {
    for (const std::string_view table : view_tables())
      TRY(tx.execute("DELETE FROM " + std::string(table)));
    TRY(replay(tx, state_->limits));
    return identity::audit_row(tx, stamp, caller, "catalog rebuild", "catalog", JsonObject{});
  });
}

Result<std::string> Catalog::dump_views() {
  std::string text;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    text = TRY(Dumper(tx).run());
    return {};
  }));
  return text;
}

}  // namespace solvent::catalog
