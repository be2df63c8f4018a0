/// Threads: a bounded worker pool and cooperative cancellation. All classes are thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"

namespace solvent {

/// Asked to stop; long work looks at it at least every 100 ms.
class CancelToken {
 public:
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  /// kCancelled once cancelled.
  Result<void> check() const;

 private:
  std::atomic<bool> cancelled_{false};
};

/// Fixed workers over a bounded queue. The destructor finishes what was accepted.
class ThreadPool {
 public:
  ThreadPool(std::size_t workers, std::size_t queue_max);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// kResourceExhausted when the queue is full: the caller sheds the load.
  Result<void> submit(std::function<void()> work);
  std::size_t queued() const;

 private:
  void run();
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  std::size_t queue_max_;
  bool closing_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace solvent
