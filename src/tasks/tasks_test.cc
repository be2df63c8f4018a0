#include "tasks/tasks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <thread>

#include "sql/test_engines.h"
#include "tasks/rows.h"

namespace solvent::tasks {
namespace {

using namespace std::chrono_literals;

constexpr TimeUs kNow = 1'795'000'000 * kSecondUs;
/// As a process that is suspended: it neither renews its leases nor hears of cancel requests.
constexpr TaskOptions kSuspended{.watch_every = kHourUs};

/// Waits for what another thread does; a test that hangs fails instead.
bool soon(const std::function<bool()>& holds, std::chrono::milliseconds at_most = 20s) {
  for (const auto until = std::chrono::steady_clock::now() + at_most;
       std::chrono::steady_clock::now() < until; std::this_thread::sleep_for(2ms))
    if (holds()) return true;
  return holds();
}

class TasksTest : public sql::EnginesTest {
 protected:
  void SetUp() override {
    sql::EnginesTest::SetUp();
    MUST(db_->migrate(specs().migrations, {}));
    MUST(sql::execute(*db_,
                      "CREATE TABLE effect(task TEXT NOT NULL, step BIGINT NOT NULL, "
                      "PRIMARY KEY (task, step))"));
  }

  /// Steps 0..n-1, each a checkpoint whose effect is one row; resumes where the state says.
  static Result<Json> run_steps(TaskContext& context, std::int64_t n,
                                const std::function<void(std::int64_t)>& before_step = {}) {
    for (std::int64_t step = context.state().int_or("next", 0); step < n; ++step) {
      if (before_step) before_step(step);
      TRY(context.checkpoint(JsonObject{{"next", step + 1}}, [&](sql::Tx& tx) -> Result<void> {
        TRY(tx.execute("INSERT INTO effect(task, step) VALUES ($1, $2)",
                       {context.task().id, step}));
        return {};
      }));
    }
    return Json(n);
  }

  std::int64_t effects() {
    return MUST(sql::query(*db_, "SELECT COUNT(*) FROM effect"))[0].integer(0);
  }
  std::string status(Tasks& tasks, const std::string& id) { return MUST(tasks.find(id)).status; }

  FakeClock clock_{kNow};
  SeededRandom random_{5};
};

SOLVENT_BOTH_ENGINES(TasksTest);

TEST_P(TasksTest, InlineRunsAtOnceAndRecordsItsResult) {
  Tasks tasks(*db_, clock_, random_);
  std::vector<std::string> stages;
  const TaskKind kind{.name = "count", .run = [](TaskContext& context) -> Result<Json> {
                        context.progress({.stage = "counting", .fraction = 0.5});
                        return run_steps(context, context.params().int_or("n", 0));
                      }};
  const Json result = MUST(tasks.run_inline(
      kind, {.kind = "count", .params = JsonObject{{"n", 3}}, .created_by = "user:ada"},
      [&](const op::Progress& p) { stages.push_back(p.stage); }, nullptr));
  EXPECT_EQ(result, Json(3));
  EXPECT_EQ(stages, std::vector<std::string>{"counting"});
  EXPECT_EQ(effects(), 3);
  const auto page = MUST(tasks.list({}));
  ASSERT_EQ(page.tasks.size(), 1u);
  const Task& task = page.tasks[0];
  EXPECT_EQ(task.status, "done");
  EXPECT_EQ(task.result, Json(3));
  EXPECT_EQ(task.stage, "counting");  // where it was when it ended, however short it was
  EXPECT_EQ(task.fraction, 0.5);
  EXPECT_EQ(task.created_by, "user:ada");
  EXPECT_EQ(task.attempts, 1);
  EXPECT_EQ(task.finished, kNow);
  EXPECT_EQ(task.state, Json(JsonObject{{"next", 3}}));
}

TEST_P(TasksTest, AnUnfinishedTaskOfOneKeyIsNotMadeTwice) {
  Tasks tasks(*db_, clock_, random_);
  const std::string first = MUST(tasks.enqueue({.kind = "a", .key = "k"}));
  EXPECT_EQ(MUST(tasks.enqueue({.kind = "a", .key = "k"})), first);
  EXPECT_NE(MUST(tasks.enqueue({.kind = "b", .key = "k"})), first);
  EXPECT_NE(MUST(tasks.enqueue({.kind = "a"})), first);
  MUST(tasks.cancel(first));
  EXPECT_NE(MUST(tasks.enqueue({.kind = "a", .key = "k"})), first);
  EXPECT_EQ(tasks.enqueue({.kind = ""}).error().code, Code::kInvalidArgument);
}

TEST_P(TasksTest, EnqueueLivesAndDiesWithItsTransaction) {
  Tasks tasks(*db_, clock_, random_);
  const auto refused = db_->write([&](sql::Tx& tx) -> Result<void> {
    TRY(tasks.enqueue(tx, {.kind = "a"}));
    return fail(Code::kInvalidArgument, "no");
  });
  EXPECT_FALSE(refused);
  EXPECT_TRUE(MUST(tasks.list({})).tasks.empty());
}

TEST_P(TasksTest, AStaleLeaseIsTakenOverAndTheOldAttemptCommitsNothingMore) {
  Tasks suspended(*db_, clock_, random_, kSuspended);
  Tasks other(*db_, clock_, random_);
  std::latch one_done(1), go_on(1);
  Result<void> late = fail(Code::kUnknown, "not tried");
  const TaskKind slow{.name = "steps", .run = [&](TaskContext& context) -> Result<Json> {
                        auto result = run_steps(context, 3, [&](std::int64_t step) {
                          if (step != 1) return;
                          one_done.count_down();
                          go_on.wait();
                        });
                        late = result ? Result<void>() : Unexpected(result.error());
                        return result;
                      }};
  Result<Json> slow_result = Json();
  std::thread first([&] {
    slow_result = suspended.run_inline(slow, {.kind = "steps", .key = "k"}, {}, nullptr);
  });
  one_done.wait();
  const TaskKind quick{.name = "steps",
                       .run = [](TaskContext& context) { return run_steps(context, 3); }};
  // While the lease lasts nobody else may begin.
  clock_.advance(29 * kSecondUs);
  EXPECT_EQ(other.run_inline(quick, {.kind = "steps", .key = "k"}, {}, nullptr).error().code,
            Code::kUnavailable);
  clock_.advance(2 * kSecondUs);
  EXPECT_EQ(MUST(other.run_inline(quick, {.kind = "steps", .key = "k"}, {}, nullptr)), Json(3));
  EXPECT_EQ(effects(), 3);  // step 0 by the first, 1 and 2 by the second
  go_on.count_down();
  first.join();
  EXPECT_EQ(late.error().code, Code::kAborted);
  EXPECT_FALSE(slow_result);
  EXPECT_EQ(effects(), 3);
  const auto page = MUST(other.list({}));
  ASSERT_EQ(page.tasks.size(), 1u);
  EXPECT_EQ(page.tasks[0].status, "done");
  EXPECT_EQ(page.tasks[0].attempts, 2);
}

TEST_P(TasksTest, AnAttemptThatLostItsTaskCannotEndIt) {
  Tasks suspended(*db_, clock_, random_, kSuspended);
  Tasks other(*db_, clock_, random_, kSuspended);
  std::latch begun(1), go_on(1), other_begun(1), other_go_on(1);
  const TaskKind idle{.name = "a", .run = [&](TaskContext&) -> Result<Json> {
                        begun.count_down();
                        go_on.wait();
                        return Json("old");
                      }};
  Result<Json> old_result = Json();
  std::thread first(
      [&] { old_result = suspended.run_inline(idle, {.kind = "a", .key = "k"}, {}, nullptr); });
  begun.wait();
  clock_.advance(31 * kSecondUs);
  const TaskKind busy{.name = "a", .run = [&](TaskContext&) -> Result<Json> {
                        other_begun.count_down();
                        other_go_on.wait();
                        return Json("new");
                      }};
  Result<Json> new_result = Json();
  std::thread second(
      [&] { new_result = other.run_inline(busy, {.kind = "a", .key = "k"}, {}, nullptr); });
  other_begun.wait();
  go_on.count_down();
  first.join();
  EXPECT_EQ(old_result.error().code, Code::kAborted);
  EXPECT_EQ(MUST(other.list({})).tasks[0].status, "running");
  other_go_on.count_down();
  second.join();
  EXPECT_EQ(MUST(std::move(new_result)), Json("new"));
  EXPECT_EQ(MUST(other.list({})).tasks[0].result, Json("new"));
}

TEST_P(TasksTest, HeartbeatsKeepALongTask) {
  // Real time: a lease of 300 ms, renewed by the watching thread, outlives a second of work.
  Tasks tasks(*db_, system_clock(), random_, {.lease_for = 300'000, .watch_every = 20'000});
  Tasks other(*db_, system_clock(), random_);
  std::atomic<bool> begun{false};
  const TaskKind slow{.name = "a", .run = [&](TaskContext& context) -> Result<Json> {
                        begun = true;
                        std::this_thread::sleep_for(1s);
                        TRY(context.checkpoint(Json(1)));
                        return Json("kept");
                      }};
  Result<Json> result = Json();
  std::thread thread(
      [&] { result = tasks.run_inline(slow, {.kind = "a", .key = "k"}, {}, nullptr); });
  ASSERT_TRUE(soon([&] { return begun.load(); }));
  std::this_thread::sleep_for(700ms);
  EXPECT_EQ(other.run_inline(slow, {.kind = "a", .key = "k"}, {}, nullptr).error().code,
            Code::kUnavailable);
  thread.join();
  EXPECT_EQ(MUST(std::move(result)), Json("kept"));
}

TEST_P(TasksTest, ARunningTaskStopsWithinASecondOfTheRequest) {
  Tasks tasks(*db_, clock_, random_);
  Tasks elsewhere(*db_, clock_, random_);
  std::atomic<bool> begun{false};
  const TaskKind endless{.name = "endless", .run = [&](TaskContext& context) -> Result<Json> {
                           begun = true;
                           while (true) {
                             TRY(context.cancel().check());
                             std::this_thread::sleep_for(10ms);
                           }
                         }};
  Runner runner(tasks, {endless}, 1);
  const std::string id = MUST(tasks.enqueue({.kind = "endless"}));
  ASSERT_TRUE(soon([&] { return begun.load(); }));
  // Another process asks; only the row connects the two.
  MUST(elsewhere.cancel(id));
  const auto asked = std::chrono::steady_clock::now();
  ASSERT_TRUE(soon([&] { return status(tasks, id) == "cancelled"; }));
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 1s);
  EXPECT_EQ(elsewhere.cancel(id).error().code, Code::kFailedPrecondition);
  EXPECT_EQ(elsewhere.cancel("none").error().code, Code::kNotFound);
}

TEST_P(TasksTest, AnInlineTaskHearsItsCallersToken) {
  Tasks tasks(*db_, clock_, random_);
  CancelToken token;
  const TaskKind endless{.name = "endless", .run = [&](TaskContext& context) -> Result<Json> {
                           token.cancel();
                           while (true) {
                             TRY(context.cancel().check());
                             std::this_thread::sleep_for(10ms);
                           }
                         }};
  EXPECT_EQ(tasks.run_inline(endless, {.kind = "endless"}, {}, &token).error().code,
            Code::kCancelled);
  EXPECT_EQ(MUST(tasks.list({})).tasks[0].status, "cancelled");
}

TEST_P(TasksTest, PassingErrorsAreTriedAgainLaterAndLaterUpToALimit) {
  Tasks tasks(*db_, clock_, random_);
  std::atomic<int> runs{0};
  const TaskKind failing{.name = "failing",
                         .run = [&](TaskContext&) -> Result<Json> {
                           ++runs;
                           return fail(Code::kUnavailable, "no answer", "look at the network");
                         },
                         .retry = {.backoff_first = 10 * kSecondUs, .backoff_max = 25 * kSecondUs}};
  Runner runner(tasks, {failing}, 1);
  const std::string id = MUST(tasks.enqueue({.kind = "failing", .attempts_max = 4}));
  // Pauses are 10, 20 and 25 s, of which the second half is random.
  const TimeUs longest[] = {10 * kSecondUs, 20 * kSecondUs, 25 * kSecondUs};
  for (int attempt = 1; attempt <= 3; ++attempt) {
    ASSERT_TRUE(soon([&] { return runs == attempt && status(tasks, id) == "queued"; }));
    const Task task = MUST(tasks.find(id));
    EXPECT_EQ(task.attempts, attempt);
    EXPECT_EQ(task.error_code, "UNAVAILABLE");
    EXPECT_GE(task.run_after - clock_.now(), longest[attempt - 1] / 2);
    EXPECT_LE(task.run_after - clock_.now(), longest[attempt - 1]);
    clock_.advance(longest[attempt - 1]);
  }
  ASSERT_TRUE(soon([&] { return status(tasks, id) == "failed"; }));
  const Task task = MUST(tasks.find(id));
  EXPECT_EQ(runs, 4);
  EXPECT_EQ(task.error, "no answer");
  EXPECT_EQ(task.hint, "look at the network");
}

TEST_P(TasksTest, OtherErrorsAreFinalAndExceptionsDoNotKillTheWorker) {
  Tasks tasks(*db_, clock_, random_);
  const TaskKind wrong{.name = "wrong", .run = [](TaskContext&) -> Result<Json> {
                         return fail(Code::kInvalidArgument, "bad column");
                       }};
  const TaskKind thrower{.name = "thrower", .run = [](TaskContext&) -> Result<Json> {
                           throw std::runtime_error("boom");
                         }};
  Runner runner(tasks, {wrong, thrower}, 1);
  const std::string a = MUST(tasks.enqueue({.kind = "thrower"}));
  const std::string b = MUST(tasks.enqueue({.kind = "wrong"}));
  ASSERT_TRUE(soon([&] { return status(tasks, a) == "failed" && status(tasks, b) == "failed"; }));
  EXPECT_EQ(MUST(tasks.find(a)).error_code, "INTERNAL");
  EXPECT_EQ(MUST(tasks.find(b)).attempts, 1);
}

TEST_P(TasksTest, ATaskThatAlwaysKillsItsProcessIsGivenUp) {
  Tasks tasks(*db_, clock_, random_);
  const std::string id = MUST(tasks.enqueue({.kind = "a", .attempts_max = 2}));
  for (int death = 0; death < 2; ++death) {
    MUST(db_->write([&](sql::Tx& tx) -> Result<void> {
      const auto claim = TRY(claim_task(tx, id, "dead", clock_.now(), clock_.now() + 10, false));
      EXPECT_TRUE(claim);
      return {};
    }));
    clock_.advance(11);
  }
  const TaskKind kind{.name = "a", .run = [](TaskContext&) { return Result<Json>(Json(1)); }};
  Runner runner(tasks, {kind}, 1);
  ASSERT_TRUE(soon([&] { return status(tasks, id) == "failed"; }));
  EXPECT_EQ(MUST(tasks.find(id)).attempts, 2);
}

TEST_P(TasksTest, UnknownKindsAndNewerVersionsAreLeftAlone) {
  Tasks tasks(*db_, clock_, random_);
  const std::string foreign = MUST(tasks.enqueue({.kind = "foreign"}));
  const std::string newer = MUST(tasks.enqueue({.kind = "a", .version = 2}));
  const std::string mine = MUST(tasks.enqueue({.kind = "a", .version = 1}));
  const TaskKind kind{
      .name = "a", .version = 1, .run = [](TaskContext&) { return Result<Json>(Json(1)); }};
  Runner runner(tasks, {kind}, 1);
  ASSERT_TRUE(soon([&] { return status(tasks, mine) == "done"; }));
  EXPECT_EQ(status(tasks, foreign), "queued");
  EXPECT_EQ(status(tasks, newer), "queued");
}

TEST_P(TasksTest, AStoppingRunnerPutsItsTaskBack) {
  Tasks tasks(*db_, clock_, random_);
  std::atomic<bool> begun{false};
  const TaskKind endless{.name = "endless", .run = [&](TaskContext& context) -> Result<Json> {
                           TRY(context.checkpoint(Json("halfway")));
                           begun = true;
                           while (true) {
                             TRY(context.cancel().check());
                             std::this_thread::sleep_for(5ms);
                           }
                         }};
  std::string id;
  {
    Runner runner(tasks, {endless}, 2);
    id = MUST(tasks.enqueue({.kind = "endless"}));
    ASSERT_TRUE(soon([&] { return begun.load(); }));
  }
  const Task task = MUST(tasks.find(id));
  EXPECT_EQ(task.status, "queued");
  EXPECT_EQ(task.attempts, 0);
  EXPECT_EQ(task.state, Json("halfway"));
}

TEST_P(TasksTest, TwoProcessesNeverBothCommitAStep) {
  // Leases far shorter than the work and never renewed: tasks are taken over all the time.
  const TaskOptions hasty{.lease_for = 3'000, .watch_every = kHourUs};
  Tasks one(*db_, system_clock(), random_, hasty);
  Tasks two(*db_, system_clock(), random_, hasty);
  std::atomic<int> twice{0};
  const auto kind = [&](std::uint64_t seed) {
    return TaskKind{.name = "steps", .run = [&, seed](TaskContext& context) -> Result<Json> {
                      const auto attempt = static_cast<std::uint64_t>(context.task().attempts);
                      SeededRandom pause(seed + attempt);
                      auto result = run_steps(context, 5, [&](std::int64_t) {
                        std::this_thread::sleep_for(std::chrono::microseconds(pause.below(4'000)));
                      });
                      if (!result && result.error().code == Code::kAlreadyExists) ++twice;
                      return result;
                    }};
  };
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i)
    ids.push_back(MUST(one.enqueue({.kind = "steps", .attempts_max = 1'000})));
  {
    Runner first(one, {kind(1)}, 3);
    Runner second(two, {kind(2)}, 3);
    ASSERT_TRUE(soon(
        [&] {
          for (const std::string& id : ids)
            if (status(one, id) != "done") return false;
          return true;
        },
        60s));
  }
  EXPECT_EQ(twice, 0);
  EXPECT_EQ(effects(), 12 * 5);
  std::int64_t attempts = 0;
  for (const std::string& id : ids) attempts += MUST(one.find(id)).attempts;
  EXPECT_GT(attempts, 12) << "no task was taken over: the test proves nothing";
}

TEST_P(TasksTest, ListenersFollowATaskOfAnotherProcessToItsEnd) {
  Tasks tasks(*db_, clock_, random_);
  Tasks elsewhere(*db_, clock_, random_, {.watch_every = 5'000});
  const std::string id = MUST(tasks.enqueue({.kind = "a"}));
  std::mutex mutex;
  std::vector<std::pair<std::string, std::string>> events;
  const auto stream = MUST(elsewhere.watch(id));
  const auto subscription = stream.subscribe([&](std::string_view event, const Json& data) {
    const std::lock_guard lock(mutex);
    events.emplace_back(event, data.text_or("status", "") + " " + data.text_or("stage", ""));
    return true;
  });
  std::atomic<bool> told{false};
  const TaskKind kind{.name = "a", .run = [&](TaskContext& context) -> Result<Json> {
                        context.progress({.stage = "reading"});
                        soon([&] { return told.load(); });
                        return Json(1);
                      }};
  {
    Runner runner(tasks, {kind}, 1);
    ASSERT_TRUE(soon([&] {
      const std::lock_guard lock(mutex);
      return !events.empty() && events.back().second == "running reading";
    }));
    told = true;
    ASSERT_TRUE(soon([&] {
      const std::lock_guard lock(mutex);
      return events.back().first == "end";
    }));
  }
  const std::lock_guard lock(mutex);
  EXPECT_EQ(events.front().second, "queued ");
  EXPECT_EQ(events.back().second, "done reading");
  EXPECT_EQ(elsewhere.watch("none").error().code, Code::kNotFound);
}

TEST_P(TasksTest, AListenerThatLeavesHearsNoMoreAndTooManyAreRefused) {
  Tasks tasks(*db_, clock_, random_, {.watch_every = 5'000, .listeners_max = 1});
  const std::string id = MUST(tasks.enqueue({.kind = "a"}));
  std::atomic<int> heard{0};
  auto subscription = MUST(tasks.watch(id)).subscribe([&](std::string_view, const Json&) {
    ++heard;
    return true;
  });
  EXPECT_EQ(tasks.watch(id).error().code, Code::kResourceExhausted);
  subscription.reset();
  const int before = heard;
  MUST(tasks.cancel(id));
  EXPECT_EQ(heard, before);
  EXPECT_TRUE(tasks.watch(id));
}

TEST(NextTime, KeepsTheBeatAndSkipsWhatWasMissed) {
  // By hand: every 10 from 100 gives 110, 120, …; at 137 the next is 140, at 140 it is 150.
  EXPECT_EQ(next_time(10, std::nullopt, 0, 95), 105);
  EXPECT_EQ(next_time(10, std::nullopt, 100, 100), 110);
  EXPECT_EQ(next_time(10, std::nullopt, 100, 137), 140);
  EXPECT_EQ(next_time(10, std::nullopt, 100, 140), 150);
  const TimeUs two = 2 * kHourUs;
  EXPECT_EQ(next_time(std::nullopt, two, 0, 5 * kDayUs), 5 * kDayUs + two);
  EXPECT_EQ(next_time(std::nullopt, two, 0, 5 * kDayUs + two), 6 * kDayUs + two);
  EXPECT_EQ(next_time(std::nullopt, two, 0, 5 * kDayUs + two - 1), 5 * kDayUs + two);
}

TEST_P(TasksTest, SchedulesEnqueueOnceHoweverManyServersAndMissedTimes) {
  Tasks one(*db_, clock_, random_);
  Tasks two(*db_, clock_, random_);
  const Schedule hourly{.name = "hourly", .task = {.kind = "tick"}, .every = kHourUs};
  const auto declare = [&](const Schedule& schedule) {
    return db_->write([&](sql::Tx& tx) { return one.schedule(tx, schedule); });
  };
  MUST(declare(hourly));
  std::atomic<int> ticks{0};
  const TaskKind kind{.name = "tick", .run = [&](TaskContext&) -> Result<Json> {
                        ++ticks;
                        return Json();
                      }};
  Runner first(one, {kind}, 1);
  Runner second(two, {kind}, 1);
  clock_.advance(kHourUs / 2);
  MUST(declare(hourly));  // again, unchanged: the beat stays
  std::this_thread::sleep_for(600ms);
  EXPECT_EQ(ticks, 0);
  clock_.advance(kHourUs / 2);
  ASSERT_TRUE(soon([&] { return ticks == 1; }));
  clock_.advance(10 * kHourUs);
  ASSERT_TRUE(soon([&] { return ticks == 2; }));
  std::this_thread::sleep_for(600ms);
  EXPECT_EQ(ticks, 2);
  MUST(db_->write([&](sql::Tx& tx) { return one.unschedule(tx, "hourly"); }));
  clock_.advance(kHourUs);
  std::this_thread::sleep_for(600ms);
  EXPECT_EQ(ticks, 2);
  EXPECT_EQ(declare({.name = "x", .task = {.kind = "tick"}}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(declare({.name = "x", .task = {.kind = "tick"}, .every = 10}).error().code,
            Code::kInvalidArgument);
}

TEST_P(TasksTest, OldFinishedTasksAreForgottenAndPagesGoOn) {
  Tasks tasks(*db_, clock_, random_);
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(MUST(tasks.enqueue({.kind = "a"})));
    clock_.advance(2'000);  // ids are ordered by the millisecond
  }
  TaskQuery query{.limit = 2};
  std::vector<std::string> seen;
  do {
    const auto page = MUST(tasks.list(query));
    for (const Task& task : page.tasks) seen.push_back(task.id);
    query.after = page.next;
  } while (!query.after->empty());
  EXPECT_EQ(seen, std::vector<std::string>(ids.rbegin(), ids.rend()));
  MUST(tasks.cancel(ids[0]));
  clock_.advance(31 * kDayUs);
  Runner runner(tasks, {}, 0);
  ASSERT_TRUE(soon([&] { return !tasks.find(ids[0]); }));
  EXPECT_EQ(MUST(tasks.list({})).tasks.size(), 4u);
}

TEST_P(TasksTest, ProgressRowsAreThrottled) {
  Tasks tasks(*db_, clock_, random_);
  const TaskKind chatty{.name = "a", .run = [&](TaskContext& context) -> Result<Json> {
                          context.progress({.stage = "one"});
                          context.progress({.stage = "two"});
                          EXPECT_EQ(MUST(tasks.find(context.task().id)).stage, "one");
                          clock_.advance(kSecondUs);
                          context.progress({.stage = "three"});
                          EXPECT_EQ(MUST(tasks.find(context.task().id)).stage, "three");
                          return Json();
                        }};
  MUST(tasks.run_inline(chatty, {.kind = "a"}, {}, nullptr));
}

}  // namespace
}  // namespace solvent::tasks
