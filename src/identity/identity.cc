#include "identity/identity.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "identity/operations.h"
#include "identity/schema.h"
#include "identity/scopes.h"
#include "identity/secrets.h"
#include "identity/state.h"

namespace solvent::identity {
namespace {

constexpr std::size_t kFailureNamesMax = 10'000;

/// One answer for everything that is wrong with a token: it tells an attacker nothing.
Unexpected not_authenticated() {
  return fail(Code::kUnauthenticated, "this token is not valid here",
              "sign in again, or ask an administrator for a token");
}

Bytes bytes_of(const Digest& digest) {
  return {digest.bytes.begin(), digest.bytes.end()};
}

struct Found {
  op::Caller caller;
  TimeUs expires = 0;
};

/// The token's row joined with its principal's, turned into what both allow.
Result<std::optional<Found>> look_up(sql::Tx& tx, const Digest& hash) {
  const sql::Rows tokens =
      TRY(tx.query("SELECT id, hash, principal, kind, role, scopes, expires FROM identity_tokens "
                   "WHERE hash = $1",
                   {bytes_of(hash)}));
  if (tokens.size() != 1 || !same_bytes(tokens[0].blob(1), hash.view()))
    return std::optional<Found>();
  const sql::Row& token = tokens[0];
  Found found{.caller = {}, .expires = token.integer(6)};
  if (token.integer(3) == static_cast<std::int64_t>(TokenKind::kOwner)) {
    found.caller = op::local_owner();
    found.caller.token_id = token.text(0);
    return std::optional(found);
  }
  const sql::Rows principals = TRY(
      tx.query("SELECT role, scopes FROM identity_principals WHERE name = $1", {token.text(2)}));
  if (principals.size() != 1) return std::optional<Found>();
  found.caller.principal = token.text(2);
  found.caller.role = lower_role(static_cast<op::Role>(token.integer(4)),
                                 static_cast<op::Role>(principals[0].integer(0)));
  found.caller.scopes = both_allow(scopes_from(token.text(5)), scopes_from(principals[0].text(1)));
  found.caller.teams = TRY(teams_of(tx, token.text(2)));
  found.caller.token_id = token.text(0);
  return std::optional(found);
}

}  // namespace

Identity::Identity(sql::Database& database, Clock& clock, Random& random, Limits limits,
                   std::vector<PersonKeeper> keepers)
    : state_(new State{.database = database,
                       .clock = clock,
                       .random = random,
                       .limits = limits,
                       .keepers = std::move(keepers),
                       .known_mutex = {},
                       .known = {},
                       .failures_mutex = {},
                       .failures = {}}) {}
Identity::~Identity() = default;

void Identity::State::forget_tokens() {
  const std::unique_lock lock(known_mutex);
  ++generation;
  known.clear();
}

Result<op::Caller> Identity::authenticate(std::string_view bearer) {
  State& state = *state_;
  const auto hash = secret_hash(bearer);
  if (!hash) return not_authenticated();
  const TimeUs now = state.clock.now();
  std::uint64_t generation = 0;
  {
    const std::shared_lock lock(state.known_mutex);
    generation = state.generation;
    const auto at = state.known.find(*hash);
    if (at != state.known.end() && state.clock.monotonic_ns() < at->second.look_again_ns) {
      if (at->second.expires != 0 && now >= at->second.expires) return not_authenticated();
      return at->second.caller;
    }
  }
  std::optional<Found> found;
  TRY(state.database.read([&](sql::Tx& tx) -> Result<void> {
    found = TRY(look_up(tx, *hash));
    return {};
  }));
  if (!found || (found->expires != 0 && now >= found->expires)) return not_authenticated();
  const std::unique_lock lock(state.known_mutex);
  if (generation == state.generation) {
    if (std::ssize(state.known) >= state.limits.cached_tokens_max) state.known.clear();
    state.known[*hash] = {found->caller, found->expires,
                          state.clock.monotonic_ns() + state.limits.cached_us * 1'000};
  }
  return std::move(found->caller);
}

Result<bool> Identity::configured() {
  bool any = false;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    any = !TRY(tx.query("SELECT name FROM identity_principals LIMIT 1")).empty();
    return {};
  }));
  return any;
}

namespace {

/// One password check under way: takes a turn, counts as a failure until it succeeds.
class Attempt {
 public:
  Attempt(Identity::State& state, std::string name) : state_(state), name_(std::move(name)) {}
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  Result<void> begin(TimeUs now) {
    const std::lock_guard lock(state_.failures_mutex);
    const auto wait = [](TimeUs until_us) {
      return fail(
          Code::kResourceExhausted, "too many attempts to sign in",
          "wait " + std::to_string((until_us + kSecondUs - 1) / kSecondUs) + " s, then try again");
    };
    if (state_.passwords_running >= state_.limits.passwords_at_once) return wait(kSecondUs);
    auto& failures = state_.failures;
    if (failures.size() >= kFailureNamesMax && !failures.contains(name_)) {
      std::erase_if(failures, [&](const auto& entry) { return entry.second.wait_until <= now; });
      if (failures.size() >= kFailureNamesMax) return wait(kSecondUs);
    }
    auto& mine = failures[name_];
    if (mine.wait_until > now) return wait(mine.wait_until - now);
    ++mine.count;
    if (const std::int64_t over = mine.count - state_.limits.free_failures; over >= 0)
      mine.wait_until = now + std::min(state_.limits.failure_wait_max,
                                       kSecondUs << std::min<std::int64_t>(over, 20));
    ++state_.passwords_running;
    running_ = true;
    return {};
  }
  void succeeded() {
    const std::lock_guard lock(state_.failures_mutex);
    state_.failures.erase(name_);
  }
  ~Attempt() {
    if (!running_) return;
    const std::lock_guard lock(state_.failures_mutex);
    --state_.passwords_running;
  }

 private:
  Identity::State& state_;
  std::string name_;
  bool running_ = false;
};

}  // namespace

Result<TokenCreated> Identity::sign_in(const SignIn& request) {
  const auto refused = [] {
    return fail(Code::kUnauthenticated, "name or password is wrong",
                "try again, or ask an administrator to set a new password");
  };
  if (request.name.size() > 1'024 || request.password.size() > kPasswordBytesMax) return refused();
  const auto name = normalize_name(request.name, "name");
  if (!name) return refused();
  State& state = *state_;
  const TimeUs now = state.clock.now();
  Attempt attempt(state, *name);
  TRY(attempt.begin(now));
  std::string stored;
  TRY(state.database.read([&](sql::Tx& tx) -> Result<void> {
    const sql::Rows rows =
        TRY(tx.query("SELECT password FROM identity_principals WHERE name = $1", {*name}));
    if (!rows.empty()) stored = rows[0].text(0);
    return {};
  }));
  if (!TRY(password_matches(request.password, stored, state.limits.scrypt_log2_n)))
    return refused();
  const std::string secret = make_secret(state.random);
  const std::string id = make_uuid(state.clock, state.random).text();
  const AuditStamp stamp = audit_stamp(state.clock, state.random);
  op::Caller caller;
  caller.principal = *name;
  caller.token_id = id;
  TokenCreated created;
  TRY(state.database.write([&](sql::Tx& tx) -> Result<void> {
    // Whoever was removed, or given a new password, while the hash ran stays outside.
    const sql::Rows rows =
        TRY(tx.query("SELECT password FROM identity_principals WHERE name = $1", {*name}));
    if (rows.empty() || rows[0].text(0) != stored) return refused();
    // The principal's own role and scopes bound the session at every use.
    created = TRY(state.insert_token(tx, id, secret, *name, TokenKind::kSession, op::Role::kAdmin,
                                     {"*"}, "session", now, now + state.limits.session_us));
    TRY(
        tx.execute("DELETE FROM identity_tokens WHERE principal = $1 AND expires > 0 AND "
                   "expires <= $2",
                   {*name, now}));
    return audit_row(tx, stamp, caller, "signin", *name, JsonObject());
  }));
  attempt.succeeded();
  return created;
}

Result<void> Identity::sign_out(const op::Caller& caller) {
  State& state = *state_;
  const AuditStamp stamp = audit_stamp(state.clock, state.random);
  TRY(state.database.write([&](sql::Tx& tx) -> Result<void> {
    const std::int64_t gone = TRY(tx.execute(
        "DELETE FROM identity_tokens WHERE id = $1 AND principal = $2 AND kind = $3",
        {caller.token_id, caller.principal, static_cast<std::int64_t>(TokenKind::kSession)}));
    if (gone == 0)
      return fail(Code::kFailedPrecondition, "this is not a session",
                  "solvent token revoke ends a token");
    return audit_row(tx, stamp, caller, "signout", caller.principal, JsonObject());
  }));
  state.forget_tokens();
  return {};
}

Result<Who> Identity::who(const op::Caller& caller) {
  return Who{caller.principal, std::string(role_name(caller.role)), caller.scopes, caller.teams};
}

Result<TokenCreated> Identity::State::insert_token(
    sql::Tx& tx, const std::string& id, const std::string& secret, const std::string& principal,
    TokenKind kind, op::Role role, const std::vector<std::string>& scopes, const std::string& note,
    TimeUs now, TimeUs expires) {
  const auto hash = secret_hash(secret);
  ASSERT(hash.has_value());
  TRY(tx.execute(
      "INSERT INTO identity_tokens (id, hash, principal, kind, role, scopes, note, created, "
      "expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      {id, bytes_of(*hash), principal, static_cast<std::int64_t>(kind),
       static_cast<std::int64_t>(role), scopes_text(scopes), note, now, expires}));
  return TokenCreated{id, secret, expires};
}

const Specs& specs() {
  static const Specs all = {.migrations = identity_migrations(),
                            .operations = operation_specs(),
                            .settings = identity_settings()};
  return all;
}

}  // namespace solvent::identity
