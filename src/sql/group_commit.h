/// The queue in front of a single writer: callers hand in units of work, one of them (the leader)
/// runs all that wait and commits once, so that one sync acknowledges many. Owns no connection:
/// `run` settles a group. Thread-safe. A unit may run on another caller's thread while its own
/// caller sleeps, so it must not rely on thread-local state nor take a lock that its caller holds.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.h"
#include "sql/database.h"

namespace solvent::sql {

/// One caller's work, waiting or running.
struct Unit {
  const std::function<Result<void>(Tx&)>* work = nullptr;
  std::optional<Result<void>> result;        ///< set once, when it is settled
  std::vector<std::function<void()>> after;  ///< asked for by the attempt that is committed

  bool leads = false;  ///< queue's: told to run the next group
  bool settled = false;
  std::condition_variable wake;
};

class GroupCommit {
 public:
  /// The leader's view of the queue: units that come while the group runs still join it.
  class Group {
   public:
    /// The next unit to run, null when none waits or the group is large or old enough.
    Unit* next();

   private:
    friend class GroupCommit;
    explicit Group(GroupCommit& queue) : queue_(queue) {}
    GroupCommit& queue_;
    std::vector<Unit*> taken_;
    const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  };
  /// Runs and commits the group's units in order, calls their `after`, sets every `result`.
  using Run = std::function<void(Group&)>;

  GroupCommit(Run run, std::size_t units_max) : run_(std::move(run)), units_max_(units_max) {}

  /// Blocks until `work` is durable or has failed.
  Result<void> submit(const std::function<Result<void>(Tx&)>& work);

 private:
  const Run run_;
  const std::size_t units_max_;
  std::mutex mutex_;
  std::deque<Unit*> waiting_;
  bool led_ = false;  ///< a leader runs, or has been named
};

}  // namespace solvent::sql
