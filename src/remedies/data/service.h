/// The data remedy: versions of data sets, their profiles, and comparisons of two versions.
/// Thread-safe. Owns the tables prefixed `data_`; bytes live in the store, facts in the catalog.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/threads.h"
#include "catalog/catalog.h"
#include "check/check.h"
#include "op/operation.h"
#include "profile/profile.h"
#include "remedies/data/types.h"
#include "sql/database.h"
#include "store/store.h"
#include "table/table.h"

namespace solvent::remedies::data {

/// DuckDB is opened on first use, so an engine is asked for only when rows are read.
using EngineSource = std::function<Result<table::Engine*>()>;

/// A version as this module keeps it.
struct StoredVersion {
  std::string asset_id, asset, digest, content, format, slice, profile_digest;
  std::int64_t size = 0, rows = 0;
  TimeUs created = 0;
};

class Service {
 public:
  /// `scratch` is a directory for rows materialised out of the store.
  Service(sql::Database& database, store::Store& store, catalog::Catalog& catalog,
          EngineSource engine, Clock& clock, std::string scratch);

  /// Stores, profiles and records one version; the same file and slice again is the same version.
  /// kInvalidArgument names file and cause.
  Result<PutResult> put(const op::Caller& caller, const PutRequest& request,
                        const op::Request& progress);
  /// `version`: digest or prefix, slice text, or empty for the one that the catalog's ref `current`
  /// names (the newest slice when no whole file was ever put). kNotFound lists what there is.
  Result<StoredVersion> find(const op::Caller& caller, const std::string& dataset,
                             const std::string& version);
  /// Every data set's versions, newest last; only what the caller may see.
  Result<std::vector<StoredVersion>> versions(const op::Caller& caller);
  Result<profile::TableProfile> profile(const StoredVersion& version);
  /// The rows, materialised under `scratch` and shared while anyone holds them.
  struct OpenTable {
    std::unique_ptr<table::Table> table;
    std::shared_ptr<void> file;
  };
  Result<OpenTable> open(const StoredVersion& version);

  Result<DatasetView> show(const op::Caller& caller, const ShowRequest& request);
  Result<op::ByteStream> get(const op::Caller& caller, const GetRequest& request);
  Result<Comparison> compare(const op::Caller& caller, const CompareRequest& request);

 private:
  Result<void> record(const op::Caller& caller, const PutRequest& request,
                      const StoredVersion& version, Json manifest, bool& created);
  Result<op::ByteStream> cut(const StoredVersion& version);
  Result<std::string> materialise(const StoredVersion& version);

  sql::Database& database_;
  store::Store& store_;
  catalog::Catalog& catalog_;
  EngineSource engine_;
  Clock& clock_;
  std::string scratch_;
};

/// Parses "column=value"; nullopt for an empty text, kInvalidArgument when it is neither.
Result<std::optional<table::Filter>> parse_slice(const std::string& text);
/// A column as people see it; bins are equal-width over the finite range, 20 at most.
ColumnView view_of(const profile::ColumnProfile& column);
/// Effect sizes with 95 % intervals, largest first: Cliff's delta for numbers and times, total
/// variation distance for everything else.
std::vector<ColumnComparison> compare_profiles(const profile::TableProfile& before,
                                               const profile::TableProfile& after);

/// Permanent id of the data set that is put under this name.
std::string asset_id(const std::string& name);
/// What the store must keep for this module: every version's bytes and profile.
store::BlobRoot blob_root();

struct Specs {
  std::vector<op::OperationSpec> operations;
  std::vector<sql::Migration> migrations;
};
const Specs& specs();
std::vector<op::Handler> bind(Service& service);
/// Checks over profiles and rows of one version.
std::vector<check::Check> checks();

}  // namespace solvent::remedies::data
