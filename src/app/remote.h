/// Operations on a server: the same request, the same reply, over HTTP or the workspace's socket.
/// Local files and trees are uploaded, contents that the server lacks only. Thread-compatible.
#pragma once

#include <memory>
#include <string>

#include "app/executor.h"
#include "app/workspace.h"

namespace solvent::app {

/// `server` is "http://host:port", "https://host" or "unix:/path/to/socket"; an empty token is
/// none. Nothing is sent yet. kInvalidArgument for another form of address.
Result<std::unique_ptr<Executor>> open_remote(const std::string& server, const std::string& token,
                                              const Surroundings& with);

}  // namespace solvent::app
