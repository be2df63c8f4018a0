/// The server of one open workspace: operations, uploads, sign-in, page, health, all assembled
/// here. Thread-safe once started. Everything it borrows must outlive it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/modules.h"
#include "app/workspace.h"
#include "base/log.h"
#include "net/http.h"

namespace solvent::app {

class WorkspaceServer {
 public:
  /// `workspace` was opened as a server. `options` is net::server_options of its settings, changed
  /// by flags where given; the socket is added here. `pages` are the page's routes, may be empty.
  /// kFailedPrecondition for an address but loopback while nobody can sign in.
  static Result<std::unique_ptr<WorkspaceServer>> start(Workspace& workspace, Modules& modules,
                                                        net::ServerOptions options,
                                                        std::vector<net::Route> pages, Log& log);
  ~WorkspaceServer();

  std::string url() const;
  /// Returns once the server was drained by SIGTERM, SIGINT or `drain`; `stopping` is called
  /// first, while requests are still answered. Must be called on the
  /// thread that called block_stop_signals before any other thread was started.
  void run_until_stopped(const std::function<void()>& stopping);
  void drain();

 private:
  struct Parts;
  explicit WorkspaceServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// Keeps SIGTERM and SIGINT for run_until_stopped; threads started later inherit this.
void block_stop_signals();

}  // namespace solvent::app
