#include "net/wire.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace solvent::net {
namespace {

void append_number(std::string& to, std::uint64_t value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  to.append(digits.data(), end);
}

std::string chunk(std::string_view bytes) {
  std::array<char, 24> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
  std::string out;
  out.reserve(bytes.size() + 24);
  out.append(digits.data(), end).append("\r\n").append(bytes).append("\r\n");
  return out;
}

/// A field must not smuggle another one, wherever its text came from.
void append_field(std::string& to, std::string_view name, std::string_view value) {
  to.append(name).append(": ");
  const std::size_t begin = to.size();
  to.append(value);
  for (std::size_t i = begin; i < to.size(); ++i) {
    const auto byte = static_cast<unsigned char>(to[i]);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) to[i] = ' ';
  }
  to.append("\r\n");
}

bool is_compressible(std::string_view type) {
  type = trim(type.substr(0, type.find(';')));
  if (type == "text/event-stream") return false;
  return type.starts_with("text/") || type == "application/json" || type.ends_with("+json") ||
         type == "application/javascript" || type == "application/x-ndjson" ||
         type == "image/svg+xml" || type == "application/xml";
}

std::string_view header(const WireContext& context, std::string_view name) {
  if (context.request == nullptr) return {};
  return context.request->headers.find(name).value_or(std::string_view());
}

/// What is decided while a reply becomes bytes.
struct Framing {
  std::optional<std::uint64_t> length;  ///< Content-Length
  std::string_view encoding;
  bool has_body = true;
};

void write_head(WireReply& wire, const Headers& headers, const Framing& framing,
                const WireContext& context) {
  std::string& head = wire.head;
  head.reserve(384);
  head.append(context.is_http_10 ? "HTTP/1.0 " : "HTTP/1.1 ");
  append_number(head, static_cast<std::uint64_t>(wire.status));
  head.append(" ").append(reason_phrase(wire.status)).append("\r\n");
  if (!context.date.empty()) append_field(head, "Date", context.date);
  for (std::size_t i = 0; i < headers.size(); ++i)
    append_field(head, headers.at(i).name, headers.at(i).value);
  if (!framing.encoding.empty()) append_field(head, "Content-Encoding", framing.encoding);
  if (framing.length) {
    head.append("Content-Length: ");
    append_number(head, *framing.length);
    head.append("\r\n");
  }
  if (wire.chunked) head.append("Transfer-Encoding: chunked\r\n");
  if (!context.request_id.empty()) append_field(head, "X-Request-Id", context.request_id);
  if (!wire.keep_alive)
    head.append("Connection: close\r\n");
  else if (context.is_http_10)
    head.append("Connection: keep-alive\r\n");
  head.append("\r\n");
}

std::string disposition(std::string_view file_name) {
  std::string plain;
  for (const char c : file_name) {
    const auto byte = static_cast<unsigned char>(c);
    plain.push_back(byte < 0x20 || byte >= 0x7f || c == '"' || c == '\\' ? '_' : c);
  }
  return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + percent_encode(file_name);
}

/// Applies a Range to a body of known size; empty when the whole is to be sent.
std::optional<ByteRange> choose_range(WireReply& wire, Headers& headers, const WireContext& context,
                                      std::uint64_t size) {
  if (context.request == nullptr || wire.status != 200) return std::nullopt;
  headers.set("Accept-Ranges", "bytes");
  const std::string_view wanted = header(context, "range");
  if (wanted.empty() || context.request->method != "GET") return std::nullopt;
  if (const auto if_range = context.request->headers.find("if-range"))
    if (const auto tag = headers.find("etag"); !tag || *tag != *if_range || tag->starts_with("W/"))
      return std::nullopt;
  ByteRange range;
  const RangeKind kind = parse_range(wanted, size, range);
  if (kind == RangeKind::kNone) return std::nullopt;
  if (kind == RangeKind::kBad) {
    wire.status = 416;
    headers.set("Content-Range", "bytes */" + std::to_string(size));
    return std::nullopt;
  }
  wire.status = 206;
  headers.set("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                   std::to_string(range.last) + "/" + std::to_string(size));
  return range;
}

void frame_text(WireReply& wire, Headers& headers, const WireContext& context, std::string body,
                Framing& framing) {
  const bool fits = body.size() >= kCompressFrom && !headers.has("content-encoding") &&
                    is_compressible(headers.find("content-type").value_or(""));
  if (fits) {
    headers.add("Vary", "Accept-Encoding");
    if (accepts_gzip(header(context, "accept-encoding"))) {
      body = gzip(body, 4);
      framing.encoding = "gzip";
    }
  }
  framing.length = body.size();
  wire.body = std::move(body);
}

void frame_static(WireReply& wire, Headers& headers, const WireContext& context,
                  const StaticBody& body, Framing& framing) {
  std::string_view bytes = body.bytes;
  if (body.gzip) {
    headers.add("Vary", "Accept-Encoding");
    if (accepts_gzip(header(context, "accept-encoding"))) {
      framing.encoding = "gzip";
    } else {
      // Our own bytes, compressed at build time: they always open.
      wire.body = MUST(gunzip(bytes, 1u << 30));
      bytes = wire.body;
      // Other bytes than the strong tag stands for.
      if (const auto tag = headers.find("etag"); tag && !tag->starts_with("W/"))
        headers.set("ETag", "W/" + std::string(*tag));
    }
  }
  const auto range = choose_range(wire, headers, context, bytes.size());
  if (wire.status == 416) bytes = {};
  if (range) bytes = bytes.substr(range->first, range->last - range->first + 1);
  framing.length = bytes.size();
  if (wire.body.empty())
    wire.static_body = bytes;
  else
    wire.body = std::string(bytes);
}

void frame_stream(WireReply& wire, Headers& headers, const WireContext& context,
                  op::ByteStream stream, Framing& framing) {
  if (!headers.has("content-type")) headers.set("Content-Type", stream.content_type);
  if (!stream.file_name.empty() && !headers.has("content-disposition"))
    headers.set("Content-Disposition", disposition(stream.file_name));
  std::optional<ByteRange> range;
  if (stream.size) range = choose_range(wire, headers, context, *stream.size);
  if (wire.status == 416) {
    framing.length = 0;
    return;
  }
  bool compress = false;
  if (!range && is_compressible(*headers.find("content-type")) &&
      !headers.has("content-encoding") && stream.size.value_or(kCompressFrom) >= kCompressFrom) {
    headers.add("Vary", "Accept-Encoding");
    compress = accepts_gzip(header(context, "accept-encoding"));
  }
  const std::uint64_t skip = range ? range->first : 0;
  std::optional<std::uint64_t> limit = stream.size;
  if (range) limit = range->last - range->first + 1;
  if (compress)
    framing.encoding = "gzip";
  else
    framing.length = limit;
  wire.chunked = !framing.length && !context.is_http_10;
  if (!framing.length && context.is_http_10) wire.keep_alive = false;
  if (framing.has_body)
    wire.source =
        std::make_unique<BodySource>(std::move(stream), skip, limit, compress, wire.chunked);
}

}  // namespace

WireReply to_wire(HttpReply reply, const WireContext& context) {
  WireReply wire;
  wire.status = reply.status;
  wire.keep_alive = context.keep_alive;
  Framing framing;
  const std::string_view method = context.request ? context.request->method : std::string_view();
  framing.has_body = method != "HEAD";
  const bool is_read = method == "GET" || method == "HEAD";
  const auto tag = reply.headers.find("etag");
  if (reply.status == 200 && is_read && tag &&
      matches_etag(header(context, "if-none-match"), *tag)) {
    wire.status = 304;
    reply.headers.remove("content-type");
    reply.body = std::string();
  }
  if (wire.status == 304 || wire.status == 204) {
    framing.has_body = false;
  } else if (auto* text = std::get_if<std::string>(&reply.body)) {
    frame_text(wire, reply.headers, context, std::move(*text), framing);
  } else if (auto* fixed = std::get_if<StaticBody>(&reply.body)) {
    frame_static(wire, reply.headers, context, *fixed, framing);
  } else if (auto* stream = std::get_if<op::ByteStream>(&reply.body)) {
    frame_stream(wire, reply.headers, context, std::move(*stream), framing);
  } else {
    reply.headers.set("Content-Type", "text/event-stream");
    reply.headers.set("Cache-Control", "no-store");
    wire.chunked = !context.is_http_10;
    if (context.is_http_10) wire.keep_alive = false;
    if (framing.has_body) wire.events = std::get<op::EventStream>(std::move(reply.body));
  }
  write_head(wire, reply.headers, framing, context);
  if (!framing.has_body) {
    wire.body.clear();
    wire.static_body = {};
  }
  return wire;
}

BodySource::BodySource(op::ByteStream stream, std::uint64_t skip,
                       std::optional<std::uint64_t> limit, bool compress, bool chunked)
    : stream_(std::move(stream)), skip_(skip), left_(limit), chunked_(chunked) {
  if (compress) deflater_.emplace();
}

Result<std::string> BodySource::next_plain() {
  if (!started_) {
    started_ = true;
    if (skip_ > 0 && stream_.seek) {
      TRY(stream_.seek(skip_));
      skip_ = 0;
    }
  }
  for (;;) {
    if (left_ && *left_ == 0) return std::string();
    std::string piece = TRY(stream_.next());
    if (piece.empty()) {
      if (left_ && *left_ > 0)
        return fail(Code::kDataLoss, "a body ended before the size it gave", {}, stream_.file_name);
      return piece;
    }
    if (skip_ >= piece.size()) {
      skip_ -= piece.size();
      continue;
    }
    if (skip_ > 0) piece.erase(0, static_cast<std::size_t>(skip_));
    skip_ = 0;
    if (left_) {
      if (piece.size() > *left_) piece.resize(static_cast<std::size_t>(*left_));
      *left_ -= piece.size();
    }
    return piece;
  }
}

Result<std::string> BodySource::next() {
  if (ended_) return std::string();
  for (;;) {
    std::string piece = TRY(next_plain());
    const bool is_last = piece.empty();
    if (deflater_) piece = is_last ? deflater_->finish() : deflater_->add(piece);
    std::string out;
    if (!piece.empty()) out = chunked_ ? chunk(piece) : std::move(piece);
    if (is_last) {
      ended_ = true;
      if (chunked_) out += kLastChunk;
      return out;
    }
    if (!out.empty()) return out;
  }
}

std::string frame_event(std::string_view event, std::string_view data, bool chunked) {
  std::string text;
  text.reserve(event.size() + data.size() + 24);
  if (!event.empty()) text.append("event: ").append(event).append("\n");
  // JSON on one line has no line breaks, but other data may: each line is a field of its own.
  for (std::string_view rest = data;;) {
    const std::size_t end = rest.find('\n');
    text.append("data: ").append(rest.substr(0, end)).append("\n");
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  text.append("\n");
  return chunked ? chunk(text) : text;
}

std::string frame_heartbeat(bool chunked) {
  return chunked ? chunk(":\n\n") : std::string(":\n\n");
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  bool named = false;
  bool wanted = false;
  for (const std::string_view item : split(accept_encoding, ',')) {
    const std::size_t semicolon = item.find(';');
    const std::string_view name = trim(item.substr(0, semicolon));
    double weight = 1;
    if (semicolon != std::string_view::npos) {
      std::string_view parameter = trim(item.substr(semicolon + 1));
      if (parameter.starts_with("q=") || parameter.starts_with("Q="))
        weight = parse_double(trim(parameter.substr(2))).value_or(0);
    }
    if (same_name(name, "gzip") || same_name(name, "x-gzip")) {
      named = true;
      wanted = weight > 0;
    } else if (name == "*") {
      any = weight > 0;
    }
  }
  return named ? wanted : any;
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  if (if_none_match.empty()) return false;
  if (trim(if_none_match) == "*") return true;
  const auto opaque = [](std::string_view tag) {
    tag = trim(tag);
    return tag.starts_with("W/") ? tag.substr(2) : tag;
  };
  for (const std::string_view item : split(if_none_match, ','))
    if (opaque(item) == opaque(etag)) return true;
  return false;
}

RangeKind parse_range(std::string_view value, std::uint64_t size, ByteRange& range) {
  value = trim(value);
  if (value.size() < 7 || !same_name(value.substr(0, 6), "bytes=")) return RangeKind::kNone;
  value = trim(value.substr(6));
  const std::size_t dash = value.find('-');
  if (dash == std::string_view::npos || contains(value, ",")) return RangeKind::kNone;
  const auto number = [](std::string_view text) -> std::optional<std::uint64_t> {
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return out;
  };
  const std::string_view left = trim(value.substr(0, dash));
  const std::string_view right = trim(value.substr(dash + 1));
  if (left.empty()) {  // the last n bytes
    const auto count = number(right);
    if (!count) return RangeKind::kNone;
    if (*count == 0 || size == 0) return RangeKind::kBad;
    range = {size - std::min(*count, size), size - 1};
    return RangeKind::kOne;
  }
  const auto first = number(left);
  const auto last = right.empty() ? std::optional<std::uint64_t>(UINT64_MAX) : number(right);
  if (!first || !last || *last < *first) return RangeKind::kNone;
  if (*first >= size) return RangeKind::kBad;
  range = {*first, std::min(*last, size - 1)};
  return RangeKind::kOne;
}

}  // namespace solvent::net
