#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>

#include "base/text.h"
#include "net/appetite.h"
#include "net/client_socket.h"
#include "net/gzip.h"
#include "net/http.h"

namespace solvent::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t kHeadMax = 256u << 10;

/// Beast's parser, giving out head and body pieces as they come.
class ReplyParser final : public http::basic_parser<false> {
 public:
  ReplyParser() {
    header_limit(static_cast<std::uint32_t>(kHeadMax));
    body_limit(boost::none);
    eager(true);
  }
  int status = 0;
  Headers headers;
  std::string body;  ///< taken away by the reader
  Appetite appetite;

 private:
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int,
                       beast::error_code&) override {}
  void on_response_impl(int code, beast::string_view, int, beast::error_code&) override {
    status = code;
  }
  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     beast::error_code&) override {
    if (!head_done_) headers.add({name.data(), name.size()}, {value.data(), value.size()});
  }
  void on_header_impl(beast::error_code&) override { head_done_ = true; }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view piece, beast::error_code&) override {
    body.append(piece.data(), piece.size());
    return piece.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view piece,
                                 beast::error_code&) override {
    body.append(piece.data(), piece.size());
    return piece.size();
  }
  void on_finish_impl(beast::error_code&) override {}
  bool head_done_ = false;
};

/// Lines of an event stream to events (WHATWG HTML §9.2.6): CR LF or LF, comments dropped.
class EventLines {
 public:
  explicit EventLines(const EventSink& sink) : sink_(sink) {}

  bool add(std::string_view bytes) {
    pending_ += bytes;
    std::size_t at = 0;
    for (;;) {
      const std::size_t end = pending_.find('\n', at);
      if (end == std::string::npos) break;
      std::string_view line = std::string_view(pending_).substr(at, end - at);
      if (line.ends_with('\r')) line.remove_suffix(1);
      at = end + 1;
      if (!take(line)) return false;
    }
    pending_.erase(0, at);
    return true;
  }

 private:
  bool take(std::string_view line) {
    if (line.empty()) {
      const bool some = has_data_;
      std::string event = std::exchange(event_, {});
      std::string data = std::exchange(data_, {});
      has_data_ = false;
      return !some || sink_(event.empty() ? "message" : event, data);
    }
    const std::size_t colon = line.find(':');
    if (colon == 0) return true;
    const std::string_view field = line.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "event") event_ = value;
    if (field == "data") {
      if (has_data_) data_ += '\n';
      data_ += value;
      has_data_ = true;
    }
    return true;
  }

  const EventSink& sink_;
  std::string pending_, event_, data_;
  bool has_data_ = false;
};

bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" ||
         method == "OPTIONS";
}

/// What has come in of one reply.
struct Incoming {
  std::optional<ReplyParser> parser;
  std::string pending;
  std::optional<Inflater> inflater;
};

class HttpClient final : public Client {
 public:
  HttpClient(ClientOptions options, Endpoint to)
      : options_(std::move(options)), to_(std::move(to)) {}

  Result<ClientReply> send(std::string_view method, std::string_view target, const Headers& headers,
                           std::string_view body) override {
    return whole(TRY(exchange({method, target, headers, body, nullptr})));
  }

  Result<ClientStream> open(std::string_view method, std::string_view target,
                            const Headers& headers, std::string_view body) override {
    return exchange({method, target, headers, body, nullptr});
  }

  Result<ClientReply> upload(std::string_view method, std::string_view target,
                             const Headers& headers, const BodyReader& body) override {
    return whole(TRY(exchange({method, target, headers, {}, &body})));
  }

 private:
  struct Outgoing {
    std::string_view method, target;
    const Headers& headers;
    std::string_view body;
    const BodyReader* reader;
  };

  Result<ClientReply> whole(ClientStream stream) const {
    ClientReply reply{stream.status, std::move(stream.headers), {}};
    for (;;) {
      const std::string piece = TRY(stream.body());
      if (piece.empty()) return reply;
      reply.body += piece;
      if (reply.body.size() > options_.reply_bytes_max)
        return fail(Code::kResourceExhausted, "the reply is too large", "ask for less at once");
    }
  }

  std::string head_of(const Outgoing& out) const {
    std::string head(out.method);
    head.append(" ").append(to_.prefix).append(out.target).append(" HTTP/1.1\r\nHost: ");
    head.append(to_.authority).append("\r\n");
    if (!options_.bearer.empty() && !out.headers.has("authorization"))
      head.append("Authorization: Bearer ").append(options_.bearer).append("\r\n");
    if (!out.headers.has("accept-encoding")) head.append("Accept-Encoding: gzip\r\n");
    for (std::size_t i = 0; i < out.headers.size(); ++i)
      head.append(out.headers.at(i).name)
          .append(": ")
          .append(out.headers.at(i).value)
          .append("\r\n");
    if (out.reader != nullptr) {
      if (!out.headers.has("content-length")) head.append("Transfer-Encoding: chunked\r\n");
    } else if (!out.body.empty() || out.method == "POST" || out.method == "PUT") {
      head.append("Content-Length: ").append(std::to_string(out.body.size())).append("\r\n");
    }
    return head.append("\r\n");
  }

  /// False: the server answered or closed before all was sent, and its reply says why.
  Result<bool> write_request(const Outgoing& out) {
    std::string head = head_of(out);
    if (head.find('\0') != std::string::npos)
      return fail(Code::kInvalidArgument, "a request field has a NUL");
    if (out.reader == nullptr) {
      head += out.body;
      TRY(socket_->write(head, options_.timeout_ms));
      return true;
    }
    TRY(socket_->write(head, options_.timeout_ms));
    const bool chunked = !out.headers.has("content-length");
    for (;;) {
      const std::string piece = TRY((*out.reader)());
      if (piece.empty()) break;
      if (socket_->stale()) return false;
      std::string framed;
      if (chunked) {
        std::array<char, 20> digits;
        const auto end =
            std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
        framed.append(digits.data(), end).append("\r\n").append(piece).append("\r\n");
      }
      if (!socket_->write(chunked ? framed : piece, options_.timeout_ms)) return false;
    }
    if (chunked) TRY(socket_->write("0\r\n\r\n", options_.timeout_ms));
    return true;
  }

  Result<ClientStream> exchange(const Outgoing& out) {
    // A body that nobody read to its end leaves the connection of no use.
    if (socket_ && (reading_ || socket_->stale())) socket_.reset();
    const bool reused = socket_ != nullptr;
    bool answered = false;
    auto reply = attempt(out, answered);
    if (reply || !reused || answered || out.reader != nullptr || !is_idempotent(out.method))
      return reply;
    return attempt(out, answered);
  }

  Result<ClientStream> attempt(const Outgoing& out, bool& answered) {
    reading_ = false;
    if (!socket_) socket_ = TRY(ClientSocket::connect(to_, options_.timeout_ms));
    auto reply = talk(out, answered);
    if (!reply) socket_.reset();
    return reply;
  }

  Result<ClientStream> talk(const Outgoing& out, bool& answered) {
    const bool all_sent = TRY(write_request(out));
    auto in = std::make_shared<Incoming>();
    for (;;) {  // interim replies come first
      in->parser.emplace();
      if (out.method == "HEAD") in->parser->skip(true);
      TRY(read_head(*in, answered));
      if (in->parser->status >= 200) break;
      if (in->parser->status == 101)
        return fail(Code::kUnimplemented, "the server changed the protocol unasked");
    }
    ClientStream stream{in->parser->status, in->parser->headers, nullptr};
    const auto coding = stream.headers.find("content-encoding");
    if (coding && same_name(*coding, "gzip")) in->inflater.emplace(UINT64_MAX);
    reading_ = true;
    stream.body = [this, in, all_sent]() -> Result<std::string> {
      auto piece = next_piece(*in);
      if (!piece) {
        socket_.reset();
      } else if (piece->empty()) {
        reading_ = false;
        if (!all_sent || !in->parser->keep_alive() || !in->pending.empty()) socket_.reset();
      }
      return piece;
    };
    return stream;
  }

  Result<void> read_head(Incoming& in, bool& answered) {
    while (!in.parser->is_header_done()) {
      if (!in.pending.empty() && TRY(feed(in))) continue;
      if (in.pending.size() > kHeadMax)
        return fail(Code::kResourceExhausted, "the reply's head is too large");
      const std::string_view more = TRY(socket_->read(options_.timeout_ms));
      if (more.empty())
        return fail(Code::kUnavailable, "the server closed the connection without a reply",
                    "try again");
      answered = true;
      in.pending += more;
    }
    return {};
  }

  /// Feeds what is pending; false when the parser needs more to go on.
  static Result<bool> feed(Incoming& in) {
    if (in.parser->is_done() || !in.parser->appetite.is_met_by(in.pending.size())) return false;
    beast::error_code error;
    const std::size_t used = in.parser->put(boost::asio::buffer(in.pending), error);
    in.pending.erase(0, used);
    in.parser->appetite.set(error == http::error::need_more);
    if (error && error != http::error::need_more)
      return fail(Code::kUnavailable, "the server's reply is malformed: " + error.message(),
                  "check that the address is a Solvent server's");
    return used > 0;
  }

  /// Empty at the end.
  Result<std::string> next_piece(Incoming& in) {
    for (;;) {
      std::string piece = std::exchange(in.parser->body, {});
      if (in.inflater && !piece.empty()) piece = TRY(in.inflater->add(piece));
      if (!piece.empty()) return piece;
      if (in.parser->is_done()) return piece;
      if (!in.pending.empty() && TRY(feed(in))) continue;
      if (!socket_) return fail(Code::kUnavailable, "the connection is gone", "try again");
      const std::string_view more = TRY(socket_->read(options_.timeout_ms));
      if (!more.empty()) {
        in.pending += more;
        continue;
      }
      beast::error_code error;
      in.parser->put_eof(error);
      if (error)
        return fail(Code::kUnavailable, "the server broke off in the middle of its reply",
                    "look for the request in the server's log, then try again");
    }
  }

  const ClientOptions options_;
  const Endpoint to_;
  std::unique_ptr<ClientSocket> socket_;
  bool reading_ = false;  ///< a reply's body is not at its end
};

}  // namespace

Result<void> read_events(const BodyReader& body, const EventSink& sink) {
  EventLines lines(sink);
  for (;;) {
    const std::string piece = TRY(body());
    if (piece.empty() || !lines.add(piece)) return {};
  }
}

Result<std::unique_ptr<Client>> open_client(const ClientOptions& options) {
  Endpoint to = TRY(parse_endpoint(options.base));
  return std::make_unique<HttpClient>(options, std::move(to));
}

}  // namespace solvent::net
