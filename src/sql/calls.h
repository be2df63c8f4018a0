/// Which threads are inside a call of one Database, so that a unit which calls the database again
/// is refused instead of waiting for itself. Thread-safe.
#pragma once

#include <mutex>
#include <thread>
#include <unordered_set>

#include "base/result.h"

namespace solvent::sql {

class Calls {
 public:
  /// Held for the length of a call.
  class Entry {
   public:
    explicit Entry(Calls& calls) : calls_(calls) {
      const std::lock_guard lock(calls_.mutex_);
      entered_ = calls_.inside_.insert(std::this_thread::get_id()).second;
    }
    ~Entry() {
      if (!entered_) return;
      const std::lock_guard lock(calls_.mutex_);
      calls_.inside_.erase(std::this_thread::get_id());
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    /// kInternal when this thread was inside already.
    Result<void> check() const {
      if (entered_) return {};
      return fail(Code::kInternal, "a unit of work called the database again",
                  "use the Tx that the unit was given");
    }

   private:
    Calls& calls_;
    bool entered_ = false;
  };

 private:
  std::mutex mutex_;
  std::unordered_set<std::thread::id> inside_;
};

}  // namespace solvent::sql
