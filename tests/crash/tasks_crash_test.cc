// A process that is killed in the middle of a task: whoever comes next resumes it from its last
// checkpoint, and every step's effect is there exactly once.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/files.h"
#include "base/random.h"
#include "sql/database.h"
#include "tasks/tasks.h"

namespace solvent::tasks {
namespace {

constexpr std::int64_t kSteps = 100;
/// Short, so that the next process need not wait long; the dead do not renew theirs.
constexpr TaskOptions kOptions{.lease_for = 200'000, .watch_every = 20'000};

const std::vector<sql::Migration> kEffects = {
    {"crash", 1, "effects",
     "CREATE TABLE crash_effects(step BIGINT PRIMARY KEY, process BIGINT NOT NULL)"}};

/// Tells each committed step through `out`, when there is one.
Result<Json> run_steps(TaskContext& context, int out) {
  for (std::int64_t step = context.state().int_or("next", 0); step < kSteps; ++step) {
    TRY(context.checkpoint(JsonObject{{"next", step + 1}}, [&](sql::Tx& tx) -> Result<void> {
      TRY(tx.execute("INSERT INTO crash_effects(step, process) VALUES ($1, $2)",
                     {step, static_cast<std::int64_t>(::getpid())}));
      return {};
    }));
    if (out >= 0 && ::write(out, "s", 1) != 1) return fail(Code::kInternal, "pipe");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return Json(kSteps);
}

struct Process {
  explicit Process(const std::string& directory)
      : database(MUST(sql::open_sqlite(directory + "/catalog.db"))) {
    MUST(database->migrate(specs().migrations, nullptr));
    MUST(database->migrate(kEffects, nullptr));
  }
  Result<Json> run(int out = -1) {
    Tasks tasks(*database, system_clock(), system_random(), kOptions);
    const TaskKind kind{.name = "steps",
                        .run = [out](TaskContext& context) { return run_steps(context, out); }};
    return tasks.run_inline(kind, {.kind = "steps", .key = "one", .attempts_max = 1'000}, {},
                            nullptr);
  }
  std::unique_ptr<sql::Database> database;
};

/// A process that waits for the dead one's lease, then works until the task is done.
[[noreturn]] void work_on(const std::string& directory, int out) {
  Process process(directory);
  for (;;) {
    const auto result = process.run(out);
    if (result) ::_exit(0);
    if (result.error().code != Code::kUnavailable) ::_exit(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

TEST(TasksCrash, AKilledTaskIsResumedFromItsLastCheckpoint) {
  const auto directory = MUST(TempDirectory::create("tasks-crash"));
  SeededRandom random(4);
  // Children are forked while this process has no threads and no open database.
  for (int round = 0; round < 6; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      work_on(directory.path(), ends[1]);
    }
    ::close(ends[1]);
    // Some steps later, at any moment of the next one.
    for (int step = 0; step < 5; ++step) {
      char told = 0;
      ASSERT_EQ(::read(ends[0], &told, 1), 1) << "the task ended or failed by itself";
    }
    ::usleep(static_cast<useconds_t>(random.below(4'000)));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
    ::close(ends[0]);
  }

  Process process(directory.path());
  Tasks tasks(*process.database, system_clock(), system_random(), kOptions);
  const auto page = MUST(tasks.list({}));
  ASSERT_EQ(page.tasks.size(), 1u);
  ASSERT_EQ(page.tasks[0].status, "running");
  std::this_thread::sleep_for(std::chrono::milliseconds(250));
  MUST(process.run());
  const Task task = MUST(tasks.find(page.tasks[0].id));
  EXPECT_EQ(task.status, "done");
  EXPECT_EQ(task.result, Json(kSteps));
  EXPECT_EQ(task.attempts, 7);
  std::int64_t steps = 0, processes = 0;
  MUST(process.database->read([&](sql::Tx& tx) -> Result<void> {
    const auto rows = TRY(tx.query("SELECT COUNT(*), COUNT(DISTINCT process) FROM crash_effects"));
    steps = rows[0].integer(0);
    processes = rows[0].integer(1);
    return {};
  }));
  EXPECT_EQ(steps, kSteps);
  EXPECT_EQ(processes, 7);
}

}  // namespace
}  // namespace solvent::tasks
