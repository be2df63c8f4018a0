/// A blocking byte stream to a server: TCP, TLS or a unix socket, each call under a timeout.
/// Thread-compatible. Times are milliseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace solvent::net {

/// Where a base address points: "http://host:port", "https://host", "http://[::1]:80",
/// "unix:/path".
struct Endpoint {
  enum class Kind : std::uint8_t { kTcp, kTls, kUnix };
  Kind kind = Kind::kTcp;
  std::string host, port;  ///< as for getaddrinfo; host without brackets
  std::string path;        ///< of the socket
  std::string authority;   ///< for the Host field
  std::string prefix;      ///< path in front of every target, without a last '/'
};
Result<Endpoint> parse_endpoint(std::string_view base);

class ClientSocket {
 public:
  virtual ~ClientSocket() = default;
  /// kUnavailable when nobody listens, kDeadlineExceeded when nobody answers. TLS verifies the
  /// certificate against the machine's authorities and the host's name.
  static Result<std::unique_ptr<ClientSocket>> connect(const Endpoint& to, std::int64_t timeout_ms);
  virtual Result<void> write(std::string_view bytes, std::int64_t timeout_ms) = 0;
  /// Some bytes; empty at the end.
  virtual Result<std::string_view> read(std::int64_t timeout_ms) = 0;
  /// The peer has closed or sent something unasked: an idle connection that is of no more use.
  virtual bool stale() const = 0;
};

}  // namespace solvent::net
