#include "sql/group_commit.h"

namespace solvent::sql {
namespace {

/// The first in a group waits for the last; other processes wait for the group.
constexpr std::chrono::milliseconds kAgeMax{20};

}  // namespace

Unit* GroupCommit::Group::next() {
  const std::lock_guard lock(queue_.mutex_);
  if (queue_.waiting_.empty() || taken_.size() >= queue_.units_max_) return nullptr;
  if (!taken_.empty() && std::chrono::steady_clock::now() - since_ > kAgeMax) return nullptr;
  taken_.push_back(queue_.waiting_.front());
  queue_.waiting_.pop_front();
  return taken_.back();
}

Result<void> GroupCommit::submit(const std::function<Result<void>(Tx&)>& work) {
  Unit unit;
  unit.work = &work;
  std::unique_lock lock(mutex_);
  waiting_.push_back(&unit);
  if (!led_) {
    led_ = true;
    unit.leads = true;
  }
  unit.wake.wait(lock, [&] { return unit.leads || unit.settled; });
  if (unit.leads) {
    ASSERT(waiting_.front() == &unit);
    lock.unlock();
    Group group(*this);
    run_(group);
    lock.lock();
    for (Unit* settled : group.taken_) {
      ASSERT(settled->result.has_value());
      settled->settled = true;
      settled->wake.notify_one();  // under the lock: the unit lives on its caller's stack
    }
    led_ = !waiting_.empty();
    if (led_) {
      waiting_.front()->leads = true;
      waiting_.front()->wake.notify_one();
    }
  }
  ASSERT(unit.settled);
  return std::move(*unit.result);
}

}  // namespace solvent::sql
