// The request path over foreign bytes: head checks, Beast's parser behind them, target, router,
// ranges, tags, and bodies however they are cut. What is accepted must keep what the headers
// promise.
#include <cstdint>
#include <string>
#include <string_view>

#include "net/gzip.h"
#include "net/head.h"
#include "net/request_reader.h"
#include "net/router.h"
#include "net/wire.h"

namespace {

using namespace solvent;
using namespace solvent::net;

const Router& router() {
  static const Router made = MUST(Router::create({
      {.method = "GET", .pattern = "/"},
      {.method = "GET", .pattern = "/api/debts/{id}"},
      {.method = "POST", .pattern = "/api/debts/{id}/accept"},
      {.method = "PUT", .pattern = "/api/uploads/{upload}/{digest}"},
      {.method = "GET", .pattern = "/{path*}"},
  }));
  return made;
}

void check_path(const std::string& path) {
  ASSERT(path.starts_with('/'));
  ASSERT(path.find('\0') == std::string::npos);
  ASSERT(path.find("//") == std::string::npos);
  ASSERT((path + "/").find("/../") == std::string::npos);
}

/// Feeds the body in pieces whose sizes come from `seed`; whatever the cuts, the bytes are the
/// same.
std::string read_body(RequestReader& reader, std::string_view rest, std::uint8_t seed, bool& fine) {
  std::string body, pending;
  std::size_t at = 0;
  while (!reader.done() && fine) {
    const std::size_t take = std::min<std::size_t>(rest.size() - at, 1 + seed % 61);
    pending.append(rest.substr(at, take));
    at += take;
    const auto fed = reader.feed(pending, body);
    fine = !fed.problem;
    pending.erase(0, fed.consumed);
    if (take == 0 && fed.consumed == 0) break;
  }
  return body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint8_t seed = data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    std::string path;
    Fields query;
    if (!parse_target(text, path, query)) check_path(path);
    ByteRange range;
    if (parse_range(text, 1000, range) == RangeKind::kOne)
      ASSERT(range.first <= range.last && range.last < 1000);
    (void)accepts_gzip(text);
    (void)matches_etag(text, "\"x\"");
    (void)gunzip(text, 1 << 16);
    return 0;
  }
  const std::string_view head = text.substr(0, end + 4);
  const std::string_view rest = text.substr(end + 4);
  RequestReader reader(32 << 10, 100);
  HttpRequest request;
  if (reader.read_head(head, request)) return 0;
  check_path(request.path);
  ASSERT(request.headers.count("content-length") <= 1);
  ASSERT(!(request.headers.has("content-length") && request.headers.has("transfer-encoding")));
  (void)router().find(request.method, request.path, request.captures);
  bool fine = true, whole_fine = true;
  const std::string cut = read_body(reader, rest, seed, fine);
  RequestReader again(32 << 10, 100);
  HttpRequest same;
  ASSERT(!again.read_head(head, same));
  const std::string whole = read_body(again, rest, 60, whole_fine);
  if (reader.done() && again.done()) ASSERT(cut == whole);
  if (const auto length = reader.content_length(); length && reader.done())
    ASSERT(cut.size() == *length);
  HttpReply reply = text_reply(200, "text/plain", std::string(2000, 'x'));
  reply.headers.set("ETag", "\"x\"");
  (void)to_wire(std::move(reply), {.request = &request, .request_id = "1", .date = "d"});
  return 0;
}
