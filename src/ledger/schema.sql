CREATE TABLE ledger_account (
  num BIGINT PRIMARY KEY,
  class TEXT NOT NULL,
  team TEXT NOT NULL,
  system TEXT NOT NULL,
  kind TEXT NOT NULL
);
CREATE UNIQUE INDEX ledger_account_key ON ledger_account (class, team, system, kind);
CREATE TABLE ledger_entry (
  num BIGINT PRIMARY KEY,
  kind TEXT NOT NULL,
  effective_at BIGINT NOT NULL,
  booked_at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  source TEXT NOT NULL,
  memo TEXT NOT NULL,
  reverses BIGINT
);
CREATE TABLE ledger_posting (
  num BIGINT PRIMARY KEY,
  entry BIGINT NOT NULL,
  account BIGINT NOT NULL,
  unit BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  effective_at BIGINT NOT NULL
);
CREATE INDEX ledger_posting_time ON ledger_posting (effective_at, account);
CREATE INDEX ledger_posting_entry ON ledger_posting (entry);
CREATE TABLE ledger_detail (
  num BIGINT PRIMARY KEY,
  debt BIGINT NOT NULL,
  entry BIGINT NOT NULL,
  account BIGINT NOT NULL,
  unit BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  memo TEXT NOT NULL
);
CREATE INDEX ledger_detail_debt ON ledger_detail (debt);
CREATE INDEX ledger_detail_entry ON ledger_detail (entry);
CREATE TABLE ledger_snapshot (
  at_time BIGINT NOT NULL,
  account BIGINT NOT NULL,
  unit BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (at_time, account, unit)
);
CREATE TABLE ledger_spec (
  num BIGINT PRIMARY KEY,
  digest TEXT NOT NULL,
  check_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  title TEXT NOT NULL,
  fix TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE UNIQUE INDEX ledger_spec_digest ON ledger_spec (digest);
CREATE TABLE ledger_debt (
  num BIGINT PRIMARY KEY,
  owed BIGINT NOT NULL,
  state TEXT NOT NULL,
  stale BIGINT NOT NULL,
  owner TEXT NOT NULL,
  owner_origin TEXT NOT NULL,
  system TEXT NOT NULL,
  kind TEXT NOT NULL,
  check_id TEXT NOT NULL,
  asset TEXT NOT NULL,
  subject TEXT NOT NULL,
  search TEXT NOT NULL,
  spec BIGINT NOT NULL,
  parameters TEXT NOT NULL,
  findings BIGINT NOT NULL,
  exposure BIGINT NOT NULL,
  principal_s BIGINT NOT NULL,
  principal_sd BIGINT NOT NULL,
  interest_s BIGINT NOT NULL,
  interest_sd BIGINT NOT NULL,
  payback DOUBLE PRECISION NOT NULL,
  opened BIGINT NOT NULL,
  since BIGINT NOT NULL,
  accepted_until BIGINT NOT NULL
);
CREATE UNIQUE INDEX ledger_debt_key ON ledger_debt (asset, check_id, subject);
CREATE INDEX ledger_debt_interest ON ledger_debt (owed, interest_s, num);
CREATE INDEX ledger_debt_principal ON ledger_debt (owed, principal_s, num);
CREATE INDEX ledger_debt_payback ON ledger_debt (owed, payback, num);
CREATE INDEX ledger_debt_opened ON ledger_debt (owed, opened, num);
CREATE INDEX ledger_debt_subject ON ledger_debt (owed, subject, num);
CREATE INDEX ledger_debt_owner ON ledger_debt (owed, owner, num);
CREATE INDEX ledger_debt_kind ON ledger_debt (owed, kind, num);
CREATE TABLE ledger_debt_past (
  num BIGINT NOT NULL,
  owed BIGINT NOT NULL,
  state TEXT NOT NULL,
  stale BIGINT NOT NULL,
  owner TEXT NOT NULL,
  owner_origin TEXT NOT NULL,
  system TEXT NOT NULL,
  kind TEXT NOT NULL,
  check_id TEXT NOT NULL,
  asset TEXT NOT NULL,
  subject TEXT NOT NULL,
  search TEXT NOT NULL,
  spec BIGINT NOT NULL,
  parameters TEXT NOT NULL,
  findings BIGINT NOT NULL,
  exposure BIGINT NOT NULL,
  principal_s BIGINT NOT NULL,
  principal_sd BIGINT NOT NULL,
  interest_s BIGINT NOT NULL,
  interest_sd BIGINT NOT NULL,
  payback DOUBLE PRECISION NOT NULL,
  opened BIGINT NOT NULL,
  since BIGINT NOT NULL,
  accepted_until BIGINT NOT NULL,
  until_time BIGINT NOT NULL,
  PRIMARY KEY (num, since)
);
CREATE TABLE ledger_acceptance (
  debt BIGINT PRIMARY KEY,
  accepted_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  until_time BIGINT NOT NULL
);
CREATE INDEX ledger_acceptance_until ON ledger_acceptance (until_time);
CREATE TABLE ledger_finding (
  num BIGINT PRIMARY KEY,
  debt BIGINT NOT NULL,
  state TEXT NOT NULL,
  item TEXT NOT NULL,
  message TEXT NOT NULL,
  path TEXT NOT NULL,
  line BIGINT NOT NULL,
  cell BIGINT NOT NULL,
  confidence DOUBLE PRECISION NOT NULL,
  evidence TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  context TEXT NOT NULL,
  ordinal BIGINT NOT NULL,
  digest TEXT NOT NULL,
  first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL
);
CREATE INDEX ledger_finding_debt ON ledger_finding (debt);
CREATE TABLE ledger_verdict (
  num BIGINT PRIMARY KEY,
  finding BIGINT NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL,
  given_by TEXT NOT NULL,
  given_at BIGINT NOT NULL
);
CREATE TABLE ledger_scope (
  asset TEXT NOT NULL,
  check_id TEXT NOT NULL,
  looked_at BIGINT NOT NULL,
  PRIMARY KEY (asset, check_id)
);
CREATE TABLE ledger_rate (
  num BIGINT PRIMARY KEY,
  currency TEXT NOT NULL,
  minor_per_hour BIGINT NOT NULL,
  from_time BIGINT NOT NULL,
  booked_at BIGINT NOT NULL,
  set_by TEXT NOT NULL
)
