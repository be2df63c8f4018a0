CREATE TABLE audit_run (
  id TEXT PRIMARY KEY,
  started BIGINT NOT NULL,
  duration_us BIGINT NOT NULL,
  actor TEXT NOT NULL,
  assets TEXT NOT NULL,
  findings BIGINT NOT NULL,
  opened BIGINT NOT NULL,
  paid BIGINT NOT NULL,
  retired BIGINT NOT NULL,
  relapsed BIGINT NOT NULL,
  report TEXT NOT NULL
);
CREATE TABLE audit_look (
  audit TEXT NOT NULL,
  asset TEXT NOT NULL,
  check_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  parameters TEXT NOT NULL,
  input TEXT NOT NULL,
  examined BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  skipped BIGINT NOT NULL,
  findings BIGINT NOT NULL,
  duration_us BIGINT NOT NULL,
  cached BIGINT NOT NULL,
  problem TEXT NOT NULL,
  PRIMARY KEY (audit, asset, check_id)
);
CREATE INDEX audit_look_of ON audit_look (asset, check_id, audit);
CREATE TABLE audit_examination (
  asset TEXT NOT NULL,
  check_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  since_audit TEXT NOT NULL,
  until_audit TEXT NOT NULL,
  PRIMARY KEY (asset, check_id, subject, since_audit)
);
CREATE TABLE audit_result (
  asset TEXT NOT NULL,
  check_id TEXT NOT NULL,
  result_key TEXT NOT NULL,
  answer TEXT NOT NULL,
  PRIMARY KEY (asset, check_id)
)
