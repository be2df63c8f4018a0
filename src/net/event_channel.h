/// Server-sent events on their way from whoever publishes to one connection: bounded, never
/// blocking the publisher. Thread-safe. Sizes are bytes.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "op/operation.h"

namespace solvent::net {

class EventChannel : public std::enable_shared_from_this<EventChannel> {
 public:
  /// `wake` is called from a publisher's thread when there is something to take.
  EventChannel(std::size_t bytes_max, bool chunked, std::function<void()> wake)
      : bytes_max_(bytes_max), chunked_(chunked), wake_(std::move(wake)) {}

  /// What publishers hold. The channel ends when the last copy dies.
  op::EventStream::Sink make_sink();
  /// Keeps the subscription until `close`.
  void keep(std::shared_ptr<void> subscription);

  struct Taken {
    std::string text;
    bool ended = false;    ///< nothing follows
    bool overrun = false;  ///< the listener was too slow; events were lost
  };
  Taken take();
  /// The listener is gone: sinks return false, the subscription dies (on the caller's thread).
  void close();

 private:
  bool push(std::string_view event, const Json& data);
  void end();
  void wake_once(std::unique_lock<std::mutex>& lock);

  const std::size_t bytes_max_;
  const bool chunked_;
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::string pending_;
  std::shared_ptr<void> subscription_;
  bool awake_ = false, closed_ = false, ended_ = false, overrun_ = false;
};

}  // namespace solvent::net
