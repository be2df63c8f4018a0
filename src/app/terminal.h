/// Where a command writes: data on standard output, messages and progress on standard error.
/// Thread-compatible; progress may come from any thread, one at a time.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "op/operation.h"

namespace solvent::app {

struct TerminalOptions {
  bool color = false;     ///< of standard output
  bool progress = false;  ///< standard error is a terminal and nobody asked for quiet
  std::size_t columns = 100;
};

/// From isatty, COLUMNS, NO_COLOR and TERM.
TerminalOptions terminal_options(bool quiet);

class Terminal {
 public:
  Terminal(TerminalOptions options, Clock& clock) : options_(options), clock_(clock) {}

  const TerminalOptions& options() const { return options_; }
  /// Data. False when nobody reads any more (a closed pipe); an error when it cannot be written,
  /// as on a full disk.
  Result<bool> out(std::string_view text);
  void message(std::string_view line);
  /// A line of standard input; on a terminal it is asked for by name and not shown. kCancelled when
  /// a signal ends the question, kInvalidArgument when nothing is said.
  Result<std::string> secret(std::string_view name);
  /// "error: …" with subject and hint on lines of their own.
  void error(const Error& error);
  /// One line that is drawn over; nothing before a second has gone by, nothing when not a terminal.
  void progress(const op::Progress& progress);
  /// Takes the progress line away.
  void progress_done();

 private:
  TerminalOptions options_;
  Clock& clock_;
  std::int64_t began_ns_ = -1, drawn_ns_ = 0;
  bool shown_ = false;
};

}  // namespace solvent::app
