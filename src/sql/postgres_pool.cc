#include "sql/postgres_pool.h"

#include <chrono>
#include <utility>

namespace solvent::sql {

Result<PgPool::Lease> PgPool::take() {
  std::unique_lock lock(mutex_);
  const bool free = free_.wait_for(lock, std::chrono::seconds(30),
                                   [&] { return !idle_.empty() || open_ < connections_max_; });
  if (!free) {
    return fail(Code::kResourceExhausted, "all database connections are busy",
                "try again, or raise the number of connections");
  }
  if (!idle_.empty()) {
    Lease lease(*this, std::move(idle_.back()));
    idle_.pop_back();
    return lease;
  }
  ++open_;
  lock.unlock();
  auto connection = open();
  auto ready = connection ? (*connection)->take_slot() : Result<void>();
  if (connection && ready) return Lease(*this, std::move(*connection));
  lock.lock();
  --open_;
  free_.notify_one();
  return Unexpected(connection ? std::move(ready).error() : std::move(connection).error());
}

void PgPool::give(std::unique_ptr<PgConnection> connection) {
  connection->roll_back();
  const std::lock_guard lock(mutex_);
  if (connection->lost()) {
    --open_;
  } else {
    idle_.push_back(std::move(connection));
  }
  free_.notify_one();
}

void PgPool::drop_idle() {
  const std::lock_guard lock(mutex_);
  open_ -= idle_.size();
  idle_.clear();
  free_.notify_all();
}

CommitOrder::Ticket::Ticket(CommitOrder& order) : order_(order) {
  const std::lock_guard lock(order_.mutex_);
  number_ = ++order_.drawn_;
}

void CommitOrder::Ticket::finish(const std::vector<std::function<void()>>& acts) {
  if (std::exchange(finished_, true)) return;
  {
    std::unique_lock lock(order_.mutex_);
    order_.turn_.wait(lock, [&] { return order_.next_ == number_; });
  }
  for (const auto& act : acts) act();
  const std::lock_guard lock(order_.mutex_);
  ++order_.next_;
  order_.turn_.notify_all();
}

PgGate::Pass::Pass(PgGate& gate, bool alone) : gate_(gate), alone_(alone) {
  std::unique_lock lock(gate_.mutex_);
  if (alone_) {
    ++gate_.waiting_alone_;
    gate_.changed_.wait(lock, [&] { return !gate_.alone_ && gate_.together_ == 0; });
    --gate_.waiting_alone_;
    gate_.alone_ = true;
  } else {
    gate_.changed_.wait(lock, [&] { return !gate_.alone_ && gate_.waiting_alone_ == 0; });
    ++gate_.together_;
  }
}

PgGate::Pass::~Pass() {
  const std::lock_guard lock(gate_.mutex_);
  if (alone_) {
    gate_.alone_ = false;
  } else {
    --gate_.together_;
  }
  gate_.changed_.notify_all();
}

}  // namespace solvent::sql
