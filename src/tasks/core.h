/// Inside of Tasks: attempts under way in this process, and the one thread that keeps their leases,
/// carries cancel requests to them, and feeds listeners. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tasks/rows.h"
#include "tasks/tasks.h"

namespace solvent::tasks {

/// Why an attempt was told to stop.
enum class StopReason : std::uint8_t { kNone, kRequested, kTakenOver, kProcessStops };

/// One attempt, as the watching thread sees it. shared_ptr: either side may let go first.
struct Attempt {
  Claim claim;
  CancelToken cancel;
  std::atomic<StopReason> reason{StopReason::kNone};
  std::atomic<TimeUs> lease_until{0};
  const CancelToken* outer = nullptr;  ///< the caller's, for inline tasks

  void stop(StopReason why) {
    StopReason none = StopReason::kNone;
    reason.compare_exchange_strong(none, why);
    cancel.cancel();
  }
};

/// Someone who follows one task.
struct Listener {
  std::string task;
  op::EventStream::Sink sink;
  std::string last;     ///< text of the last event, so that nothing is said twice
  std::mutex speaking;  ///< one event at a time
  std::atomic<bool> over{false};
};

struct Tasks::Core {
  Core(sql::Database& database_in, Clock& clock_in, Random& random_in, TaskOptions options_in);
  ~Core();

  void begin(const std::shared_ptr<Attempt>& attempt);
  void end(const Attempt& attempt);
  /// Tells listeners of this process.
  void announce(const Task& task);
  void add_listener(const std::shared_ptr<Listener>& listener);
  std::size_t listeners();
  /// Woken when a task was enqueued here.
  void wake();
  /// Waits for `wake` or the time; false when stopping.
  void wait_for_work(std::chrono::microseconds at_most);

  sql::Database& database;
  Clock& clock;
  Random& random;
  TaskOptions options;
  std::string owner;  ///< this process, unique among all

 private:
  void run();
  void look();
  void keep_leases(const std::vector<std::shared_ptr<Attempt>>& attempts);
  void feed_listeners();
  void start_thread();

  std::mutex mutex_;
  std::condition_variable stop_, work_;
  std::uint64_t enqueued_ = 0;
  bool stopping_ = false;
  std::map<std::string, std::shared_ptr<Attempt>> attempts_;  ///< by task
  std::list<std::shared_ptr<Listener>> listeners_;
  std::thread thread_;  ///< started with the first attempt or listener
};

/// Runs one claimed attempt to its end, and records how it ended. Yields the task's result.
/// `retry` puts the task back after a passing error.
Result<Json> run_attempt(Tasks::Core& core, const TaskKind& kind,
                         const std::shared_ptr<Attempt>& attempt, Task task,
                         const std::function<void(const op::Progress&)>& progress, bool retry);

/// The event a listener gets, told once; ends the listener when the task has ended.
void tell(Listener& listener, const Task& task);

}  // namespace solvent::tasks
