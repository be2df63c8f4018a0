#include "identity/schema.h"

namespace solvent::identity {
namespace {

// `scopes` is a JSON list of globs over "namespace/name". `password` is salt, cost and scrypt hash;
// empty for principals who do not sign in. Tokens are kept as BLAKE3 of 256 random bits.
constexpr const char* kTables = R"sql(
CREATE TABLE identity_principals (
  name TEXT PRIMARY KEY,
  role BIGINT NOT NULL,
  scopes TEXT NOT NULL,
  password TEXT NOT NULL,
  created BIGINT NOT NULL
);
CREATE TABLE identity_teams (
  name TEXT PRIMARY KEY,
  created BIGINT NOT NULL
);
CREATE TABLE identity_members (
  team TEXT NOT NULL,
  principal TEXT NOT NULL,
  PRIMARY KEY (principal, team)
);
CREATE TABLE identity_tokens (
  id TEXT PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  principal TEXT NOT NULL,
  kind BIGINT NOT NULL,
  role BIGINT NOT NULL,
  scopes TEXT NOT NULL,
  note TEXT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL
);
CREATE INDEX identity_tokens_principal ON identity_tokens (principal);
CREATE TABLE identity_audit (
  id BLOB PRIMARY KEY,
  at BIGINT NOT NULL,
  principal TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  token TEXT NOT NULL,
  request TEXT NOT NULL
)
)sql";

// Who is no principal and owns something; see people.h.
constexpr const char* kPeople = R"sql(
CREATE TABLE identity_people (
  name TEXT PRIMARY KEY,
  reference TEXT NOT NULL UNIQUE
)
)sql";

}  // namespace

std::vector<sql::Migration> identity_migrations() {
  return {{.module = "identity",
           .number = 1,
           .name = "principals, tokens and audit log",
           .statements = kTables},
          {.module = "identity",
           .number = 2,
           .name = "people who are no principals",
           .statements = kPeople}};
}

}  // namespace solvent::identity
