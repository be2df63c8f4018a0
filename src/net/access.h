/// Who may talk to the server and as whom: Host and Origin against our own, bearer tokens, the
/// page's session cookie, the owner's socket, and what loopback may do without any of them.
/// Thread-safe.
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
#include "net/http.h"

namespace solvent::net {

struct AccessOptions {
  std::string address = "127.0.0.1";  ///< that the server listens on
  /// Host names that are ours beside the loopback ones; with none, a server on another address
  /// takes any Host, since nothing is given there without a token.
  std::vector<std::string> hosts;
  bool open_loopback = false;           ///< loopback may write without a token
  std::int64_t token_cache_ms = 2'000;  ///< after it was verified, a token is held to be at hand
};

/// The caller a bearer token stands for; kUnauthenticated when it stands for nobody. May block on a
/// token that it has not seen lately.
using VerifyToken = std::function<Result<op::Caller>(std::string_view bearer)>;

bool is_loopback(std::string_view address);
/// kFailedPrecondition for an address but loopback while nobody could sign in.
Result<void> may_listen(std::string_view address, bool identity_configured);

class Access {
 public:
  Access(AccessOptions options, VerifyToken verify, Clock& clock);

  /// Refuses what a foreign page could have sent: a Host that is not ours (DNS rebinding), an
  /// Origin other than the Host, cross-site writes. Never blocks.
  std::optional<HttpReply> guard(const HttpRequest& request) const;

  /// Bearer or cookie, else the socket's owner, else what loopback may do without.
  Result<op::Caller> caller(const HttpRequest& request);
  /// The verifier has seen this token just now and answers from memory, or is not needed.
  bool at_hand(const HttpRequest& request);
  /// Straight to the verifier, for sign-in.
  Result<op::Caller> verify(std::string_view bearer) const { return verify_(bearer); }

 private:
  bool is_own_host(std::string_view host) const;

  const AccessOptions options_;
  const VerifyToken verify_;
  Clock& clock_;
  const bool loopback_;
  std::mutex mutex_;
  std::unordered_map<std::size_t, std::int64_t> seen_;  ///< hash of a token → until, monotonic ns
};

/// The principal of everybody on loopback who shows no token.
inline constexpr std::string_view kAnonymous = "anonymous";
inline constexpr std::string_view kSessionCookie = "solvent_session";

/// How a name and a password become a token, and how that ends; either may be empty.
struct Sessions {
  std::function<Result<std::string>(const std::string& name, const std::string& password)> sign_in;
  std::function<Result<void>(const op::Caller&)> sign_out;
};

/// POST /api/signin {"token"} or {"name", "password"} sets the session cookie (HttpOnly,
/// SameSite=Strict), POST /api/signout takes it away. `access` must outlive the routes.
std::vector<Route> session_routes(Access& access, Sessions sessions = {});

}  // namespace solvent::net
