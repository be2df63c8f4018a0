#include "app/terminal.h"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "base/text.h"

namespace solvent::app {
namespace {

constexpr std::size_t kSecretMax = 4'096;
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

/// While it lives the terminal shows nothing of what is typed, and a signal that would end the
/// program ends the reading instead, so that the terminal is never left so.
class Silence {
 public:
  Silence() {
    caught = 0;
    struct sigaction note{};
    note.sa_handler = [](int number) { caught = number; };  // no SA_RESTART: read returns
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &note, &old_[i]);
    changed_ = ::tcgetattr(STDIN_FILENO, &shown_) == 0;
    termios hidden = shown_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  ~Silence() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown_);
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &old_[i], nullptr);
  }
  static int signal() { return caught; }

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
  static inline volatile std::sig_atomic_t caught = 0;
  std::array<struct sigaction, kSignals.size()> old_;
  termios shown_{};
  bool changed_ = false;
};

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

Result<std::string> Terminal::secret(std::string_view name) {
  std::optional<Silence> silence;
  if (::isatty(STDIN_FILENO) == 1) {
    progress_done();
    (void)write_all(STDERR_FILENO, std::string(name) + ": ");
    silence.emplace();
  }
  std::string line;
  for (char byte = 0; line.size() < kSecretMax;) {
    const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
    if (count < 0 && errno == EINTR && (!silence || Silence::signal() == 0)) continue;
    if (count <= 0 || byte == '\n') break;
    line += byte;
  }
  if (silence) (void)write_all(STDERR_FILENO, "\n");
  if (silence && Silence::signal() != 0)
    return fail(Code::kCancelled, "nothing was done", {}, std::string(name));
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty())
    return fail(Code::kInvalidArgument, std::string(name) + " is missing",
                "type it when asked, or send it as a line of standard input", std::string(name));
  return line;
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
