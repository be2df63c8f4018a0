#include "base/threads.h"

namespace solvent {

Result<void> CancelToken::check() const {
  if (cancelled()) return fail(Code::kCancelled, "cancelled", "run it again to resume");
  return {};
}

ThreadPool::ThreadPool(std::size_t workers, std::size_t queue_max) : queue_max_(queue_max) {
  ASSERT(workers > 0 && queue_max > 0);
  workers_.reserve(workers);
  for (std::size_t i = 0; i < workers; ++i) workers_.emplace_back([this] { run(); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  ready_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

Result<void> ThreadPool::submit(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= queue_max_)
      return fail(Code::kResourceExhausted, "too much work is waiting", "try again in a moment");
    queue_.push_back(std::move(work));
  }
  ready_.notify_one();
  return {};
}

std::size_t ThreadPool::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void ThreadPool::run() {
  for (;;) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return closing_ || !queue_.empty(); });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace solvent
