/// An upload on its way from the connection's thread to the worker that reads it, bounded, with the
/// reader able to wait. Thread-safe: one writer, one reader. Sizes are bytes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"

namespace solvent::net {

class BodyPipe {
 public:
  /// `resume` is called from the reader's thread once there is room again after `full`.
  BodyPipe(std::size_t bytes_max, std::function<void()> resume)
      : bytes_max_(bytes_max), resume_(std::move(resume)) {}

  void push(std::string piece);
  void finish();
  /// The first error stays; what was pushed before is still dropped, since it is no whole body.
  void fail_with(Error error);
  bool full();     ///< remembers to call `resume`
  bool waiting();  ///< the reader waits for bytes right now

  /// The next piece, empty at the end.
  Result<std::string> pull();

 private:
  const std::size_t bytes_max_;
  const std::function<void()> resume_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::string> pieces_;
  std::size_t bytes_ = 0;
  bool finished_ = false, paused_ = false, waiting_ = false;
  std::optional<Error> error_;
};

}  // namespace solvent::net
