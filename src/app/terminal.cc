#include "app/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/text.h"

namespace solvent::app {
namespace {

constexpr std::int64_t kQuietNs = 1'000'000'000, kRedrawNs = 100'000'000;

/// 0, or the errno of what went wrong.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count < 0 ? errno : EIO;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

/// A message may carry a file's name or a server's words: neither may move the cursor.
std::string one_line(std::string_view text) {
  std::string line = sanitize_utf8(text);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  return line;
}

}  // namespace

TerminalOptions terminal_options(bool quiet) {
  TerminalOptions options;
  const char* term = std::getenv("TERM");
  const bool dumb = term != nullptr && std::string_view(term) == "dumb";
  options.color = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr && !dumb;
  options.progress = ::isatty(STDERR_FILENO) == 1 && !quiet && !dumb;
  winsize size{};
  if (const char* columns = std::getenv("COLUMNS"); columns != nullptr) {
    if (const auto count = parse_int(columns); count && *count >= 20 && *count <= 10'000)
      options.columns = static_cast<std::size_t>(*count);
  } else if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) {
    options.columns = size.ws_col;
  }
  return options;
}

Result<bool> Terminal::out(std::string_view text) {
  const int error = write_all(STDOUT_FILENO, text);
  if (error == 0) return true;
  if (error == EPIPE) return false;
  return fail(error == ENOSPC || error == EDQUOT ? Code::kResourceExhausted : Code::kUnavailable,
              std::string("cannot write to standard output: ") + std::strerror(error),
              error == ENOSPC || error == EDQUOT ? "free some space and run it again"
                                                 : "check where standard output goes");
}

void Terminal::message(std::string_view line) {
  progress_done();
  (void)write_all(STDERR_FILENO, one_line(line) + "\n");
}

void Terminal::error(const Error& error) {
  std::string text = "error: " + error.message;
  if (!error.subject.empty() && !contains(error.message, error.subject))
    text += " (" + error.subject + ")";
  message(text);
  if (!error.hint.empty()) message("next:  " + error.hint);
}

void Terminal::progress(const op::Progress& progress) {
  if (!options_.progress) return;
  const std::int64_t now = clock_.monotonic_ns();
  if (began_ns_ < 0) began_ns_ = now;
  if (now - began_ns_ < kQuietNs || now - drawn_ns_ < kRedrawNs) return;
  drawn_ns_ = now;
  std::string line = progress.stage;
  if (progress.fraction >= 0)
    line += " " + std::to_string(static_cast<int>(100 * progress.fraction)) + " %";
  if (!progress.detail.empty()) line += " " + sanitize_utf8(progress.detail);
  if (line.size() + 1 > options_.columns) line.resize(options_.columns - 1);
  shown_ = true;
  (void)write_all(STDERR_FILENO, "\r\x1b[2K" + line);
}

void Terminal::progress_done() {
  if (shown_) (void)write_all(STDERR_FILENO, "\r\x1b[2K");
  shown_ = false;
  began_ns_ = -1;
}

}  // namespace solvent::app
