#include "net/connection.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/clock.h"

namespace solvent::net {
namespace {

constexpr std::size_t kFirstBuffer = 4u << 10;
constexpr std::size_t kIdleBufferMax = 16u << 10;
constexpr std::size_t kBodyBuffer = 64u << 10;
constexpr std::size_t kLingerBytesMax = 1u << 20;
constexpr std::int64_t kLingerMs = 1'000;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

ServerCore::ServerCore(ServerOptions chosen, Router made, Guard guarded, Observer observer, Log& to,
                       std::string prefix)
    : options(std::move(chosen)),
      router(std::move(made)),
      guard(std::move(guarded)),
      observe(std::move(observer)),
      log(to),
      id_prefix(std::move(prefix)),
      workers(options.workers, options.workers_queue_max),
      long_workers(options.long_workers, options.long_queue_max),
      body_workers(options.body_workers, options.body_queue_max) {}

Connection::Connection(ServerCore& core, Loop& loop, std::unique_ptr<Transport> transport,
                       std::function<void(Connection&)> on_closed)
    : core_(core),
      loop_(loop),
      transport_(std::move(transport)),
      on_closed_(std::move(on_closed)),
      peer_(transport_->peer()),
      in_(kFirstBuffer),
      reader_(core.options.header_bytes_max, core.options.header_fields_max) {}

Connection::~Connection() = default;

void Connection::start() {
  since_ms_ = loop_.now_ms();
  ensure_read();
}

void Connection::ensure_read() {
  if (read_pending_ || eof_ || state_ == State::kClosed) return;
  if (begin_ == end_) {
    begin_ = end_ = scanned_ = 0;
    // An idle connection keeps no upload's buffer.
    if (state_ == State::kHead && in_.size() > kIdleBufferMax)
      std::vector<char>(kFirstBuffer).swap(in_);
  }
  if (end_ == in_.size() && begin_ > 0) {
    std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= std::min(scanned_, begin_);
    begin_ = 0;
  }
  if (end_ == in_.size()) {
    const bool in_body = state_ == State::kBody || upload_open_;
    const std::size_t most = in_body ? std::max(kBodyBuffer, core_.options.header_bytes_max)
                                     : core_.options.header_bytes_max;
    if (in_.size() >= most) return;  // pipelined beyond the bound: read on once some is taken
    in_.resize(std::min(in_.size() * 4, most));
  }
  read_pending_ = true;
  transport_->read({in_.data() + end_, in_.size() - end_}, shared_from_this());
}

void Connection::on_read(std::size_t size) {
  read_pending_ = false;
  if (state_ == State::kClosed) return;
  if (size > 0) {
    end_ += size;
    window_bytes_ += size;
    if (state_ == State::kLinger) {
      lingered_ += size;
      begin_ = end_ = 0;
      if (lingered_ > kLingerBytesMax) return close();
      return ensure_read();
    }
    if (upload_open_) return pump_upload();
    return advance();
  }
  eof_ = true;
  switch (state_) {
    case State::kSending:
    case State::kStreaming: return;  // half-closed: it may still read
    case State::kWorking:
      exchange_->cancel->cancel();
      if (upload_open_)
        fail_upload(400, Error{Code::kCancelled, "the client left in the middle of its upload"});
      return;
    case State::kHead:
      if (writing_) return;
      return close();
    default: return close();
  }
}

void Connection::advance() {
  while (!writing_) {
    if (state_ == State::kHead) {
      if (!take_head()) return;
    } else if (state_ == State::kBody) {
      if (!take_body()) return;
    } else {
      return;
    }
  }
}

/// Offset just past the empty line; looks at each byte once, and calls a bare LF bad at once rather
/// than wait for more of a head that can never be good.
std::optional<std::size_t> Connection::find_head_end(bool& bad) {
  const char* base = in_.data();
  while (scanned_ < end_) {
    const void* hit = std::memchr(base + scanned_, '\n', end_ - scanned_);
    if (hit == nullptr) {
      scanned_ = end_;
      return std::nullopt;
    }
    const std::size_t at = static_cast<std::size_t>(static_cast<const char*>(hit) - base);
    scanned_ = at + 1;
    if (at == begin_ || base[at - 1] != '\r') {
      bad = true;
      return std::nullopt;
    }
    if (at >= begin_ + 3 && base[at - 2] == '\n') return at + 1;
  }
  return std::nullopt;
}

bool Connection::take_head() {
  // One empty line before a request is forgiven (RFC 9112 §2.2).
  if (end_ - begin_ >= 2 && in_[begin_] == '\r' && in_[begin_ + 1] == '\n') begin_ += 2;
  scanned_ = std::max(scanned_, begin_);
  if (begin_ < end_ && !head_begun_) {
    head_begun_ = true;
    since_ms_ = loop_.now_ms();
  }
  // A TLS greeting or other binary never becomes a head: no need to wait for its end.
  bool bad = begin_ < end_ && (in_[begin_] <= ' ' || in_[begin_] >= 0x7f) && in_[begin_] != '\r';
  const auto head_end = bad ? std::nullopt : find_head_end(bad);
  if (bad) {
    fresh_exchange();
    fail_request(400, Error{Code::kInvalidArgument, "a line does not end in CR LF",
                            "send HTTP/1.1 as RFC 9112 has it"});
    return true;
  }
  const std::size_t size = (head_end ? *head_end : end_) - begin_;
  if (size > core_.options.header_bytes_max ||
      (!head_end && size == core_.options.header_bytes_max)) {
    fresh_exchange();
    fail_request(431, Error{Code::kInvalidArgument, "the request's head is too large",
                            "send fewer or shorter header fields"});
    return true;
  }
  if (!head_end) {
    if (eof_) {  // what was answered so far still goes out
      state_ = State::kLinger;
      if (flush()) close();
      return false;
    }
    if (flush()) ensure_read();
    return false;
  }
  const std::string_view head(in_.data() + begin_, *head_end - begin_);
  begin_ = scanned_ = *head_end;
  return begin_request(head);
}

void Connection::fresh_exchange() {
  if (!exchange_ || exchange_->shared) exchange_ = std::make_shared<Exchange>();
  Exchange& exchange = *exchange_;
  exchange.route = nullptr;
  exchange.cancel.emplace();
  exchange.started_ns = system_clock().monotonic_ns();
  exchange.bytes_out = 0;
  exchange.keep_alive = true;
  exchange.is_http_10 = exchange.gzip_body = false;
  exchange.upload_status = 0;
  exchange.request.cancel = &*exchange.cancel;
  exchange.request.peer = peer_;
  exchange.request.over_socket = transport_->is_socket();
  exchange.request.over_tls = transport_->is_tls();
  exchange.request.path.clear();
  exchange.request.method.clear();
  exchange.request.request_id = core_.id_prefix;
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                 core_.next_id.fetch_add(1, std::memory_order_relaxed), 16);
  exchange.request.request_id.append(digits.data(), end.ptr);
}

/// True: the reply, the body or the next head is to be looked at.
bool Connection::begin_request(std::string_view head) {
  fresh_exchange();
  Exchange& exchange = *exchange_;
  HttpRequest& request = exchange.request;
  if (auto problem = reader_.read_head(head, request)) {
    fail_request(problem.status, Error{Code::kInvalidArgument, problem.message,
                                       "send HTTP/1.1 as RFC 9112 has it"});
    return true;
  }
  exchange.is_http_10 = reader_.is_http_10();
  exchange.keep_alive = reader_.keep_alive();
  if (const auto id = request.headers.find("x-request-id"); id && is_sane_request_id(*id))
    request.request_id = *id;
  body_bytes_ = 0;
  if (core_.guard) {
    if (auto refusal = core_.guard(request)) {
      exchange.keep_alive = exchange.keep_alive && reader_.done();
      reply(std::move(*refusal));
      return true;
    }
  }
  const Router::Match match = core_.router.find(request.method, request.path, request.captures);
  exchange.route = match.route;
  if (match.route != nullptr) return begin_body();
  exchange.keep_alive = exchange.keep_alive && reader_.done();
  if (match.allow.empty()) {
    reply(error_reply(
        Error{Code::kNotFound, "no such page", "/openapi.json lists every route", request.path},
        request.request_id));
  } else if (request.method == "OPTIONS") {
    HttpReply options{.status = 204, .headers = {}, .body = std::string()};
    options.headers.set("Allow", match.allow + ", OPTIONS");
    reply(std::move(options));
  } else {
    const bool known =
        has_token("GET,HEAD,POST,PUT,PATCH,DELETE,TRACE,CONNECT,QUERY", request.method);
    HttpReply refusal =
        error_reply(known ? 405 : 501,
                    Error{Code::kUnimplemented, "this path does not answer " + request.method,
                          "it answers " + match.allow, request.path},
                    request.request_id);
    refusal.headers.set("Allow", match.allow);
    reply(std::move(refusal));
  }
  return true;
}

bool Connection::begin_body() {
  Exchange& exchange = *exchange_;
  if (reader_.done()) {
    dispatch();
    return true;
  }
  if (const auto coding = exchange.request.headers.find("content-encoding");
      coding && !same_name(*coding, "identity")) {
    exchange.gzip_body = same_name(*coding, "gzip") || same_name(*coding, "x-gzip");
    if (!exchange.gzip_body) {
      fail_request(415, Error{Code::kInvalidArgument, "the body's encoding is unknown here",
                              "send it plain or as gzip", std::string(*coding)});
      return true;
    }
  }
  if (reader_.content_length().value_or(0) > exchange.route->body_bytes_max) {
    fail_request(413, Error{Code::kResourceExhausted, "the body is too large",
                            "this route takes at most " +
                                std::to_string(exchange.route->body_bytes_max) + " bytes"});
    return true;
  }
  if (reader_.expects_continue() && unread().empty()) {
    out_ += kContinue;
    if (!flush() && state_ == State::kClosed) return false;
  }
  start_body_clock();
  if (!exchange.route->streams_body) {
    state_ = State::kBody;
    return true;
  }
  upload_open_ = true;
  dispatch();
  if (upload_open_) pump_upload();
  return true;
}

void Connection::start_body_clock() {
  body_since_ms_ = window_since_ms_ = loop_.now_ms();
  window_bytes_ = 0;
}

bool Connection::take_body() {
  Exchange& exchange = *exchange_;
  const auto fed = reader_.feed(unread(), exchange.request.body);
  begin_ += fed.consumed;
  scanned_ = begin_;
  if (fed.problem) {
    fail_request(fed.problem.status, Error{Code::kInvalidArgument, fed.problem.message,
                                           "send the body as its framing says"});
    return true;
  }
  if (exchange.request.body.size() > exchange.route->body_bytes_max) {
    fail_request(413, Error{Code::kResourceExhausted, "the body is too large",
                            "this route takes at most " +
                                std::to_string(exchange.route->body_bytes_max) + " bytes"});
    return true;
  }
  if (reader_.done()) {
    dispatch();
    return true;
  }
  if (fed.consumed == 0 && end_ - begin_ >= kBodyBuffer) {
    fail_request(400, Error{Code::kInvalidArgument, "a chunk's header or trailer is too large",
                            "send chunks without extensions"});
    return true;
  }
  ensure_read();
  return false;
}

/// Moves what has come in of a streaming route's body into its pipe.
void Connection::pump_upload() {
  if (!upload_open_ || read_pending_) return;
  Exchange& exchange = *exchange_;
  while (!unread().empty() && !reader_.done()) {
    std::string piece;
    const auto fed = reader_.feed(unread(), piece);
    begin_ += fed.consumed;
    scanned_ = begin_;
    body_bytes_ += piece.size();
    exchange.pipe->push(std::move(piece));
    if (fed.problem)
      return fail_upload(400, Error{Code::kInvalidArgument, fed.problem.message,
                                    "send the body as its framing says"});
    if (body_bytes_ > exchange.route->body_bytes_max)
      return fail_upload(413, Error{Code::kResourceExhausted, "the body is too large",
                                    "this route takes at most " +
                                        std::to_string(exchange.route->body_bytes_max) + " bytes"});
    if (fed.consumed == 0) break;
  }
  if (reader_.done()) {
    upload_open_ = false;
    exchange.pipe->finish();
    return ensure_read();
  }
  if (end_ - begin_ >= kBodyBuffer)
    return fail_upload(400, Error{Code::kInvalidArgument, "a chunk's header is too large",
                                  "send chunks without extensions"});
  if (!exchange.pipe->full()) ensure_read();
}

/// The handler learns of it from its reader and makes the reply; nothing more is read.
void Connection::fail_upload(int status, Error error) {
  upload_open_ = false;
  exchange_->upload_status = status;
  exchange_->keep_alive = false;
  exchange_->pipe->fail_with(std::move(error));
}

void Connection::fail_request(int status, const Error& error) {
  exchange_->keep_alive = false;
  const std::string id = exchange_->request.request_id;
  reply(error_reply(status, error, id));
}

void Connection::check_body_rate(std::int64_t now) {
  const ServerOptions& options = core_.options;
  const bool whole = state_ == State::kBody;
  // A handler that is slow to read is not the client's fault.
  if (!whole && !exchange_->pipe->waiting()) {
    window_since_ms_ = now;
    window_bytes_ = 0;
  }
  const bool late = now - body_since_ms_ > options.body_timeout_ms;
  bool slow = false;
  if (now - window_since_ms_ >= options.body_window_ms) {
    const auto bytes = static_cast<std::int64_t>(window_bytes_);
    slow = bytes * 1000 < options.body_rate_min * (now - window_since_ms_);
    window_since_ms_ = now;
    window_bytes_ = 0;
  }
  if (!late && !slow) return;
  Error error{Code::kDeadlineExceeded, late ? "the upload took too long" : "the upload is too slow",
              "send it again over a better line, or in smaller parts"};
  if (whole) return fail_request(408, error);
  fail_upload(408, std::move(error));
}

void Connection::tick() {
  const std::int64_t now = loop_.now_ms();
  const ServerOptions& options = core_.options;
  if (writing_) {
    if (now - write_since_ms_ > options.idle_timeout_ms) close();
    return;
  }
  switch (state_) {
    case State::kHead:
      if (now - since_ms_ <= (head_begun_ ? options.header_timeout_ms : options.idle_timeout_ms))
        return;
      if (begin_ == end_) return close();
      fresh_exchange();
      return fail_request(408, Error{Code::kDeadlineExceeded, "the request's head came too slowly",
                                     "send it again"});
    case State::kBody: return check_body_rate(now);
    case State::kWorking:
      if (upload_open_) check_body_rate(now);
      return;
    case State::kStreaming:
      if (pull_later_) pull_piece();
      return;
    case State::kEvents:
      if (now - event_since_ms_ < options.event_heartbeat_ms) return;
      event_since_ms_ = now;
      out_ += frame_heartbeat(exchange_->wire.chunked);
      flush();
      return;
    case State::kLinger:
      if (now - since_ms_ > kLingerMs) close();
      return;
    default: return;
  }
}

void Connection::drain() {
  if (state_ == State::kHead && begin_ == end_ && !writing_) return close();
  if (state_ == State::kEvents) close();
}

void Connection::close() {
  if (state_ == State::kClosed) return;
  const State before = state_;
  state_ = State::kClosed;
  if (exchange_) {
    if (before == State::kSending || before == State::kStreaming || before == State::kEvents)
      observe();
    if (exchange_->cancel) exchange_->cancel->cancel();
    if (exchange_->pipe) exchange_->pipe->fail_with(Error{Code::kCancelled, "the client is gone"});
    if (exchange_->channel) {
      core_.event_streams.fetch_sub(1, std::memory_order_relaxed);
      exchange_->channel->close();
      exchange_->channel.reset();
    }
  }
  transport_->close();
  on_closed_(*this);
}

}  // namespace solvent::net
