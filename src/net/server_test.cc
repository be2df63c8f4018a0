#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "base/files.h"
#include "base/json.h"
#include "net/gzip.h"
#include "net/http.h"
#include "net/testing.h"

namespace solvent::net {
namespace {

using ::testing::HasSubstr;
using testing::RawSocket;
using testing::steady_ms;

/// A server with one route of every kind, and what its handlers saw.
struct Harness {
  std::atomic<int> handled{0}, cancelled{0}, published{0};
  std::mutex mutex;
  std::vector<std::string> observed;  // "GET /x 200"
  std::vector<op::EventStream::Sink> sinks;
  ServerOptions options;
  std::unique_ptr<Server> server;

  explicit Harness(ServerOptions chosen = {}) : options(std::move(chosen)) {}
  ~Harness() {
    sinks.clear();
    server.reset();
  }

  std::vector<Route> routes() {
    std::vector<Route> all;
    const auto add = [&](std::string method, std::string pattern,
                         std::function<HttpReply(HttpRequest&)> handle) -> Route& {
      all.push_back({.method = std::move(method),
                     .pattern = std::move(pattern),
                     .handle = std::move(handle)});
      return all.back();
    };
    add("GET", "/hello", [](HttpRequest&) { return text_reply(200, "text/plain", "hi"); }).lane =
        Lane::kInline;
    add("GET", "/work/{name}", [this](HttpRequest& request) {
      ++handled;
      return text_reply(200, "text/plain", "did " + std::string(request.capture("name")));
    });
    add("POST", "/echo", [](HttpRequest& request) {
      return text_reply(200, "text/plain", request.body);
    }).body_bytes_max = 1 << 20;
    add("GET", "/big",
        [](HttpRequest&) { return text_reply(200, "text/plain", std::string(3'000'000, 'x')); });
    add("GET", "/fixed", [](HttpRequest&) {
      static const std::string plain = "0123456789" + std::string(2000, 'z');
      static const std::string packed = gzip(plain, 9);
      HttpReply reply{.status = 200, .headers = {}, .body = StaticBody{packed, true}};
      reply.headers.set("Content-Type", "text/plain");
      reply.headers.set("ETag", "\"abc\"");
      return reply;
    });
    add("GET", "/stream", [](HttpRequest& request) {
      auto at = std::make_shared<int>(0);
      op::ByteStream stream{.content_type = "application/octet-stream",
                            .file_name = "a b.bin",
                            .size = std::nullopt,
                            .next = [at]() -> Result<std::string> {
                              return *at < 10 ? std::string(10, static_cast<char>('0' + (*at)++))
                                              : std::string();
                            }};
      if (request.query_value("sized")) stream.size = 100;
      return HttpReply{.status = 200, .headers = {}, .body = std::move(stream)};
    });
    add("GET", "/slow", [this](HttpRequest& request) {
      ++handled;
      for (int i = 0; i < 100 && !request.cancel->cancelled(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      cancelled += request.cancel->cancelled();
      return text_reply(200, "text/plain", "slow");
    });
    add("GET", "/throws", [](HttpRequest&) -> HttpReply { throw std::runtime_error("boom"); });
    auto& upload = add("PUT", "/upload", [](HttpRequest& request) {
      std::size_t total = 0;
      for (;;) {
        auto piece = request.stream();
        if (!piece) return error_reply(piece.error(), request.request_id);
        if (piece->empty()) break;
        total += piece->size();
      }
      return text_reply(200, "text/plain", std::to_string(total));
    });
    upload.streams_body = true;
    upload.body_bytes_max = 64u << 20;
    add("GET", "/events", [this](HttpRequest&) {
      op::EventStream events{[this](op::EventStream::Sink sink) -> std::shared_ptr<void> {
        const std::lock_guard lock(mutex);
        sinks.push_back(std::move(sink));
        return nullptr;
      }};
      return HttpReply{.status = 200, .headers = {}, .body = std::move(events)};
    });
    add("GET", "/count", [](HttpRequest&) {
      op::EventStream events{[](const op::EventStream::Sink& sink) -> std::shared_ptr<void> {
        for (int i = 1; i <= 3; ++i) sink("tick", Json(i));
        return nullptr;
      }};
      return HttpReply{.status = 200, .headers = {}, .body = std::move(events)};
    });
    return all;
  }

  int start() {
    server = MUST(start_server(
        options, routes(), nullptr,
        [this](const Observation& seen) {
          const std::lock_guard lock(mutex);
          observed.push_back(std::string(seen.method) + " " + std::string(seen.pattern) + " " +
                             std::to_string(seen.status));
        },
        null_log()));
    return server->port();
  }
};

std::string get(std::string_view path, std::string_view more = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more) +
         "\r\n";
}

TEST(Server, AnswersAndKeepsTheConnection) {
  Harness harness;
  RawSocket socket(harness.start());
  for (int i = 0; i < 3; ++i) {
    const auto reply = socket.ask(get("/hello"));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "hi");
    EXPECT_TRUE(reply.has("Content-Length: 2\r\n"));
    EXPECT_TRUE(reply.has("Date: "));
    EXPECT_TRUE(reply.has("X-Request-Id: "));
  }
  EXPECT_EQ(socket.ask(get("/work/a%20b")).body, "did a b");
}

TEST(Server, KeepsASaneRequestIdAndReplacesAnother) {
  Harness harness;
  RawSocket socket(harness.start());
  EXPECT_TRUE(socket.ask(get("/hello", "X-Request-Id: abc-1\r\n")).has("X-Request-Id: abc-1\r\n"));
  EXPECT_FALSE(socket.ask(get("/hello", "X-Request-Id: a b\r\n")).has("a b"));
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  Harness harness;
  RawSocket socket(harness.start());
  std::string all;
  for (int i = 0; i < 50; ++i)
    all += i % 3 == 0 ? get("/work/" + std::to_string(i)) : get("/hello");
  ASSERT_TRUE(socket.send(all));
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(socket.reply().body, i % 3 == 0 ? "did " + std::to_string(i) : "hi") << i;
}

TEST(Server, AnswersWhoStopsSendingButReadsOn) {
  Harness harness;
  RawSocket socket(harness.start());
  ASSERT_TRUE(socket.send(get("/hello") + get("/hello") + get("/work/x") + get("/hello")));
  socket.half_close();
  std::string all = socket.rest();
  std::size_t replies = 0;
  for (std::size_t at = 0; (at = all.find("HTTP/1.1 200", at)) != std::string::npos; ++at)
    ++replies;
  EXPECT_EQ(replies, 4u) << all;
}

TEST(Server, ReadsBodiesByLengthAndByChunks) {
  Harness harness;
  RawSocket socket(harness.start());
  EXPECT_EQ(socket.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello").body,
            "hello");
  EXPECT_EQ(socket
                .ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n")
                .body,
            "hello world");
  // One byte at a time reads the same.
  const std::string slow =
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (const char c : slow) ASSERT_TRUE(socket.send(std::string_view(&c, 1)));
  EXPECT_EQ(socket.reply().body, "abc");
  const std::string packed = gzip("hello hello hello");
  EXPECT_EQ(
      socket
          .ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: " +
               std::to_string(packed.size()) + "\r\n\r\n" + packed)
          .body,
      "hello hello hello");
}

TEST(Server, BoundsBodies) {
  Harness harness;
  const int port = harness.start();
  EXPECT_EQ(RawSocket(port)
                .ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n")
                .status,
            413);
  // A gigabyte that is announced is refused before it is sent.
  EXPECT_EQ(RawSocket(port)
                .ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n"
                     "Expect: 100-continue\r\n\r\n")
                .status,
            413);
  RawSocket chunked(port);
  chunked.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string piece = "10000\r\n" + std::string(0x10000, 'a') + "\r\n";
  for (int i = 0; i < 17; ++i) chunked.send(piece);
  EXPECT_EQ(chunked.reply().status, 413);
  const std::string bomb = gzip(std::string(2 << 20, 'a'), 9);
  EXPECT_EQ(
      RawSocket(port)
          .ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: " +
               std::to_string(bomb.size()) + "\r\n\r\n" + bomb)
          .status,
      413);
  EXPECT_EQ(RawSocket(port)
                .ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: br\r\nContent-Length: 1"
                     "\r\n\r\nx")
                .status,
            415);
}

TEST(Server, SaysContinueBeforeABody) {
  Harness harness;
  RawSocket socket(harness.start());
  socket.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(socket.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.send("ok");
  EXPECT_EQ(socket.reply().body, "ok");
}

TEST(Server, CompressesWhatIsWorthIt) {
  Harness harness;
  RawSocket socket(harness.start());
  auto reply = socket.ask(get("/big", "Accept-Encoding: gzip\r\n"));
  EXPECT_TRUE(reply.has("Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(reply.has("Vary: Accept-Encoding\r\n"));
  EXPECT_EQ(MUST(gunzip(reply.body, 4 << 20)), std::string(3'000'000, 'x'));
  EXPECT_FALSE(socket.ask(get("/hello", "Accept-Encoding: gzip\r\n")).has("Content-Encoding"));
  reply = socket.ask(get("/big", "Accept-Encoding: gzip;q=0\r\n"));
  EXPECT_EQ(reply.body.size(), 3'000'000u);
}

TEST(Server, ServesStaticBodiesWithTagsAndRanges) {
  Harness harness;
  RawSocket socket(harness.start());
  auto reply = socket.ask(get("/fixed", "Accept-Encoding: gzip\r\n"));
  EXPECT_TRUE(reply.has("ETag: \"abc\"\r\n"));
  EXPECT_THAT(MUST(gunzip(reply.body, 1 << 20)), HasSubstr("0123456789z"));
  EXPECT_EQ(socket.ask(get("/fixed")).body.size(), 2010u);
  socket.send(get("/fixed", "If-None-Match: \"x\", W/\"abc\"\r\n"));
  EXPECT_EQ(socket.reply(false).status, 304);
  reply = socket.ask(get("/fixed", "Range: bytes=2-4\r\n"));
  EXPECT_EQ(reply.status, 206);
  EXPECT_EQ(reply.body, "234");
  EXPECT_TRUE(reply.has("Content-Range: bytes 2-4/2010\r\n"));
  EXPECT_EQ(socket.ask(get("/fixed", "Range: bytes=-3\r\n")).body, "zzz");
  EXPECT_EQ(socket.ask(get("/fixed", "Range: bytes=9999-\r\n")).status, 416);
}

TEST(Server, StreamsBodies) {
  Harness harness;
  RawSocket socket(harness.start());
  auto reply = socket.ask(get("/stream"));
  EXPECT_TRUE(reply.has("Transfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(reply.has("filename*=UTF-8''a%20b.bin"));
  EXPECT_EQ(reply.body.size(), 100u);
  reply = socket.ask(get("/stream?sized=1"));
  EXPECT_TRUE(reply.has("Content-Length: 100\r\n"));
  reply = socket.ask(get("/stream?sized=1", "Range: bytes=8-21\r\n"));
  EXPECT_EQ(reply.status, 206);
  EXPECT_EQ(reply.body, "00111111111122");
  // Without chunks, HTTP/1.0 ends the body by closing.
  RawSocket old(harness.server->port());
  old.send("GET /stream HTTP/1.0\r\n\r\n");
  const std::string all = old.rest();
  EXPECT_EQ(all.size() - all.find("\r\n\r\n") - 4, 100u);
}

TEST(Server, AnswersHeadWithoutABody) {
  Harness harness;
  RawSocket socket(harness.start());
  auto reply = socket.ask("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(reply.has("Content-Length: 2\r\n"));
  reply = socket.ask("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(socket.ask(get("/hello")).body, "hi");  // nothing was left over
}

TEST(Server, NamesWhatAPathAnswers) {
  Harness harness;
  RawSocket socket(harness.start());
  auto reply = socket.ask("DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(reply.status, 405);
  EXPECT_TRUE(reply.has("Allow: GET, HEAD\r\n"));
  EXPECT_EQ(socket.ask(get("/nowhere")).status, 404);
  EXPECT_EQ(socket.ask("BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 501);
  reply = socket.ask("OPTIONS /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(reply.status, 204);
  const auto error = MUST(parse_json(socket.ask(get("/nowhere")).body));
  EXPECT_EQ(error.find("error")->text_or("code", ""), "NOT_FOUND");
}

TEST(Server, TurnsAnExceptionInto500) {
  Harness harness;
  RawSocket socket(harness.start());
  EXPECT_EQ(socket.ask(get("/throws")).status, 500);
  EXPECT_EQ(socket.ask(get("/hello")).status, 200);
}

TEST(Server, HoldsEventStreams) {
  Harness harness;
  RawSocket socket(harness.start());
  EXPECT_EQ(socket.ask(get("/count")).body,
            "event: tick\ndata: 1\n\nevent: tick\ndata: 2\n\nevent: tick\ndata: 3\n\n");
  // The stream ended by itself, the connection goes on.
  EXPECT_EQ(socket.ask(get("/hello")).body, "hi");
  socket.send(get("/events"));
  EXPECT_THAT(socket.until("\r\n\r\n"), HasSubstr("text/event-stream"));
  const auto sinks = [&] {
    const std::lock_guard lock(harness.mutex);
    return harness.sinks.size();
  };
  for (int i = 0; i < 200 && sinks() == 0; ++i)  // the head comes before the sink
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(harness.server->gauges().event_streams, 1u);
  {
    const std::lock_guard lock(harness.mutex);
    ASSERT_EQ(harness.sinks.size(), 1u);
    EXPECT_TRUE(harness.sinks[0]("news", Json("a\nb")));
  }
  EXPECT_THAT(socket.until("\n\n"), HasSubstr("event: news\ndata: \"a\\nb\"\n"));
  socket.shut();
  bool open = true;  // a sink learns that its listener left
  for (int i = 0; i < 200 && open; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const std::lock_guard lock(harness.mutex);
    open = harness.sinks[0]("news", Json("again"));
  }
  EXPECT_FALSE(open);
}

TEST(Server, CutsAListenerThatDoesNotRead) {
  Harness harness({.event_bytes_max = 64 << 10});
  RawSocket socket(harness.start());
  socket.send(get("/events"));
  socket.until("\r\n\r\n");
  bool open = true;
  const Json data(std::string(16 << 10, 'e'));
  for (int i = 0; i < 4000 && open; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    const std::lock_guard lock(harness.mutex);
    if (!harness.sinks.empty()) open = harness.sinks[0]("news", data);
  }
  EXPECT_FALSE(open);
}

TEST(Server, CancelsWhenTheClientLeaves) {
  Harness harness;
  RawSocket socket(harness.start());
  socket.send(get("/slow"));
  for (int i = 0; i < 200 && harness.handled == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  socket.shut();
  for (int i = 0; i < 100 && harness.cancelled == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(harness.cancelled, 1);
}

TEST(Server, StreamsUploadsThroughTheirOwnPool) {
  Harness harness;
  RawSocket socket(harness.start());
  const std::string megabyte(1 << 20, 'u');
  socket.send("PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 20971520\r\n\r\n");
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(socket.send(megabyte));
  EXPECT_EQ(socket.reply().body, "20971520");
  const std::string packed = gzip(megabyte);
  EXPECT_EQ(socket
                .ask("PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n"
                     "Content-Length: " +
                     std::to_string(packed.size()) + "\r\n\r\n" + packed)
                .body,
            "1048576");
}

TEST(Server, EndsUploadsThatStall) {
  Harness harness({.body_rate_min = 1024, .body_window_ms = 500});
  RawSocket socket(harness.start());
  socket.send("PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
  const auto reply = socket.reply();
  EXPECT_EQ(reply.status, 408);
  RawSocket whole(harness.server->port());
  whole.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
  EXPECT_EQ(whole.reply().status, 408);
}

TEST(Server, EndsHeadsThatDribble) {
  Harness harness({.header_timeout_ms = 600, .idle_timeout_ms = 600});
  const int port = harness.start();
  RawSocket slow(port);
  const std::int64_t begun = steady_ms();
  std::string got;
  for (int i = 0; i < 40 && got.empty(); ++i) {
    slow.send(i == 0 ? "GET /hello HTTP/1.1\r\n" : "X: y\r\n");
    got = slow.some(100);
  }
  EXPECT_THAT(got, HasSubstr("408"));
  EXPECT_LT(steady_ms() - begun, 3'000);
  RawSocket idle(port);
  EXPECT_EQ(idle.ask(get("/hello")).status, 200);
  EXPECT_EQ(idle.some(3'000), "");
  EXPECT_FALSE(idle.timed_out);
}

TEST(Server, AHeadHasItsTimeFromTheConnectionOnWhateverComesWhen) {
  Harness harness({.header_timeout_ms = 2'000, .idle_timeout_ms = 60'000});
  const int port = harness.start();
  RawSocket slow(port);
  const std::int64_t begun = steady_ms();
  // Silence first, then one byte at a time: neither the first byte nor the last one counts anew.
  std::string got = slow.some(1'500);
  ASSERT_EQ(got, "");
  ASSERT_TRUE(slow.timed_out) << "closed before its time";
  for (const char byte : "GET /hello HTTP/1.1\r\nHost: x\r\nX-Padding: " + std::string(400, 'y')) {
    slow.send(std::string_view(&byte, 1));
    if (got = slow.some(40); !got.empty() || !slow.timed_out) break;
  }
  const std::int64_t took = steady_ms() - begun;
  EXPECT_THAT(got, HasSubstr("408"));
  EXPECT_GE(took, 1'900);
  EXPECT_LT(took, 3'400) << "a first byte at 1500 ms must not move the end to 3500 ms";
  EXPECT_EQ(harness.handled, 0);
}

TEST(Server, ShedsConnectionsBeyondTheLimit) {
  Harness harness({.connections_max = 2});
  const int port = harness.start();
  RawSocket first(port), second(port);
  EXPECT_EQ(first.ask(get("/hello")).status, 200);
  EXPECT_EQ(second.ask(get("/hello")).status, 200);
  RawSocket third(port);
  const auto reply = third.reply();
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.has("Retry-After: 1\r\n"));
  EXPECT_EQ(first.ask(get("/hello")).status, 200);
}

TEST(Server, ShedsWorkBeyondTheQueue) {
  Harness harness({.workers = 1, .workers_queue_max = 1});
  const int port = harness.start();
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 4; ++i) {
    sockets.emplace_back(port);
    sockets.back().send(get("/slow"));
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  }
  const auto reply = sockets.back().reply();
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.has("Retry-After"));
  EXPECT_EQ(RawSocket(port).ask(get("/hello")).status, 200);  // inline routes go on
}

TEST(Server, DrainsGracefully) {
  Harness harness;
  const int port = harness.start();
  RawSocket busy(port), idle(port);
  EXPECT_EQ(idle.ask(get("/hello")).status, 200);
  busy.send(get("/slow"));
  for (int i = 0; i < 200 && harness.handled == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const std::int64_t begun = steady_ms();
  harness.server->drain();
  EXPECT_EQ(idle.some(3'000), "");
  EXPECT_FALSE(idle.timed_out);
  const auto reply = busy.reply();  // what was under way is finished
  EXPECT_EQ(reply.body, "slow");
  EXPECT_TRUE(reply.has("Connection: close\r\n"));
  busy.shut();
  harness.server->wait();
  EXPECT_LT(steady_ms() - begun, 5'000);
  EXPECT_FALSE(RawSocket(port).connected());
}

TEST(Server, DrainEndsWhenItsTimeIsOver) {
  Harness harness({.drain_timeout_ms = 300});
  RawSocket busy(harness.start());
  busy.send(get("/slow"));
  for (int i = 0; i < 200 && harness.handled == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const std::int64_t begun = steady_ms();
  harness.server->drain();
  harness.server->wait();
  EXPECT_LT(steady_ms() - begun, 1'500);
  harness.server.reset();
  EXPECT_EQ(harness.cancelled, 1);
}

TEST(Server, ListensOnAPrivateSocket) {
  auto directory = MUST(TempDirectory::create("net"));
  const std::string path = directory.path() + "/socket";
  Harness harness({.port = -1, .socket_path = path});
  harness.start();
  RawSocket socket(path);
  ASSERT_TRUE(socket.connected());
  EXPECT_EQ(socket.ask(get("/hello")).status, 200);
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  // A second server does not take a live socket, and does take a dead one.
  Harness second({.port = -1, .socket_path = path});
  const auto refused = start_server(second.options, second.routes(), nullptr, nullptr, null_log());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
}

TEST(Server, RefusesATakenPort) {
  Harness harness;
  const int port = harness.start();
  const auto refused = start_server({.port = port}, {}, nullptr, nullptr, null_log());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
}

TEST(Server, ReportsWhatItAnswered) {
  Harness harness;
  RawSocket socket(harness.start());
  socket.ask(get("/work/x"));
  socket.ask(get("/nowhere"));
  const std::lock_guard lock(harness.mutex);
  EXPECT_THAT(harness.observed, ::testing::ElementsAre("GET /work/{name} 200", "GET  404"));
}

}  // namespace
}  // namespace solvent::net
