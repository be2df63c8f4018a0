/// The access log: one line a request, in the form of the Log that it goes to, gathered and written
/// a few times a second by a thread of its own, since a write for each would cost more than most
/// requests do. Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "net/http.h"

namespace solvent::net {

class AccessLog {
 public:
  AccessLog(Log& log, Clock& clock);
  /// Writes what is left.
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  /// "request" with method, path, status, us, bytes, peer, request_id; warning from status 500 on.
  void write(const Observation& seen);

 private:
  void append_json(const Observation& seen, bool failed);
  void append_plain(const Observation& seen, bool failed);
  void append_time();
  void run();

  Log& log_;
  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string lines_;
  std::string second_text_;  ///< "2026-11-24T02:07:27." of `second_`
  std::int64_t second_ = -1;
  bool stopping_ = false;
  std::thread writer_;
};

}  // namespace solvent::net
