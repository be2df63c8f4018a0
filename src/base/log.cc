#include "base/log.h"

#include <unistd.h>

#include <cerrno>

namespace solvent {
namespace {

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarning: return "warning";
    case LogLevel::kError: return "error";
    case LogLevel::kOff: return "off";
  }
  return "off";
}

/// A plain line keeps a text bare only when it cannot be mistaken for another field or line.
bool is_bare(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)
      return false;
  return true;
}

}  // namespace

Log::Log(Clock& clock, LogLevel level, bool as_json, Sink sink)
    : clock_(clock), level_(level), as_json_(as_json), sink_(std::move(sink)) {}

void Log::write(LogLevel level, std::string_view event,
                std::initializer_list<std::pair<std::string_view, Json>> fields) {
  if (!enabled(level) || level == LogLevel::kOff) return;
  const std::string time = format_time(clock_.now());
  if (as_json_) {
    JsonObject line;
    line.emplace_back("time", time);
    line.emplace_back("level", level_name(level));
    line.emplace_back("event", event);
    for (const auto& [name, value] : fields) line.emplace_back(std::string(name), value);
    sink_(to_text(line) + "\n");
    return;
  }
  std::string line = time + " " + std::string(level_name(level)) + " " + std::string(event);
  for (const auto& [name, value] : fields) {
    line.append(" ").append(name).append("=");
    line += value.is_string() && is_bare(value.string()) ? value.string() : to_text(value);
  }
  sink_(line + "\n");
}

Log& null_log() {
  static Log log(system_clock(), LogLevel::kOff, false, [](std::string_view) {});
  return log;
}

Log::Sink stderr_sink() {
  return [](std::string_view line) {
    // A log that cannot be written has nowhere to say so.
    while (::write(STDERR_FILENO, line.data(), line.size()) < 0 && errno == EINTR) {
    }
  };
}

}  // namespace solvent
