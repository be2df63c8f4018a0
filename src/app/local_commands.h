/// Commands that are the client's own and never a server's: a closed list (ARCHITECTURE). Each is a
/// described request and a function. Not thread-safe.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/terminal.h"
#include "app/workspace.h"
#include "op/help.h"

namespace solvent::app {

struct LocalContext {
  const Surroundings& with;
  Terminal& terminal;
  const GlobalFlags& flags;
  std::string directory;  ///< where the command was given
};

struct LocalCommand {
  op::LocalCommand described;
  std::function<Result<void>(const LocalContext&, const Json& params)> run;
};

/// init, serve, backup, restore, completions, version.
std::span<const LocalCommand> local_commands();
const LocalCommand* find_local_command(std::string_view noun);

}  // namespace solvent::app
