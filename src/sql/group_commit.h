/// The queue in front of a single writer: callers hand in units of work, one of them (the leader) runs
/// all that wait and commits once, so that one sync acknowledges many. Owns no connection: `run`
/// settles a group. Thread-safe. A unit may run on another caller's thread while its own caller
/// sleeps, so it must not rely on thread-local state nor take a lock that its caller holds.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
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
  /// Runs and commits `units` in order, calls their `after`, and sets every `result`.
  using Run = std::function<void(std::span<Unit* const> units)>;

  GroupCommit(Run run, std::size_t units_max) : run_(std::move(run)), units_max_(units_max) {}

  /// Blocks until `work` is durable or has failed.
  Result<void> submit(const std::function<Result<void>(Tx&)>& work);

 private:
  void lead(std::unique_lock<std::mutex>& lock);

  const Run run_;
  const std::size_t units_max_;
  std::mutex mutex_;
  std::deque<Unit*> waiting_;
  bool led_ = false;  ///< a leader runs, or has been named
};

}  // namespace solvent::sql
