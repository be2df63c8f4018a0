/// From a reply to what goes over the wire: head, framing, gzip, ranges, ETag, HEAD. Pure but for
/// the compression; knows no socket. Sizes are bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/gzip.h"
#include "net/message.h"

namespace solvent::net {

/// What the framing depends on, beside the reply.
struct WireContext {
  const HttpRequest* request = nullptr;  ///< null when the head could not be read
  std::string_view request_id;
  std::string_view date;  ///< IMF-fixdate
  bool is_http_10 = false;
  bool keep_alive = true;
};

/// Pulls the pieces of a ByteStream as they go over the wire: skipped to the range, cut at its end,
/// compressed, chunked. `next` may block; empty means that all was given.
class BodySource {
 public:
  BodySource(op::ByteStream stream, std::uint64_t skip, std::optional<std::uint64_t> limit,
             bool compress, bool chunked);
  Result<std::string> next();
  bool ended() const { return ended_; }  ///< nothing follows the piece given last

 private:
  Result<std::string> next_plain();

  op::ByteStream stream_;
  std::uint64_t skip_;
  std::optional<std::uint64_t> left_;
  std::optional<Deflater> deflater_;
  bool chunked_;
  bool started_ = false, ended_ = false;
};

struct WireReply {
  int status = 200;
  std::string head;                       ///< status line and fields, with their empty line
  std::string body;                       ///< whole body, or
  std::string_view static_body;           ///< one that lives as long as the process, or
  std::unique_ptr<BodySource> source;     ///< one that is made piece by piece, or
  std::optional<op::EventStream> events;  ///< events, each piece framed by frame_event
  bool chunked = false;
  bool keep_alive = true;
};

/// Bodies of at least this size are worth compressing.
inline constexpr std::size_t kCompressFrom = 1024;

WireReply to_wire(HttpReply reply, const WireContext& context);

/// One server-sent event, in a chunk of its own when `chunked`.
std::string frame_event(std::string_view event, std::string_view data, bool chunked);
/// A comment that keeps proxies from closing a quiet stream.
std::string frame_heartbeat(bool chunked);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// Whether gzip is acceptable by an Accept-Encoding value (RFC 9110 §12.5.3, with weights).
bool accepts_gzip(std::string_view accept_encoding);
/// Whether an If-None-Match value names the tag (weak comparison).
bool matches_etag(std::string_view if_none_match, std::string_view etag);

struct ByteRange {
  std::uint64_t first = 0, last = 0;  ///< both included
};
/// kNone: answer with the whole; kBad: 416. Several ranges at once are answered with the whole.
enum class RangeKind : std::uint8_t { kNone, kOne, kBad };
RangeKind parse_range(std::string_view value, std::uint64_t size, ByteRange& range);

}  // namespace solvent::net
