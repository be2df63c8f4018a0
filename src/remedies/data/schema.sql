CREATE TABLE data_version (
  digest TEXT NOT NULL,
  asset_id TEXT NOT NULL,
  content TEXT NOT NULL,
  format TEXT NOT NULL,
  slice TEXT NOT NULL,
  size BIGINT NOT NULL,
  row_count BIGINT NOT NULL,
  created BIGINT NOT NULL,
  PRIMARY KEY (asset_id, digest)
);
CREATE TABLE data_profile (
  version_digest TEXT NOT NULL,
  format_version BIGINT NOT NULL,
  blob TEXT NOT NULL,
  PRIMARY KEY (version_digest, format_version)
)
