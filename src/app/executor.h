/// Where an operation runs: in this process on an open workspace, or on a server.
/// Thread-compatible.
#pragma once

#include <functional>
#include <memory>

#include "app/command.h"
#include "app/workspace.h"
#include "op/help.h"

namespace solvent::app {

class Executor {
 public:
  virtual ~Executor() = default;
  virtual Result<op::Reply> call(const op::OperationSpec& spec, Json params,
                                 const std::function<void(const op::Progress&)>& progress,
                                 const CancelToken& cancel) = 0;
};

/// Chooses: --server; else the workspace, through its server's socket when one holds it; else, for
/// operations that look at files alone, a transient workspace. kFailedPrecondition with the way to
/// make a workspace otherwise.
Result<std::unique_ptr<Executor>> open_executor(const Surroundings& with, const GlobalFlags& flags,
                                                const op::OperationSpec& spec);

/// Specs alone, for help and completions.
const op::Operations& described_operations();
const op::HelpSource& help_source();

}  // namespace solvent::app
