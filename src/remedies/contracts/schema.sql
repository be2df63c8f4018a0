CREATE TABLE contracts_contract (
  asset_id TEXT PRIMARY KEY,
  dataset TEXT NOT NULL,
  target TEXT NOT NULL,
  sliced_by TEXT NOT NULL,
  keys TEXT NOT NULL,
  changed BIGINT NOT NULL
)
