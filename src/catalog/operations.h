/// What the command line and HTTP offer of the catalog: described requests and results, bound to a
/// Catalog. Handlers are thread-safe.
#pragma once

#include <string>
#include <vector>

#include "base/settings.h"
#include "catalog/catalog.h"
#include "op/operation.h"

namespace solvent::catalog {

std::vector<Setting> catalog_settings();

struct AssetListRequest {
  std::string kind, owner, text, after;
  bool removed = false;
  std::int64_t limit = 50;
  static constexpr std::string_view kName = "AssetListRequest";
  template <class V>
  void describe(V& v) {
    v.field("kind", kind, "only this kind: dataset, model, code, …", {.optional = true});
    v.field("owner", owner, "only what this team or principal owns", {.optional = true});
    v.field("text", text, "only names that contain this", {.optional = true});
    v.field("removed", removed, "removed assets instead of those that stand");
    v.field("after", after, "cursor: `next` of the page before", {.optional = true});
    v.field("limit", limit, "rows a page", {.min = 1, .max = 1000});
  }
};
struct AssetList {
  std::vector<Asset> assets;
  std::string next;
  std::int64_t total = 0;
  static constexpr std::string_view kName = "AssetList";
  template <class V>
  void describe(V& v) {
    v.field("assets", assets, "one page of assets");
    v.field("next", next, "cursor of the next page; empty on the last", {.optional = true});
    v.field("total", total, "assets on all pages");
  }
};

struct AssetRequest {
  std::string asset;
  static constexpr std::string_view kName = "AssetRequest";
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "id, namespace/name, or a name that only one asset has");
  }
};

struct AssetVersionsRequest {
  std::string asset;
  std::int64_t limit = 50;
  static constexpr std::string_view kName = "AssetVersionsRequest";
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "id, namespace/name, or a name that only one asset has");
    v.field("limit", limit, "rows at most", {.min = 1, .max = 1000});
  }
};
struct VersionList {
  std::vector<Version> versions;
  static constexpr std::string_view kName = "VersionList";
  template <class V>
  void describe(V& v) {
    v.field("versions", versions, "newest first");
  }
};

struct AssetOwnRequest {
  std::string asset, owner;
  static constexpr std::string_view kName = "AssetOwnRequest";
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "id, namespace/name, or a name that only one asset has");
    v.field("owner", owner, "team or principal; empty when nobody owns it", {.optional = true});
  }
};

struct RunListRequest {
  std::int64_t limit = 50;
  static constexpr std::string_view kName = "RunListRequest";
  template <class V>
  void describe(V& v) {
    v.field("limit", limit, "rows at most", {.min = 1, .max = 1000});
  }
};
struct RunList {
  std::vector<Run> runs;
  static constexpr std::string_view kName = "RunList";
  template <class V>
  void describe(V& v) {
    v.field("runs", runs, "newest first");
  }
};

struct LineageRequest {
  std::string asset, direction = "both", level = "asset", version;
  std::int64_t depth = 20, nodes = 1'000;
  static constexpr std::string_view kName = "LineageRequest";
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "id, namespace/name, or a name that only one asset has");
    v.field("direction", direction, "which way to walk",
            {.choices = {"upstream", "downstream", "both"}});
    v.field("level", level, "assets, or the teams that own them", {.choices = {"asset", "team"}});
    v.field("version", version, "digest or its first digits: lineage of exactly this version",
            {.optional = true});
    v.field("depth", depth, "steps from the asset at most", {.min = 0, .max = 1000});
    v.field("nodes", nodes, "nodes a direction at most", {.min = 1, .max = 100'000});
  }
};
struct LineageNode {
  std::string id, name_space, name, kind, owner, version;
  static constexpr std::string_view kName = "LineageNode";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "asset, or team", {.wide = true});
    v.field("namespace", name_space, "OpenLineage namespace", {.wide = true});
    v.field("name", name, "name");
    v.field("kind", kind, "dataset, code, model, …");
    v.field("owner", owner, "who answers for it");
    v.field("version", version, "of a version's lineage", {.unit = Unit::kDigest});
  }
};
struct LineageEdge {
  std::string consumer, producer, consumer_version, producer_version, evidence, run;
  TimeUs first_seen = 0, last_seen = 0;
  std::int64_t times = 0;
  static constexpr std::string_view kName = "LineageEdge";
  template <class V>
  void describe(V& v) {
    v.field("consumer", consumer, "id of who depends");
    v.field("producer", producer, "id of what on");
    v.field("consumer_version", consumer_version, "version", {.unit = Unit::kDigest, .wide = true});
    v.field("producer_version", producer_version, "version", {.unit = Unit::kDigest, .wide = true});
    v.field("evidence", evidence, "declared, observed or inferred");
    v.field("run", run, "run between two versions", {.wide = true});
    v.field("first_seen", first_seen, "first seen", {.unit = Unit::kTime});
    v.field("last_seen", last_seen, "last seen", {.unit = Unit::kTime});
    v.field("times", times, "how often seen");
  }
};
struct Lineage {
  std::string root;
  std::vector<LineageNode> nodes;
  std::vector<LineageEdge> edges;
  bool truncated = false;
  static constexpr std::string_view kName = "Lineage";
  template <class V>
  void describe(V& v) {
    v.field("root", root, "id of the asset asked for");
    v.field("nodes", nodes, "breadth first from the root");
    v.field("edges", edges, "consumer depends on producer");
    v.field("truncated", truncated, "a bound was hit: there is more");
  }
};

struct EventIn {
  std::string id, type, producer;
  std::int64_t type_version = 0;
  TimeUs event_time = 0;
  Json body;
  static constexpr std::string_view kName = "EventIn";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "UUID; a fresh one when left out", {.optional = true});
    v.field("type", type, "asset.declared, run.event, …; others are kept");
    v.field("type_version", type_version, "version of the type; 0: the newest", {.min = 0});
    v.field("event_time", event_time, "when it happened; now when left out",
            {.unit = Unit::kTime, .min = 0});
    v.field("producer", producer, "who says so", {.optional = true});
    v.field("body", body, "the event's own fields");
  }
};
struct EventAppendRequest {
  std::vector<EventIn> events;
  static constexpr std::string_view kName = "EventAppendRequest";
  template <class V>
  void describe(V& v) {
    v.field("events", events, "all are taken, or none");
  }
};
struct EventAppendResult {
  std::int64_t first_seq = 0, last_seq = 0, duplicates = 0;
  static constexpr std::string_view kName = "EventAppendResult";
  template <class V>
  void describe(V& v) {
    v.field("first_seq", first_seq, "first place in the log");
    v.field("last_seq", last_seq, "last place in the log");
    v.field("duplicates", duplicates, "events that were there already");
  }
};

struct EventListRequest {
  std::int64_t after = 0, limit = 100;
  static constexpr std::string_view kName = "EventListRequest";
  template <class V>
  void describe(V& v) {
    v.field("after", after, "only lines behind this place in the log", {.min = 0});
    v.field("limit", limit, "lines at most", {.min = 1, .max = 1000});
  }
};
struct EventOut {
  std::int64_t seq = 0, type_version = 1;
  std::string id, type, producer, caller;
  TimeUs event_time = 0, received_at = 0;
  Json body;
  static constexpr std::string_view kName = "EventOut";
  template <class V>
  void describe(V& v) {
    v.field("seq", seq, "place in the log");
    v.field("id", id, "id", {.wide = true});
    v.field("type", type, "type");
    v.field("type_version", type_version, "version of the type", {.wide = true});
    v.field("event_time", event_time, "when it happened", {.unit = Unit::kTime});
    v.field("received_at", received_at, "when it came", {.unit = Unit::kTime, .wide = true});
    v.field("producer", producer, "who says so");
    v.field("caller", caller, "who appended it", {.wide = true});
    v.field("body", body, "as received", {.wide = true});
  }
};
struct EventList {
  std::vector<EventOut> events;
  static constexpr std::string_view kName = "EventList";
  template <class V>
  void describe(V& v) {
    v.field("events", events, "in the order of the log");
  }
};

struct RebuildResult {
  std::int64_t last_seq = 0;
  static constexpr std::string_view kName = "RebuildResult";
  template <class V>
  void describe(V& v) {
    v.field("last_seq", last_seq, "the views now say what the log says up to here");
  }
};

std::vector<op::OperationSpec> operation_specs();
std::vector<op::Handler> bind(Catalog& catalog);

}  // namespace solvent::catalog
