/// The command line: words in, an exit code out. An operation runs in this process, or through the
/// server that holds the workspace, with the same output. Not thread-safe; one command a process.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/workspace.h"
#include "base/describe.h"

namespace solvent::app {

/// Flags that every command takes.
struct GlobalFlags {
  std::string workspace, server, token, output;
  std::vector<std::string> set;
  bool json = false, wide = false, quiet = false, yes = false;
  static constexpr std::string_view kName = "GlobalFlags";
  template <class V>
  void describe(V& v) {
    v.field("workspace", workspace, "folder of the workspace; default the nearest above",
            {.optional = true});
    v.field("server", server, "use the server at this address, e.g. http://127.0.0.1:8700",
            {.optional = true});
    v.field("token", token, "token for it; better in SOLVENT_TOKEN",
            {.unit = Unit::kSecret, .optional = true});
    v.field("output", output, "file for results that are files; - is standard output",
            {.optional = true});
    v.field("set", set, "a setting for this command only: key=value");
    v.field("json", json, "print JSON");
    v.field("wide", wide, "print every column");
    v.field("quiet", quiet, "no progress; only totals of long results");
    v.field("yes", yes, "do not ask before something is destroyed");
  }
};

/// Absolute path of the working directory; kUnavailable when it was removed.
Result<std::string> current_directory();

/// Overwrites the values of secret flags among the process's own words, which every user of the
/// machine can list (ps). Until then they stand there: `-` and a question are better.
void hide_secrets(std::span<char* const> words);

/// Runs one command. Returns 0, 1 (findings over policy), 2 (bad input), 3 (environment) or 4 (our
/// bug).
int run_command(const std::vector<std::string>& arguments, Clock& clock, Random& random);

}  // namespace solvent::app
