#include "base/fault_files.h"

#include <algorithm>
#include <mutex>

namespace solvent {

struct FaultFiles::State {
  explicit State(Plan from) : plan(from) {}

  /// Counts a call; fails when the plan says so.
  Result<void> step(const std::string& path) {
    const std::lock_guard lock(mutex);
    ++operations;
    const bool fails = plan.fail_at != 0 &&
                       (plan.stay_failed ? operations >= plan.fail_at : operations == plan.fail_at);
    if (fails)
      return fail(plan.code, "injected fault at call " + std::to_string(operations) + ": " + path,
                  "run it again", path);
    return {};
  }

  /// How many of `wanted` bytes still fit.
  std::uint64_t take(std::uint64_t wanted) {
    const std::lock_guard lock(mutex);
    const std::uint64_t granted = std::min(wanted, plan.bytes_max - written);
    written += granted;
    return granted;
  }

  const Plan plan;
  mutable std::mutex mutex;
  std::uint64_t operations = 0;
  std::uint64_t written = 0;
};

namespace {

template <class State>
class FaultFile final : public File {
 public:
  FaultFile(std::unique_ptr<File> under, std::shared_ptr<State> state, std::string path)
      : under_(std::move(under)), state_(std::move(state)), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    TRY(state_->step(path_));
    return under_->read_at(offset, out);
  }
  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    TRY(state_->step(path_));
    const std::uint64_t granted = state_->take(bytes.size());
    TRY(under_->write_at(offset, bytes.first(static_cast<std::size_t>(granted))));
    if (granted < bytes.size())
      return fail(Code::kResourceExhausted, "cannot write: the disk is full (injected): " + path_,
                  "free some space and run it again", path_);
    return {};
  }
  Result<std::uint64_t> size() override {
    TRY(state_->step(path_));
    return under_->size();
  }
  Result<void> truncate(std::uint64_t size) override {
    TRY(state_->step(path_));
    return under_->truncate(size);
  }
  Result<void> sync() override {
    TRY(state_->step(path_));
    return under_->sync();
  }

 private:
  std::unique_ptr<File> under_;
  std::shared_ptr<State> state_;
  std::string path_;
};

}  // namespace

FaultFiles::FaultFiles(FileSystem& under, Plan plan)
    : under_(under), state_(std::make_shared<State>(plan)) {}
FaultFiles::~FaultFiles() = default;

Result<std::unique_ptr<File>> FaultFiles::open(const std::string& path, OpenMode mode) {
  TRY(state_->step(path));
  return std::make_unique<FaultFile<State>>(TRY(under_.open(path, mode)), state_, path);
}

Result<FileInfo> FaultFiles::stat(const std::string& path) {
  TRY(state_->step(path));
  return under_.stat(path);
}

Result<std::vector<std::string>> FaultFiles::list(const std::string& directory) {
  TRY(state_->step(directory));
  return under_.list(directory);
}

Result<void> FaultFiles::make_directories(const std::string& path) {
  TRY(state_->step(path));
  return under_.make_directories(path);
}

Result<void> FaultFiles::rename(const std::string& from, const std::string& to) {
  TRY(state_->step(from));
  return under_.rename(from, to);
}

Result<void> FaultFiles::exchange(const std::string& a, const std::string& b) {
  TRY(state_->step(a));
  if (!state_->plan.exchanges)
    return fail(Code::kUnimplemented, "names cannot be exchanged here: " + a, {}, a);
  return under_.exchange(a, b);
}

Result<void> FaultFiles::remove(const std::string& path) {
  TRY(state_->step(path));
  return under_.remove(path);
}

Result<void> FaultFiles::sync_directory(const std::string& path) {
  TRY(state_->step(path));
  return under_.sync_directory(path);
}

Result<std::unique_ptr<FileLock>> FaultFiles::lock(const std::string& path, bool exclusive) {
  TRY(state_->step(path));
  return under_.lock(path, exclusive);
}

std::uint64_t FaultFiles::operations() const {
  const std::lock_guard lock(state_->mutex);
  return state_->operations;
}

}  // namespace solvent
