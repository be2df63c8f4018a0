#include "catalog/schema.h"

namespace solvent::catalog {
namespace {

// Ids are 16-byte UUIDs. `key` is local to the database: twice the seq of the event that first
// named the thing, plus one for the second thing an event names. Each *_at/_event/_rank group is
// the stamp of the event that said the value beside it (see view_rows.h).
constexpr const char* kTables = R"sql(
CREATE TABLE catalog_counter (
  id BIGINT PRIMARY KEY,
  seq BIGINT NOT NULL
);
INSERT INTO catalog_counter (id, seq) VALUES (1, 0);
CREATE TABLE catalog_events (
  seq BIGINT PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  type TEXT NOT NULL,
  type_version BIGINT NOT NULL,
  event_time BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  producer TEXT NOT NULL,
  body TEXT NOT NULL,
  digest BLOB NOT NULL,
  caller TEXT NOT NULL
);
CREATE TABLE catalog_assets (
  key BIGINT PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  namespace TEXT NOT NULL, name TEXT NOT NULL,
  name_rank BIGINT NOT NULL, name_at BIGINT NOT NULL, name_event BLOB NOT NULL,
  kind TEXT NOT NULL, kind_at BIGINT NOT NULL, kind_event BLOB NOT NULL,
  system TEXT NOT NULL, system_at BIGINT NOT NULL, system_event BLOB NOT NULL,
  owner TEXT NOT NULL, owner_origin TEXT NOT NULL,
  owner_at BIGINT NOT NULL, owner_event BLOB NOT NULL,
  standing BIGINT NOT NULL, standing_at BIGINT NOT NULL, standing_event BLOB NOT NULL,
  current_version BLOB NOT NULL, current_at BIGINT NOT NULL, current_event BLOB NOT NULL,
  created BIGINT NOT NULL,
  last_version_at BIGINT NOT NULL, last_read_at BIGINT NOT NULL, last_written_at BIGINT NOT NULL,
  versions BIGINT NOT NULL, readers BIGINT NOT NULL
);
CREATE INDEX catalog_assets_name ON catalog_assets (namespace, name, id);
CREATE TABLE catalog_names (
  asset BIGINT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  PRIMARY KEY (name, namespace, asset)
);
CREATE TABLE catalog_versions (
  key BIGINT PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  created BIGINT NOT NULL,
  content BLOB NOT NULL, size BIGINT NOT NULL, row_count BIGINT NOT NULL, slice TEXT NOT NULL,
  manifest_seq BIGINT NOT NULL, facts_at BIGINT NOT NULL, facts_event BLOB NOT NULL,
  run BLOB NOT NULL, run_at BIGINT NOT NULL, run_event BLOB NOT NULL
);
CREATE TABLE catalog_runs (
  key BIGINT PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  job_namespace TEXT NOT NULL, job TEXT NOT NULL, job_at BIGINT NOT NULL, job_event BLOB NOT NULL,
  state BIGINT NOT NULL,
  state_rank BIGINT NOT NULL, state_at BIGINT NOT NULL, state_event BLOB NOT NULL,
  first_start BIGINT NOT NULL, first_seen BIGINT NOT NULL, started BIGINT NOT NULL,
  parent BLOB NOT NULL, parent_at BIGINT NOT NULL, parent_event BLOB NOT NULL
);
CREATE INDEX catalog_runs_started ON catalog_runs (started);
CREATE TABLE catalog_run_io (
  run BIGINT NOT NULL,
  mode BIGINT NOT NULL,
  asset BIGINT NOT NULL,
  version BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  times BIGINT NOT NULL,
  PRIMARY KEY (run, mode, asset, version)
);
CREATE INDEX catalog_run_io_version ON catalog_run_io (version);
CREATE TABLE catalog_readers (
  id BLOB PRIMARY KEY,
  last_at BIGINT NOT NULL
);
CREATE TABLE catalog_dependencies (
  consumer BIGINT NOT NULL,
  producer BIGINT NOT NULL,
  evidence BIGINT NOT NULL,
  first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  times BIGINT NOT NULL,
  PRIMARY KEY (consumer, producer, evidence)
);
CREATE INDEX catalog_dependencies_producer ON catalog_dependencies (producer)
)sql";

}  // namespace

std::vector<sql::Migration> catalog_migrations() {
  return {{.module = "catalog", .number = 1, .name = "log and views", .statements = kTables}};
}

std::span<const std::string_view> view_tables() {
  static constexpr std::array kViews = std::to_array<std::string_view>(
      {"catalog_assets", "catalog_names", "catalog_versions", "catalog_runs", "catalog_run_io",
       "catalog_readers", "catalog_dependencies"});
  return kViews;
}

}  // namespace solvent::catalog
