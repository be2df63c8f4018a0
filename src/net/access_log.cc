#include "net/access_log.h"

#include <array>
#include <charconv>
#include <chrono>

#include "base/text.h"

namespace solvent::net {
namespace {

constexpr auto kPause = std::chrono::milliseconds(100);
constexpr std::size_t kWriteAtOnce = 256u << 10;

void append_number(std::string& to, std::int64_t value) {
  std::array<char, 24> digits;
  to.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

/// A JSON text; the common case has nothing to escape.
void append_text(std::string& to, std::string_view text) {
  bool plain = true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    plain = plain && byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
  }
  if (plain)
    to.append("\"").append(text).append("\"");
  else
    to.append(to_text(Json(sanitize_utf8(text))));
}

/// A text that stands bare in a plain line, or quoted as JSON is.
void append_word(std::string& to, std::string_view text) {
  bool bare = !text.empty();
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    bare = bare && byte > ' ' && byte < 0x7f && c != '"' && c != '=' && c != '\\';
  }
  if (bare)
    to.append(text);
  else
    append_text(to, text);
}

}  // namespace

AccessLog::AccessLog(Log& log, Clock& clock)
    : log_(log), clock_(clock), writer_([this] { run(); }) {}

AccessLog::~AccessLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  writer_.join();
}

void AccessLog::write(const Observation& seen) {
  const bool failed = seen.status >= 500;
  if (!log_.enabled(failed ? LogLevel::kWarning : LogLevel::kInfo)) return;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    wake = lines_.empty();
    if (log_.as_json())
      append_json(seen, failed);
    else
      append_plain(seen, failed);
    wake = wake || lines_.size() >= kWriteAtOnce;
  }
  if (wake) changed_.notify_one();
}

void AccessLog::append_time() {
  const TimeUs now = clock_.now();
  if (const std::int64_t second = now / kSecondUs; second != second_) {
    second_ = second;
    second_text_ = format_time(second * kSecondUs).substr(0, 20);
  }
  std::array<char, 7> micros;
  std::int64_t rest = now % kSecondUs;
  for (std::size_t i = 6; i-- > 0; rest /= 10) micros[i] = static_cast<char>('0' + rest % 10);
  micros[6] = 'Z';
  lines_.append(second_text_).append(micros.data(), micros.size());
}

void AccessLog::append_json(const Observation& seen, bool failed) {
  lines_.append("{\"time\":\"");
  append_time();
  lines_.append(failed ? "\",\"level\":\"warning\"" : "\",\"level\":\"info\"");
  lines_.append(",\"event\":\"request\",\"method\":");
  append_text(lines_, seen.method);
  lines_.append(",\"path\":");
  append_text(lines_, seen.path);
  lines_.append(",\"status\":");
  append_number(lines_, seen.status);
  lines_.append(",\"us\":");
  append_number(lines_, seen.duration_us);
  lines_.append(",\"bytes\":");
  append_number(lines_, static_cast<std::int64_t>(seen.bytes_out));
  lines_.append(",\"peer\":");
  append_text(lines_, seen.peer);
  lines_.append(",\"request_id\":");
  append_text(lines_, seen.request_id);
  lines_.append("}\n");
}

void AccessLog::append_plain(const Observation& seen, bool failed) {
  append_time();
  lines_.append(failed ? " warning request method=" : " info request method=");
  append_word(lines_, seen.method);
  lines_.append(" path=");
  append_word(lines_, seen.path);
  lines_.append(" status=");
  append_number(lines_, seen.status);
  lines_.append(" us=");
  append_number(lines_, seen.duration_us);
  lines_.append(" bytes=");
  append_number(lines_, static_cast<std::int64_t>(seen.bytes_out));
  lines_.append(" peer=");
  append_word(lines_, seen.peer);
  lines_.append(" request_id=");
  append_word(lines_, seen.request_id);
  lines_.append("\n");
}

void AccessLog::run() {
  std::unique_lock lock(mutex_);
  std::string taken;
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !lines_.empty(); });
    // Let some gather, unless there is a lot already or it is the end.
    changed_.wait_for(lock, kPause, [this] { return stopping_ || lines_.size() >= kWriteAtOnce; });
    taken.clear();
    taken.swap(lines_);
    const bool last = stopping_;
    lock.unlock();
    if (!taken.empty()) log_.write_lines(taken);
    lock.lock();
    if (last && lines_.empty()) return;
  }
}

}  // namespace solvent::net
