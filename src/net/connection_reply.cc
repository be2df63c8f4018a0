#include <exception>

#include "base/clock.h"
#include "net/connection.h"

namespace solvent::net {
namespace {

constexpr std::size_t kGatherBytesMax = 64u << 10;
constexpr std::size_t kCopyBodyMax = 8u << 10;   ///< smaller bodies ride behind their head
constexpr std::size_t kSliceBytes = 256u << 10;  ///< of big bodies, so that a stall shows
constexpr std::size_t kPipeBytesMax = 256u << 10;
constexpr std::size_t kInlineBodyMax = 4u << 10;

HttpReply call_handler(const Route& route, HttpRequest& request, Log& log) {
  try {
    return route.handle(request);
  } catch (const std::exception& error) {
    // Handlers return errors; what still throws is a bug of ours or memory running out.
    log.write(
        LogLevel::kError, "handler_threw",
        {{"route", route.pattern}, {"what", error.what()}, {"request_id", request.request_id}});
    return error_reply(Error{Code::kInternal, "the request failed inside the server",
                             "look for the request id in the server's log"},
                       request.request_id);
  }
}

WireContext context_of(const Exchange& exchange, std::string_view date, bool draining) {
  const bool was_read = !exchange.request.method.empty();
  return {.request = was_read ? &exchange.request : nullptr,
          .request_id = exchange.request.request_id,
          .date = date,
          .is_http_10 = exchange.is_http_10,
          .keep_alive = exchange.keep_alive && !draining};
}

/// Undoes gzip on a whole body; the reply says what is wrong with it.
std::optional<HttpReply> undo_gzip(Exchange& exchange) {
  auto plain = gunzip(exchange.request.body, exchange.route->body_bytes_max);
  if (!plain) {
    const int status = plain.error().code == Code::kResourceExhausted ? 413 : 400;
    return error_reply(status, plain.error(), exchange.request.request_id);
  }
  exchange.request.body = std::move(*plain);
  return std::nullopt;
}

}  // namespace

void Connection::dispatch() {
  Exchange& exchange = *exchange_;
  const Route& route = *exchange.route;
  state_ = State::kWorking;
  if (route.lane == Lane::kInline && !route.streams_body && !exchange.gzip_body &&
      exchange.request.body.size() <= kInlineBodyMax &&
      (!route.at_hand || route.at_hand(exchange.request)))
    return reply(call_handler(route, exchange.request, core_.log));

  exchange.shared = true;
  exchange.date = loop_.date();
  if (route.streams_body) {
    exchange.request.stream = make_upload_reader();
    if (!upload_open_) exchange.pipe->finish();
  }
  ThreadPool& pool = route.streams_body          ? core_.body_workers
                     : route.lane == Lane::kLong ? core_.long_workers
                                                 : core_.workers;
  auto self = shared_from_this();
  const auto taken = pool.submit([self, held = exchange_] { self->run_on_worker(*held); });
  if (!taken) {
    exchange.keep_alive = exchange.keep_alive && !upload_open_;
    upload_open_ = false;
    return reply(error_reply(
        503, Error{Code::kUnavailable, "the server has too much to do", "try again in a moment"},
        exchange.request.request_id));
  }
  // Replies gathered so far must not wait for this one, and a client that leaves must be noticed.
  if (flush() && !upload_open_) ensure_read();
}

BodyReader Connection::make_upload_reader() {
  std::weak_ptr<Connection> weak = weak_from_this();
  exchange_->pipe = std::make_shared<BodyPipe>(kPipeBytesMax, [weak, &loop = loop_] {
    loop.post([weak] {
      if (const auto self = weak.lock()) self->pump_upload();
    });
  });
  auto pipe = exchange_->pipe;
  if (!exchange_->gzip_body) return [pipe] { return pipe->pull(); };
  auto inflater = std::make_shared<Inflater>(exchange_->route->body_bytes_max);
  return [pipe, inflater]() -> Result<std::string> {
    for (;;) {
      const std::string piece = TRY(pipe->pull());
      if (piece.empty()) {
        TRY(inflater->finish());
        return std::string();
      }
      std::string plain = TRY(inflater->add(piece));
      if (!plain.empty()) return plain;
    }
  };
}

/// On a worker: handles, compresses, and hands the exchange back.
void Connection::run_on_worker(Exchange& exchange) {
  std::optional<HttpReply> made;
  if (exchange.gzip_body && !exchange.route->streams_body) made = undo_gzip(exchange);
  if (!made) made = call_handler(*exchange.route, exchange.request, core_.log);
  // HTTP has words of its own for an upload that was too big, too slow or malformed.
  if (const int status = exchange.upload_status; status != 0 && made->status >= 400)
    made->status = status;
  const bool draining = core_.draining.load(std::memory_order_relaxed);
  exchange.wire = to_wire(std::move(*made), context_of(exchange, exchange.date, draining));
  const auto self = shared_from_this();
  if (!exchange.wire.events) {
    loop_.post([self] { self->on_handled(); });
    return;
  }
  std::weak_ptr<Connection> weak = self;
  auto channel = std::make_shared<EventChannel>(core_.options.event_bytes_max,
                                                exchange.wire.chunked, [weak, &loop = loop_] {
                                                  loop.post([weak] {
                                                    if (const auto there = weak.lock())
                                                      there->pump_events();
                                                  });
                                                });
  const op::EventStream events = std::move(*exchange.wire.events);
  exchange.wire.events.reset();
  loop_.post([self, channel] { self->begin_events(channel); });
  // A long operation runs inside subscribe, its events leaving while it does.
  channel->keep(events.subscribe(channel->make_sink()));
}

/// A reply made on the connection's own thread.
void Connection::reply(HttpReply made) {
  if (state_ == State::kClosed) return;
  const bool draining = core_.draining.load(std::memory_order_relaxed);
  exchange_->wire = to_wire(std::move(made), context_of(*exchange_, loop_.date(), draining));
  if (exchange_->wire.events) {
    auto channel =
        std::make_shared<EventChannel>(core_.options.event_bytes_max, exchange_->wire.chunked,
                                       [weak = weak_from_this(), &loop = loop_] {
                                         loop.post([weak] {
                                           if (const auto there = weak.lock()) there->pump_events();
                                         });
                                       });
    const op::EventStream events = std::move(*exchange_->wire.events);
    exchange_->wire.events.reset();
    begin_events(channel);
    channel->keep(events.subscribe(channel->make_sink()));
    return;
  }
  start_reply();
}

void Connection::on_handled() {
  if (state_ == State::kClosed) return;
  if (writing_) {
    handled_ = true;  // replies made earlier are still on their way
    return;
  }
  start_reply();
  advance();
}

void Connection::start_reply() {
  Exchange& exchange = *exchange_;
  WireReply& wire = exchange.wire;
  if (upload_open_) {  // answered before all was read
    upload_open_ = false;
    wire.keep_alive = false;
  }
  exchange.keep_alive = wire.keep_alive;
  exchange.bytes_out = wire.head.size();
  out_ += wire.head;
  if (wire.source) {
    state_ = State::kStreaming;
    exchange.shared = true;
    last_piece_ = false;
    return pull_piece();
  }
  const std::string_view body = wire.body.empty() ? wire.static_body : std::string_view(wire.body);
  exchange.bytes_out += body.size();
  if (body.size() <= kCopyBodyMax) {
    out_ += body;
    return finish_reply();
  }
  state_ = State::kSending;
  left_ = body;
  send_more();
}

/// Writes slices of a big body until the kernel's buffer is full.
void Connection::send_more() {
  while (!left_.empty()) {
    const std::string_view slice = left_.substr(0, kSliceBytes);
    left_.remove_prefix(slice.size());
    if (!write(out_, slice)) return;
  }
  finish_reply();
}

/// The reply is complete, in the kernel's hands or gathered in out_.
void Connection::finish_reply() {
  observe();
  Exchange& exchange = *exchange_;
  exchange.pipe.reset();
  exchange.wire.source.reset();
  exchange.wire.body = std::string();
  if (exchange.request.body.capacity() > kGatherBytesMax) exchange.request.body = std::string();
  if (exchange.channel) {
    core_.event_streams.fetch_sub(1, std::memory_order_relaxed);
    exchange.channel->close();
    exchange.channel.reset();
  }
  if (!exchange.keep_alive || (eof_ && begin_ == end_)) {
    state_ = State::kLinger;
    if (flush()) linger();
    return;
  }
  state_ = State::kHead;
  since_ms_ = loop_.now_ms();
  head_begun_ = false;
  if (++gathered_ >= core_.options.pipelined_max || out_.size() >= kGatherBytesMax) flush();
}

void Connection::observe() {
  if (!core_.observe) return;
  const Exchange& exchange = *exchange_;
  const HttpRequest& request = exchange.request;
  Observation seen{
      .method = request.method,
      .pattern = exchange.route ? std::string_view(exchange.route->pattern) : std::string_view(),
      .path = request.path,
      .request_id = request.request_id,
      .peer = peer_,
      .status = exchange.wire.status,
      .duration_us = (system_clock().monotonic_ns() - exchange.started_ns) / 1000,
      .bytes_out = exchange.bytes_out};
  core_.observe(seen);
}

void Connection::pull_piece() {
  pull_later_ = false;
  pulling_ = true;
  auto self = shared_from_this();
  const auto taken = core_.workers.submit([self, held = exchange_] {
    auto piece = held->wire.source->next();
    auto shared = std::make_shared<Result<std::string>>(std::move(piece));
    self->loop_.post([self, shared] { self->on_piece(std::move(*shared)); });
  });
  if (taken) return;
  pulling_ = false;
  pull_later_ = true;  // the next tick tries again
}

void Connection::on_piece(Result<std::string> piece) {
  pulling_ = false;
  if (state_ == State::kClosed) return;
  if (!piece) {
    // The head is gone already: the only honest sign left is to break off.
    core_.log.write(LogLevel::kError, "body_failed",
                    {{"path", exchange_->request.path},
                     {"message", piece.error().message},
                     {"request_id", exchange_->request.request_id}});
    return close();
  }
  piece_ = std::move(*piece);
  exchange_->bytes_out += piece_.size();
  last_piece_ = exchange_->wire.source->ended();
  if (!write(out_, piece_)) return;
  if (!last_piece_) return pull_piece();
  finish_reply();
  advance();
}

void Connection::begin_events(std::shared_ptr<EventChannel> channel) {
  if (state_ == State::kClosed) return channel->close();
  core_.event_streams.fetch_add(1, std::memory_order_relaxed);
  Exchange& exchange = *exchange_;
  exchange.shared = true;
  exchange.channel = std::move(channel);
  exchange.keep_alive = exchange.wire.keep_alive;
  exchange.bytes_out = exchange.wire.head.size();
  state_ = State::kEvents;
  event_since_ms_ = loop_.now_ms();
  if (writing_) {  // goes out behind what is under way
    handled_ = true;
    return;
  }
  out_ += exchange.wire.head;
  if (flush()) {
    ensure_read();
    pump_events();
  }
}

void Connection::pump_events() {
  if (state_ != State::kEvents || writing_) return;
  const auto taken = exchange_->channel->take();
  exchange_->bytes_out += taken.text.size();
  if (taken.overrun) return close();
  out_ += taken.text;
  if (taken.ended) {
    if (exchange_->wire.chunked) out_ += kLastChunk;
    finish_reply();
    return advance();
  }
  if (out_.empty()) return;
  event_since_ms_ = loop_.now_ms();
  flush();
}

bool Connection::flush() {
  if (writing_) return false;
  if (out_.empty()) {
    gathered_ = 0;
    return state_ != State::kClosed;
  }
  return write(out_, {});
}

/// `first` must be out_. True when all was taken; else on_written goes on, or all is over.
bool Connection::write(std::string_view first, std::string_view second) {
  ASSERT(!writing_);
  if (first.empty() && second.empty()) return true;
  write_since_ms_ = loop_.now_ms();
  gathered_ = 0;
  switch (transport_->write(first, second, shared_from_this())) {
    case Transport::Written::kAll: out_.clear(); return true;
    case Transport::Written::kLater: writing_ = true; return false;
    case Transport::Written::kFailed: break;
  }
  out_.clear();
  close();
  return false;
}

void Connection::on_written(bool ok) {
  writing_ = false;
  out_.clear();
  if (state_ == State::kClosed) return;
  if (!ok) return close();
  if (handled_) {
    handled_ = false;
    if (state_ == State::kEvents) {
      out_ += exchange_->wire.head;
      if (flush()) {
        ensure_read();
        pump_events();
      }
      return;
    }
    start_reply();
    return advance();
  }
  switch (state_) {
    case State::kSending: send_more(); break;
    case State::kStreaming:
      if (!last_piece_) return pull_piece();
      finish_reply();
      break;
    case State::kEvents: return pump_events();
    case State::kLinger: return linger();
    case State::kWorking:
      if (upload_open_)
        pump_upload();
      else
        ensure_read();
      return;
    default: break;
  }
  advance();
}

/// Everything is written: says so, then reads on a little, so that a client that still sends gets
/// to read our reply rather than a reset.
void Connection::linger() {
  if (state_ == State::kClosed) return;
  if (eof_) return close();
  state_ = State::kLinger;
  since_ms_ = loop_.now_ms();
  lingered_ = 0;
  begin_ = end_ = read_pending_ ? end_ : 0;
  transport_->shutdown_send();
  ensure_read();
}

void Connection::shed() {
  exchange_ = std::make_shared<Exchange>();
  exchange_->cancel.emplace();
  exchange_->keep_alive = false;
  exchange_->started_ns = system_clock().monotonic_ns();
  reply(error_reply(503, Error{Code::kUnavailable, "too many connections", "try again in a moment"},
                    {}));
}

}  // namespace solvent::net
