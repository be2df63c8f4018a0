#include "net/kept_contents.h"

#include <filesystem>

#include "base/files.h"

namespace solvent::net {

namespace fs = std::filesystem;

Result<void> link_or_copy(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (error && error != std::errc::file_exists) fs::copy_file(from, to, error);
  if (error)
    return fail(
        error == std::errc::no_space_on_device ? Code::kResourceExhausted : Code::kUnavailable,
        "cannot stage a file: " + error.message(), "check the server's disk", to);
  return {};
}

KeptContents::KeptContents(Clock& clock, std::string folder, std::uint64_t bytes_max,
                           std::int64_t expiry_ms)
    : clock_(clock),
      folder_(std::move(folder)),
      bytes_max_(bytes_max),
      expiry_ns_(expiry_ms * 1'000'000) {}

void KeptContents::keep(std::string_view owner, const Digest& digest, std::uint64_t size,
                        const std::string& path) {
  if (size > bytes_max_) return;
  const std::lock_guard lock(mutex_);
  Key key(owner, digest);
  if (by_key_.contains(key)) return;
  const std::string kept = join_path(folder_, std::to_string(count_++));
  if (!link_or_copy(path, kept)) return;
  std::error_code error;
  fs::permissions(kept, fs::perms::owner_read, error);
  if (error) {
    fs::remove(kept, error);
    return;
  }
  bytes_ += size;
  entries_.push_back({key, kept, size, clock_.monotonic_ns()});
  by_key_.emplace(std::move(key), std::prev(entries_.end()));
  while (bytes_ > bytes_max_) forget_oldest();
}

bool KeptContents::place(std::string_view owner, const Digest& digest, std::uint64_t size,
                         const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(Key(owner, digest));
  if (found == by_key_.end() || found->second->size != size) return false;
  if (!link_or_copy(found->second->path, path)) return false;
  found->second->used_ns = clock_.monotonic_ns();
  entries_.splice(entries_.end(), entries_, found->second);
  return true;
}

void KeptContents::sweep() {
  const std::lock_guard lock(mutex_);
  const std::int64_t before = clock_.monotonic_ns() - expiry_ns_;
  while (!entries_.empty() && entries_.front().used_ns < before) forget_oldest();
}

void KeptContents::forget_oldest() {
  const Entry& oldest = entries_.front();
  std::error_code ignored;
  fs::remove(oldest.path, ignored);
  bytes_ -= oldest.size;
  by_key_.erase(oldest.key);
  entries_.pop_front();
}

}  // namespace solvent::net
