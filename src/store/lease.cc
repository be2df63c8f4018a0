#include "store/lease.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "store/rows.h"

namespace solvent::store {

LeaseHandle::~LeaseHandle() {
  keeper_.release(id_);
}

LeaseKeeper::LeaseKeeper(sql::Database& database, Clock& clock, Random& random, TimeUs lease_for)
    : database_(database), clock_(clock), random_(random), lease_for_(lease_for) {}

LeaseKeeper::~LeaseKeeper() {
  {
    const std::lock_guard lock(mutex_);
    ASSERT(live_.empty());
    stopping_ = true;
  }
  stop_.notify_all();
  if (heart_.joinable()) heart_.join();
}

Result<std::unique_ptr<LeaseHandle>> LeaseKeeper::take() {
  std::string id = make_uuid(clock_, random_).text();
  TRY(database_.write(
      [&](sql::Tx& tx) { return insert_lease(tx, {id, clock_.now() + lease_for_}); }));
  const std::lock_guard lock(mutex_);
  live_.insert(id);
  if (!heart_.joinable()) heart_ = std::thread([this] { run(); });
  return std::make_unique<LeaseHandle>(*this, std::move(id));
}

Result<void> LeaseKeeper::beat() {
  std::vector<std::string> ids;
  {
    const std::lock_guard lock(mutex_);
    ids.assign(live_.begin(), live_.end());
  }
  if (ids.empty()) return {};
  return database_.write([&](sql::Tx& tx) -> Result<void> {
    for (const std::string& id : ids) {
      auto renewed = renew_lease(tx, {id, clock_.now() + lease_for_});
      if (!renewed && renewed.error().code != Code::kAborted) return renewed;
    }
    return {};
  });
}

void LeaseKeeper::release(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    live_.erase(id);
  }
  // A lease that cannot be deleted now expires on its own.
  (void)database_.write([&](sql::Tx& tx) { return delete_lease(tx, id); });
}

void LeaseKeeper::run() {
  const auto pause = std::chrono::microseconds(std::max<TimeUs>(lease_for_ / 4, kSecondUs / 10));
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, pause, [&] { return stopping_; })) {
    lock.unlock();
    (void)beat();  // tried again at the next beat, three more times before the lease expires
    lock.lock();
  }
}

}  // namespace solvent::store
