#include "tasks/core.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace solvent::tasks {
namespace {

std::string make_owner(Clock& clock, Random& random) {
  char host[256] = "host";
  (void)::gethostname(host, sizeof host - 1);
  return std::string(host) + ":" + std::to_string(::getpid()) + ":" +
         make_uuid(clock, random).text().substr(24);
}

}  // namespace

void tell(Listener& listener, const Task& task) {
  const std::lock_guard one(listener.speaking);
  if (listener.over) return;
  const Json data = to_json(task);
  std::string text = to_text(data);
  if (text == listener.last && !task.is_final()) return;
  listener.last = std::move(text);
  const bool wants_more = listener.sink(task.is_final() ? "end" : "progress", data);
  if (!task.is_final() && wants_more) return;
  listener.over = true;
  listener.sink = nullptr;  // the stream ends with the last copy of it
}

Tasks::Core::Core(sql::Database& database_in, Clock& clock_in, Random& random_in,
                  TaskOptions options_in)
    : database(database_in),
      clock(clock_in),
      random(random_in),
      options(options_in),
      owner(make_owner(clock_in, random_in)) {}

Tasks::Core::~Core() {
  {
    const std::lock_guard lock(mutex_);
    ASSERT(attempts_.empty());
    stopping_ = true;
  }
  stop_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Tasks::Core::begin(const std::shared_ptr<Attempt>& attempt) {
  const std::lock_guard lock(mutex_);
  attempts_[attempt->claim.id] = attempt;
  start_thread();
}

void Tasks::Core::end(const Attempt& attempt) {
  const std::lock_guard lock(mutex_);
  const auto it = attempts_.find(attempt.claim.id);
  // The same task may have been taken over by another thread of this very process.
  if (it != attempts_.end() && it->second.get() == &attempt) attempts_.erase(it);
}

void Tasks::Core::announce(const Task& task) {
  std::vector<std::shared_ptr<Listener>> told;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& listener : listeners_)
      if (listener->task == task.id) told.push_back(listener);
  }
  for (const auto& listener : told) tell(*listener, task);
}

void Tasks::Core::add_listener(const std::shared_ptr<Listener>& listener) {
  const std::lock_guard lock(mutex_);
  listeners_.push_back(listener);
  start_thread();
}

std::size_t Tasks::Core::listeners() {
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [](const auto& listener) { return listener->over.load(); });
  return listeners_.size();
}

void Tasks::Core::wake() {
  {
    const std::lock_guard lock(mutex_);
    ++enqueued_;
  }
  work_.notify_all();
}

void Tasks::Core::wait_for_work(std::chrono::microseconds at_most) {
  std::unique_lock lock(mutex_);
  const std::uint64_t seen = enqueued_;
  work_.wait_for(lock, at_most, [&] { return enqueued_ != seen; });
}

void Tasks::Core::start_thread() {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void Tasks::Core::run() {
  std::unique_lock lock(mutex_);
  const auto pause = std::chrono::microseconds(options.watch_every);
  while (!stop_.wait_for(lock, pause, [&] { return stopping_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

void Tasks::Core::look() {
  std::vector<std::shared_ptr<Attempt>> attempts;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, attempt] : attempts_) attempts.push_back(attempt);
  }
  for (const auto& attempt : attempts)
    if (attempt->outer != nullptr && attempt->outer->cancelled())
      attempt->stop(StopReason::kRequested);
  keep_leases(attempts);
  feed_listeners();
}

void Tasks::Core::keep_leases(const std::vector<std::shared_ptr<Attempt>>& attempts) {
  for (const auto& attempt : attempts) {
    bool requested = false;
    // A database that does not answer is asked again soon; the lease outlasts many looks.
    (void)database.read([&](sql::Tx& tx) -> Result<void> {
      requested = TRY(cancel_requested(tx, attempt->claim.id));
      return {};
    });
    if (requested) attempt->stop(StopReason::kRequested);
    const TimeUs now = clock.now();
    if (attempt->lease_until - now > options.lease_for * 2 / 3) continue;
    const auto kept = database.write(
        [&](sql::Tx& tx) { return extend_lease(tx, attempt->claim, now + options.lease_for); });
    if (kept)
      attempt->lease_until = now + options.lease_for;
    else if (kept.error().code == Code::kAborted)
      attempt->stop(StopReason::kTakenOver);
  }
}

void Tasks::Core::feed_listeners() {
  std::vector<std::shared_ptr<Listener>> open;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(listeners_, [](const auto& listener) { return listener->over.load(); });
    open.assign(listeners_.begin(), listeners_.end());
  }
  std::map<std::string, std::optional<Task>> tasks;
  for (const auto& listener : open) tasks[listener->task];
  if (tasks.empty()) return;
  const auto read = database.read([&](sql::Tx& tx) -> Result<void> {
    for (auto& [id, task] : tasks) task = TRY(read_task(tx, id));
    return {};
  });
  if (!read) return;
  for (const auto& listener : open) {
    const auto& task = tasks[listener->task];
    if (task)
      tell(*listener, *task);
    else
      listener->over = true;
  }
}

}  // namespace solvent::tasks
