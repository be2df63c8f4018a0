/// What a reply becomes on the client's side: text or JSON on standard output, a file, or files
/// that a fix writes. Free functions over a Terminal.
#pragma once

#include "app/command.h"
#include "app/terminal.h"
#include "op/operation.h"

namespace solvent::app {

struct OutputContext {
  Terminal& terminal;
  FileSystem& files;
  const GlobalFlags& flags;
  std::string directory;  ///< of the command, for relative output files
};

/// Prints or writes the reply. `params` is what was asked, for the tree that a fix writes below.
Result<void> put_out(const OutputContext& context, const op::OperationSpec& spec,
                     const Json& params, op::Reply reply);

}  // namespace solvent::app
