#include "net/body_pipe.h"

namespace solvent::net {

void BodyPipe::push(std::string piece) {
  if (piece.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    bytes_ += piece.size();
    pieces_.push_back(std::move(piece));
  }
  ready_.notify_one();
}

void BodyPipe::finish() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  ready_.notify_one();
}

void BodyPipe::fail_with(Error error) {
  {
    const std::lock_guard lock(mutex_);
    if (!error_ && !finished_) error_ = std::move(error);
  }
  ready_.notify_one();
}

bool BodyPipe::full() {
  const std::lock_guard lock(mutex_);
  paused_ = bytes_ >= bytes_max_;
  return paused_;
}

bool BodyPipe::waiting() {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

Result<std::string> BodyPipe::pull() {
  std::string piece;
  bool resume = false;
  {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    ready_.wait(lock, [this] { return error_ || !pieces_.empty() || finished_; });
    waiting_ = false;
    if (error_) return Unexpected(*error_);
    if (pieces_.empty()) return piece;
    piece = std::move(pieces_.front());
    pieces_.pop_front();
    bytes_ -= piece.size();
    if (paused_ && bytes_ < bytes_max_ / 2) {
      paused_ = false;
      resume = true;
    }
  }
  if (resume) resume_();
  return piece;
}

}  // namespace solvent::net
