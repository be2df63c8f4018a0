#include "tasks/operations.h"

namespace solvent::tasks {
namespace {

/// A landed step never changes; add another.
constexpr std::string_view kFirst = R"(
CREATE TABLE task_tasks(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, version BIGINT NOT NULL, task_key TEXT NOT NULL,
  status TEXT NOT NULL, params TEXT NOT NULL, state TEXT NOT NULL, result TEXT NOT NULL,
  stage TEXT NOT NULL, fraction DOUBLE PRECISION NOT NULL, detail TEXT NOT NULL,
  attempts BIGINT NOT NULL, attempts_max BIGINT NOT NULL, cancel_requested BIGINT NOT NULL,
  owner TEXT NOT NULL, token BIGINT NOT NULL, lease_until BIGINT NOT NULL,
  run_after BIGINT NOT NULL, created BIGINT NOT NULL, started BIGINT NOT NULL,
  finished BIGINT NOT NULL, created_by TEXT NOT NULL,
  error_code TEXT NOT NULL, error TEXT NOT NULL, hint TEXT NOT NULL);
CREATE INDEX task_tasks_by_status ON task_tasks(status, run_after);
CREATE INDEX task_tasks_by_key ON task_tasks(kind, task_key);
CREATE TABLE task_schedules(
  name TEXT PRIMARY KEY, kind TEXT NOT NULL, version BIGINT NOT NULL, params TEXT NOT NULL,
  attempts_max BIGINT NOT NULL, created_by TEXT NOT NULL,
  every_us BIGINT, daily_at_us BIGINT, next_at BIGINT NOT NULL)
)";

}  // namespace

const Specs& specs() {
  static const Specs specs{.migrations = {{"task", 1, "tasks and schedules", std::string(kFirst)}},
                           .operations = operation_specs(),
                           .settings = {
                               {"tasks.threads", SettingType::kInt, std::int64_t{2},
                                "background tasks that a server runs at once", 1, 64},
                               {"tasks.lease_seconds", SettingType::kInt, std::int64_t{30},
                                "a task whose process is silent this long is taken over", 2, 3600},
                               {"tasks.keep_days", SettingType::kInt, std::int64_t{30},
                                "finished tasks are forgotten after this many days", 1, 3650},
                           }};
  return specs;
}

TaskOptions options_of(const Settings& settings) {
  return {.lease_for = settings.integer("tasks.lease_seconds") * kSecondUs,
          .keep_finished = settings.integer("tasks.keep_days") * kDayUs};
}

}  // namespace solvent::tasks
