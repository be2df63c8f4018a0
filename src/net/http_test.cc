// The pure pieces: heads, targets, routes, framing, compression. Expectations come from RFC 9110,
// RFC 9112 and RFC 3986.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/gzip.h"
#include "net/head.h"
#include "net/http.h"
#include "net/request_reader.h"
#include "net/router.h"
#include "net/testing.h"
#include "net/wire.h"

namespace solvent::net {
namespace {

using ::testing::HasSubstr;

int status_of_head(const std::string& head) {
  return check_head(head, 100).status;
}

TEST(Head, AcceptsWhatIsWellFormed) {
  EXPECT_EQ(status_of_head("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
  EXPECT_EQ(status_of_head("GET / HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(status_of_head("POST /x HTTP/1.1\r\nhost:a\r\nContent-Length: 10\r\n\r\n"), 0);
  EXPECT_EQ(status_of_head("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n"), 0);
}

TEST(Head, RefusesWhatTwoParsersReadInTwoWays) {
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
  for (const std::string fields :
       {"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: 1, 1\r\n",
        "Content-Length: +1\r\n", "Content-Length: 0x1\r\n", "Content-Length: -1\r\n",
        "Content-Length:\r\n", "Content-Length: 99999999999999999999\r\n", "X: a\r\n b\r\n",
        "X : a\r\n", " X: a\r\n", "X: a\nY: b\r\n", "X: a\rb\r\n", "X\r\n", ": a\r\n",
        "X\x01: a\r\n", "X: a\x01\r\n", "Host: b\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"})
    EXPECT_EQ(status_of_head(start + fields + "\r\n"), 400) << fields;
  EXPECT_EQ(status_of_head(start + std::string("X: a\0b\r\n\r\n", 10)), 400);
  EXPECT_EQ(status_of_head(start + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(status_of_head(start + "Transfer-Encoding: xchunked\r\n\r\n"), 501);
  EXPECT_EQ(status_of_head("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_of_head("GET / HTTP/1.1\r\n\r\n"), 400);  // no Host
  EXPECT_EQ(status_of_head("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400);
  EXPECT_EQ(status_of_head("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), 400);
  EXPECT_EQ(status_of_head("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of_head("GET / a HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of_head("G(T / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of_head("GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of_head("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_of_head("GET / FTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of_head("GET /\r\n\r\n"), 400);
  EXPECT_EQ(check_head("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n", 2).status, 431);
}

TEST(Target, DecodesPathAndQuery) {
  std::string path;
  Fields query;
  ASSERT_FALSE(parse_target("/a%20b/%C3%A4?x=1%262&y=a+b&z&=w", path, query));
  EXPECT_EQ(path, "/a b/\xc3\xa4");
  EXPECT_EQ(query, (Fields{{"x", "1&2"}, {"y", "a b"}, {"z", ""}, {"", "w"}}));
  ASSERT_FALSE(parse_target("/a+b/", path, query));
  EXPECT_EQ(path, "/a+b/");
}

TEST(Target, RefusesWhatCouldMeanSomethingElse) {
  std::string path;
  Fields query;
  for (const char* target :
       {"",      "*",         "a",      "http://h/a", "//h/a",   "/a/../b", "/a/./b",
        "/..",   "/%2e%2e/b", "/a%2fb", "/a%5Cb",     "/a%00b",  "/a%",     "/a%2",
        "/a%zz", "/%ff",      "/a#b",   "/?x=%",      "/?x=%ff", "/a//b"})
    EXPECT_EQ(parse_target(target, path, query).status, 400) << target;
}

TEST(RequestReader, LeavesWhatFollowsTheBody) {
  RequestReader reader(1 << 15, 100);
  HttpRequest request;
  ASSERT_FALSE(
      reader.read_head("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n", request));
  EXPECT_FALSE(reader.done());
  std::string body;
  const auto fed = reader.feed("abcGET", body);
  EXPECT_EQ(fed.consumed, 3u);
  EXPECT_EQ(body, "abc");
  EXPECT_TRUE(reader.done());
}

TEST(RequestReader, RefusesBadChunks) {
  for (const char* chunks :
       {"x\r\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\nabc\r\n0\r\n\r\n", "-1\r\n",
        "ffffffffffffffffff\r\n", "0x3\r\nabc\r\n\r\n"}) {
    RequestReader reader(1 << 15, 100);
    HttpRequest request;
    ASSERT_FALSE(reader.read_head(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", request));
    std::string body;
    const auto fed = reader.feed(chunks, body);
    EXPECT_TRUE(fed.problem || !reader.done()) << chunks;
    if (std::string_view(chunks) != "3\nabc\r\n0\r\n\r\n") {
      EXPECT_EQ(fed.problem.status, 400) << chunks;
    }
  }
}

// Every cut of a body in three, the parts offered with what was left of the last: RFC 9112 §7.1.
TEST(RequestReader, ReadsChunksHoweverTheyAreCut) {
  const std::string_view bytes = "2\r\nab\r\n1;x=y\r\nc\r\n0\r\nT: v\r\n\r\n";
  for (const std::string_view whole : {bytes, std::string_view("0\r\n\r\n")})
    for (std::size_t first = 0; first <= whole.size(); ++first)
      for (std::size_t second = first; second <= whole.size(); ++second) {
        RequestReader reader(1 << 15, 100);
        HttpRequest request;
        ASSERT_FALSE(reader.read_head(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", request));
        std::string body;
        std::size_t taken = 0;
        for (const std::size_t come : {first, second, whole.size()})
          for (int again = 0; again < 8; ++again) {
            const auto fed = reader.feed(whole.substr(taken, come - taken), body);
            ASSERT_FALSE(fed.problem) << first << ' ' << second;
            taken += fed.consumed;
          }
        EXPECT_TRUE(reader.done()) << first << ' ' << second;
        EXPECT_EQ(taken, whole.size());
        EXPECT_EQ(body, whole == bytes ? "abc" : "");
      }
}

HttpReply nothing(HttpRequest&) {
  return {};
}

TEST(Router, PrefersLiteralsThenCapturesThenTails) {
  const Router router = MUST(Router::create({{"GET", "/a/b", nothing},
                                             {"GET", "/a/{x}", nothing},
                                             {"GET", "/a/{x}/c", nothing},
                                             {"POST", "/a/{x}", nothing},
                                             {"GET", "/{rest*}", nothing},
                                             {"GET", "/", nothing}}));
  Fields captures;
  const auto pattern = [&](std::string_view method, std::string_view path) {
    const auto match = router.find(method, path, captures);
    return match.route ? match.route->pattern : "none " + match.allow;
  };
  EXPECT_EQ(pattern("GET", "/a/b"), "/a/b");
  EXPECT_EQ(pattern("HEAD", "/a/b"), "/a/b");
  EXPECT_EQ(pattern("GET", "/a/z"), "/a/{x}");
  EXPECT_EQ(captures, (Fields{{"x", "z"}}));
  EXPECT_EQ(pattern("GET", "/a/b/c"), "/a/{x}/c");  // backs out of the literal
  EXPECT_EQ(captures, (Fields{{"x", "b"}}));
  EXPECT_EQ(pattern("GET", "/a/b/d"), "/{rest*}");
  EXPECT_EQ(captures, (Fields{{"rest", "a/b/d"}}));
  EXPECT_EQ(pattern("GET", "/"), "/");
  EXPECT_EQ(pattern("PUT", "/a/z"), "none GET, HEAD, POST");
}

TEST(Router, RefusesClashes) {
  EXPECT_FALSE(Router::create({{"GET", "/a/{x}", nothing}, {"GET", "/a/{y}", nothing}}));
  EXPECT_FALSE(Router::create({{"GET", "a", nothing}}));
  EXPECT_FALSE(Router::create({{"GET", "/{x*}/b", nothing}}));
  EXPECT_FALSE(Router::create({{"GET", "/{x", nothing}}));
  EXPECT_TRUE(Router::create({{"GET", "/a", nothing}, {"POST", "/a", nothing}}));
}

TEST(Wire, ReadsRanges) {
  ByteRange range;
  const auto is = [&](std::string_view text, std::uint64_t size, std::uint64_t first,
                      std::uint64_t last) {
    return parse_range(text, size, range) == RangeKind::kOne && range.first == first &&
           range.last == last;
  };
  EXPECT_TRUE(is("bytes=0-0", 10, 0, 0));
  EXPECT_TRUE(is("bytes=5-", 10, 5, 9));
  EXPECT_TRUE(is("bytes=5-99", 10, 5, 9));
  EXPECT_TRUE(is("bytes=-3", 10, 7, 9));
  EXPECT_TRUE(is("bytes=-30", 10, 0, 9));
  EXPECT_EQ(parse_range("bytes=10-", 10, range), RangeKind::kBad);
  EXPECT_EQ(parse_range("bytes=-0", 10, range), RangeKind::kBad);
  EXPECT_EQ(parse_range("bytes=0-", 0, range), RangeKind::kBad);
  for (const char* text : {"", "bytes", "bytes=", "bytes=a-b", "bytes=3-2", "bytes=0-1,3-4",
                           "items=0-1", "bytes=99999999999999999999-"})
    EXPECT_EQ(parse_range(text, 10, range), RangeKind::kNone) << text;
}

TEST(Wire, WeighsEncodingsAndTags) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("br, GZIP;q=0.2"));
  EXPECT_TRUE(accepts_gzip("*"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0, *"));
  EXPECT_FALSE(accepts_gzip("br"));
  EXPECT_FALSE(accepts_gzip(""));
  EXPECT_TRUE(matches_etag("\"a\", W/\"b\"", "\"b\""));
  EXPECT_TRUE(matches_etag("*", "\"b\""));
  EXPECT_FALSE(matches_etag("\"bb\"", "\"b\""));
}

TEST(Wire, KeepsFieldsFromSmugglingOthers) {
  HttpReply reply = text_reply(200, "text/plain", "x");
  reply.headers.set("X-Note", "a\r\nSet-Cookie: b");
  const WireReply wire = to_wire(std::move(reply), {});
  EXPECT_THAT(wire.head, HasSubstr("X-Note: a  Set-Cookie: b\r\n"));
}

TEST(Wire, ReportsABodyThatEndsTooSoon) {
  auto left = std::make_shared<int>(1);
  BodySource source({.size = 10,
                     .next = [left]() -> Result<std::string> {
                       return (*left)-- > 0 ? std::string("abc") : std::string();
                     }},
                    0, 10, false, false);
  EXPECT_EQ(MUST(source.next()), "abc");
  EXPECT_EQ(source.next().error().code, Code::kDataLoss);
}

TEST(Gzip, UndoesItselfAndBoundsBombs) {
  const std::string text(100'000, 'a');
  EXPECT_EQ(MUST(gunzip(gzip(text), 100'000)), text);
  EXPECT_EQ(gunzip(gzip(text), 99'999).error().code, Code::kResourceExhausted);
  const std::string packed = gzip(text);
  EXPECT_EQ(gunzip(packed.substr(0, packed.size() - 1), 1 << 20).error().code,
            Code::kInvalidArgument);
  EXPECT_EQ(gunzip(packed + "x", 1 << 20).error().code, Code::kInvalidArgument);
  EXPECT_EQ(gunzip("no gzip at all", 1 << 20).error().code, Code::kInvalidArgument);
  Deflater deflater;
  std::string streamed = deflater.add("hello ");
  streamed += deflater.add("world");
  streamed += deflater.finish();
  EXPECT_EQ(MUST(gunzip(streamed, 100)), "hello world");
}

TEST(Messages, KeepFields) {
  Headers headers;
  headers.add("A", "1");
  headers.add("a", "2");
  headers.add("B", "3");
  EXPECT_EQ(headers.find("a"), "1");
  EXPECT_EQ(headers.count("A"), 2u);
  headers.set("A", *headers.find("b"));
  EXPECT_EQ(headers.find("A"), "3");
  EXPECT_EQ(headers.size(), 2u);
  EXPECT_TRUE(has_token("keep-alive, Upgrade", "upgrade"));
  EXPECT_FALSE(has_token("keep-alives", "keep-alive"));
}

/// The same refusals over a real socket: answered with an error and a closed connection, at once.
TEST(HostileRequests, AreAnsweredAndCut) {
  const auto server = MUST(start_server({}, {{"GET", "/", nothing}, {"POST", "/", nothing}},
                                        nullptr, nullptr, null_log()));
  const std::string long_field = "X: " + std::string(40'000, 'a') + "\r\n";
  struct Case {
    std::string bytes;
    int status;
  };
  const std::vector<Case> cases = {
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\n" + long_field + "\r\n", 431},
      {"GET /" + std::string(40'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /%2e%2e/etc HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {std::string("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 33), 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n", 417},
      {"\x16\x03\x01\x02 a TLS greeting", 400},
      {"\r\n\r\n\r\n", 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505}};
  for (const Case& one : cases) {
    testing::RawSocket socket(server->port());
    ASSERT_TRUE(socket.send(one.bytes));
    const auto reply = socket.reply();
    EXPECT_EQ(reply.status, one.status) << one.bytes.substr(0, 60);
    EXPECT_TRUE(reply.has("Connection: close\r\n")) << one.bytes.substr(0, 60);
    EXPECT_EQ(socket.some(3'000), "");
    EXPECT_FALSE(socket.timed_out);
  }
}

}  // namespace
}  // namespace solvent::net
