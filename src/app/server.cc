#include "app/server.h"

#include <atomic>
#include <csignal>
#include <ctime>
#include <iterator>

#include "app/specs.h"
#include "app/version.h"
#include "identity/identity.h"
#include "net/access.h"
#include "net/access_log.h"
#include "net/api.h"
#include "net/described_routes.h"
#include "net/metrics.h"
#include "net/uploads.h"
#include "op/openapi.h"
#include "op/registry.h"
#include "remedies/data/service.h"

namespace solvent::app {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

/// The data sets' files, to whom the catalog shows them.
class DataContents final : public net::StoredContents {
 public:
  DataContents(Workspace& workspace, Modules& modules) : workspace_(workspace), modules_(modules) {}

  Result<std::map<Digest, std::uint64_t>> readable(const op::Caller& caller) override {
    std::map<Digest, std::uint64_t> all;
    for (const auto& version : TRY(modules_.data().versions(caller)))
      all.emplace(TRY(parse_digest(version.content)), static_cast<std::uint64_t>(version.size));
    return all;
  }

  Result<void> copy(const Digest& digest, const std::string& path) override {
    const auto reader = TRY(workspace_.store().open(digest));
    const auto file = TRY(workspace_.with().files.open(path, OpenMode::kCreateNew));
    std::vector<std::uint8_t> piece(1u << 20);
    for (std::uint64_t offset = 0;;) {
      const std::size_t count = TRY(reader->read_at(offset, piece));
      if (count == 0) return {};
      TRY(file->write_at(offset, ByteView(piece).first(count)));
      offset += count;
    }
  }

 private:
  Workspace& workspace_;
  Modules& modules_;
};

}  // namespace

struct WorkspaceServer::Parts {
  Parts(op::Operations made, net::AccessOptions access_options, Modules& modules, Clock& clock,
        std::unique_ptr<DataContents> contents, std::unique_ptr<net::Uploads> staging, Log& log)
      : operations(std::move(made)),
        access(
            std::move(access_options),
            [&modules](std::string_view bearer) { return modules.identity().authenticate(bearer); },
            clock),
        stored(std::move(contents)),
        uploads(std::move(staging)),
        metrics(SOLVENT_VERSION),
        access_log(log, clock) {}

  op::Operations operations;
  net::Access access;
  std::unique_ptr<DataContents> stored;
  std::unique_ptr<net::Uploads> uploads;
  net::Metrics metrics;
  net::AccessLog access_log;
  std::string scheme, host;
  std::atomic<bool> stopping{false};
  std::atomic<net::Server*> running{nullptr};  ///< a request may come before start() returns
  std::unique_ptr<net::Server> server;         // last, so that it ends before what its routes use
};

WorkspaceServer::WorkspaceServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
WorkspaceServer::~WorkspaceServer() = default;

Result<std::unique_ptr<WorkspaceServer>> WorkspaceServer::start(Workspace& workspace,
                                                                Modules& modules,
                                                                net::ServerOptions options,
                                                                std::vector<net::Route> pages,
                                                                Log& log) {
  const Settings& settings = workspace.settings();
  TRY(net::may_listen(options.address, TRY(modules.identity().configured())));
  auto operations = TRY(op::Operations::create(program_specs().operations, modules.handlers()));
  const net::UploadLimits limits = net::upload_limits(settings);
  const Surroundings& with = workspace.with();
  auto stored = std::make_unique<DataContents>(workspace, modules);
  auto uploads =
      TRY(net::Uploads::create(with.files, with.clock, with.random,
                               join_path(workspace.scratch(), "uploads"), limits, stored.get()));
  net::AccessOptions access = net::access_options(settings);
  access.address = options.address;
  if (access.open_loopback)
    log.write(LogLevel::kWarning, "open_loopback",
              {{"setting", "server.open_loopback"},
               {"meaning", "every program on this machine may write here without a token"}});

  auto parts = std::make_unique<Parts>(std::move(operations), std::move(access), modules,
                                       with.clock, std::move(stored), std::move(uploads), log);
  Parts& p = *parts;
  p.scheme = options.tls ? "https" : "http";
  p.host = options.address.find(':') == std::string::npos ? options.address
                                                          : "[" + options.address + "]";
  options.socket_path = workspace.socket_path();

  std::vector<net::Route> routes = std::move(pages);
  const auto add = [&](std::vector<net::Route> some) {
    std::move(some.begin(), some.end(), std::back_inserter(routes));
  };
  add(net::api_routes(p.operations, p.access, *p.uploads));
  add(net::upload_routes(p.access, *p.uploads, limits));
  add(net::session_routes(
      p.access,
      {.sign_in = [&modules](const std::string& name,
                             const std::string& password) -> Result<std::string> {
         return TRY(modules.identity().sign_in({.name = name, .password = password})).secret;
       },
       .sign_out =
           [&modules](const op::Caller& caller) { return modules.identity().sign_out(caller); }}));
  routes.push_back(net::openapi_route(
      to_text(op::openapi_of(p.operations, SOLVENT_VERSION, net::described_routes()))));
  add(net::health_routes(p.metrics, [&p] {
    const net::Server* server = p.running.load();
    return server ? server->gauges() : net::ServerGauges{};
  }));

  p.server = TRY(net::start_server(
      options, std::move(routes),
      [&p](const net::HttpRequest& request) { return p.access.guard(request); },
      [&p](const net::Observation& seen) {
        p.metrics.observe(seen);
        p.access_log.write(seen);
      },
      log));
  p.running = p.server.get();
  return std::unique_ptr<WorkspaceServer>(new WorkspaceServer(std::move(parts)));
}

std::string WorkspaceServer::url() const {
  return parts_->scheme + "://" + parts_->host + ":" + std::to_string(parts_->server->port());
}

void WorkspaceServer::drain() {
  parts_->stopping = true;
}

void WorkspaceServer::run_until_stopped(const std::function<void()>& stopping) {
  const sigset_t signals = stop_signals();
  const timespec moment{.tv_sec = 0, .tv_nsec = 200'000'000};
  while (!parts_->stopping && sigtimedwait(&signals, nullptr, &moment) < 0) {
  }
  stopping();  // first, as draining cuts those who follow events
  parts_->server->drain();
  parts_->server->wait();
}

void block_stop_signals() {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace solvent::app
