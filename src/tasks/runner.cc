#include <algorithm>
#include <chrono>

#include "tasks/core.h"

namespace solvent::tasks {
namespace {

/// How often idle workers look for work that other processes enqueued.
constexpr std::chrono::microseconds kIdle{kSecondUs / 4};
constexpr TimeUs kForgetEvery = kHourUs;
constexpr std::int64_t kCandidatesMax = 64;

}  // namespace

struct Runner::Impl {
  Impl(Tasks& tasks_in, std::vector<TaskKind> kinds_in) : tasks(tasks_in), core(tasks_in.core()) {
    for (TaskKind& kind : kinds_in) {
      const std::string name = kind.name;
      names.push_back(name);
      ASSERT(kinds.emplace(name, std::move(kind)).second);
    }
  }

  void work() {
    while (!stopping) {
      if (!run_one()) core.wait_for_work(kIdle);
    }
  }

  /// One thread beside the workers, so that a busy pool still keeps its schedules.
  void tend() {
    TimeUs forgotten = 0;
    while (!stopping) {
      (void)enqueue_due();  // tried again at the next look
      const TimeUs now = core.clock.now();
      if (now - forgotten >= kForgetEvery) {
        forgotten = now;
        (void)core.database.write(
            [&](sql::Tx& tx) { return delete_finished(tx, now - core.options.keep_finished); });
      }
      core.wait_for_work(kIdle);
    }
  }

  Result<void> enqueue_due() {
    const TimeUs now = core.clock.now();
    std::vector<ScheduleRow> due;
    TRY(core.database.read([&](sql::Tx& tx) -> Result<void> {
      due = TRY(list_due(tx, now));
      return {};
    }));
    if (due.empty()) return {};
    return core.database.write([&](sql::Tx& tx) -> Result<void> {
      // Another server may have been first; the rows are read again in this transaction.
      for (ScheduleRow& row : TRY(list_due(tx, now))) {
        TRY(tasks.enqueue(tx, row.task));
        row.next_at = next_time(row.every, row.daily_at, row.next_at, now);
        TRY(write_schedule(tx, row));
      }
      return {};
    });
  }

  /// False when there was nothing to do.
  bool run_one() {
    const TimeUs now = core.clock.now();
    std::vector<Candidate> candidates;
    const auto listed = core.database.read([&](sql::Tx& tx) -> Result<void> {
      candidates = TRY(list_claimable(tx, names, now, kCandidatesMax));
      return {};
    });
    if (!listed) return false;
    for (const Candidate& candidate : candidates) {
      const auto kind = kinds.find(candidate.kind);
      if (kind == kinds.end() || candidate.version > kind->second.version) continue;
      const auto attempt = std::make_shared<Attempt>();
      Task task;
      if (!claim(candidate.id, *attempt, task) || attempt->claim.id.empty()) continue;
      remember(attempt);
      (void)run_attempt(core, kind->second, attempt, std::move(task), {}, true);
      return true;
    }
    return false;
  }

  Result<void> claim(const std::string& id, Attempt& attempt, Task& task) {
    return core.database.write([&](sql::Tx& tx) -> Result<void> {
      attempt.claim = {};
      const TimeUs now = core.clock.now();
      const auto taken =
          TRY(claim_task(tx, id, core.owner, now, now + core.options.lease_for, false));
      if (!taken) return {};
      task = TRY(read_task(tx, id)).value();
      attempt.lease_until = now + core.options.lease_for;
      attempt.claim = *taken;
      return {};
    });
  }

  void remember(const std::shared_ptr<Attempt>& attempt) {
    const std::lock_guard lock(mutex);
    std::erase_if(running, [](const auto& weak) { return weak.expired(); });
    running.push_back(attempt);
    if (stopping) attempt->stop(StopReason::kProcessStops);
  }

  void stop() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
      for (const auto& weak : running)
        if (const auto attempt = weak.lock()) attempt->stop(StopReason::kProcessStops);
    }
    core.wake();
    for (std::thread& thread : threads) thread.join();
  }

  Tasks& tasks;
  Tasks::Core& core;
  std::map<std::string, TaskKind> kinds;
  std::vector<std::string> names;
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::vector<std::weak_ptr<Attempt>> running;
  std::vector<std::thread> threads;
};

Runner::Runner(Tasks& tasks, std::vector<TaskKind> kinds, std::size_t threads)
    : impl_(std::make_unique<Impl>(tasks, std::move(kinds))) {
  impl_->threads.emplace_back([impl = impl_.get()] { impl->tend(); });
  for (std::size_t i = 0; i < threads; ++i)
    impl_->threads.emplace_back([impl = impl_.get()] { impl->work(); });
}

Runner::~Runner() {
  impl_->stop();
}

}  // namespace solvent::tasks
