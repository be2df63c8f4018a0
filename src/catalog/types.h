/// The catalog's values: events as received, and the rows of its views as callers see them. Plain
/// values. Times are UTC microseconds, sizes bytes, digests 64 hexadecimal digits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/describe.h"
#include "base/json.h"
#include "base/random.h"

namespace solvent::catalog {

/// Same id, same effect; same id with other content is kAlreadyExists. Kept as received.
struct Event {
  Uuid id;
  std::string type;               ///< see event_types.h: "asset.declared", "version.created", …
  std::int64_t type_version = 1;  ///< older ones are read through pure upcasters
  TimeUs event_time = 0;
  std::string producer;  ///< who says so: "solvent/0.1 data put", a URL for foreign ones
  std::string body;      ///< JSON, as received
};

struct AppendResult {
  std::int64_t first_seq = 0, last_seq = 0;  ///< equal ids already there keep their old seq
  std::int64_t duplicates = 0;
};

/// (namespace, name) follow OpenLineage naming; both NFC.
struct AssetName {
  std::string name_space, name;
  auto operator<=>(const AssetName&) const = default;
};

struct Asset {
  std::string id;  ///< permanent
  std::string name_space, name, kind;
  std::string owner, owner_origin;  ///< "team-risk" and "settings", "CODEOWNERS", "git", or empty
  std::string system;
  TimeUs created = 0;
  TimeUs last_version_at = 0, last_read_at = 0, last_written_at = 0;  ///< 0: never
  std::int64_t versions = 0, readers = 0;
  std::string current_version;  ///< digest the ref `current` names; empty when none
  TimeUs removed = 0;           ///< when it was removed; 0 while it stands
  static constexpr std::string_view kName = "Asset";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "permanent id", {.wide = true});
    v.field("namespace", name_space, "OpenLineage namespace", {.wide = true});
    v.field("name", name, "name");
    v.field("kind", kind, "dataset, code, model, …");
    v.field("owner", owner, "who answers for it; empty when unowned");
    v.field("owner_origin", owner_origin, "how the owner is known", {.wide = true});
    v.field("system", system, "system it belongs to");
    v.field("created", created, "first seen", {.unit = Unit::kTime, .wide = true});
    v.field("last_version_at", last_version_at, "newest version's time", {.unit = Unit::kTime});
    v.field("last_read_at", last_read_at, "last time a run read it", {.unit = Unit::kTime});
    v.field("last_written_at", last_written_at, "last written",
            {.unit = Unit::kTime, .wide = true});
    v.field("versions", versions, "versions known");
    v.field("readers", readers, "distinct jobs that read it");
    v.field("current_version", current_version, "current version", {.unit = Unit::kDigest});
    v.field("removed", removed, "when it was removed; 0 while it stands",
            {.unit = Unit::kTime, .wide = true});
  }
};

struct Version {
  std::string asset_id;
  std::string digest;      ///< of the canonical manifest: identity
  std::string content;     ///< digest of the stored blob or tree; may be empty (foreign)
  std::int64_t size = 0;   ///< bytes
  std::int64_t rows = -1;  ///< −1: unknown
  TimeUs created = 0;
  std::string run_id;  ///< run that wrote it; may be empty
  std::string slice;   ///< "month=1"; empty for the whole
  Json manifest;
  static constexpr std::string_view kName = "Version";
  template <class V>
  void describe(V& v) {
    v.field("asset_id", asset_id, "asset", {.wide = true});
    v.field("digest", digest, "identity", {.unit = Unit::kDigest});
    v.field("content", content, "stored content", {.unit = Unit::kDigest, .wide = true});
    v.field("size", size, "bytes", {.unit = Unit::kBytes});
    v.field("rows", rows, "rows; -1 when unknown");
    v.field("created", created, "when", {.unit = Unit::kTime});
    v.field("run_id", run_id, "run that wrote it", {.wide = true});
    v.field("slice", slice, "part of the source");
    v.field("manifest", manifest, "canonical manifest", {.wide = true});
  }
};

struct Run {
  std::string id, job_namespace, job, state;  ///< state: START, RUNNING, COMPLETE, FAIL, ABORT
  TimeUs started = 0, ended = 0;
  std::string parent_run;
  static constexpr std::string_view kName = "Run";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "run");
    v.field("job_namespace", job_namespace, "job's namespace", {.wide = true});
    v.field("job", job, "job");
    v.field("state", state, "OpenLineage run state");
    v.field("started", started, "start", {.unit = Unit::kTime});
    v.field("ended", ended, "end; 0 while it runs", {.unit = Unit::kTime});
    v.field("parent_run", parent_run, "parent run", {.wide = true});
  }
};

/// consumer → producer; always says how it is known.
struct Dependency {
  std::string consumer_id, producer_id, consumer, producer;
  std::string evidence;  ///< "declared", "observed" or "inferred"
  TimeUs first_seen = 0, last_seen = 0;
  std::int64_t times = 0;
  static constexpr std::string_view kName = "Dependency";
  template <class V>
  void describe(V& v) {
    v.field("consumer_id", consumer_id, "who depends", {.wide = true});
    v.field("producer_id", producer_id, "on what", {.wide = true});
    v.field("consumer", consumer, "consumer's name");
    v.field("producer", producer, "producer's name");
    v.field("evidence", evidence, "declared, observed or inferred");
    v.field("first_seen", first_seen, "first seen", {.unit = Unit::kTime});
    v.field("last_seen", last_seen, "last seen", {.unit = Unit::kTime});
    v.field("times", times, "how often seen");
  }
};

struct AssetQuery {
  std::string kind, owner, text;  ///< empty: any
  bool removed = false;           ///< removed assets instead of those that stand
  std::string after;              ///< keyset cursor from the page before
  std::int64_t limit = 50;
};
struct AssetPage {
  std::vector<Asset> assets;
  std::string next;  ///< empty on the last page
  std::int64_t total = 0;
};

enum class Direction : std::uint8_t { kUpstream, kDownstream };
struct GraphQuery {
  std::string root;  ///< asset id
  Direction direction = Direction::kDownstream;
  std::int64_t depth_max = 20, nodes_max = 10'000;
};
struct GraphAnswer {
  std::vector<std::string> nodes;  ///< asset ids in breadth-first order, the root first
  std::vector<Dependency> edges;
  bool truncated = false;  ///< a bound was hit
};

/// One version of one asset.
struct VersionRef {
  std::string asset_id, digest;
  auto operator<=>(const VersionRef&) const = default;
};
struct VersionGraphQuery {
  VersionRef root;
  Direction direction = Direction::kDownstream;
  std::int64_t depth_max = 20, nodes_max = 10'000;
};
/// `run_id` read the producer and wrote the consumer.
struct VersionEdge {
  VersionRef consumer, producer;
  std::string run_id;
  auto operator<=>(const VersionEdge&) const = default;
};
struct VersionGraph {
  std::vector<VersionRef> nodes;  ///< in breadth-first order, the root first
  std::vector<VersionEdge> edges;
  bool truncated = false;  ///< a bound was hit
};

/// A line of the log, with what the catalog added to the event.
struct LoggedEvent {
  std::int64_t seq = 0;
  Event event;
  TimeUs received_at = 0;
  std::string caller;  ///< principal who appended it
};

/// What one append, one body and one walk may take. Each is a setting of the workspace.
struct Limits {
  std::int64_t batch_events_max = 10'000;
  std::int64_t batch_bytes_max = 64 << 20;
  std::int64_t body_bytes_max = 1 << 20;
  std::int64_t body_depth_max = 32;
  std::int64_t text_bytes_max = 1'024;  ///< a single name, owner, job or slice
  std::int64_t run_assets_max = 1'000;  ///< distinct assets that one run reads or writes
  std::int64_t page_max = 1'000;        ///< rows of one answer
  std::int64_t graph_depth_max = 1'000, graph_nodes_max = 100'000;
  TimeUs clock_skew_max = kDayUs;  ///< how far ahead of us an event time may lie
};

}  // namespace solvent::catalog
