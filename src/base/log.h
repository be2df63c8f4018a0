/// Structured log lines: one JSON object or one plain line each, to a sink given at start.
/// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/json.h"

namespace solvent {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError, kOff };

class Log {
 public:
  using Sink = std::function<void(std::string_view line)>;
  Log(Clock& clock, LogLevel level, bool as_json, Sink sink);

  void write(LogLevel level, std::string_view event,
             std::initializer_list<std::pair<std::string_view, Json>> fields = {});
  bool enabled(LogLevel level) const { return level >= level_; }
  /// Whole lines, each in this log's form already and ended: for what writes very many at once.
  void write_lines(std::string_view lines) { sink_(lines); }
  bool as_json() const { return as_json_; }

 private:
  Clock& clock_;
  LogLevel level_;
  bool as_json_;
  Sink sink_;
};

/// Drops everything; for tests and quiet commands.
Log& null_log();
/// One write(2) a line to standard error.
Log::Sink stderr_sink();

}  // namespace solvent
