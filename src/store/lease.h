/// Leases: rows with an expiry, kept alive by a heartbeat thread while their objects live.
/// Thread-safe. Leases must not outlive the keeper.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/random.h"
#include "sql/database.h"
#include "store/store.h"

namespace solvent::store {

class LeaseKeeper;

/// The store's own view of a lease: its id, and the numbers its packs are named by.
class LeaseHandle final : public Lease {
 public:
  LeaseHandle(LeaseKeeper& keeper, std::string id) : keeper_(keeper), id_(std::move(id)) {}
  ~LeaseHandle() override;
  LeaseHandle(const LeaseHandle&) = delete;
  LeaseHandle& operator=(const LeaseHandle&) = delete;
  const std::string& id() const override { return id_; }
  std::atomic<std::uint64_t>& numbers() { return numbers_; }

 private:
  LeaseKeeper& keeper_;
  std::string id_;
  std::atomic<std::uint64_t> numbers_{0};
};

class LeaseKeeper {
 public:
  LeaseKeeper(sql::Database& database, Clock& clock, Random& random, TimeUs lease_for);
  ~LeaseKeeper();
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;

  Result<std::unique_ptr<LeaseHandle>> take();
  /// Moves the expiry of every live lease on; a lease that was taken away is left to its next put.
  Result<void> beat();

 private:
  friend class LeaseHandle;
  void release(const std::string& id);
  void run();

  sql::Database& database_;
  Clock& clock_;
  Random& random_;
  TimeUs lease_for_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::set<std::string> live_;
  std::thread heart_;  ///< started with the first lease
};

}  // namespace solvent::store
