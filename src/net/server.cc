#include <condition_variable>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "base/random.h"
#include "net/connection.h"
#include "net/http.h"

namespace solvent::net {
namespace {

/// Connections of one loop; touched on its thread only.
struct LoopState {
  std::unordered_set<std::shared_ptr<Connection>> connections;
  bool told_to_drain = false;
};

class HttpServer final : public Server {
 public:
  HttpServer(const ServerOptions& options, Router router, Guard guard, Observer observe, Log& log)
      : core_(options, std::move(router), std::move(guard), std::move(observe), log,
              make_prefix()) {}

  ~HttpServer() override {
    drain();
    wait();
  }

  Result<void> open() {
    LoopEvents events;
    events.accepted = [this](Loop& loop, std::unique_ptr<Transport> transport) {
      accept(loop, std::move(transport));
    };
    events.tick = [this](Loop& loop) { tick(loop); };
    listeners_ = TRY(open_listeners(core_.options, std::move(events), core_.log));
    return {};
  }

  int port() const override { return listeners_->port(); }

  ServerGauges gauges() const override {
    return {.connections = open_.load(std::memory_order_relaxed),
            .event_streams = core_.event_streams.load(std::memory_order_relaxed),
            .workers_queued = core_.workers.queued(),
            .long_queued = core_.long_workers.queued(),
            .body_queued = core_.body_workers.queued(),
            .connections_total = total_.load(std::memory_order_relaxed),
            .connections_shed_total = shed_.load(std::memory_order_relaxed)};
  }

  void drain() override {
    if (core_.draining.exchange(true) || !listeners_) return;
    drain_until_ns_ = system_clock().monotonic_ns() + core_.options.drain_timeout_ms * 1'000'000;
    listeners_->close_listeners();
    const std::lock_guard lock(mutex_);
    draining_ = true;
    changed_.notify_all();
  }

  void wait() override {
    if (!listeners_) return;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return draining_; });
    // The ticks close what is left after the timeout; two seconds more for them to get round to it.
    const auto most = std::chrono::milliseconds(core_.options.drain_timeout_ms + 2'000);
    changed_.wait_for(lock, most, [this] { return open_.load() == 0; });
    if (stopped_) return;
    stopped_ = true;
    lock.unlock();
    listeners_->stop();
    // No loop runs any more: what is still open is closed here, so that workers see the cancel.
    for (auto& [loop, state] : states_) {
      const auto left = state.connections;
      for (const auto& connection : left) connection->close();
    }
  }

 private:
  static std::string make_prefix() {
    std::array<std::uint8_t, 5> bytes;
    system_random().fill(bytes);
    return to_hex(bytes) + "-";
  }

  LoopState& state_of(Loop& loop) {
    const std::lock_guard lock(states_mutex_);
    return states_[&loop];
  }

  void accept(Loop& loop, std::unique_ptr<Transport> transport) {
    LoopState& state = state_of(loop);
    const std::size_t now_open = open_.fetch_add(1) + 1;
    total_.fetch_add(1, std::memory_order_relaxed);
    auto connection = std::make_shared<Connection>(
        core_, loop, std::move(transport), [this, &state](Connection& closed) {
          state.connections.erase(closed.shared_from_this());
          if (open_.fetch_sub(1) == 1 && core_.draining.load()) {
            const std::lock_guard lock(mutex_);
            changed_.notify_all();
          }
        });
    state.connections.insert(connection);
    if (now_open <= core_.options.connections_max) return connection->start();
    shed_.fetch_add(1, std::memory_order_relaxed);
    connection->shed();
  }

  void tick(Loop& loop) {
    LoopState& state = state_of(loop);
    const bool draining = core_.draining.load();
    const bool over = draining && system_clock().monotonic_ns() > drain_until_ns_.load();
    // A copy: closing takes a connection out of the set.
    const std::vector<std::shared_ptr<Connection>> all(state.connections.begin(),
                                                       state.connections.end());
    for (const auto& connection : all) {
      if (over)
        connection->close();
      else if (draining)
        connection->drain();
      if (!over) connection->tick();
    }
  }

  // First, hence destroyed last: workers post to the loops until the pools in core_ are joined.
  std::unique_ptr<Listeners> listeners_;
  ServerCore core_;
  std::mutex states_mutex_;
  std::unordered_map<Loop*, LoopState> states_;
  std::atomic<std::size_t> open_{0};
  std::atomic<std::uint64_t> total_{0}, shed_{0};
  std::atomic<std::int64_t> drain_until_ns_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool draining_ = false, stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<Server>> start_server(const ServerOptions& options,
                                             std::vector<Route> routes, Guard guard,
                                             Observer observe, Log& log) {
  Router router = TRY(Router::create(std::move(routes)));
  auto server = std::make_unique<HttpServer>(options, std::move(router), std::move(guard),
                                             std::move(observe), log);
  TRY(server->open());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace solvent::net
