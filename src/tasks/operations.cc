#include "tasks/operations.h"

namespace solvent::tasks {

std::vector<op::OperationSpec> operation_specs() {
  return {
      {.noun = "task",
       .verb = "list",
       .method = "GET",
       .path = "/api/tasks",
       .role = op::Role::kReader,
       .summary = "List background tasks, newest first",
       .examples = {{"solvent task list --status running", "what is being worked on"}},
       .request = &spec_of<TaskQuery>(),
       .result = &spec_of<TaskPage>(),
       .default_verb = true},
      {.noun = "task",
       .verb = "show",
       .method = "GET",
       .path = "/api/tasks/{id}",
       .role = op::Role::kReader,
       .summary = "Show one task: progress, attempts, error",
       .examples = {{"solvent task show 01935a3e-0000-7000-8000-000000000000", "one task"}},
       .request = &spec_of<TaskId>(),
       .result = &spec_of<Task>(),
       .positional = {"id"}},
      {.noun = "task",
       .verb = "cancel",
       .method = "POST",
       .path = "/api/tasks/{id}/cancel",
       .role = op::Role::kEditor,
       .summary = "Ask a task to stop",
       .description = "A queued task ends at once. A running one stops at its next safe point, "
                      "within a second; what its checkpoints committed stays.",
       .examples = {{"solvent task cancel 01935a3e-0000-7000-8000-000000000000", "stop it"}},
       .request = &spec_of<TaskId>(),
       .result = &spec_of<Task>(),
       .positional = {"id"}},
      {.noun = "task",
       .verb = "watch",
       .method = "GET",
       .path = "/api/tasks/{id}/events",
       .role = op::Role::kReader,
       .summary = "Follow a task until it ends",
       .description = "An event stream: \"progress\" with the task, then one \"end\".",
       .examples = {{"solvent task watch 01935a3e-0000-7000-8000-000000000000", "follow it"}},
       .request = &spec_of<TaskId>(),
       .result = &spec_of<Task>(),
       .positional = {"id"},
       .follows = true},
  };
}

namespace {

/// What a task touches is its kind's affair; who is limited to some assets sees what it asked for
/// itself. Empty for everybody's.
std::string asked_by(const op::Caller& caller) {
  return caller.limited() ? caller.principal : std::string();
}

/// The task; another's answers like none to callers who see their own only.
Result<Task> seen_task(Tasks& tasks, const op::Caller& caller, const std::string& id) {
  Task task = TRY(tasks.find(id));
  if (caller.limited() && task.created_by != caller.principal) return no_such_task(id);
  return task;
}

}  // namespace

std::vector<op::Handler> bind(Tasks& tasks, AuditFn audit) {
  return {
      op::handler<TaskQuery, TaskPage>(
          "task list",
          [&tasks](const TaskQuery& query, const op::Request&, const op::Caller& caller) {
            return tasks.list(query, asked_by(caller));
          }),
      op::handler<TaskId, Task>(
          "task show",
          [&tasks](const TaskId& given, const op::Request&, const op::Caller& caller) {
            return seen_task(tasks, caller, given.id);
          }),
      op::handler<TaskId, Task>(
          "task cancel",
          [&tasks, audit = std::move(audit)](const TaskId& given, const op::Request&,
                                             const op::Caller& caller) -> Result<Task> {
            TRY(seen_task(tasks, caller, given.id));
            return tasks.cancel(
                given.id, [&](sql::Tx& tx) { return audit(tx, caller, "task cancel", given.id); });
          }),
      {.id = "task watch",
       .call = [&tasks](const op::Request& request, const op::Caller& caller) -> Result<op::Reply> {
         const auto given = TRY(from_json<TaskId>(request.params));
         TRY(seen_task(tasks, caller, given.id));
         return op::Reply(TRY(tasks.watch(given.id)));
       }},
  };
}

}  // namespace solvent::tasks
