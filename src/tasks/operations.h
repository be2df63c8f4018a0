/// `task list`, `task show`, `task cancel`, `task watch`.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "op/operation.h"
#include "tasks/tasks.h"

namespace solvent::tasks {

/// Static data; part of specs().
std::vector<op::OperationSpec> operation_specs();

/// Writes the access log's row in the transaction of a write: who did what to which.
using AuditFn = std::function<Result<void>(sql::Tx&, const op::Caller&, std::string_view action,
                                           std::string_view subject)>;

/// `tasks` outlives the handlers. Callers who are limited to some assets see the tasks that they
/// asked for themselves.
std::vector<op::Handler> bind(Tasks& tasks, AuditFn audit);

}  // namespace solvent::tasks
