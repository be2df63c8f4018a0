/// Who may do what: principals, teams, roles, tokens, sessions, and the audit log of all that
/// changes them. Owns the identity_ tables. Thread-safe. Tokens are 256 random bits kept as a hash;
/// passwords are kept as scrypt. Times are UTC microseconds.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/settings.h"
#include "identity/people.h"
#include "identity/types.h"
#include "op/caller.h"
#include "op/operation.h"
#include "sql/database.h"

namespace solvent::identity {

/// Each is a setting of the workspace.
struct Limits {
  std::int64_t scrypt_log2_n = 15;     ///< cost: 2^n × 1 KiB of memory for one password
  std::int64_t passwords_at_once = 2;  ///< checked at the same time; more are turned away
  std::int64_t free_failures = 5;      ///< wrong passwords of one name before it must wait
  TimeUs failure_wait_max = 15 * 60 * kSecondUs;
  TimeUs session_us = 12 * kHourUs;
  std::int64_t cached_tokens_max = 10'000;
  TimeUs cached_us = 2 * kSecondUs;  ///< how long another process's revocation may go unseen
  std::int64_t scopes_max = 100;
  std::int64_t listed_max = 10'000;  ///< principals or tokens of one list
};
/// From the `identity.*` settings; `cached_us` is the server's affair.
Limits limits_of(const Settings& settings);

class Identity {
 public:
  /// `keepers`: who else knows people by name.
  Identity(sql::Database& database, Clock& clock, Random& random, Limits limits = {},
           std::vector<PersonKeeper> keepers = {});
  ~Identity();

  /// The caller that a token or session belongs to, limited by both. kUnauthenticated for anything
  /// else, whatever is wrong with it. Usually answered from memory; a revocation in this process is
  /// seen at once. The connection layer fills in request_id.
  Result<op::Caller> authenticate(std::string_view bearer);
  /// Whether any principal is known: before that, only the loopback address is served.
  Result<bool> configured();

  /// Admin. kAlreadyExists for a known name.
  Result<Principal> add_principal(const op::Caller& caller, const PrincipalAdd& request);
  Result<PrincipalList> principals(const op::Caller& caller);
  /// Admin. Its tokens and sessions end in the same transaction.
  /// Admin. Erases the name of somebody who owns something and is no principal, here, in what acts
  /// say of it and in every keeper's tables; the reference stays. kNotFound when nobody knows it.
  Result<PersonForgotten> forget_person(const op::Caller& caller, const PersonForget& request);
  Result<PrincipalRemoved> remove_principal(const op::Caller& caller,
                                            const PrincipalRemove& request);
  Result<Team> add_team(const op::Caller& caller, const TeamAdd& request);

  /// For oneself, or by an admin for another; never more than the caller and the principal may.
  Result<TokenCreated> create_token(const op::Caller& caller, const TokenCreate& request);
  Result<TokenList> tokens(const op::Caller& caller);
  /// One's own, or any by an admin. kNotFound for another's as for none.
  Result<Token> revoke_token(const op::Caller& caller, const std::string& id);

  /// A session for the page, as a token. Takes as long for an unknown name as for a known one; one
  /// name's wrong passwords make it wait longer and longer (kResourceExhausted).
  Result<TokenCreated> sign_in(const SignIn& request);
  Result<void> sign_out(const op::Caller& caller);
  Result<Who> who(const op::Caller& caller);

  /// Admin. Newest first.
  Result<AccessLog> access_log(const op::Caller& caller, const AccessLogRequest& request);

  /// The token of the workspace's owner, in a file that only its user can read (0600): read, or
  /// made when there is none. kFailedPrecondition when others can read it.
  Result<std::string> owner_token(const std::string& path);

  struct State;  ///< inside; see state.h

 private:
  std::unique_ptr<State> state_;
};

struct Specs {
  std::vector<sql::Migration> migrations;
  std::vector<op::OperationSpec> operations;
  std::vector<Setting> settings;
};
const Specs& specs();
std::vector<op::Handler> bind(Identity& identity);

}  // namespace solvent::identity
