/// Durable background work: rows claimed by lease, run at least once, resumed from the last
/// checkpoint, cancelled within a second. Owns the tables task_*. Thread-safe; several processes
/// share one database. Times are UTC microseconds.
///
/// A claim carries a fencing token. Whatever an attempt commits, it commits in a transaction that
/// first looks at the token, so an attempt that was given up for dead can change nothing any more.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/settings.h"
#include "base/threads.h"
#include "op/operation.h"
#include "sql/database.h"
#include "tasks/types.h"

namespace solvent::tasks {

struct RetryPolicy {
  std::int64_t attempts_max = 5;  ///< an attempt cut off by a dead process counts
  TimeUs backoff_first = kSecondUs;
  TimeUs backoff_max = 600 * kSecondUs;  ///< doubled each time up to this
};

/// What a running attempt sees. Used from the attempt's own thread, but for `cancel`.
class TaskContext {
 public:
  virtual ~TaskContext() = default;
  virtual const Task& task() const = 0;
  const Json& params() const { return task().params; }
  /// The state of the last checkpoint; null in a first attempt.
  virtual const Json& state() const = 0;
  /// Commits `effect` and the new state together. kAborted when another runner took the task over
  /// (nothing was committed): return the error. kCancelled once asked to stop.
  virtual Result<void> checkpoint(Json state,
                                  const std::function<Result<void>(sql::Tx&)>& effect = {}) = 0;
  virtual void progress(const op::Progress& progress) = 0;
  /// Cancelled on request, when the task was taken over, and when the process stops.
  virtual const CancelToken& cancel() const = 0;
};

/// Static knowledge about one kind of work. `run` returns the task's result; kUnavailable,
/// kAborted, kDeadlineExceeded and kResourceExhausted are tried again, other errors are final.
struct TaskKind {
  std::string name;
  std::int64_t version = 1;  ///< tasks made for a newer version are left to newer programs
  std::function<Result<Json>(TaskContext&)> run;
  RetryPolicy retry;
};

struct NewTask {
  std::string kind;
  std::int64_t version = 1;
  /// When not empty: an unfinished task of this kind and key is returned instead of a second one.
  std::string key;
  Json params;
  std::string created_by;
  TimeUs run_after = 0;  ///< 0: at once
  std::int64_t attempts_max = RetryPolicy().attempts_max;
};

/// kNotFound with what to run.
Unexpected no_such_task(const std::string& id);

/// Either `every` microseconds, or daily at `daily_at` microseconds after midnight UTC.
struct Schedule {
  std::string name;
  NewTask task;
  std::optional<TimeUs> every;
  std::optional<TimeUs> daily_at;
};

struct TaskOptions {
  TimeUs lease_for = 30 * kSecondUs;
  TimeUs watch_every = kSecondUs / 4;     ///< how often cancel requests and leases are looked at
  TimeUs progress_row_every = kSecondUs;  ///< a task's progress is written at most this often
  TimeUs keep_finished = 30 * kDayUs;
  std::size_t listeners_max = 1000;
};

/// From the `tasks.*` settings.
TaskOptions options_of(const Settings& settings);

class Tasks {
 public:
  Tasks(sql::Database& database, Clock& clock, Random& random, TaskOptions options = {});
  ~Tasks();  ///< every attempt has ended by then
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  /// In the caller's transaction: the task exists exactly if that commits. Yields its id.
  Result<std::string> enqueue(sql::Tx& tx, const NewTask& task);
  Result<std::string> enqueue(const NewTask& task);
  /// Runs here and now, on this thread: resumes an abandoned task of the same kind and key, else
  /// begins a new one. No retries. kUnavailable when another live process runs it.
  Result<Json> run_inline(const TaskKind& kind, const NewTask& task,
                          const std::function<void(const op::Progress&)>& progress,
                          const CancelToken* cancel);
  Result<Task> find(const std::string& id);
  /// Of one principal; of everybody when empty.
  Result<TaskPage> list(const TaskQuery& query, const std::string& created_by = {});
  /// A queued task is cancelled at once, a running one asked to stop. kFailedPrecondition when it
  /// has ended.
  /// `effect` is part of the transaction.
  Result<Task> cancel(const std::string& id,
                      const std::function<Result<void>(sql::Tx&)>& effect = {});
  /// Events "progress" with the Task, then one "end"; also of tasks that other processes run.
  Result<op::EventStream> watch(const std::string& id);
  /// Declares a schedule; declaring it again unchanged leaves its next time alone.
  Result<void> schedule(sql::Tx& tx, const Schedule& schedule);
  Result<void> unschedule(sql::Tx& tx, const std::string& name);

  struct Core;
  Core& core() { return *core_; }

 private:
  std::unique_ptr<Core> core_;
};

/// Worker threads that claim and run tasks, enqueue what schedules ask for, and forget old tasks.
/// The destructor asks what runs to stop and puts it back in the queue.
class Runner {
 public:
  /// `tasks` outlives the runner. The kinds' names are distinct.
  Runner(Tasks& tasks, std::vector<TaskKind> kinds, std::size_t threads);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct Specs {
  std::vector<sql::Migration> migrations;
  std::vector<op::OperationSpec> operations;
  std::vector<Setting> settings;
};
const Specs& specs();

}  // namespace solvent::tasks
