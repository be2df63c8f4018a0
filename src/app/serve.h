/// `solvent serve`: the server that holds a workspace. Blocks until SIGTERM or SIGINT, then drains.
#pragma once

#include <string>

#include "app/local_commands.h"
#include "base/describe.h"

namespace solvent::app {

struct ServeRequest {
  std::optional<std::string> address, certificate, key;
  std::optional<std::int64_t> port;
  static constexpr std::string_view kName = "ServeRequest";
  template <class V>
  void describe(V& v) {
    v.field("address", address, "address to listen on; others than loopback need identity");
    v.field("port", port, "port; 0 is any free one", {.min = 0, .max = 65'535});
    v.field("certificate", certificate, "PEM file for TLS");
    v.field("key", key, "its private key");
  }
};

/// Prints the URL on standard output once it answers.
Result<void> serve(const LocalContext& context, const Json& params);

/// The database snapshot of the workspace that a live server holds, over its socket.
Result<void> snapshot_from_server(const Surroundings& with, const std::string& folder,
                                  const std::string& path);

}  // namespace solvent::app
