#include "tasks/core.h"

#include <algorithm>
#include <exception>

namespace solvent::tasks {
namespace {

bool passes(Code code) {
  return code == Code::kUnavailable || code == Code::kAborted || code == Code::kDeadlineExceeded ||
         code == Code::kResourceExhausted;
}

class RunningTask final : public TaskContext {
 public:
  RunningTask(Tasks::Core& core, const std::shared_ptr<Attempt>& attempt, Task task,
              const std::function<void(const op::Progress&)>& listener)
      : core_(core), attempt_(attempt), task_(std::move(task)), listener_(listener) {}

  const Task& task() const override { return task_; }
  const Json& state() const override { return task_.state; }
  const CancelToken& cancel() const override { return attempt_->cancel; }

  Result<void> checkpoint(Json state,
                          const std::function<Result<void>(sql::Tx&)>& effect) override {
    TRY(attempt_->cancel.check());
    const auto done = core_.database.write([&](sql::Tx& tx) -> Result<void> {
      // First: it locks the row, so whoever took the task over is met before `effect` meets theirs.
      TRY(write_state(tx, attempt_->claim, state));
      return effect ? effect(tx) : Result<void>();
    });
    if (!done && done.error().code == Code::kAborted && lost())
      attempt_->stop(StopReason::kTakenOver);
    if (done) task_.state = std::move(state);
    return done;
  }

  void progress(const op::Progress& progress) override {
    task_.stage = progress.stage;
    task_.fraction =
        progress.fraction < 0 ? std::nullopt : std::optional<double>(progress.fraction);
    task_.detail = progress.detail;
    if (listener_) listener_(progress);
    core_.announce(task_);
    const std::int64_t now = core_.clock.monotonic_ns() / 1000;
    if (written_ && now - *written_ < core_.options.progress_row_every) return;
    written_ = now;
    // Only a picture: a write that fails is made up for by the next.
    (void)core_.database.write(
        [&](sql::Tx& tx) { return write_progress(tx, attempt_->claim, progress); });
  }

  Task& shown() { return task_; }

 private:
  /// Whether an aborted checkpoint means that the claim is gone, not that `effect` was refused.
  bool lost() {
    bool held = true;
    (void)core_.database.read([&](sql::Tx& tx) -> Result<void> {
      held = require_claim(tx, attempt_->claim).has_value();
      return {};
    });
    return !held;
  }

  Tasks::Core& core_;
  std::shared_ptr<Attempt> attempt_;
  Task task_;
  const std::function<void(const op::Progress&)>& listener_;
  std::optional<std::int64_t> written_;
};

TimeUs backoff(const RetryPolicy& retry, std::int64_t attempts, Random& random) {
  TimeUs pause = retry.backoff_first;
  for (std::int64_t i = 1; i < attempts && pause < retry.backoff_max; ++i) pause *= 2;
  pause = std::min(pause, retry.backoff_max);
  // Half of it is random, so that tasks that failed together do not return together.
  return pause / 2 + static_cast<TimeUs>(random.below(static_cast<std::uint64_t>(pause / 2 + 1)));
}

Ending ending_of(Tasks::Core& core, const TaskKind& kind, const Attempt& attempt, const Task& task,
                 const Result<Json>& outcome, bool retry) {
  const TimeUs now = core.clock.now();
  if (outcome) return {.status = "done", .at = now, .result = *outcome};
  const Error& error = outcome.error();
  const StopReason reason = attempt.reason;
  if (reason == StopReason::kProcessStops)
    return {.status = "queued", .at = now, .uncount_attempt = true, .error = error};
  if (reason == StopReason::kRequested) return {.status = "cancelled", .at = now, .error = error};
  if (retry && passes(error.code) && task.attempts < task.attempts_max)
    return {.status = "queued",
            .at = now,
            .run_after = now + backoff(kind.retry, task.attempts, core.random),
            .error = error};
  return {.status = "failed", .at = now, .error = error};
}

/// Third-party code below a task may throw; a worker thread must survive it.
Result<Json> run_guarded(const TaskKind& kind, TaskContext& context) {
  try {
    return kind.run(context);
  } catch (const std::exception& e) {
    return fail(Code::kInternal, std::string("the task threw: ") + e.what(),
                "please report it with this message");
  }
}

}  // namespace

Result<Json> run_attempt(Tasks::Core& core, const TaskKind& kind,
                         const std::shared_ptr<Attempt>& attempt, Task task,
                         const std::function<void(const op::Progress&)>& progress, bool retry) {
  core.begin(attempt);
  RunningTask context(core, attempt, std::move(task), progress);
  core.announce(context.task());
  auto outcome = run_guarded(kind, context);
  const Ending ending = ending_of(core, kind, *attempt, context.task(), outcome, retry);
  std::optional<Task> ended;
  const Task& last = context.task();
  const auto recorded = core.database.write([&](sql::Tx& tx) -> Result<void> {
    TRY(write_progress(
        tx, attempt->claim,
        {.stage = last.stage, .fraction = last.fraction.value_or(-1), .detail = last.detail}));
    TRY(end_attempt(tx, attempt->claim, ending));
    ended = TRY(read_task(tx, attempt->claim.id));
    return {};
  });
  core.end(*attempt);
  if (recorded && ended) core.announce(*ended);
  // What could not be recorded did not happen: whoever takes the task over runs it again.
  if (!recorded && outcome) return Unexpected(recorded.error());
  return outcome;
}

}  // namespace solvent::tasks
