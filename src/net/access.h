/// Who may talk to the server and as whom: Host and Origin against our own, bearer tokens, the page's
/// session cookie, the owner's socket, and what loopback may do without any of them. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "net/http.h"

namespace solvent::net {

struct AccessOptions {
  std::string address = "127.0.0.1";  ///< that the server listens on
  /// Host names that are ours beside the loopback ones; with none, a server on another address takes
  /// any Host, since nothing is given there without a token.
  std::vector<std::string> hosts;
  bool open_loopback = false;   ///< loopback may write without a token
  std::int64_t token_cache_ms = 2'000;  ///< a revoked token lives at most this much longer
};

/// The caller a bearer token stands for; kUnauthenticated when it stands for nobody. May block.
using VerifyToken = std::function<Result<op::Caller>(std::string_view bearer)>;

bool is_loopback(std::string_view address);
/// kFailedPrecondition for an address but loopback while nobody could sign in.
Result<void> may_listen(std::string_view address, bool identity_configured);

class Access {
 public:
  Access(AccessOptions options, VerifyToken verify, Clock& clock);

  /// Refuses what a foreign page could have sent: a Host that is not ours (DNS rebinding), an Origin
  /// other than the Host, cross-site writes. Never blocks.
  std::optional<HttpReply> guard(const HttpRequest& request) const;

  /// Bearer or cookie, else the socket's owner, else what loopback may do without.
  Result<op::Caller> caller(const HttpRequest& request);
  /// caller() will answer without asking the verifier.
  bool at_hand(const HttpRequest& request);
  /// Straight to the verifier, for sign-in.
  Result<op::Caller> verify(std::string_view bearer) const { return verify_(bearer); }

 private:
  struct Known {
    op::Caller caller;
    std::int64_t until_ns = 0;
  };
  bool is_own_host(std::string_view host) const;
  std::optional<op::Caller> remembered(const Digest& key);

  const AccessOptions options_;
  const VerifyToken verify_;
  Clock& clock_;
  const bool loopback_;
  std::mutex mutex_;
  std::unordered_map<Digest, Known, DigestHash> known_;
};

inline constexpr std::string_view kSessionCookie = "solvent_session";

/// POST /api/signin {"token"} sets the session cookie (HttpOnly, SameSite=Strict), POST /api/signout
/// takes it away. `access` must outlive the routes.
std::vector<Route> session_routes(Access& access);

}  // namespace solvent::net
