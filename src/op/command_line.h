/// Words of a command line to an operation and its parameters, by the operations' specs. Pure: no
/// terminal, no environment, and no file but what the caller's ReadText reads.
///
/// Own code rather than CLI11: the grammar is already data (StructSpec), and building a CLI11 App
/// and Option object for each operation and field costs more than all of `--help` may take.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "op/registry.h"

namespace solvent::op {

/// What stands behind the command's words.
struct Arguments {
  Json params{JsonObject()};      ///< by the request's spec
  Json globals{JsonObject()};     ///< by the spec of the flags that every command takes
  std::vector<std::string> rest;  ///< behind "--": a command for the client to run
  bool help = false;              ///< --help or -h stood anywhere before "--"
};

/// What a file holds, by its absolute path: for JSON given as `@FILE`. Empty: `@` means nothing.
using ReadText = std::function<Result<std::string>(const std::string& path)>;

/// `--name value`, `--name=value`, `--flag`, `--no-flag`; a list's flag may come again; dashes for
/// underscores; what carries no flag goes to `positional`, in order, a last list taking the rest.
/// JSON may be `@FILE`; an array given to a list of JSON objects is its members. Relative paths are
/// taken from `directory`. kInvalidArgument names the flag and, for an unknown
/// one, the nearest; a missing required field is an error here unless help is asked for,
/// or it is a secret, which nobody should have to type where others can see it.
Result<Arguments> parse_arguments(const StructSpec& request,
                                  std::span<const std::string> positional,
                                  const StructSpec& globals, std::span<const std::string> arguments,
                                  std::string_view directory, const ReadText& read_text = {});

struct CommandLine {
  const OperationSpec* spec = nullptr;  ///< null when help is asked for above one operation
  std::string noun;                     ///< empty when none was given
  Arguments arguments;
};

/// `[global flags] noun [verb] …`. Without a noun, or with help and no verb, `spec` is null; a noun
/// that is not in the table is an error, so a caller looks at its local-only commands first.
Result<CommandLine> parse_command_line(const Operations& operations, const StructSpec& globals,
                                       std::span<const std::string> arguments,
                                       std::string_view directory, const ReadText& read_text = {});

/// "dry_run" → "--dry-run"
std::string flag_of(std::string_view field);

}  // namespace solvent::op
