/// The inside of Identity, shared by its source files only.
#pragma once

#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "base/digest.h"
#include "identity/audit.h"
#include "identity/identity.h"

namespace solvent::identity {

enum class TokenKind : std::uint8_t { kToken = 0, kSession = 1, kOwner = 2 };

struct Identity::State {
  sql::Database& database;
  Clock& clock;
  Random& random;
  Limits limits;
  std::vector<PersonKeeper> keepers;

  /// Tokens looked up lately.
  struct Known {
    op::Caller caller;
    TimeUs expires = 0;              ///< 0: it does not end
    std::int64_t look_again_ns = 0;  ///< monotonic
  };
  std::shared_mutex known_mutex;
  std::unordered_map<Digest, Known, DigestHash> known;
  std::uint64_t generation = 0;  ///< counts revocations; an answer from before one is not kept

  /// Wrong passwords by name.
  struct Failures {
    std::int64_t count = 0;
    TimeUs wait_until = 0;
  };
  std::mutex failures_mutex;
  std::unordered_map<std::string, Failures> failures;
  std::int64_t passwords_running = 0;

  void forget_tokens();
  Result<TokenCreated> insert_token(sql::Tx& tx, const std::string& id, const std::string& secret,
                                    const std::string& principal, TokenKind kind, op::Role role,
                                    const std::vector<std::string>& scopes, const std::string& note,
                                    TimeUs now, TimeUs expires);
};

/// kPermissionDenied below admin.
Result<void> must_be_admin(const op::Caller& caller, std::string_view to_do_what);

std::string scopes_text(const std::vector<std::string>& scopes);
std::vector<std::string> scopes_from(const std::string& text);
Result<std::vector<std::string>> teams_of(sql::Tx& tx, const std::string& principal);

/// "user:…" or "service:…", NFC.
Result<std::string> principal_name(const std::string& name);
Result<void> check_scopes(const std::vector<std::string>& scopes, std::int64_t count_max);

}  // namespace solvent::identity
