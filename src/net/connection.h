/// One client's connection: reads requests, has them handled where they may run, writes replies in
/// order. Lives on its loop's thread; only the parts handed to workers (Exchange, BodyPipe,
/// EventChannel) are touched elsewhere, and never by two at once. Times are milliseconds.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/threads.h"
#include "net/body_pipe.h"
#include "net/event_channel.h"
#include "net/http.h"
#include "net/request_reader.h"
#include "net/router.h"
#include "net/transport.h"
#include "net/wire.h"

namespace solvent::net {

/// What every connection of a server shares. Thread-safe.
struct ServerCore {
  ServerCore(ServerOptions chosen, Router made, Guard guarded, Observer observer, Log& to,
             std::string prefix);

  const ServerOptions options;
  const Router router;
  const Guard guard;
  const Observer observe;
  Log& log;
  const std::string id_prefix;  ///< of the request ids we make
  std::atomic<std::uint64_t> next_id{1};
  std::atomic<bool> draining{false};
  std::atomic<std::size_t> event_streams{0};
  ThreadPool workers, long_workers, body_workers;
};

/// One request and its reply, handed to a worker and back whole.
struct Exchange {
  HttpRequest request;
  const Route* route = nullptr;
  std::optional<CancelToken> cancel;
  WireReply wire;
  std::string date;  ///< copied for the worker; the loop's own changes under it
  std::int64_t started_ns = 0;
  std::uint64_t bytes_out = 0;
  bool keep_alive = true, is_http_10 = false;
  bool gzip_body = false;
  bool shared = false;                ///< a worker has seen it: not reused
  std::atomic<int> upload_status{0};  ///< of the error that ended the upload
  std::shared_ptr<BodyPipe> pipe;
  std::shared_ptr<EventChannel> channel;
};

class Connection final : public TransportUser, public std::enable_shared_from_this<Connection> {
 public:
  Connection(ServerCore& core, Loop& loop, std::unique_ptr<Transport> transport,
             std::function<void(Connection&)> on_closed);
  ~Connection() override;

  void start();
  void tick();   ///< looks at the deadlines
  void drain();  ///< closes when idle, else after the reply under way
  void close();  ///< at once; cancels what is under way
  /// Answers 503 without reading, then closes: there are too many connections.
  void shed();

  void on_read(std::size_t size) override;
  void on_written(bool ok) override;

 private:
  enum class State : std::uint8_t {
    kHead,
    kBody,
    kWorking,
    kSending,
    kStreaming,
    kEvents,
    kLinger,
    kClosed
  };

  // connection.cc: reading
  void advance();
  bool take_head();
  bool begin_request(std::string_view head);
  bool begin_body();
  bool take_body();
  void pump_upload();
  void ensure_read();
  std::string_view unread() const { return {in_.data() + begin_, end_ - begin_}; }
  std::optional<std::size_t> find_head_end(bool& bad);
  void fresh_exchange();
  void fail_request(int status, const Error& error);
  void fail_upload(int status, Error error);
  void start_body_clock();
  void check_body_rate(std::int64_t now);

  // connection_reply.cc: handling and writing
  void dispatch();
  void reply(HttpReply reply);
  void on_handled();
  BodyReader make_upload_reader();
  void start_reply();
  void finish_reply();
  void send_more();
  void pull_piece();
  void on_piece(Result<std::string> piece);
  void begin_events(std::shared_ptr<EventChannel> channel);
  void pump_events();
  bool flush();
  bool write(std::string_view first, std::string_view second);
  void linger();
  void observe();
  void run_on_worker(Exchange& exchange);

  ServerCore& core_;
  Loop& loop_;
  std::unique_ptr<Transport> transport_;
  std::function<void(Connection&)> on_closed_;
  const std::string peer_;

  State state_ = State::kHead;
  std::vector<char> in_;
  std::size_t begin_ = 0, end_ = 0, scanned_ = 0;
  bool read_pending_ = false, eof_ = false;

  RequestReader reader_;
  std::shared_ptr<Exchange> exchange_;
  bool upload_open_ = false;  ///< a streaming route's body is still coming
  std::uint64_t body_bytes_ = 0;

  std::string out_;        ///< replies gathered for one write
  std::string piece_;      ///< of a stream, while it is written
  std::string_view left_;  ///< of a big body
  std::size_t gathered_ = 0;
  bool writing_ = false, pulling_ = false, pull_later_ = false, last_piece_ = false;
  bool handled_ = false;  ///< a reply is made, and waits for an earlier write

  std::int64_t since_ms_ = 0;  ///< start of the head, of the idle time, of lingering
  std::int64_t write_since_ms_ = 0;
  std::int64_t body_since_ms_ = 0, window_since_ms_ = 0, event_since_ms_ = 0;
  std::uint64_t window_bytes_ = 0;
  std::size_t lingered_ = 0;
  bool head_begun_ = true;  ///< a new connection owes us a head within the header timeout
};

}  // namespace solvent::net
