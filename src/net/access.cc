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
  if (const auto field = request.headers.find("cookie"))
    return cookie_value(*field, kSessionCookie);
  return {};
}

HttpReply forbid(std::string message, std::string hint, std::string subject,
                 const HttpRequest& request) {
  return error_reply(
      403, Error{Code::kPermissionDenied, std::move(message), std::move(hint), std::move(subject)},
      request.request_id);
}

}  // namespace

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

Result<void> may_listen(std::string_view address, bool identity_configured) {
  if (is_loopback(address) || identity_configured) return {};
  return fail(
      Code::kFailedPrecondition, "a server that others can reach needs somebody who can sign in",
      "make a token first: solvent token create, or listen on 127.0.0.1", std::string(address));
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
    const bool own =
        scheme != std::string_view::npos &&
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

bool Access::at_hand(const HttpRequest& request) {
  const std::string_view token = token_of(request);
  if (token.empty()) return true;
  const std::lock_guard lock(mutex_);
  const auto found = seen_.find(std::hash<std::string_view>{}(token));
  return found != seen_.end() && found->second > clock_.monotonic_ns();
}

Result<op::Caller> Access::caller(const HttpRequest& request) {
  const std::string_view token = token_of(request);
  if (!token.empty()) {
    op::Caller caller = TRY(verify_(token));
    caller.request_id = request.request_id;
    // A hash is enough: a stranger that collides costs a look-up, not a permission.
    const std::lock_guard lock(mutex_);
    if (seen_.size() >= kKnownMax) seen_.clear();
    std::int64_t& until = seen_[std::hash<std::string_view>{}(token)];
    const std::int64_t now = clock_.monotonic_ns();
    if (until < now) until = now + options_.token_cache_ms * 1'000'000;
    return caller;
  }
  op::Caller caller;
  if (request.over_socket) {
    caller = op::local_owner();
  } else if (loopback_) {
    caller.principal = kAnonymous;
    caller.role = options_.open_loopback ? op::Role::kEditor : op::Role::kReader;
    caller.scopes = {"*"};
  } else {
    return fail(Code::kUnauthenticated, "this server wants to know who asks",
                "send a token: solvent --token, or sign in on the page");
  }
  caller.request_id = request.request_id;
  return caller;
}

namespace {

std::string cookie(const HttpRequest& request, std::string_view token, bool gone) {
  std::string text = std::string(kSessionCookie) + "=" + std::string(token) +
                     "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + (gone ? "0" : "43200");
  if (request.over_tls) text += "; Secure";
  return text;
}

/// The token that a sign-in asks for or comes with.
Result<std::string> token_from(const HttpRequest& request, const Sessions& sessions) {
  const std::string_view type = request.headers.find("content-type").value_or("");
  if (!same_name(trim(type.substr(0, type.find(';'))), "application/json"))
    return fail(Code::kInvalidArgument, "the body must be JSON",
                "send Content-Type: application/json", "content-type");
  const Json body = TRY(parse_json(request.body, {.depth_max = 4, .bytes_max = 16u << 10}));
  const std::string name = body.text_or("name", "");
  if (!name.empty() && sessions.sign_in)
    return sessions.sign_in(name, body.text_or("password", ""));
  std::string token = body.text_or("token", "");
  const bool plain = std::ranges::all_of(
      token, [](char c) { return c > ' ' && c < 0x7f && c != ';' && c != ',' && c != '"'; });
  if (token.empty() || !plain)
    return fail(Code::kInvalidArgument, "a token is missing",
                "send {\"token\": …}; solvent token create makes one", "token");
  return token;
}

}  // namespace

std::vector<Route> session_routes(Access& access, Sessions sessions) {
  std::vector<Route> routes;
  const auto sign_in = [&access, sessions](HttpRequest& request) {
    const auto run = [&]() -> Result<HttpReply> {
      const std::string token = TRY(token_from(request, sessions));
      const op::Caller caller = TRY(access.verify(token));
      JsonObject who;
      who.emplace_back("principal", caller.principal);
      HttpReply reply = text_reply(200, "application/json", to_text(who));
      reply.headers.set("Cache-Control", "no-store");
      reply.headers.set("Set-Cookie", cookie(request, token, false));
      return reply;
    };
    auto made = run();
    return made ? std::move(*made) : error_reply(made.error(), request.request_id);
  };
  const auto sign_out = [&access, sessions](HttpRequest& request) {
    HttpReply reply = text_reply(200, "application/json", "{}");
    // The cookie goes whatever becomes of the session behind it.
    reply.headers.set("Set-Cookie", cookie(request, "", true));
    if (const auto caller = access.caller(request);
        caller && sessions.sign_out && !caller->token_id.empty())
      if (const auto ended = sessions.sign_out(*caller); !ended)
        reply = error_reply(ended.error(), request.request_id);
    return reply;
  };
  routes.push_back(
      {.method = "POST", .pattern = "/api/signin", .handle = sign_in, .body_bytes_max = 16u << 10});
  routes.push_back({.method = "POST",
                    .pattern = "/api/signout",
                    .handle = sign_out,
                    .body_bytes_max = 16u << 10});
  return routes;
}

}  // namespace solvent::net
