#include "tasks/tasks.h"

#include "tasks/core.h"
#include "tasks/rows.h"

namespace solvent::tasks {
namespace {

/// Held by the subscriber: when it dies, its listener hears no more.
struct Subscription {
  explicit Subscription(std::shared_ptr<Listener> listener_in) : listener(std::move(listener_in)) {}
  ~Subscription() {
    listener->over = true;
    // An event being told finishes first, so the sink is never called after this.
    const std::lock_guard spoken(listener->speaking);
  }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  std::shared_ptr<Listener> listener;
};

}  // namespace

Unexpected no_such_task(const std::string& id) {
  return fail(Code::kNotFound, "no such task: " + id, "`solvent task list` shows them", id);
}

Tasks::Tasks(sql::Database& database, Clock& clock, Random& random, TaskOptions options)
    : core_(std::make_unique<Core>(database, clock, random, options)) {}

Tasks::~Tasks() = default;

Result<std::string> Tasks::enqueue(sql::Tx& tx, const NewTask& wanted) {
  if (wanted.kind.empty())
    return fail(Code::kInvalidArgument, "a task needs a kind", "name it", "kind");
  if (!wanted.key.empty()) {
    if (const auto there = TRY(find_unfinished(tx, wanted.kind, wanted.key))) return there->id;
  }
  Task task;
  task.id = make_uuid(core_->clock, core_->random).text();
  task.kind = wanted.kind;
  task.version = wanted.version;
  task.key = wanted.key;
  task.params = wanted.params;
  task.created_by = wanted.created_by;
  task.attempts_max = wanted.attempts_max;
  task.created = core_->clock.now();
  task.run_after = wanted.run_after;
  TRY(insert_task(tx, task));
  tx.after_commit([core = core_.get()] { core->wake(); });
  return task.id;
}

Result<std::string> Tasks::enqueue(const NewTask& task) {
  std::string id;
  TRY(core_->database.write([&](sql::Tx& tx) -> Result<void> {
    id = TRY(enqueue(tx, task));
    return {};
  }));
  return id;
}

Result<Json> Tasks::run_inline(const TaskKind& kind, const NewTask& task,
                               const std::function<void(const op::Progress&)>& progress,
                               const CancelToken* cancel) {
  const auto attempt = std::make_shared<Attempt>();
  attempt->outer = cancel;
  Task claimed;
  TRY(core_->database.write([&](sql::Tx& tx) -> Result<void> {
    const std::string id = TRY(enqueue(tx, task));
    const TimeUs now = core_->clock.now();
    const auto claim =
        TRY(claim_task(tx, id, core_->owner, now, now + core_->options.lease_for, true));
    if (claim) attempt->claim = *claim;
    attempt->lease_until = now + core_->options.lease_for;
    claimed = TRY(read_task(tx, id)).value();
    return {};
  }));
  if (attempt->claim.id.empty()) {
    if (claimed.is_final())
      return fail(Code::kAborted, claimed.error.empty() ? "the task was cancelled" : claimed.error,
                  claimed.hint, claimed.id);
    return fail(Code::kUnavailable, "this work is being done by another process: " + claimed.owner,
                "follow it with `solvent task watch " + claimed.id + "`", claimed.id);
  }
  return run_attempt(*core_, kind, attempt, std::move(claimed), progress, false);
}

Result<Task> Tasks::find(const std::string& id) {
  std::optional<Task> task;
  TRY(core_->database.read([&](sql::Tx& tx) -> Result<void> {
    task = TRY(read_task(tx, id));
    return {};
  }));
  if (!task) return no_such_task(id);
  return *std::move(task);
}

Result<TaskPage> Tasks::list(const TaskQuery& query, const std::string& created_by) {
  TaskPage page;
  TRY(core_->database.read([&](sql::Tx& tx) -> Result<void> {
    page = TRY(list_tasks(tx, query, created_by));
    return {};
  }));
  return page;
}

Result<Task> Tasks::cancel(const std::string& id,
                           const std::function<Result<void>(sql::Tx&)>& effect) {
  std::optional<Task> task;
  bool asked = false;
  TRY(core_->database.write([&](sql::Tx& tx) -> Result<void> {
    asked = TRY(request_cancel(tx, id, core_->clock.now()));
    task = TRY(read_task(tx, id));
    if (asked && effect) return effect(tx);
    return {};
  }));
  if (!task) return no_such_task(id);
  if (!asked)
    return fail(Code::kFailedPrecondition, "the task has ended: " + task->status,
                "`solvent task show " + id + "` tells how", id);
  core_->announce(*task);
  return *std::move(task);
}

Result<op::EventStream> Tasks::watch(const std::string& id) {
  TRY(find(id));
  if (core_->listeners() >= core_->options.listeners_max)
    return fail(Code::kResourceExhausted, "too many listeners follow tasks",
                "close some, or ask with `solvent task show " + id + "`");
  op::EventStream stream;
  stream.subscribe = [this, id](op::EventStream::Sink sink) -> std::shared_ptr<void> {
    auto listener = std::make_shared<Listener>();
    listener->task = id;
    listener->sink = std::move(sink);
    core_->add_listener(listener);
    if (const auto task = find(id)) tell(*listener, *task);
    return std::make_shared<Subscription>(std::move(listener));
  };
  return stream;
}

Result<void> Tasks::schedule(sql::Tx& tx, const Schedule& schedule) {
  const auto refuse = [&](const char* why) {
    return fail(Code::kInvalidArgument, std::string("schedule ") + why + ": " + schedule.name,
                "give either an interval of at least a second, or a time of day", schedule.name);
  };
  if (schedule.name.empty()) return refuse("needs a name");
  if (schedule.every.has_value() == schedule.daily_at.has_value())
    return refuse("needs one of interval and time of day");
  if (schedule.every && *schedule.every < kSecondUs) return refuse("interval is too short");
  if (schedule.daily_at && (*schedule.daily_at < 0 || *schedule.daily_at >= kDayUs))
    return refuse("time of day is out of range");
  ScheduleRow row{schedule.name, schedule.task, schedule.every, schedule.daily_at, 0};
  const auto there = TRY(read_schedule(tx, schedule.name));
  const bool same_times =
      there && there->every == schedule.every && there->daily_at == schedule.daily_at;
  row.next_at =
      same_times ? there->next_at : next_time(row.every, row.daily_at, 0, core_->clock.now());
  return write_schedule(tx, row);
}

Result<void> Tasks::unschedule(sql::Tx& tx, const std::string& name) {
  return delete_schedule(tx, name);
}

}  // namespace solvent::tasks
