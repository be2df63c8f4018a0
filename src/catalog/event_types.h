/// The event types that the catalog's views know, as described bodies; the JSON of an event's body
/// is exactly to_json of one of these at the type's current version (older versions: see upcast.h).
/// Every body is plain values. Bodies hold no personal data: people are named by principal or team,
/// or by a reference that identity knows the name of, and can erase; see README.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"

namespace solvent::catalog {

/// An asset, by its permanent id, or by the name it was first declared under. Both may be given:
/// the id then decides and the name is only remembered. A producer that knows only a later name
/// asks Catalog::asset for the id first, so that the log means the same in any order.
struct AssetRef {
  std::string id, name_space, name;
  static constexpr std::string_view kName = "AssetRef";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "permanent id", {.optional = true});
    v.field("namespace", name_space, "OpenLineage namespace", {.optional = true});
    v.field("name", name, "name it was first declared under", {.optional = true});
  }
};

/// OpenLineage's job.
struct JobRef {
  std::string name_space, name;
  static constexpr std::string_view kName = "JobRef";
  template <class V>
  void describe(V& v) {
    v.field("namespace", name_space, "job's namespace");
    v.field("name", name, "job's name");
  }
};

/// "asset.declared": the asset exists. Its name holds until an asset.renamed.
struct AssetDeclared {
  AssetRef asset;  ///< namespace and name are required; an id only where it is not the derived one
  std::string kind, system;
  Json facets;  ///< whatever else the producer knows, kept
  static constexpr std::string_view kType = "asset.declared", kName = "AssetDeclared";
  static constexpr std::int64_t kTypeVersion = 1;
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "which");
    v.field("kind", kind, "dataset, label_set, feature_view, model, code, contract, endpoint, …");
    v.field("system", system, "system it belongs to", {.optional = true});
    v.field("facets", facets, "anything else, kept as given");
  }
};

/// "asset.renamed"
struct AssetRenamed {
  AssetRef asset;
  JobRef to;  ///< the new namespace and name
  static constexpr std::string_view kType = "asset.renamed", kName = "AssetRenamed";
  static constexpr std::int64_t kTypeVersion = 1;
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "which");
    v.field("to", to, "new namespace and name");
  }
};

/// "asset.owner". Version 1 had `owner` alone, with the origin in brackets behind it.
struct AssetOwner {
  AssetRef asset;
  std::string owner;   ///< team, principal or "person:…"; empty: nobody any more
  std::string origin;  ///< "settings", "CODEOWNERS", "git", "person"
  static constexpr std::string_view kType = "asset.owner", kName = "AssetOwner";
  static constexpr std::int64_t kTypeVersion = 2;
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "which");
    v.field("owner", owner, "team or principal; empty when nobody owns it", {.optional = true});
    v.field("origin", origin, "how that is known", {.optional = true});
  }
};

/// "asset.removed": gone until declared again at a later event time.
struct AssetRemoved {
  AssetRef asset;
  std::string reason;
  static constexpr std::string_view kType = "asset.removed", kName = "AssetRemoved";
  static constexpr std::int64_t kTypeVersion = 1;
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "which");
    v.field("reason", reason, "why", {.optional = true});
  }
};

/// "version.created"
struct VersionCreated {
  AssetRef asset;
  std::string digest;  ///< of the canonical manifest: identity
  std::string content, run, slice;
  std::int64_t size = 0, rows = -1;
  Json manifest;
  static constexpr std::string_view kType = "version.created", kName = "VersionCreated";
  static constexpr std::int64_t kTypeVersion = 1;
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "of which asset");
    v.field("digest", digest, "digest of the canonical manifest", {.unit = Unit::kDigest});
    v.field("content", content, "digest of the stored blob or tree",
            {.unit = Unit::kDigest, .optional = true});
    v.field("size", size, "bytes", {.unit = Unit::kBytes, .min = 0});
    v.field("rows", rows, "rows; -1 when unknown", {.min = -1});
    v.field("run", run, "run that wrote it (UUID)", {.optional = true});
    v.field("slice", slice, "part of the source, as month=1", {.optional = true});
    v.field("manifest", manifest, "canonical manifest");
  }
};

/// "version.current": the ref `current` names this version from the event time on.
struct VersionCurrent {
  AssetRef asset;
  std::string digest;
  static constexpr std::string_view kType = "version.current", kName = "VersionCurrent";
  static constexpr std::int64_t kTypeVersion = 1;
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "which");
    v.field("digest", digest, "version's digest", {.unit = Unit::kDigest});
  }
};

/// "run.event": one OpenLineage run state. Facts accumulate over a run's events, which may come
/// late, twice and in any order; COMPLETE, FAIL and ABORT outrank the others whenever they come.
struct RunEvent {
  std::string run;
  JobRef job;
  std::string state;
  std::string parent_run;
  Json facets;
  static constexpr std::string_view kType = "run.event", kName = "RunEvent";
  static constexpr std::int64_t kTypeVersion = 1;
  template <class V>
  void describe(V& v) {
    v.field("run", run, "run (UUID)");
    v.field("job", job, "of which job");
    v.field("state", state, "OpenLineage run state",
            {.choices = {"START", "RUNNING", "COMPLETE", "FAIL", "ABORT", "OTHER"}});
    v.field("parent_run", parent_run, "parent run (UUID)", {.optional = true});
    v.field("facets", facets, "OpenLineage run facets, kept as given");
  }
};

/// "run.read" and "run.wrote": exact to the version where it is known.
struct RunIo {
  std::string run;
  JobRef job;
  AssetRef asset;
  std::string version;
  std::int64_t bytes = 0, rows = -1;
  Json facets;
  static constexpr std::string_view kName = "RunIo";
  static constexpr std::string_view kRead = "run.read", kWrote = "run.wrote";
  static constexpr std::int64_t kTypeVersion = 1;
  template <class V>
  void describe(V& v) {
    v.field("run", run, "run (UUID)");
    v.field("job", job, "of which job");
    v.field("asset", asset, "what it read or wrote");
    v.field("version", version, "which version of it, when known",
            {.unit = Unit::kDigest, .optional = true});
    v.field("bytes", bytes, "bytes moved", {.unit = Unit::kBytes, .min = 0});
    v.field("rows", rows, "rows moved; -1 when unknown", {.min = -1});
    v.field("facets", facets, "OpenLineage dataset facets, kept as given");
  }
};

/// "dependency.declared" and "dependency.inferred". Observed ones follow from run.read and
/// run.wrote.
struct DependencyBody {
  AssetRef consumer, producer;
  std::string by;         ///< what declares or infers it: a file, a check
  double confidence = 1;  ///< of an inferred one
  static constexpr std::string_view kName = "DependencyBody";
  static constexpr std::string_view kDeclared = "dependency.declared";
  static constexpr std::string_view kInferred = "dependency.inferred";
  static constexpr std::int64_t kTypeVersion = 1;
  template <class V>
  void describe(V& v) {
    v.field("consumer", consumer, "who depends");
    v.field("producer", producer, "on what");
    v.field("by", by, "what says so", {.optional = true});
    v.field("confidence", confidence, "of an inferred one", {.min = 0, .max = 1});
  }
};

/// The newest version of a known type; 0 for a type that the views do not know.
std::int64_t current_type_version(std::string_view type);
/// The types that the views know.
std::vector<std::string_view> known_types();

}  // namespace solvent::catalog
