/// The catalog: an append-only event log, and the assets, versions, runs and dependencies that are
/// views of it, equal for any arrival order of the same events. append is the only way to change
/// it. Thread-safe. Times are UTC microseconds.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/random.h"
#include "base/result.h"
#include "base/settings.h"
#include "catalog/types.h"
#include "op/caller.h"
#include "op/operation.h"
#include "sql/database.h"

namespace solvent::catalog {

/// Inline: in the appending transaction, own tables only. Queued ones run later through tasks.
struct Subscription {
  std::string module;
  std::vector<std::string> event_types;
  std::function<Result<void>(sql::Tx&, std::int64_t seq, const Event&)> inline_apply;
};

/// What the access log says of an append: the operation that the caller ran, and on what.
struct Deed {
  std::string action = "event append", subject = "catalog";
};

class Catalog {
 public:
  Catalog(sql::Database& database, Clock& clock, Random& random,
          std::vector<Subscription> subscriptions, Limits limits = {});
  ~Catalog();

  /// Own unit of work: log, views, audit row, all durable on return. kPermissionDenied below
  /// editor.
  Result<AppendResult> append(const op::Caller& caller, std::span<const Event> events,
                              const Deed& deed = {});
  /// Part of the caller's unit of work. Without a deed that unit writes an audit row of its own.
  Result<AppendResult> append(sql::Tx& tx, const op::Caller& caller, std::span<const Event> events,
                              const std::optional<Deed>& deed = Deed());
  /// An event of `type` with this body, with a fresh id and the present time.
  Event make_event(std::string type, const Json& body, std::string producer);

  Result<AssetPage> assets(const op::Caller& caller, const AssetQuery& query);
  /// By id, "namespace/name" or unique name; kNotFound suggests the nearest.
  Result<Asset> asset(const op::Caller& caller, const std::string& name_or_id);
  Result<std::vector<Version>> versions(const op::Caller& caller, const std::string& asset_id,
                                        std::int64_t limit);
  Result<Version> version(const op::Caller& caller, const std::string& asset_id,
                          const std::string& digest_or_prefix);
  Result<std::vector<Run>> runs(const op::Caller& caller, std::int64_t limit);
  Result<GraphAnswer> graph(const op::Caller& caller, const GraphQuery& query);
  /// The same at version level: who was made from exactly this version, or what it was made from.
  Result<VersionGraph> version_graph(const op::Caller& caller, const VersionGraphQuery& query);
  /// Log lines with seq > after, in order; a caller limited by scopes sees those of known types
  /// that name visible assets only.
  Result<std::vector<LoggedEvent>> events(const op::Caller& caller, std::int64_t after,
                                          std::int64_t limit);

  /// Waits until events up to `seq` are visible here.
  Result<void> wait_for(std::int64_t seq, TimeUs timeout);
  Result<std::int64_t> last_seq();
  /// Drops every view and replays the log; the views must come out equal. Admin.
  Result<void> rebuild(const op::Caller& caller = op::local_owner());
  /// Canonical text of all views, for proving equality.
  Result<std::string> dump_views();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Permanent id of an asset declared under this name (deterministic, so that any order agrees).
std::string asset_id_of(const AssetName& first_name);

struct Specs {
  std::vector<sql::Migration> migrations;
  std::vector<op::OperationSpec> operations;
  std::vector<Setting> settings;
};
const Specs& specs();
/// From the `catalog.*` settings.
Limits limits_of(const Settings& settings);

}  // namespace solvent::catalog
