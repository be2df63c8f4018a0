/// The HTTP/1.1 server and client. Handlers are plain synchronous functions on a bounded worker
/// pool; big bodies run on a pool of their own; event streams are held by the connection layer and
/// cost no worker. Server is thread-safe; a Client is thread-compatible. Times are milliseconds
/// unless the name says otherwise; sizes are bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "net/message.h"

namespace solvent::net {

/// Where a handler runs.
enum class Lane : std::uint8_t {
  kOrdinary,  ///< the worker pool: reads and writes that end within about a second
  kLong,      ///< a small pool of its own, so that audits never starve reads
  kInline,    ///< on the connection's thread: only what answers from memory within microseconds
};

struct Route {
  std::string method;   ///< "GET" also answers HEAD
  std::string pattern;  ///< "/api/debts/{id}", "/assets/{path*}" (a last capture may span '/')
  std::function<HttpReply(HttpRequest&)> handle;
  bool streams_body = false;  ///< runs on the body pool and reads `stream` instead of `body`
  std::uint64_t body_bytes_max = 8u << 20;
  Lane lane = Lane::kOrdinary;
  /// With kInline: asked first, on the connection's thread; false sends the request to the worker
  /// pool after all (the answer is not at hand). Empty means always at hand.
  std::function<bool(const HttpRequest&)> at_hand;
};

/// PEM files.
struct TlsOptions {
  std::string certificate_file, key_file;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  int port = 0;             ///< 0: any free one; -1: no TCP at all
  std::string socket_path;  ///< unix socket (0600), empty: none
  std::optional<TlsOptions> tls;
  std::size_t io_threads = 1;
  std::size_t workers = 4, workers_queue_max = 256;
  std::size_t long_workers = 2, long_queue_max = 16;
  std::size_t body_workers = 4, body_queue_max = 256;
  std::size_t connections_max = 1024;
  std::size_t header_bytes_max = 32 << 10;
  std::size_t header_fields_max = 100;
  /// To the last byte of a head: of a connection's first from its acceptance, else from its first.
  std::int64_t header_timeout_ms = 10'000;
  std::int64_t idle_timeout_ms = 60'000;  ///< between requests, and for a reply nobody reads
  std::int64_t body_rate_min = 1'024;     ///< bytes a second, averaged over `body_window_ms`
  std::int64_t body_window_ms = 10'000;
  std::int64_t body_timeout_ms = 3'600'000;  ///< for one whole upload
  std::int64_t drain_timeout_ms = 10'000;
  std::int64_t event_heartbeat_ms = 15'000;  ///< a comment on quiet event streams
  std::size_t event_bytes_max = 1u << 20;    ///< unsent events of one slow listener, then it is cut
  std::size_t pipelined_max = 16;            ///< replies gathered into one write
};

/// What the server is doing right now; for /metrics.
struct ServerGauges {
  std::size_t connections = 0, event_streams = 0;
  std::size_t workers_queued = 0, long_queued = 0, body_queued = 0;
  std::uint64_t connections_total = 0, connections_shed_total = 0;
};

class Server {
 public:
  virtual ~Server() = default;
  /// The TCP port in use; -1 without TCP.
  virtual int port() const = 0;
  virtual ServerGauges gauges() const = 0;
  /// Stops accepting, finishes what is under way within the drain timeout, then closes. Returns at
  /// once; any thread.
  virtual void drain() = 0;
  /// Blocks until drained.
  virtual void wait() = 0;
};

/// Every reply passes through `observe`, on the connection's thread, after its last byte was handed
/// to the kernel or the connection broke. Views live for the call.
struct Observation {
  std::string_view method, pattern, path, request_id, peer;
  int status = 0;
  std::int64_t duration_us = 0;
  std::uint64_t bytes_out = 0;
};
using Observer = std::function<void(const Observation&)>;

/// Runs before the body is read, on the connection's thread, on every request (Host, Origin): it
/// must not block. A reply ends the request there.
using Guard = std::function<std::optional<HttpReply>(const HttpRequest&)>;

/// Routes are matched by a trie; unknown paths are 404, known ones with another method 405.
/// kInvalidArgument for a pattern that clashes, kUnavailable where the address cannot be bound.
Result<std::unique_ptr<Server>> start_server(const ServerOptions& options,
                                             std::vector<Route> routes, Guard guard,
                                             Observer observe, Log& log);

struct ClientOptions {
  std::string base;  ///< "http://host:port", "https://host" or "unix:/path/to/socket"
  std::string bearer;
  std::int64_t timeout_ms = 30'000;            ///< to connect, and between two bytes
  std::uint64_t reply_bytes_max = 256u << 20;  ///< whole replies of `send`
};
struct ClientReply {
  int status = 0;
  Headers headers;
  std::string body;
};

/// A reply whose body is pulled: pieces as they come, empty at the end. The reader borrows the
/// client, which must not be used for anything else until the body ended or the reader is gone.
struct ClientStream {
  int status = 0;
  Headers headers;
  BodyReader body;
};

/// A blocking client over TCP, TLS or a unix socket, keep-alive. A request that fails on a reused
/// connection before any byte of the reply is sent once more when its method is idempotent.
class Client {
 public:
  virtual ~Client() = default;
  virtual Result<ClientReply> send(std::string_view method, std::string_view target,
                                   const Headers& headers, std::string_view body) = 0;
  virtual Result<ClientStream> open(std::string_view method, std::string_view target,
                                    const Headers& headers, std::string_view body) = 0;
  /// The body comes from a reader, empty at its end; chunked unless a Content-Length is given.
  virtual Result<ClientReply> upload(std::string_view method, std::string_view target,
                                     const Headers& headers, const BodyReader& body) = 0;
};
Result<std::unique_ptr<Client>> open_client(const ClientOptions& options);

/// Server-sent events of a body, until its end or until `sink` returns false.
using EventSink = std::function<bool(std::string_view event, std::string_view data)>;
Result<void> read_events(const BodyReader& body, const EventSink& sink);

}  // namespace solvent::net
