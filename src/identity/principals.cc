#include <algorithm>
#include <utility>

#include "base/text.h"
#include "identity/scopes.h"
#include "identity/secrets.h"
#include "identity/state.h"

namespace solvent::identity {
namespace {

constexpr std::size_t kPasswordBytesMin = 8;
constexpr std::size_t kNoteBytesMax = 256;

Result<std::string> team_name(const std::string& name, const std::string& field) {
  return normalize_name(name, field);
}

Result<void> join_team(sql::Tx& tx, const std::string& team, const std::string& principal,
                       TimeUs now) {
  TRY(
      tx.execute("INSERT INTO identity_teams (name, created) VALUES ($1, $2) "
                 "ON CONFLICT (name) DO NOTHING",
                 {team, now}));
  TRY(
      tx.execute("INSERT INTO identity_members (team, principal) VALUES ($1, $2) "
                 "ON CONFLICT (principal, team) DO NOTHING",
                 {team, principal}));
  return {};
}

Result<std::optional<Principal>> read_principal(sql::Tx& tx, const std::string& name) {
  const sql::Rows rows = TRY(tx.query(
      "SELECT role, scopes, password, created FROM identity_principals WHERE name = $1", {name}));
  if (rows.empty()) return std::optional<Principal>();
  return std::optional(
      Principal{.name = name,
                .role = std::string(role_name(static_cast<op::Role>(rows[0].integer(0)))),
                .scopes = scopes_from(rows[0].text(1)),
                .teams = TRY(teams_of(tx, name)),
                .signs_in = !rows[0].text(2).empty(),
                .created = rows[0].integer(3)});
}

Unexpected no_such_principal(const std::string& name) {
  return fail(Code::kNotFound, "no such principal: " + sanitize_utf8(name.substr(0, 200)),
              "solvent principal list shows them", "name");
}

/// Nobody hands on more than they have.
Result<void> may_give(const std::vector<std::string>& allowed, const std::string& scope) {
  if (std::ranges::any_of(allowed, [&](const auto& outer) { return covers(outer, scope); }))
    return {};
  return fail(Code::kPermissionDenied, "this scope is wider than what you may give: " + scope,
              "give narrower scopes", "scopes");
}

std::string kind_name(std::int64_t kind) {
  if (kind == static_cast<std::int64_t>(TokenKind::kSession)) return "session";
  if (kind == static_cast<std::int64_t>(TokenKind::kOwner)) return "owner";
  return "token";
}

constexpr const char* kTokenSelect =
    "SELECT id, principal, kind, role, scopes, note, created, expires FROM identity_tokens ";

Token token_from(const sql::Row& row) {
  return {.id = row.text(0),
          .principal = row.text(1),
          .kind = kind_name(row.integer(2)),
          .role = std::string(role_name(static_cast<op::Role>(row.integer(3)))),
          .note = row.text(5),
          .scopes = scopes_from(row.text(4)),
          .created = row.integer(6),
          .expires = row.integer(7)};
}

}  // namespace

Result<void> must_be_admin(const op::Caller& caller, std::string_view to_do_what) {
  if (caller.may(op::Role::kAdmin)) return {};
  return fail(Code::kPermissionDenied, std::string(to_do_what) + " needs the role admin",
              "ask an administrator", caller.principal);
}

std::string scopes_text(const std::vector<std::string>& scopes) {
  return to_text(JsonArray(scopes.begin(), scopes.end()));
}

std::vector<std::string> scopes_from(const std::string& text) {
  std::vector<std::string> scopes;
  const auto json = parse_json(text);
  if (!json || !json->is_array()) return scopes;  // a damaged row allows nothing
  for (const Json& scope : json->array())
    if (scope.is_string()) scopes.push_back(scope.string());
  return scopes;
}

Result<std::vector<std::string>> teams_of(sql::Tx& tx, const std::string& principal) {
  std::vector<std::string> teams;
  for (const sql::Row& row : TRY(tx.query(
           "SELECT team FROM identity_members WHERE principal = $1 ORDER BY team", {principal})))
    teams.push_back(row.text(0));
  return teams;
}

Result<std::string> principal_name(const std::string& name) {
  const std::string normal = TRY(normalize_name(name, "name"));
  const std::size_t colon = normal.find(':');
  const std::string kind = normal.substr(0, colon);
  if (colon == std::string::npos || colon + 1 == normal.size() ||
      (kind != "user" && kind != "service"))
    return fail(Code::kInvalidArgument, "name must start with user: or service:",
                "user:ada for a person, service:ci for a program", "name");
  return normal;
}

Result<void> check_scopes(const std::vector<std::string>& scopes, std::int64_t count_max) {
  if (std::ssize(scopes) > count_max)
    return fail(Code::kInvalidArgument, "scopes are at most " + std::to_string(count_max), {},
                "scopes");
  for (const std::string& scope : scopes) TRY(normalize_name(scope, "scopes"));
  return {};
}

Result<Principal> Identity::add_principal(const op::Caller& caller, const PrincipalAdd& request) {
  TRY(must_be_admin(caller, "adding a principal"));
  const std::string name = TRY(principal_name(request.name));
  const op::Role role = role_of(request.role);
  if (role == op::Role::kNone)
    return fail(Code::kInvalidArgument, "role must be reader, editor or admin", {}, "role");
  TRY(check_scopes(request.scopes, state_->limits.scopes_max));
  for (const std::string& scope : request.scopes) TRY(may_give(caller.scopes, scope));
  std::vector<std::string> teams;
  for (const std::string& team : request.teams) teams.push_back(TRY(team_name(team, "teams")));
  std::string password;
  if (!request.password.empty()) {
    if (request.password.size() < kPasswordBytesMin || request.password.size() > kPasswordBytesMax)
      return fail(Code::kInvalidArgument, "password has 8 to 1024 bytes", {}, "password");
    password = TRY(hash_password(request.password, state_->limits.scrypt_log2_n, state_->random));
  }
  const AuditStamp stamp = audit_stamp(state_->clock, state_->random);
  Principal added;
  TRY(state_->database.write([&](sql::Tx& tx) -> Result<void> {
    const std::int64_t inserted = TRY(tx.execute(
        "INSERT INTO identity_principals (name, role, scopes, password, created) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING",
        {name, static_cast<std::int64_t>(role), scopes_text(request.scopes), password, stamp.at}));
    if (inserted == 0)
      return fail(Code::kAlreadyExists, "this principal is known already: " + name,
                  "remove it first, then add it with its new role", "name");
    for (const std::string& team : teams) TRY(join_team(tx, team, name, stamp.at));
    added = *TRY(read_principal(tx, name));
    Json detail;
    detail.set("role", added.role);
    return audit_row(tx, stamp, caller, "principal add", name, detail);
  }));
  return added;
}

Result<PrincipalList> Identity::principals(const op::Caller& caller) {
  TRY(must_be_admin(caller, "listing principals"));
  PrincipalList list;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    list = {};
    list.total = TRY(tx.query("SELECT COUNT(*) FROM identity_principals")).at(0).integer(0);
    for (const sql::Row& row :
         TRY(tx.query("SELECT name FROM identity_principals ORDER BY name LIMIT $1",
                      {state_->limits.listed_max})))
      list.principals.push_back(*TRY(read_principal(tx, row.text(0))));
    return {};
  }));
  return list;
}

Result<PrincipalRemoved> Identity::remove_principal(const op::Caller& caller,
                                                    const PrincipalRemove& request) {
  TRY(must_be_admin(caller, "removing a principal"));
  const std::string name = TRY(principal_name(request.name));
  const AuditStamp stamp = audit_stamp(state_->clock, state_->random);
  PrincipalRemoved removed{.name = name};
  TRY(state_->database.write([&](sql::Tx& tx) -> Result<void> {
    if (!TRY(read_principal(tx, name))) return no_such_principal(name);
    const sql::Rows rows =
        TRY(tx.query("SELECT COUNT(*) FROM identity_tokens WHERE principal = $1", {name}));
    removed.tokens = rows.at(0).integer(0);
    if (request.dry_run) return {};
    TRY(tx.execute("DELETE FROM identity_tokens WHERE principal = $1", {name}));
    TRY(tx.execute("DELETE FROM identity_members WHERE principal = $1", {name}));
    TRY(tx.execute("DELETE FROM identity_principals WHERE name = $1", {name}));
    return audit_row(tx, stamp, caller, "principal remove", name, JsonObject());
  }));
  if (!request.dry_run) state_->forget_tokens();
  return removed;
}

Result<Team> Identity::add_team(const op::Caller& caller, const TeamAdd& request) {
  TRY(must_be_admin(caller, "adding a team"));
  const std::string name = TRY(team_name(request.team, "team"));
  const AuditStamp stamp = audit_stamp(state_->clock, state_->random);
  Team team;
  TRY(state_->database.write([&](sql::Tx& tx) -> Result<void> {
    team = {.team = name, .members = {}};
    TRY(
        tx.execute("INSERT INTO identity_teams (name, created) VALUES ($1, $2) "
                   "ON CONFLICT (name) DO NOTHING",
                   {name, stamp.at}));
    for (const std::string& member : request.members) {
      const std::string principal = TRY(principal_name(member));
      if (!TRY(read_principal(tx, principal))) return no_such_principal(principal);
      TRY(join_team(tx, name, principal, stamp.at));
    }
    for (const sql::Row& row : TRY(tx.query(
             "SELECT principal FROM identity_members WHERE team = $1 ORDER BY principal", {name})))
      team.members.push_back(row.text(0));
    return audit_row(tx, stamp, caller, "team add", name, JsonObject());
  }));
  state_->forget_tokens();
  return team;
}

Result<TokenCreated> Identity::create_token(const op::Caller& caller, const TokenCreate& request) {
  if (request.principal.empty() && caller.principal.starts_with("local:"))
    return fail(Code::kInvalidArgument, "say whose token it is: the owner of the disk needs none",
                "solvent principal add makes a principal", "principal");
  const std::string name =
      TRY(principal_name(request.principal.empty() ? caller.principal : request.principal));
  if (name != caller.principal) TRY(must_be_admin(caller, "making a token for another"));
  if (request.note.size() > kNoteBytesMax)
    return fail(Code::kInvalidArgument, "note has at most 256 bytes", {}, "note");
  TRY(check_scopes(request.scopes, state_->limits.scopes_max));
  op::Role role = request.role.empty() ? op::Role::kAdmin : role_of(request.role);
  if (role == op::Role::kNone)
    return fail(Code::kInvalidArgument, "role must be reader, editor or admin", {}, "role");
  role = lower_role(role, caller.role);
  const std::string secret = make_secret(state_->random);
  const std::string id = make_uuid(state_->clock, state_->random).text();
  const AuditStamp stamp = audit_stamp(state_->clock, state_->random);
  TokenCreated created;
  TRY(state_->database.write([&](sql::Tx& tx) -> Result<void> {
    const auto principal = TRY(read_principal(tx, name));
    if (!principal) return no_such_principal(name);
    const auto allowed = both_allow(principal->scopes, caller.scopes);
    const auto scopes = request.scopes.empty() ? allowed : request.scopes;
    for (const std::string& scope : scopes) TRY(may_give(allowed, scope));
    created = TRY(state_->insert_token(tx, id, secret, name, TokenKind::kToken,
                                       lower_role(role, role_of(principal->role)), scopes,
                                       request.note, stamp.at, stamp.at + request.days * kDayUs));
    Json detail;
    detail.set("token", id);
    return audit_row(tx, stamp, caller, "token create", name, detail);
  }));
  return created;
}

Result<TokenList> Identity::tokens(const op::Caller& caller) {
  const bool all = caller.may(op::Role::kAdmin);
  TokenList list;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    list = {};
    std::vector<sql::Value> params;
    if (!all) params.push_back(caller.principal);
    const std::string whose = all ? "" : "WHERE principal = $1 ";
    list.total =
        TRY(tx.query("SELECT COUNT(*) FROM identity_tokens " + whose, params)).at(0).integer(0);
    params.push_back(state_->limits.listed_max);
    for (const sql::Row& row :
         TRY(tx.query(kTokenSelect + whose + "ORDER BY created DESC, id LIMIT $" +
                          std::to_string(params.size()),
                      params)))
      list.tokens.push_back(token_from(row));
    return {};
  }));
  return list;
}

Result<Token> Identity::revoke_token(const op::Caller& caller, const std::string& id) {
  const AuditStamp stamp = audit_stamp(state_->clock, state_->random);
  Token token;
  TRY(state_->database.write([&](sql::Tx& tx) -> Result<void> {
    const auto missing = [&] {
      return fail(Code::kNotFound, "no such token: " + sanitize_utf8(id.substr(0, 100)),
                  "solvent token list shows them", "id");
    };
    if (id.find('\0') != std::string::npos || !is_valid_utf8(id)) return missing();
    const sql::Rows rows =
        TRY(tx.query(std::string(kTokenSelect) + "WHERE id = $1", std::vector<sql::Value>{id}));
    if (rows.empty()) return missing();
    token = token_from(rows[0]);
    if (!caller.may(op::Role::kAdmin) && token.principal != caller.principal) return missing();
    TRY(tx.execute("DELETE FROM identity_tokens WHERE id = $1", {id}));
    Json detail;
    detail.set("token", id);
    return audit_row(tx, stamp, caller, "token revoke", token.principal, detail);
  }));
  state_->forget_tokens();
  return token;
}

}  // namespace solvent::identity
