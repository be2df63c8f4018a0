/// Sockets and the threads that watch them, behind an interface that names no library. A Loop is
/// one thread; a Transport and its user belong to one loop and are touched only there, except
/// `post`, which any thread may call. Times are milliseconds of the monotonic clock.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace solvent::net {

/// Who reads and writes a transport. Kept alive by whatever is under way.
class TransportUser {
 public:
  virtual ~TransportUser() = default;
  /// `size` bytes are in the span given to `read`; 0 is the end or a failure.
  virtual void on_read(std::size_t size) = 0;
  virtual void on_written(bool ok) = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  /// At most one read at a time; ends in on_read, never inside this call.
  virtual void read(std::span<char> into, std::shared_ptr<TransportUser> user) = 0;
  enum class Written : std::uint8_t { kAll, kFailed, kLater };
  /// At most one write at a time. kLater: on_written follows, and both views must live until then.
  virtual Written write(std::string_view first, std::string_view second,
                        std::shared_ptr<TransportUser> user) = 0;
  /// Says that no more is coming; what the peer still sends can be read.
  virtual void shutdown_send() = 0;
  virtual void close() = 0;
  virtual std::string peer() const = 0;
  virtual bool is_socket() const = 0;  ///< the workspace's unix socket
  virtual bool is_tls() const = 0;
};

class Loop {
 public:
  virtual ~Loop() = default;
  /// Runs on the loop's thread, after what is under way; any thread.
  virtual void post(std::function<void()> work) = 0;
  /// The time of the last tick (about four a second): free of cost, for timeouts.
  virtual std::int64_t now_ms() const = 0;
  /// IMF-fixdate of the last tick, for the Date field.
  virtual std::string_view date() const = 0;
};

/// Called on the loop's thread.
struct LoopEvents {
  std::function<void(Loop&, std::unique_ptr<Transport>)> accepted;
  std::function<void(Loop&)> tick;
};

/// The listening sockets and the loops. `close_listeners` any time; destruction joins the threads.
class Listeners {
 public:
  virtual ~Listeners() = default;
  virtual int port() const = 0;
  virtual void close_listeners() = 0;
  virtual void stop() = 0;  ///< joins the loops' threads; nothing runs afterwards
};

/// kUnavailable when the address or socket is taken, kInvalidArgument for bad TLS files.
Result<std::unique_ptr<Listeners>> open_listeners(const ServerOptions& options, LoopEvents events,
                                                  Log& log);

}  // namespace solvent::net
