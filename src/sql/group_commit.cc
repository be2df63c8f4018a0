#include "sql/group_commit.h"

#include <algorithm>

namespace solvent::sql {

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
  if (unit.leads) lead(lock);
  ASSERT(unit.settled);
  return std::move(*unit.result);
}

void GroupCommit::lead(std::unique_lock<std::mutex>& lock) {
  const std::size_t count = std::min(waiting_.size(), units_max_);
  const std::vector<Unit*> group(waiting_.begin(), waiting_.begin() + static_cast<long>(count));
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<long>(count));
  lock.unlock();
  run_(group);
  lock.lock();
  for (Unit* unit : group) {
    ASSERT(unit->result.has_value());
    unit->settled = true;
    unit->wake.notify_one();  // under the lock: the unit lives on its caller's stack
  }
  led_ = !waiting_.empty();
  if (led_) {
    waiting_.front()->leads = true;
    waiting_.front()->wake.notify_one();
  }
}

}  // namespace solvent::sql
