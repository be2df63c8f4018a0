#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <thread>

#include "base/digest.h"
#include "base/text.h"
#include "net/api.h"
#include "net/described_routes.h"
#include "net/gzip.h"
#include "net/testing.h"
#include "op/openapi.h"

namespace solvent::net {
namespace {

using ::testing::HasSubstr;
using testing::RawSocket;

struct AddRequest {
  std::string name;
  std::int64_t count = 1;
  std::vector<std::string> tags;
  static constexpr std::string_view kName = "AddRequest";
  template <class V>
  void describe(V& v) {
    v.field("name", name, "what");
    v.field("count", count, "how many", {.min = 0, .max = 10});
    v.field("tags", tags, "words");
  }
};
struct ReadRequest {
  LocalTree tree;
  static constexpr std::string_view kName = "ReadRequest";
  template <class V>
  void describe(V& v) {
    v.field("tree", tree, "a folder");
  }
};
struct FileRequest {
  LocalFile file;
  static constexpr std::string_view kName = "FileRequest";
  template <class V>
  void describe(V& v) {
    v.field("file", file, "a file");
  }
};

op::OperationSpec spec_for(std::string verb, std::string method, std::string path, op::Role role,
                           const StructSpec& request) {
  op::OperationSpec spec{.noun = "box",
                         .verb = std::move(verb),
                         .method = std::move(method),
                         .path = std::move(path),
                         .role = role,
                         .summary = "Do it",
                         .request = &request,
                         .result = &spec_of<Empty>()};
  spec.examples = {{"solvent box " + spec.verb, "does it"}};
  return spec;
}

std::vector<op::OperationSpec> box_specs() {
  std::vector<op::OperationSpec> all = {
      spec_for("show", "GET", "/api/boxes/{name}", op::Role::kReader, spec_of<AddRequest>()),
      spec_for("add", "POST", "/api/boxes", op::Role::kEditor, spec_of<AddRequest>()),
      spec_for("run", "POST", "/api/run", op::Role::kReader, spec_of<AddRequest>()),
      spec_for("read", "POST", "/api/read", op::Role::kReader, spec_of<ReadRequest>()),
      spec_for("dump", "POST", "/api/dump", op::Role::kReader, spec_of<FileRequest>()),
      spec_for("ping", "GET", "/api/ping", op::Role::kReader, spec_of<Empty>())};
  all[2].progress = true;
  all[2].result = &spec_of<AddRequest>();
  all[5].quick = true;
  return all;
}

Json with(std::string name, Json value) {
  JsonObject object;
  object.emplace_back(std::move(name), std::move(value));
  return object;
}

std::vector<op::Handler> box_handlers() {
  const auto echo = [](const op::Request& request, const op::Caller& caller) -> Result<op::Reply> {
    Json reply = request.params;
    reply.set("caller", caller.principal);
    return op::Reply(std::move(reply));
  };
  const auto run = [](const op::Request& request, const op::Caller&) -> Result<op::Reply> {
    request.progress({.stage = "one", .fraction = 0.5, .detail = "half"});
    if (request.params.text_or("name", "") == "bad")
      return fail(Code::kFailedPrecondition, "bad name", "use another", "name");
    return op::Reply(with("ok", true));
  };
  const auto read = [](const op::Request& request, const op::Caller&) -> Result<op::Reply> {
    const auto typed = TRY(from_json<ReadRequest>(request.params));
    std::string all;
    TRY(walk(posix_files(), typed.tree.root,
             [&](const std::string& path, const FileInfo& info) -> Result<void> {
               if (info.kind != FileInfo::Kind::kFile) return {};
               all += path + "=" + TRY(read_file(posix_files(), join_path(typed.tree.root, path))) +
                      (info.executable ? "*;" : ";");
               return {};
             }));
    JsonObject reply;
    reply.emplace_back("given", typed.tree.given);
    reply.emplace_back("content", all);
    return op::Reply(Json(std::move(reply)));
  };
  const auto dump = [](const op::Request& request, const op::Caller&) -> Result<op::Reply> {
    const auto typed = TRY(from_json<FileRequest>(request.params));
    auto text = std::make_shared<std::string>(TRY(read_file(posix_files(), typed.file.root)));
    return op::Reply(op::ByteStream{
        .content_type = "application/json",
        .file_name = {},
        .size = text->size(),
        .next = [text]() -> Result<std::string> { return std::exchange(*text, {}); }});
  };
  return {{"box show", echo}, {"box add", echo},  {"box run", run},
          {"box read", read}, {"box dump", dump}, {"box ping", echo}};
}

struct Api {
  TempDirectory folder = TempDirectory::create("net").value();
  op::Operations operations = op::Operations::create(box_specs(), box_handlers()).value();
  Access access;
  UploadLimits limits{.files_max = 10, .bytes_max = 1 << 20};
  std::unique_ptr<Uploads> uploads =
      Uploads::create(posix_files(), system_clock(), system_random(), folder.path() + "/up", limits)
          .value();
  Metrics metrics{"1.2.3"};
  std::unique_ptr<Server> server;

  explicit Api(AccessOptions options = {}) : access(std::move(options), verify, system_clock()) {
    std::vector<Route> routes = api_routes(operations, access, *uploads);
    const auto add = [&](std::vector<Route> some) {
      for (auto& route : some) routes.push_back(std::move(route));
    };
    add(upload_routes(access, *uploads, limits));
    add(session_routes(access, {.sign_in = [](const std::string& name,
                                              const std::string& password) -> Result<std::string> {
                                  if (name == "user:ada" && password == "pw")
                                    return std::string("good");
                                  return fail(Code::kUnauthenticated, "wrong name or password");
                                },
                                .sign_out = {}}));
    add(health_routes(metrics, [] { return ServerGauges{}; }));
    routes.push_back(openapi_route(to_text(op::openapi_of(operations, "1.2.3"))));
    static const std::string page = gzip("<!doctype html><p>page</p>");
    static const std::vector<Asset> assets = {
        {"/index.html", "text/html; charset=utf-8", page, "\"p1\""},
        {"/assets/app-1.js", "text/javascript", page, "\"a1\""}};
    add(asset_routes(assets));
    server = start_server(
                 {.socket_path = folder.path() + "/socket"}, std::move(routes),
                 [this](const HttpRequest& request) { return access.guard(request); },
                 [this](const Observation& seen) { metrics.observe(seen); }, null_log())
                 .value();
  }
  ~Api() { server.reset(); }

  static Result<op::Caller> verify(std::string_view bearer) {
    op::Caller caller;
    caller.principal = "user:ada";
    caller.role = op::Role::kEditor;
    caller.scopes = {"*"};
    caller.token_id = "t1";
    if (bearer == "good") return caller;
    return fail(Code::kUnauthenticated, "this token is not known", "make another");
  }

  RawSocket::Reply ask(std::string_view line, std::string_view fields = "",
                       std::string_view body = "") {
    std::string text(line);
    text.append(" HTTP/1.1\r\n");
    if (fields.find("Host:") == std::string_view::npos) text.append("Host: localhost\r\n");
    text.append(fields);
    if (!body.empty())
      text.append("Content-Type: application/json\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n");
    text.append("\r\n").append(body);
    return RawSocket(server->port()).ask(text);
  }
  std::string base() const { return "http://127.0.0.1:" + std::to_string(server->port()); }
};

constexpr std::string_view kGood = "Authorization: Bearer good\r\n";

TEST(Api, TurnsPathAndQueryIntoParameters) {
  Api api;
  const auto reply = api.ask("GET /api/boxes/a%20b?count=3&tags=x&tags=y");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(MUST(parse_json(reply.body)),
            MUST(parse_json(R"({"name":"a b","count":3,"tags":["x","y"],"caller":"anonymous"})")));
  EXPECT_TRUE(reply.has("Cache-Control: no-store"));
  EXPECT_EQ(api.ask("GET /api/boxes/a?count=11").status, 400);
  EXPECT_EQ(api.ask("GET /api/boxes/a?name=b").status, 400);
  const auto unknown = api.ask("GET /api/boxes/a?cuont=1");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_THAT(unknown.body, HasSubstr("INVALID_ARGUMENT"));
}

TEST(Api, ReadsJsonBodies) {
  Api api;
  const auto reply = api.ask("POST /api/boxes", kGood, R"({"name":"x","count":2})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(MUST(parse_json(reply.body)).text_or("caller", ""), "user:ada");
  EXPECT_EQ(api.ask("POST /api/boxes", kGood, R"({"name":"x","count":"many"})").status, 400);
  EXPECT_EQ(api.ask("POST /api/boxes", kGood, R"({"name":)").status, 400);
  EXPECT_EQ(api.ask("POST /api/boxes", kGood, std::string(200, '[')).status, 400);
  const std::string form = "POST /api/boxes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n" +
                           std::string(kGood) + "Content-Type: text/plain\r\n\r\nname=x";
  EXPECT_EQ(RawSocket(api.server->port()).ask(form).status, 400);
}

TEST(Api, LoopbackWithoutATokenReadsOnly) {
  Api api;
  EXPECT_EQ(api.ask("GET /api/boxes/a").status, 200);
  const auto refused = api.ask("POST /api/boxes", "", R"({"name":"x"})");
  EXPECT_TRUE(refused.status == 401 || refused.status == 403) << refused.status;
  EXPECT_EQ(api.ask("GET /api/boxes/a", "Authorization: Bearer bad\r\n").status, 401);
  EXPECT_EQ(api.ask("GET /api/boxes/a", "Authorization: Basic Zzz\r\n").status, 401);
  Api open({.open_loopback = true});
  EXPECT_EQ(open.ask("POST /api/boxes", "", R"({"name":"x"})").status, 200);
  Api far({.address = "10.0.0.1"});
  EXPECT_EQ(far.ask("GET /api/boxes/a").status, 401);
  EXPECT_EQ(far.ask("GET /api/boxes/a", kGood).status, 200);
}

TEST(Api, TheSocketIsItsOwners) {
  Api api;
  RawSocket socket(api.folder.path() + "/socket");
  const auto reply = socket.ask("GET /api/boxes/a HTTP/1.1\r\nHost: anything\r\n\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr(op::local_owner().principal));
}

TEST(Api, RefusesForeignHostsAndOrigins) {
  Api api;
  EXPECT_EQ(api.ask("GET /api/boxes/a", "Host: evil.example\r\n").status, 403);
  EXPECT_EQ(api.ask("GET /api/boxes/a", "Host: localhost.evil.example\r\n").status, 403);
  const std::string own = "127.0.0.1:" + std::to_string(api.server->port());
  EXPECT_EQ(
      api.ask("GET /api/boxes/a", "Host: " + own + "\r\nOrigin: http://" + own + "\r\n").status,
      200);
  EXPECT_EQ(
      api.ask("GET /api/boxes/a", "Host: " + own + "\r\nOrigin: http://localhost:1\r\n").status,
      403);
  EXPECT_EQ(api.ask("GET /api/boxes/a", "Origin: null\r\n").status, 403);
  EXPECT_EQ(api.ask("POST /api/boxes", std::string(kGood) + "Sec-Fetch-Site: cross-site\r\n",
                    R"({"name":"x"})")
                .status,
            403);
}

TEST(Api, SignsInWithACookie) {
  Api api;
  const auto reply = api.ask("POST /api/signin", "", R"({"token":"good"})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.has("HttpOnly; SameSite=Strict"));
  EXPECT_EQ(
      api.ask("POST /api/boxes", "Cookie: a=b; solvent_session=good\r\n", R"({"name":"x"})").status,
      200);
  EXPECT_EQ(api.ask("POST /api/signin", "", R"({"token":"bad"})").status, 401);
  EXPECT_EQ(api.ask("POST /api/signin", "", R"({"token":"a;b"})").status, 400);
  EXPECT_TRUE(api.ask("POST /api/signin", "", R"({"name":"user:ada","password":"pw"})")
                  .has("solvent_session=good;"));
  EXPECT_EQ(api.ask("POST /api/signin", "", R"({"name":"user:ada","password":"no"})").status, 401);
}

TEST(Api, DescribesWhatIsNoOperationToo) {
  Api api;
  std::set<std::string> served, described;
  for (const auto& some : {upload_routes(api.access, *api.uploads, {}), session_routes(api.access)})
    for (const Route& route : some) served.insert(lower_ascii(route.method) + " " + route.pattern);
  const Json document = op::openapi_of(api.operations, "1.2.3", described_routes());
  const Json routes = described_routes();
  for (const auto& [path, item] : routes.object()) {
    ASSERT_NE(document.find("paths")->find(path), nullptr) << path;
    for (const auto& [method, operation] : item.object()) described.insert(method + " " + path);
  }
  EXPECT_EQ(described, served);
  const Json* error = document.find("components")->find("responses")->find("Error");
  ASSERT_NE(error, nullptr);
  EXPECT_NE(error->find("content"), nullptr);
}

TEST(Api, ATreeMayLieBelowItsUploadAndNowhereElse) {
  Api api;
  const auto read = [&](const std::string& below) {
    const Json begun = parse_json(api.ask("POST /api/uploads", kGood,
                                          R"({"files":[{"path":"sub/in/a","size":0,"digest":")" +
                                              digest_of(std::string_view()).hex() +
                                              R"("}],"folders":[{"path":"empty/one"}]})")
                                      .body)
                           .value();
    return api.ask(
        "POST /api/read", kGood,
        R"({"tree":{"upload":")" + begun.text_or("upload", "") + R"(","below":")" + below + "\"}}");
  };
  EXPECT_EQ(read("sub/in").status, 200);
  EXPECT_EQ(read("empty/one/../../sub/in").status, 200);
  EXPECT_EQ(read("empty/one").status, 200);
  EXPECT_EQ(read("none").status, 400);
  EXPECT_EQ(read("sub/in/a").status, 400);
  EXPECT_EQ(read("..").status, 400);
  EXPECT_EQ(read("sub/../../..").status, 400);
  EXPECT_EQ(read("/etc").status, 400);
  for (const char* folders : {"7", R"([{"path":"../x"}])", R"([{"path":"a/b"}])", R"([{}])"})
    EXPECT_EQ(api.ask("POST /api/uploads", kGood,
                      R"({"files":[{"path":"a","size":0,"digest":")" +
                          digest_of(std::string_view()).hex() + R"("}],"folders":)" + folders + "}")
                  .status,
              400)
        << folders;
}

TEST(Api, SendsProgressAsEvents) {
  Api api;
  const auto reply = api.ask("POST /api/run", "Accept: text/event-stream\r\n", R"({"name":"x"})");
  EXPECT_EQ(reply.body,
            "event: progress\ndata: {\"stage\":\"one\",\"fraction\":0.5,\"detail\":\"half\"}\n\n"
            "event: result\ndata: {\"ok\":true}\n\n");
  const auto failed =
      api.ask("POST /api/run", "Accept: text/event-stream\r\n", R"({"name":"bad"})");
  EXPECT_THAT(failed.body,
              HasSubstr("event: error\ndata: {\"error\":{\"code\":\"FAILED_PRECONDITION\""));
  EXPECT_EQ(api.ask("POST /api/run", "", R"({"name":"bad"})").status, 412);
}

TEST(Api, NeverOpensAClientsPath) {
  Api api;
  for (const char* tree :
       {R"("/etc")", R"({"root":"/etc"})", R"({"root":"/etc","given":"x"})",
        R"({"upload":"nope","root":"/etc"})", R"({"given":"/etc"})", "7", "[]"}) {
    const auto reply = api.ask("POST /api/read", kGood, R"({"tree":)" + std::string(tree) + "}");
    EXPECT_EQ(reply.status, 400) << tree << reply.body;
  }
  EXPECT_EQ(api.ask("POST /api/read", kGood, R"({"tree":{"upload":"nope"}})").status, 404);
}

std::string manifest_of(std::string path, std::string_view content, std::string digest = {}) {
  if (digest.empty()) digest = digest_of(content).hex();
  JsonObject file;
  file.emplace_back("path", std::move(path));
  file.emplace_back("size", static_cast<std::int64_t>(content.size()));
  file.emplace_back("digest", std::move(digest));
  JsonArray files{Json(std::move(file))};
  return to_text(with("files", std::move(files)));
}

TEST(Api, RefusesBadManifests) {
  Api api;
  for (const char* path : {"/etc/passwd", "../x", "a/../b", "a//b", "", ".", "a/./b"})
    EXPECT_EQ(api.ask("POST /api/uploads", "", manifest_of(path, "x")).status, 400) << path;
  EXPECT_EQ(api.ask("POST /api/uploads", "", manifest_of("a", "x", "zz")).status, 400);
  EXPECT_EQ(api.ask("POST /api/uploads", "", manifest_of("a", std::string(2 << 20, 'x'))).status,
            429);
  const std::string digest = digest_of(std::string_view("x")).hex();
  const std::string one = R"({"path":"a","size":1,"digest":")" + digest + "\"}";
  const std::string two = R"({"path":"a/b","size":1,"digest":")" + digest + "\"}";
  EXPECT_EQ(api.ask("POST /api/uploads", "", R"({"files":[)" + one + "," + one + "]}").status, 400);
  EXPECT_EQ(api.ask("POST /api/uploads", "", R"({"files":[)" + one + "," + two + "]}").status, 400);
}

TEST(Api, VerifiesWhatIsUploaded) {
  Api api;
  const auto begun =
      MUST(parse_json(api.ask("POST /api/uploads", "", manifest_of("a", "hello")).body));
  const std::string target = "PUT /api/uploads/" + begun.text_or("upload", "") + "/" +
                             digest_of(std::string_view("hello")).hex();
  EXPECT_EQ(api.ask(target, "", "hellx").status, 400);
  EXPECT_EQ(api.ask(target, "", "hello, and more").status, 400);
  const std::string read = R"({"tree":{"upload":")" + begun.text_or("upload", "") + "\"}}";
  EXPECT_EQ(api.ask("POST /api/read", "", read).status, 412);  // still missing
  EXPECT_EQ(api.ask(target, "", "hello").status, 204);
  EXPECT_EQ(api.ask(target, "", "hello").status, 204);
  EXPECT_THAT(api.ask("POST /api/read", "", read).body, HasSubstr("a=hello;"));
  // Another caller's upload does not exist.
  EXPECT_EQ(api.ask("POST /api/read", kGood, read).status, 404);
}

TEST(Api, ServesThePageStrictly) {
  Api api;
  for (const char* path : {"/", "/debts/7", "/index.html"}) {
    const auto reply = api.ask("GET " + std::string(path), "Accept-Encoding: gzip\r\n");
    EXPECT_EQ(reply.status, 200) << path;
    EXPECT_TRUE(reply.has("Content-Security-Policy: default-src 'none'; script-src 'self'"));
    EXPECT_TRUE(reply.has("Content-Encoding: gzip"));
    EXPECT_TRUE(reply.has("Cache-Control: no-cache"));
  }
  EXPECT_TRUE(api.ask("GET /assets/app-1.js").has("immutable"));
  EXPECT_EQ(api.ask("GET /assets/gone.js").status, 404);
  EXPECT_EQ(api.ask("GET /api/none").status, 404);
  EXPECT_THAT(api.ask("GET /healthz").body, "ok");
  EXPECT_THAT(
      api.ask("GET /metrics").body,
      HasSubstr("solvent_http_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"} 1"));
  EXPECT_THAT(api.ask("GET /openapi.json").body, HasSubstr("\"openapi\":\"3.1"));
}

TEST(Client, TalksToTheServer) {
  Api api;
  for (const std::string& base : {api.base(), "unix:" + api.folder.path() + "/socket"}) {
    const auto client = MUST(open_client({.base = base}));
    for (int i = 0; i < 3; ++i) {
      const auto reply = MUST(client->send("GET", "/api/boxes/a?count=2", {}, ""));
      EXPECT_EQ(reply.status, 200);
    }
    Headers headers;
    headers.set("Accept", "text/event-stream");
    headers.set("Content-Type", "application/json");
    auto stream = MUST(client->open("POST", "/api/run", headers, R"({"name":"x"})"));
    std::string seen;
    EXPECT_TRUE(read_events(stream.body, [&](std::string_view event, std::string_view data) {
      seen += std::string(event) + "|" + std::string(data) + "\n";
      return true;
    }));
    EXPECT_THAT(seen, HasSubstr("result|{\"ok\":true}"));
  }
  EXPECT_EQ(api.server->gauges().connections_total, 2u);
}

TEST(Client, SaysWhenNobodyIsThere) {
  const auto client = MUST(open_client({.base = "http://127.0.0.1:1"}));
  const auto reply = client->send("GET", "/", {}, "");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kUnavailable);
  EXPECT_FALSE(open_client({.base = "ftp://x"}));
  EXPECT_FALSE(open_client({.base = "http://"}));
  EXPECT_FALSE(open_client({.base = "http://a:b"}));
}

}  // namespace
}  // namespace solvent::net
