#include "net/request_reader.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "net/appetite.h"

namespace solvent::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

std::string_view view_of(beast::string_view text) {
  return {text.data(), text.size()};
}

/// Beast's parser writing straight into our message.
class Sink final : public http::basic_parser<true> {
 public:
  HttpRequest* request = nullptr;
  std::string* body = nullptr;
  std::string target;
  bool is_http_10 = false;
  Appetite appetite;  ///< for the body

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view where, int version,
                       beast::error_code&) override {
    is_http_10 = version == 10;
    request->method.assign(method.data(), method.size());
    target.assign(where.data(), where.size());
  }
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     beast::error_code&) override {
    // Trailers end up here too, long after the request was dispatched: they are dropped.
    if (body == nullptr) request->headers.add(view_of(name), view_of(value));
  }
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view piece, beast::error_code&) override {
    body->append(piece.data(), piece.size());
    return piece.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view piece,
                                 beast::error_code&) override {
    body->append(piece.data(), piece.size());
    return piece.size();
  }
  void on_finish_impl(beast::error_code&) override {}
};

}  // namespace

struct RequestReader::Parser {
  std::optional<Sink> sink;  ///< made anew for each request
};

RequestReader::RequestReader(std::size_t header_bytes_max, std::size_t header_fields_max)
    : header_bytes_max_(header_bytes_max),
      header_fields_max_(header_fields_max),
      parser_(std::make_unique<Parser>()) {}
RequestReader::~RequestReader() = default;

HeadProblem RequestReader::read_head(std::string_view head, HttpRequest& into) {
  into.method.clear();
  into.headers.clear();
  into.body.clear();
  into.captures.clear();
  into.stream = nullptr;
  if (auto problem = check_head(head, header_fields_max_)) return problem;
  auto& sink = parser_->sink.emplace();
  sink.request = &into;
  sink.eager(false);
  sink.header_limit(static_cast<std::uint32_t>(header_bytes_max_));
  sink.body_limit(boost::none);
  beast::error_code error;
  sink.put(boost::asio::buffer(head.data(), head.size()), error);
  if (error || !sink.is_header_done())
    return {error == http::error::header_limit ? 431 : 400,
            "the head is malformed: " + (error ? error.message() : std::string("incomplete"))};
  const auto expect = into.headers.find("expect");
  expects_continue_ = expect && same_name(*expect, "100-continue") && !is_http_10();
  if (expect && !same_name(*expect, "100-continue"))
    return {417, "the only expectation here is 100-continue"};
  sink.eager(true);
  return parse_target(sink.target, into.path, into.query);
}

RequestReader::Fed RequestReader::feed(std::string_view bytes, std::string& body) {
  auto& sink = *parser_->sink;
  Fed fed;
  sink.body = &body;
  while (!sink.is_done() && !bytes.empty() && sink.appetite.is_met_by(bytes.size())) {
    beast::error_code error;
    const std::size_t used = sink.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    fed.consumed += used;
    bytes.remove_prefix(used);
    const bool wants_more = error == http::error::need_more;
    sink.appetite.set(wants_more);
    if (wants_more) break;
    if (error) {
      fed.problem = {400, "the body is malformed: " + error.message()};
      break;
    }
    if (used == 0) break;
  }
  return fed;
}

bool RequestReader::done() const {
  return parser_->sink->is_done();
}
bool RequestReader::keep_alive() const {
  return parser_->sink->keep_alive();
}
bool RequestReader::is_http_10() const {
  return parser_->sink->is_http_10;
}

std::optional<std::uint64_t> RequestReader::content_length() const {
  const auto length = parser_->sink->content_length();
  if (!length) return std::nullopt;
  return *length;
}

}  // namespace solvent::net
