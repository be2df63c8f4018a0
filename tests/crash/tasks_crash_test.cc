// A process that is killed in the middle of a task: whoever comes next resumes it from its last
// checkpoint, and every step's effect is there exactly once.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/files.h"
#include "sql/database.h"
#include "tasks/tasks.h"

namespace solvent::tasks {
namespace {

constexpr std::int64_t kSteps = 360;
/// Short, so that the next process need not wait long; the dead do not renew theirs.
constexpr TaskOptions kOptions{.lease_for = 200'000, .watch_every = 20'000};

const std::vector<sql::Migration> kEffects = {
    {"crash", 1, "effects",
     "CREATE TABLE crash_effects(step BIGINT PRIMARY KEY, process BIGINT NOT NULL)"}};

Result<Json> run_steps(TaskContext& context) {
  for (std::int64_t step = context.state().int_or("next", 0); step < kSteps; ++step) {
    TRY(context.checkpoint(JsonObject{{"next", step + 1}}, [&](sql::Tx& tx) -> Result<void> {
      TRY(tx.execute("INSERT INTO crash_effects(step, process) VALUES ($1, $2)",
                     {step, static_cast<std::int64_t>(::getpid())}));
      return {};
    }));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return Json(kSteps);
}

struct Process {
  explicit Process(const std::string& directory)
      : database(MUST(sql::open_sqlite(directory + "/catalog.db"))) {
    MUST(database->migrate(specs().migrations, nullptr));
    MUST(database->migrate(kEffects, nullptr));
  }
  Result<Json> run() {
    Tasks tasks(*database, system_clock(), system_random(), kOptions);
    return tasks.run_inline({.name = "steps", .run = run_steps},
                            {.kind = "steps", .key = "one", .attempts_max = 1'000}, {}, nullptr);
  }
  std::unique_ptr<sql::Database> database;
};

TEST(TasksCrash, AKilledTaskIsResumedFromItsLastCheckpoint) {
  const auto directory = MUST(TempDirectory::create("tasks-crash"));
  // The child is forked while this process has no threads and no open database.
  int killed = 0;
  for (int round = 0; round < 30; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Process process(directory.path());
      for (;;) {
        const auto result = process.run();
        if (result) ::_exit(0);
        if (result.error().code != Code::kUnavailable) ::_exit(1);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));  // the dead one's lease
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(250 + 7 * round));
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == 0) {
      ASSERT_EQ(::kill(child, SIGKILL), 0);
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      ++killed;
      continue;
    }
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    break;
  }
  EXPECT_GE(killed, 1) << "the task ended before anyone was killed: the test proves nothing";

  Process process(directory.path());
  Tasks tasks(*process.database, system_clock(), system_random(), kOptions);
  const auto page = MUST(tasks.list({}));
  ASSERT_EQ(page.tasks.size(), 1u);
  if (page.tasks[0].status != "done") {
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    MUST(process.run());
  }
  const Task task = MUST(tasks.find(page.tasks[0].id));
  EXPECT_EQ(task.status, "done");
  EXPECT_EQ(task.result, Json(kSteps));
  EXPECT_GE(task.attempts, 2);
  std::int64_t steps = 0, processes = 0;
  MUST(process.database->read([&](sql::Tx& tx) -> Result<void> {
    const auto rows = TRY(tx.query("SELECT COUNT(*), COUNT(DISTINCT process) FROM crash_effects"));
    steps = rows[0].integer(0);
    processes = rows[0].integer(1);
    return {};
  }));
  EXPECT_EQ(steps, kSteps);
  EXPECT_GE(processes, 2);
}

}  // namespace
}  // namespace solvent::tasks
