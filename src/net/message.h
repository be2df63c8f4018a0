/// HTTP messages as values: header fields, a request, a reply. Nothing here touches a socket. Not
/// thread-safe: a message belongs to one thread at a time, and is handed over whole.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "op/operation.h"

namespace solvent::net {

/// Names compare without case; a repeated name keeps every value, in order. All texts live in one
/// buffer, so that a request that reuses its Headers allocates nothing.
class Headers {
 public:
  struct Field {
    std::string_view name, value;
  };

  void set(std::string_view name, std::string_view value);  ///< replaces every value of the name
  void add(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  void clear();
  /// The first value; the view lives until the next change.
  std::optional<std::string_view> find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name).has_value(); }
  std::size_t count(std::string_view name) const;
  std::size_t size() const { return places_.size(); }
  Field at(std::size_t index) const;

 private:
  struct Place {
    std::uint32_t name, name_size, value, value_size;
  };
  std::string text_;
  std::vector<Place> places_;
};

/// ASCII case-insensitive equality.
bool same_name(std::string_view a, std::string_view b);
/// Whether a comma-separated field value (Connection, Accept-Encoding without weights) has a token.
bool has_token(std::string_view list, std::string_view token);

/// Pulls an upload piece by piece; empty at the end. kDeadlineExceeded below the minimum rate,
/// kResourceExhausted over the route's limit, kCancelled when the client is gone.
using BodyReader = std::function<Result<std::string>()>;
using Fields = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;
  std::string path;  ///< percent-decoded; segments never empty inside, ".", ".." or with '/'
  Fields query;      ///< decoded, in the order given
  Headers headers;
  std::string body;   ///< whole body of ordinary routes (content-encoding already undone)
  BodyReader stream;  ///< set instead of `body` on routes with `streams_body`
  Fields captures;    ///< of {name} in the route's pattern
  std::string peer;   ///< "127.0.0.1:5123", or "unix" for the workspace's socket
  bool over_socket = false;
  bool over_tls = false;
  std::string request_id;
  const CancelToken* cancel = nullptr;  ///< cancelled when the client is gone or the drain is over

  std::optional<std::string> query_value(std::string_view name) const;
  /// Empty when the pattern has no such capture.
  std::string_view capture(std::string_view name) const;
};

/// A static asset: bytes that live as long as the process, already gzip-compressed when said.
struct StaticBody {
  std::string_view bytes;
  bool gzip = false;
};

/// The server adds Content-Length or Transfer-Encoding, Date, X-Request-Id, Vary, Content-Encoding;
/// with an ETag field it answers If-None-Match, and Range where the size is known.
struct HttpReply {
  int status = 200;
  Headers headers;
  std::variant<std::string, StaticBody, op::ByteStream, op::EventStream> body;
};

HttpReply text_reply(int status, std::string_view content_type, std::string body);
std::string_view reason_phrase(int status);
/// {"error":{"code","message","hint","subject","request_id"}} with the status of the code.
HttpReply error_reply(const Error& error, std::string_view request_id);
/// The same where HTTP has a status of its own (405, 413, 415, 431, …).
HttpReply error_reply(int status, const Error& error, std::string_view request_id);

}  // namespace solvent::net
