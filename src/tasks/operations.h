/// `task list`, `task show`, `task cancel`, `task watch`.
#pragma once

#include <vector>

#include "op/operation.h"
#include "tasks/tasks.h"

namespace solvent::tasks {

/// Static data; part of specs().
std::vector<op::OperationSpec> operation_specs();

/// `tasks` outlives the handlers.
std::vector<op::Handler> bind(Tasks& tasks);

}  // namespace solvent::tasks
