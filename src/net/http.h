/// HTTP/1.1 messages, routes, server and client. Handlers are plain synchronous functions on a
/// bounded worker pool; big bodies run on a pool of their own; event streams are held by the
/// connection layer and cost no worker. Server is thread-safe; messages are values.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "op/operation.h"

namespace solvent::net {

/// Names compare without case; a repeated name keeps every value, in order.
class Headers {
 public:
  void set(std::string_view name, std::string value);
  void add(std::string_view name, std::string value);
  std::optional<std::string_view> find(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// Pulls an upload piece by piece; empty at the end. kDeadlineExceeded below the minimum rate.
using BodyReader = std::function<Result<std::string>()>;

struct HttpRequest {
  std::string method, path;  ///< path is percent-decoded per segment; never contains ".."
  std::vector<std::pair<std::string, std::string>> query;
  Headers headers;
  std::string body;     ///< whole body of ordinary routes (content-encoding already undone)
  BodyReader stream;    ///< set instead of `body` on routes with `streams_body`
  std::map<std::string, std::string> captures;  ///< of {name} in the route's pattern
  std::string peer;       ///< "127.0.0.1:5123", or "unix" for the workspace's socket
  bool over_socket = false;
  bool over_tls = false;
  std::string request_id;
  const CancelToken* cancel = nullptr;  ///< cancelled when the client is gone or the server drains
  std::optional<std::string> query_value(std::string_view name) const;
};

/// A static asset: bytes that live as long as the process, already gzip-compressed when said.
struct StaticBody {
  std::string_view bytes;
  bool gzip = false;
};

struct HttpReply {
  int status = 200;
  Headers headers;
  std::variant<std::string, StaticBody, op::ByteStream, op::EventStream> body;
};

HttpReply text_reply(int status, std::string content_type, std::string body);
/// {"error":{"code","message","hint","subject","request_id"}} with the status of the code.
HttpReply error_reply(const Error& error, std::string_view request_id);

struct Route {
  std::string method;   ///< "GET" also answers HEAD
  std::string pattern;  ///< "/api/debts/{id}", "/assets/{path*}" (a last capture may span '/')
  std::function<HttpReply(HttpRequest&)> handle;
  bool streams_body = false;             ///< big pool, no whole-body limit but `body_bytes_max`
  std::uint64_t body_bytes_max = 8u << 20;
};

struct TlsOptions {
  std::string certificate_file, key_file;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  int port = 0;                ///< 0: any free one
  std::string socket_path;     ///< unix socket (0600), empty: none
  std::optional<TlsOptions> tls;
  std::size_t io_threads = 1;
  std::size_t workers = 4, workers_queue_max = 256;
  std::size_t body_workers = 4;          ///< for streaming routes
  std::size_t connections_max = 1024;
  std::size_t header_bytes_max = 32 << 10;
  std::int64_t header_timeout_ms = 10'000;
  std::int64_t idle_timeout_ms = 60'000;
  std::int64_t body_rate_min = 1'024;    ///< bytes a second, averaged over 10 s
  std::int64_t drain_timeout_ms = 10'000;
  std::size_t pipelined_max = 16;
};

class Server {
 public:
  virtual ~Server() = default;
  virtual int port() const = 0;
  /// Stops accepting, finishes what is under way within the drain timeout, then closes.
  virtual void drain() = 0;
  /// Blocks until drained.
  virtual void wait() = 0;
};

/// Every reply passes through `observe` (method, route pattern, status, µs, bytes) for logs and
/// metrics. Routes are matched by a trie; unknown paths are 404, known ones with another method 405.
struct Observation {
  std::string_view method, pattern, path, request_id, peer;
  int status = 0;
  std::int64_t duration_us = 0;
  std::uint64_t bytes_out = 0;
};
/// Runs before routing on every request (Host, Origin, sign-in); a reply ends the request there.
using Guard = std::function<std::optional<HttpReply>(HttpRequest&)>;

Result<std::unique_ptr<Server>> start_server(const ServerOptions& options,
                                             std::vector<Route> routes, Guard guard,
                                             std::function<void(const Observation&)> observe,
                                             Log& log);

/// A blocking client over TCP or a unix socket, keep-alive. Thread-compatible.
struct ClientOptions {
  std::string base;            ///< "http://host:port" or "unix:/path/to/socket"
  std::string bearer;
  std::int64_t timeout_ms = 30'000;
};
struct ClientReply {
  int status = 0;
  Headers headers;
  std::string body;
};
class Client {
 public:
  virtual ~Client() = default;
  virtual Result<ClientReply> send(std::string_view method, std::string_view target,
                                   const Headers& headers, std::string_view body) = 0;
  /// Server-sent events until the end or until `sink` returns false.
  virtual Result<ClientReply> events(std::string_view method, std::string_view target,
                                     const Headers& headers, std::string_view body,
                                     const std::function<bool(std::string_view event,
                                                              std::string_view data)>& sink) = 0;
  /// Uploads from a reader; downloads to a sink.
  virtual Result<ClientReply> stream(std::string_view method, std::string_view target,
                                     const Headers& headers, const BodyReader& body,
                                     const std::function<Result<void>(std::string_view)>& sink) = 0;
};
Result<std::unique_ptr<Client>> open_client(const ClientOptions& options);

}  // namespace solvent::net
