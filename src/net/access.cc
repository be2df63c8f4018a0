#include "net/access.h"

#include <algorithm>

#include "base/text.h"

namespace solvent::net {
namespace {

constexpr std::size_t kKnownMax = 4096;

bool is_read(const HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
}

/// "localhost:80" and "[::1]:80" without the port.
std::string_view host_name(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return end == std::string_view::npos ? host : host.substr(0, end + 1);
  }
  return host.substr(0, host.find(':'));
}

std::string_view cookie_value(std::string_view cookies, std::string_view name) {
  for (std::string_view item : split(cookies, ';')) {
    item = trim(item);
    if (item.size() > name.size() && item.starts_with(name) && item[name.size()] == '=')
      return item.substr(name.size() + 1);
  }
  return {};
}

/// The token of a request; empty when it has none.
std::string_view token_of(const HttpRequest& request) {
  if (const auto field = request.headers.find("authorization")) {
    const std::string_view value = *field;
    if (value.size() > 7 && same_name(value.substr(0, 7), "bearer ")) return trim(value.substr(7));
    // Something else was meant as a credential: it must not pass as nobody.
    return value.empty() ? std::string_view("?") : value;
  }
  if (const auto field = request.headers.find("cookie")) return cookie_value(*field, kSessionCookie);
  return {};
}

HttpReply forbid(std::string message, std::string hint, std::string subject,
                 const HttpRequest& request) {
  return error_reply(403,
                     Error{Code::kPermissionDenied, std::move(message), std::move(hint),
                           std::move(subject)},
                     request.request_id);
}

}  // namespace

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

Result<void> may_listen(std::string_view address, bool identity_configured) {
  if (is_loopback(address) || identity_configured) return {};
  return fail(Code::kFailedPrecondition,
              "a server that others can reach needs somebody who can sign in",
              "make a token first: solvent token create, or listen on 127.0.0.1",
              std::string(address));
}

Access::Access(AccessOptions options, VerifyToken verify, Clock& clock)
    : options_(std::move(options)),
      verify_(std::move(verify)),
      clock_(clock),
      loopback_(is_loopback(options_.address)) {}

bool Access::is_own_host(std::string_view host) const {
  const std::string_view name = host_name(host);
  for (const std::string& own : options_.hosts)
    if (same_name(own, name) || same_name(own, host)) return true;
  if (loopback_)
    return same_name(name, "localhost") || name == "127.0.0.1" || name == "[::1]" ||
           name == options_.address;
  return options_.hosts.empty();
}

std::optional<HttpReply> Access::guard(const HttpRequest& request) const {
  if (request.over_socket) return std::nullopt;  // no browser reaches a unix socket
  const std::string_view host = request.headers.find("host").value_or("");
  if (!is_own_host(host))
    return forbid("this server does not go by that name",
                  "use its own address, or add the name to the setting server.hosts",
                  std::string(host), request);
  if (const auto origin = request.headers.find("origin")) {
    const std::size_t scheme = origin->find("://");
    const bool own = scheme != std::string_view::npos &&
                     (origin->substr(0, scheme) == "http" || origin->substr(0, scheme) == "https") &&
                     same_name(origin->substr(scheme + 3), host);
    if (!own)
      return forbid("another site may not ask this server", "open the page that this server serves",
                    std::string(*origin), request);
  }
  const std::string_view site = request.headers.find("sec-fetch-site").value_or("");
  if (!is_read(request) && (site == "cross-site" || site == "same-site"))
    return forbid("another site may not write here", "open the page that this server serves",
                  std::string(site), request);
  return std::nullopt;
}

std::optional<op::Caller> Access::remembered(const Digest& key) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(key);
  if (found == known_.end() || found->second.until_ns < clock_.monotonic_ns()) return std::nullopt;
  return found->second.caller;
}

bool Access::at_hand(const HttpRequest& request) {
  const std::string_view token = token_of(request);
  if (token.empty()) return true;
  const Digest key = digest_of(token);
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(key);
  // A little earlier than caller() forgets it, so that it cannot do so in between.
  return found != known_.end() && found->second.until_ns > clock_.monotonic_ns() + 50'000'000;
}

Result<op::Caller> Access::caller(const HttpRequest& request) {
  const std::string_view token = token_of(request);
  if (!token.empty()) {
    const Digest key = digest_of(token);
    auto caller = remembered(key);
    if (!caller) {
      caller = TRY(verify_(token));
      const std::lock_guard lock(mutex_);
      if (known_.size() >= kKnownMax) known_.clear();
      known_[key] = {*caller, clock_.monotonic_ns() + options_.token_cache_ms * 1'000'000};
    }
    caller->request_id = request.request_id;
    return std::move(*caller);
  }
  op::Caller caller;
  if (request.over_socket) {
    caller = op::local_owner();
  } else if (loopback_) {
    caller.principal = "anonymous";
    caller.role = options_.open_loopback ? op::Role::kEditor : op::Role::kReader;
    caller.scopes = {"*"};
  } else {
    return fail(Code::kUnauthenticated, "this server wants to know who asks",
                "send a token: solvent --token, or sign in on the page");
  }
  caller.request_id = request.request_id;
  return caller;
}

std::vector<Route> session_routes(Access& access) {
  const auto cookie = [](const HttpRequest& request, std::string_view token, bool gone) {
    std::string text = std::string(kSessionCookie) + "=" + std::string(token) +
                       "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + (gone ? "0" : "2592000");
    if (request.over_tls) text += "; Secure";
    return text;
  };
  std::vector<Route> routes;
  routes.push_back(
      {.method = "POST", .pattern = "/api/signin", .handle = [&access, cookie](HttpRequest& request) {
         const auto body = parse_json(request.body, {.depth_max = 4, .bytes_max = 4096});
         const std::string token = body ? body->text_or("token", "") : std::string();
         const bool plain = std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f && c != ';' && c != ','; });
         if (token.empty() || !plain)
           return error_reply(Error{Code::kInvalidArgument, "a token is missing",
                                    "send {\"token\": …}; solvent token create makes one", "token"},
                              request.request_id);
         const auto caller = access.verify(token);
         if (!caller) return error_reply(caller.error(), request.request_id);
         JsonObject who;
         who.emplace_back("principal", caller->principal);
         HttpReply reply = text_reply(200, "application/json", to_text(who));
         reply.headers.set("Cache-Control", "no-store");
         reply.headers.set("Set-Cookie", cookie(request, token, false));
         return reply;
       }});
  routes.push_back(
      {.method = "POST", .pattern = "/api/signout", .handle = [cookie](HttpRequest& request) {
         HttpReply reply = text_reply(200, "application/json", "{}");
         reply.headers.set("Set-Cookie", cookie(request, "", true));
         return reply;
       }});
  return routes;
}

}  // namespace solvent::net
