/// Help texts and shell completions, made from the table of operations. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "op/registry.h"

namespace solvent::op {

/// A command that exists outside the table: `init`, `serve`, `backup` and so on.
struct LocalCommand {
  std::string name, summary;
  std::vector<Example> examples;
  const StructSpec* request = nullptr;
  std::vector<std::string> positional;
};

/// All that help and completions know.
struct HelpSource {
  const Operations& operations;
  std::span<const LocalCommand> local;
  const StructSpec& globals;          ///< flags that every command takes
  std::string_view purpose;           ///< one sentence
  std::span<const Example> examples;  ///< shown first
};

/// `solvent --help`
std::string help_overview(const HelpSource& source);
/// `solvent <noun> --help`: its verbs, and the default verb in full. Empty for an unknown noun.
std::string help_noun(const HelpSource& source, std::string_view noun);
/// `solvent <noun> <verb> --help`: examples first.
std::string help_operation(const HelpSource& source, const OperationSpec& spec);
/// `solvent serve --help`
std::string help_local(const HelpSource& source, const LocalCommand& command);

/// A script for "bash", "zsh" or "fish"; kInvalidArgument for another shell.
Result<std::string> completion_script(const HelpSource& source, std::string_view shell);

}  // namespace solvent::op
