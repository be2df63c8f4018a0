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
       .positional = {"id"}},
  };
}

std::vector<op::Handler> bind(Tasks& tasks) {
  return {
      op::handler<TaskQuery, TaskPage>("task list",
                                       [&tasks](const TaskQuery& query, const op::Request&,
                                                const op::Caller&) { return tasks.list(query); }),
      op::handler<TaskId, Task>("task show",
                                [&tasks](const TaskId& given, const op::Request&,
                                         const op::Caller&) { return tasks.find(given.id); }),
      op::handler<TaskId, Task>("task cancel",
                                [&tasks](const TaskId& given, const op::Request&,
                                         const op::Caller&) { return tasks.cancel(given.id); }),
      {.id = "task watch",
       .call = [&tasks](const op::Request& request, const op::Caller&) -> Result<op::Reply> {
         const auto given = TRY(from_json<TaskId>(request.params));
         return op::Reply(TRY(tasks.watch(given.id)));
       }},
  };
}

}  // namespace solvent::tasks
