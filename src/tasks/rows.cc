#include "tasks/rows.h"

#include "base/text.h"

namespace solvent::tasks {
namespace {

constexpr std::string_view kColumns =
    "id, kind, version, task_key, status, params, state, result, stage, fraction, detail, "
    "attempts, attempts_max, cancel_requested, owner, lease_until, run_after, created, started, "
    "finished, created_by, error_code, error, hint";

std::string select_tasks(std::string_view rest) {
  return "SELECT " + std::string(kColumns) + " FROM task_tasks " + std::string(rest);
}

Result<Task> task_of(const sql::Row& row) {
  Task task;
  task.id = row.text(0);
  task.kind = row.text(1);
  task.version = row.integer(2);
  task.key = row.text(3);
  task.status = row.text(4);
  task.params = TRY(parse_json(row.text(5)));
  task.state = TRY(parse_json(row.text(6)));
  task.result = TRY(parse_json(row.text(7)));
  task.stage = row.text(8);
  if (row.real(9) >= 0) task.fraction = row.real(9);
  task.detail = row.text(10);
  task.attempts = row.integer(11);
  task.attempts_max = row.integer(12);
  task.cancel_requested = row.integer(13) != 0;
  task.owner = row.text(14);
  task.lease_until = row.integer(15);
  task.run_after = row.integer(16);
  task.created = row.integer(17);
  task.started = row.integer(18);
  task.finished = row.integer(19);
  task.created_by = row.text(20);
  task.error_code = row.text(21);
  task.error = row.text(22);
  task.hint = row.text(23);
  return task;
}

Result<std::optional<Task>> first_task(const sql::Rows& rows) {
  if (rows.empty()) return std::optional<Task>();
  return std::optional<Task>(TRY(task_of(rows[0])));
}

Unexpected taken_over(const Claim& claim) {
  return fail(Code::kAborted, "the task was taken over or ended: " + claim.id,
              "`solvent task show " + claim.id + "` tells where it stands", claim.id);
}

Result<void> require_changed(std::int64_t changed, const Claim& claim) {
  if (changed == 1) return {};
  return taken_over(claim);
}

/// Progress comes from anywhere: keep what fits a row.
std::string shown(std::string_view text) {
  return sanitize_utf8(text.substr(0, 500));
}

}  // namespace

Result<void> insert_task(sql::Tx& tx, const Task& task) {
  TRY(tx.execute(
      "INSERT INTO task_tasks(id, kind, version, task_key, status, params, state, result, stage, "
      "fraction, detail, attempts, attempts_max, cancel_requested, owner, token, lease_until, "
      "run_after, created, started, finished, created_by, error_code, error, hint) "
      "VALUES ($1, $2, $3, $4, 'queued', $5, 'null', 'null', '', $6, '', 0, $7, 0, '', 0, 0, $8, "
      "$9, 0, 0, $10, '', '', '')",
      {task.id, task.kind, task.version, task.key, to_text(task.params), -1.0, task.attempts_max,
       task.run_after, task.created, task.created_by}));
  return {};
}

Result<std::optional<Task>> read_task(sql::Tx& tx, const std::string& id) {
  return first_task(TRY(tx.query(select_tasks("WHERE id = $1"), {id})));
}

Result<std::optional<Task>> find_unfinished(sql::Tx& tx, const std::string& kind,
                                            const std::string& key) {
  return first_task(TRY(tx.query(
      select_tasks("WHERE kind = $1 AND task_key = $2 AND finished = 0 ORDER BY id LIMIT 1"),
      {kind, key})));
}

Result<TaskPage> list_tasks(sql::Tx& tx, const TaskQuery& query, const std::string& created_by) {
  // Ids grow with time, so they are the keyset.
  const auto rows =
      TRY(tx.query(select_tasks("WHERE ($1 = '' OR status = $1) AND ($2 = '' OR kind = $2) "
                                "AND ($3 = '' OR id < $3) AND ($5 = '' OR created_by = $5) "
                                "ORDER BY id DESC LIMIT $4"),
                   {query.status.value_or(""), query.kind.value_or(""), query.after.value_or(""),
                    query.limit + 1, created_by}));
  TaskPage page;
  for (const sql::Row& row : rows) {
    if (page.tasks.size() == static_cast<std::size_t>(query.limit)) {
      page.next = page.tasks.back().id;
      break;
    }
    page.tasks.push_back(TRY(task_of(row)));
  }
  return page;
}

Result<std::vector<Candidate>> list_claimable(sql::Tx& tx, std::span<const std::string> kinds,
                                              TimeUs now, std::int64_t limit) {
  std::vector<Candidate> found;
  if (kinds.empty()) return found;
  std::vector<sql::Value> params{now, limit};
  std::string list;
  for (const std::string& kind : kinds) {
    params.emplace_back(kind);
    list += (list.empty() ? "$" : ", $") + std::to_string(params.size());
  }
  const auto rows =
      TRY(tx.query("SELECT id, kind, version FROM task_tasks "
                   "WHERE ((status = 'queued' AND run_after <= $1) "
                   "OR (status = 'running' AND lease_until < $1)) AND kind IN (" +
                       list + ") ORDER BY run_after, id LIMIT $2",
                   sql::Params(params)));
  for (const sql::Row& row : rows) found.push_back({row.text(0), row.text(1), row.integer(2)});
  return found;
}

Result<std::optional<Claim>> claim_task(sql::Tx& tx, const std::string& id,
                                        const std::string& owner, TimeUs now, TimeUs lease_until,
                                        bool early) {
  const auto rows =
      TRY(tx.query("SELECT token, attempts, attempts_max, cancel_requested "
                   "FROM task_tasks WHERE id = $1 AND "
                   "((status = 'queued' AND (run_after <= $2 OR $3 <> 0)) "
                   "OR (status = 'running' AND lease_until < $2))",
                   {id, now, static_cast<std::int64_t>(early)}));
  if (rows.empty()) return std::optional<Claim>();
  const Claim claim{id, owner, rows[0].integer(0) + 1};
  TRY(
      tx.execute("UPDATE task_tasks SET status = 'running', owner = $2, token = $3, "
                 "lease_until = $4, attempts = attempts + 1, started = $5 WHERE id = $1",
                 {id, owner, claim.token, lease_until, now}));
  if (rows[0].integer(3) != 0) {
    TRY(end_attempt(tx, claim, {.status = "cancelled", .at = now, .uncount_attempt = true}));
    return std::optional<Claim>();
  }
  if (rows[0].integer(1) >= rows[0].integer(2)) {
    Error error{
        Code::kAborted,
        "the task was begun " + std::to_string(rows[0].integer(1)) + " times and never ended",
        "look for what ends the process, then ask for the task again", id};
    TRY(end_attempt(tx, claim,
                    {.status = "failed", .at = now, .uncount_attempt = true, .error = error}));
    return std::optional<Claim>();
  }
  return std::optional<Claim>(claim);
}

Result<void> require_claim(sql::Tx& tx, const Claim& claim) {
  const auto rows =
      TRY(tx.query("SELECT 1 FROM task_tasks WHERE id = $1 AND token = $2 AND status = 'running'",
                   {claim.id, claim.token}));
  return require_changed(static_cast<std::int64_t>(rows.size()), claim);
}

Result<void> extend_lease(sql::Tx& tx, const Claim& claim, TimeUs lease_until) {
  return require_changed(TRY(tx.execute("UPDATE task_tasks SET lease_until = $3 "
                                        "WHERE id = $1 AND token = $2 AND status = 'running'",
                                        {claim.id, claim.token, lease_until})),
                         claim);
}

Result<bool> cancel_requested(sql::Tx& tx, const std::string& id) {
  const auto rows = TRY(tx.query("SELECT cancel_requested FROM task_tasks WHERE id = $1", {id}));
  return !rows.empty() && rows[0].integer(0) != 0;
}

Result<void> write_state(sql::Tx& tx, const Claim& claim, const Json& state) {
  return require_changed(TRY(tx.execute("UPDATE task_tasks SET state = $3 "
                                        "WHERE id = $1 AND token = $2 AND status = 'running'",
                                        {claim.id, claim.token, to_text(state)})),
                         claim);
}

Result<void> write_progress(sql::Tx& tx, const Claim& claim, const op::Progress& progress) {
  return require_changed(
      TRY(tx.execute("UPDATE task_tasks SET stage = $3, fraction = $4, detail = $5 "
                     "WHERE id = $1 AND token = $2 AND status = 'running'",
                     {claim.id, claim.token, shown(progress.stage), progress.fraction,
                      shown(progress.detail)})),
      claim);
}

Result<void> end_attempt(sql::Tx& tx, const Claim& claim, const Ending& ending) {
  const bool requeued = ending.status == "queued";
  const bool failed = ending.error.code != Code::kUnknown || !ending.error.message.empty();
  return require_changed(
      TRY(tx.execute("UPDATE task_tasks SET status = $3, finished = $4, run_after = $5, "
                     "result = $6, error_code = $7, error = $8, hint = $9, owner = '', "
                     "lease_until = 0, attempts = attempts - $10 "
                     "WHERE id = $1 AND token = $2 AND status = 'running'",
                     {claim.id, claim.token, ending.status, requeued ? 0 : ending.at,
                      ending.run_after, to_text(ending.result),
                      failed ? std::string(code_name(ending.error.code)) : std::string(),
                      shown(ending.error.message), shown(ending.error.hint),
                      static_cast<std::int64_t>(ending.uncount_attempt ? 1 : 0)})),
      claim);
}

Result<bool> request_cancel(sql::Tx& tx, const std::string& id, TimeUs now) {
  const auto ended = TRY(
      tx.execute("UPDATE task_tasks SET status = 'cancelled', cancel_requested = 1, finished = $2 "
                 "WHERE id = $1 AND status = 'queued'",
                 {id, now}));
  if (ended == 1) return true;
  const auto asked = TRY(tx.execute(
      "UPDATE task_tasks SET cancel_requested = 1 WHERE id = $1 AND status = 'running'", {id}));
  return asked == 1;
}

Result<void> delete_finished(sql::Tx& tx, TimeUs before) {
  TRY(tx.execute("DELETE FROM task_tasks WHERE finished > 0 AND finished < $1", {before}));
  return {};
}

namespace {

Result<std::vector<ScheduleRow>> schedules_of(const sql::Rows& rows) {
  std::vector<ScheduleRow> schedules;
  for (const sql::Row& row : rows) {
    ScheduleRow schedule;
    schedule.name = row.text(0);
    schedule.task.kind = row.text(1);
    schedule.task.version = row.integer(2);
    schedule.task.params = TRY(parse_json(row.text(3)));
    schedule.task.attempts_max = row.integer(4);
    schedule.task.created_by = row.text(5);
    schedule.task.key = "schedule:" + schedule.name;
    schedule.every = row.optional_integer(6);
    schedule.daily_at = row.optional_integer(7);
    schedule.next_at = row.integer(8);
    schedules.push_back(std::move(schedule));
  }
  return schedules;
}

constexpr std::string_view kSelectSchedules =
    "SELECT name, kind, version, params, attempts_max, created_by, every_us, daily_at_us, next_at "
    "FROM task_schedules ";

}  // namespace

Result<std::optional<ScheduleRow>> read_schedule(sql::Tx& tx, const std::string& name) {
  auto rows =
      TRY(schedules_of(TRY(tx.query(std::string(kSelectSchedules) + "WHERE name = $1", {name}))));
  if (rows.empty()) return std::optional<ScheduleRow>();
  return std::optional<ScheduleRow>(std::move(rows[0]));
}

Result<void> write_schedule(sql::Tx& tx, const ScheduleRow& row) {
  TRY(tx.execute(
      "INSERT INTO task_schedules(name, kind, version, params, attempts_max, created_by, "
      "every_us, daily_at_us, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
      "ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, version = excluded.version, "
      "params = excluded.params, attempts_max = excluded.attempts_max, "
      "created_by = excluded.created_by, every_us = excluded.every_us, "
      "daily_at_us = excluded.daily_at_us, next_at = excluded.next_at",
      {row.name, row.task.kind, row.task.version, to_text(row.task.params), row.task.attempts_max,
       row.task.created_by, sql::value_or_null(row.every), sql::value_or_null(row.daily_at),
       row.next_at}));
  return {};
}

Result<void> delete_schedule(sql::Tx& tx, const std::string& name) {
  TRY(tx.execute("DELETE FROM task_schedules WHERE name = $1", {name}));
  return {};
}

Result<std::vector<ScheduleRow>> list_due(sql::Tx& tx, TimeUs now) {
  return schedules_of(TRY(tx.query(
      std::string(kSelectSchedules) + "WHERE next_at <= $1 ORDER BY next_at, name", {now})));
}

}  // namespace solvent::tasks
