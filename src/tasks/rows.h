/// The tables task_tasks and task_schedules. Every function runs inside the caller's transaction.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sql/database.h"
#include "tasks/tasks.h"

namespace solvent::tasks {

/// A claim: only the attempt that holds the newest token may commit.
struct Claim {
  std::string id, owner;
  std::int64_t token = 0;
};

Result<void> insert_task(sql::Tx& tx, const Task& task);
Result<std::optional<Task>> read_task(sql::Tx& tx, const std::string& id);
/// The unfinished task of this kind and key.
Result<std::optional<Task>> find_unfinished(sql::Tx& tx, const std::string& kind,
                                            const std::string& key);
/// Of one principal; of everybody when `created_by` is empty.
Result<TaskPage> list_tasks(sql::Tx& tx, const TaskQuery& query, const std::string& created_by);

/// Tasks of these kinds that may be begun now, oldest first: queued and due, or running past their
/// lease.
struct Candidate {
  std::string id, kind;
  std::int64_t version = 1;
};
Result<std::vector<Candidate>> list_claimable(sql::Tx& tx, std::span<const std::string> kinds,
                                              TimeUs now, std::int64_t limit);
/// Takes the task when it is still claimable, or when it is queued for later and `early`; nothing
/// otherwise. A task that was begun as often as it may be fails instead.
Result<std::optional<Claim>> claim_task(sql::Tx& tx, const std::string& id,
                                        const std::string& owner, TimeUs now, TimeUs lease_until,
                                        bool early);

/// kAborted unless `claim` holds the newest token of a running task.
Result<void> require_claim(sql::Tx& tx, const Claim& claim);
Result<void> extend_lease(sql::Tx& tx, const Claim& claim, TimeUs lease_until);
Result<bool> cancel_requested(sql::Tx& tx, const std::string& id);
Result<void> write_state(sql::Tx& tx, const Claim& claim, const Json& state);
Result<void> write_progress(sql::Tx& tx, const Claim& claim, const op::Progress& progress);

/// How an attempt ended.
struct Ending {
  std::string status;  ///< "queued" puts it back
  TimeUs at = 0;
  TimeUs run_after = 0;
  bool uncount_attempt = false;  ///< the process stopped: not the task's fault
  Json result;
  Error error;  ///< kOk when there is none
};
Result<void> end_attempt(sql::Tx& tx, const Claim& claim, const Ending& ending);
/// Queued tasks end at once; running ones are asked. False when the task has ended.
Result<bool> request_cancel(sql::Tx& tx, const std::string& id, TimeUs now);
Result<void> delete_finished(sql::Tx& tx, TimeUs before);

struct ScheduleRow {
  std::string name;
  NewTask task;
  std::optional<TimeUs> every, daily_at;
  TimeUs next_at = 0;
};
Result<std::optional<ScheduleRow>> read_schedule(sql::Tx& tx, const std::string& name);
Result<void> write_schedule(sql::Tx& tx, const ScheduleRow& row);
Result<void> delete_schedule(sql::Tx& tx, const std::string& name);
Result<std::vector<ScheduleRow>> list_due(sql::Tx& tx, TimeUs now);

/// The first time after `now` that the schedule asks for; `previous` is the time it asked for last,
/// 0 when never. Missed times are skipped: a task that was missed ten times runs once.
TimeUs next_time(const std::optional<TimeUs>& every, const std::optional<TimeUs>& daily_at,
                 TimeUs previous, TimeUs now);

}  // namespace solvent::tasks
