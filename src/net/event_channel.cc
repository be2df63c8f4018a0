#include "net/event_channel.h"

#include "net/wire.h"

namespace solvent::net {

op::EventStream::Sink EventChannel::make_sink() {
  std::shared_ptr<void> ender(static_cast<void*>(nullptr),
                              [self = shared_from_this()](void*) { self->end(); });
  return [self = shared_from_this(), ender = std::move(ender)](
             std::string_view event, const Json& data) { return self->push(event, data); };
}

void EventChannel::keep(std::shared_ptr<void> subscription) {
  const std::lock_guard lock(mutex_);
  // Too late: the argument dies with the caller's frame, after the lock.
  if (!closed_) subscription_ = std::move(subscription);
}

bool EventChannel::push(std::string_view event, const Json& data) {
  std::string text = frame_event(event, to_text(data), chunked_);
  std::unique_lock lock(mutex_);
  if (closed_ || overrun_) return false;
  if (pending_.size() + text.size() > bytes_max_) {
    overrun_ = true;
    wake_once(lock);
    return false;
  }
  pending_ += text;
  wake_once(lock);
  return true;
}

void EventChannel::end() {
  std::unique_lock lock(mutex_);
  ended_ = true;
  if (!closed_) wake_once(lock);
}

void EventChannel::wake_once(std::unique_lock<std::mutex>& lock) {
  if (awake_) return;
  awake_ = true;
  lock.unlock();
  wake_();
}

EventChannel::Taken EventChannel::take() {
  const std::lock_guard lock(mutex_);
  awake_ = false;
  Taken taken{std::move(pending_), ended_, overrun_};
  pending_.clear();
  return taken;
}

void EventChannel::close() {
  std::shared_ptr<void> dying;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  pending_.clear();
  dying.swap(subscription_);
}

}  // namespace solvent::net
