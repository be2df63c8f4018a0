/// What the units of one PostgreSQL database share in this process: connections, the order of
/// commits, and the gate that lets a unit which keeps losing run alone. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sql/postgres_connection.h"

namespace solvent::sql {

/// A bounded set of connections.
class PgPool {
 public:
  PgPool(std::shared_ptr<const PgLibrary> library, std::string url, std::string schema,
         std::size_t connections_max)
      : library_(std::move(library)),
        url_(std::move(url)),
        schema_(std::move(schema)),
        connections_max_(connections_max) {}

  /// Returned to the pool when destroyed, or closed when the server is gone.
  class Lease {
   public:
    Lease(PgPool& pool, std::unique_ptr<PgConnection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) noexcept = default;
    ~Lease() {
      if (connection_) pool_->give(std::move(connection_));
    }
    PgConnection& operator*() const { return *connection_; }
    PgConnection* operator->() const { return connection_.get(); }

   private:
    PgPool* pool_;
    std::unique_ptr<PgConnection> connection_;
  };

  /// Waits for a free one; kResourceExhausted when none gets free within 30 s, kUnavailable when
  /// there is no server.
  Result<Lease> take();
  /// A connection outside the pool, for what is not a unit of work.
  Result<std::unique_ptr<PgConnection>> open() const {
    return PgConnection::open(library_, url_, schema_);
  }
  /// Closes the idle ones: after one was lost, the others are too.
  void drop_idle();

 private:
  void give(std::unique_ptr<PgConnection> connection);

  const std::shared_ptr<const PgLibrary> library_;
  const std::string url_;
  const std::string schema_;
  const std::size_t connections_max_;
  std::mutex mutex_;
  std::condition_variable free_;
  std::vector<std::unique_ptr<PgConnection>> idle_;
  std::size_t open_ = 0;
};

/// Calls after_commit acts in commit order. A unit that saw another's effect began after that one
/// had sent its COMMIT, so tickets drawn before COMMIT is sent are a commit order.
class CommitOrder {
 public:
  class Ticket {
   public:
    explicit Ticket(CommitOrder& order);
    /// Waits for all earlier tickets, then calls `acts`.
    void finish(const std::vector<std::function<void()>>& acts);
    ~Ticket() { finish({}); }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

   private:
    CommitOrder& order_;
    std::uint64_t number_ = 0;
    bool finished_ = false;
  };

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t drawn_ = 0;
  std::uint64_t next_ = 1;
};

/// Any number of units together, or one alone; one that wants to be alone goes first.
class PgGate {
 public:
  class Pass {
   public:
    Pass(PgGate& gate, bool alone);
    ~Pass();
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    PgGate& gate_;
    const bool alone_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t together_ = 0;
  std::size_t waiting_alone_ = 0;
  bool alone_ = false;
};

}  // namespace solvent::sql
