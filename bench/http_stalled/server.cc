// Our server with everything a request goes through, and event streams that never end. Prints its port, serves until
// standard input ends.
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "base/digest.h"
#include "net/access_log.h"
#include "net/api.h"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

constexpr const char* kBody =
    R"({"id":"debt-17","kind":"unpinned","owner":"team:risk","principal":4200,"interest":310})";

using namespace solvent;

struct DebtRequest {
  std::string id;
  static constexpr std::string_view kName = "DebtRequest";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "which");
  }
};
struct Debt {
  std::string id, kind, owner;
  std::int64_t principal = 0, interest = 0;
  static constexpr std::string_view kName = "Debt";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "which");
    v.field("kind", kind, "of debt");
    v.field("owner", owner, "whose");
    v.field("principal", principal, "to pay now");
    v.field("interest", interest, "a month");
  }
};

class Ours {
 public:
  explicit Ours(bool quick)
      : operations_(MUST(op::Operations::create({spec(quick)}, {handler()}))),
        access_(
            {}, [this](std::string_view bearer) { return verify(bearer); }, system_clock()),
        uploads_(MUST(net::Uploads::create(posix_files(), system_clock(), system_random(),
                                           folder_.path() + "/uploads", {}))),
        log_(system_clock(), LogLevel::kInfo, true, stderr_sink()) {
    op::Caller ada;
    ada.principal = "user:ada";
    ada.role = op::Role::kReader;
    ada.scopes = {"*"};
    ada.token_id = "t1";
    tokens_[digest_of(std::string_view("token-of-ada-0123456789abcdef"))] = ada;
  }
  void start() {
    auto routes = net::api_routes(operations_, access_, *uploads_);
    for (auto& route : net::health_routes(metrics_, [] { return net::ServerGauges{}; }))
      routes.push_back(std::move(route));
    routes.push_back(events_route());
    for (auto& route : net::upload_routes(access_, *uploads_, {}))
      routes.push_back(std::move(route));
    server_ = MUST(net::start_server(
        {}, std::move(routes),
        [this](const net::HttpRequest& request) { return access_.guard(request); },
        [this](const net::Observation& seen) {
          metrics_.observe(seen);
          access_log_.write(seen);
        },
        log_));
  }
  int port() const { return server_->port(); }

 private:
  static op::OperationSpec spec(bool quick) {
    op::OperationSpec made{.noun = "debt",
                           .verb = "show",
                           .method = "GET",
                           .path = "/api/debts/{id}",
                           .summary = "Show a debt",
                           .request = &spec_of<DebtRequest>(),
                           .result = &spec_of<Debt>(),
                           .quick = quick};
    made.examples = {{"solvent debt show debt-17", "that one"}};
    return made;
  }
  static op::Handler handler() {
    return op::handler<DebtRequest, Debt>(
        "debt show",
        [](const DebtRequest& request, const op::Request&, const op::Caller&) -> Result<Debt> {
          return Debt{request.id, "unpinned", "team:risk", 4200, 310};
        });
  }
  /// As identity does for a token seen lately: its hash in a table.
  Result<op::Caller> verify(std::string_view bearer) {
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(digest_of(bearer));
    if (found == tokens_.end()) return fail(Code::kUnauthenticated, "unknown token");
    return found->second;
  }
  static net::Route events_route() {
    return {.method = "GET", .pattern = "/events", .handle = [](net::HttpRequest&) {
              op::EventStream stream{[](op::EventStream::Sink sink) -> std::shared_ptr<void> {
                sink("hello", Json(1));
                return std::make_shared<op::EventStream::Sink>(std::move(sink));
              }};
              return net::HttpReply{.status = 200, .headers = {}, .body = std::move(stream)};
            }};
  }

  TempDirectory folder_ = std::move(TempDirectory::create("http_get").value());
  op::Operations operations_;
  std::mutex mutex_;
  std::unordered_map<Digest, op::Caller, DigestHash> tokens_;
  net::Access access_;
  std::unique_ptr<net::Uploads> uploads_;
  Log log_;
  net::Metrics metrics_{"bench"};
  net::AccessLog access_log_{log_, system_clock()};
  std::unique_ptr<net::Server> server_;
};

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

template <class Server>
int serve(Server& server) {
  server.start();
  std::cout << server.port() << std::endl;
  for (std::string line; std::getline(std::cin, line) && line != "end";)
    std::cout << cpu_seconds() << std::endl;
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const std::string kind = count > 1 ? words[1] : "";
  if (kind == "bare") {
    Bare server;
    return serve(server);
  }
  if (kind == "quick" || kind == "worker") {
    Ours server(kind == "quick");
    return serve(server);
  }
  std::cerr << "usage: http_bench_server bare|quick|worker\n";
  return 2;
}
