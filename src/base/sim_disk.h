/// A disk in memory that loses power. It keeps, for each file and each directory entry, what was
/// synced and what was only written; `crash` draws one of the states that a real disk could be
/// found in afterwards. Deterministic for one sequence of calls and one seed. Thread-safe.
///
/// What may happen to that which no sync covers:
///   - each write: kept, lost, or torn at 512-byte sectors; sectors land in any order
///   - each change of a file's size: the changes of one file are kept up to some point
///   - each create, rename, exchange, remove: kept or missing, alone; the middle two are atomic
/// A file's sync covers its bytes and its size, never its name; sync_directory covers the entries
/// of that directory, never the bytes.
///
/// A crash test runs its work once on a plain SimDisk and reads counts(); then, for each k, runs it
/// again with Plan{.crash_at_operation = k} until a call fails with kUnavailable, draws
/// crash(random), opens its data there and looks for what was acknowledged.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "base/files.h"
#include "base/random.h"

namespace solvent {

/// Crash tests try every kCrashStride-th of their moments and seeds. The release build tries all; a
/// sanitizer's looks for other faults, and is ten times slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::uint64_t kCrashStride = 7;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr std::uint64_t kCrashStride = 7;
#else
inline constexpr std::uint64_t kCrashStride = 1;
#endif
#else
inline constexpr std::uint64_t kCrashStride = 1;
#endif

class SimDisk final : public FileSystem {
 public:
  static constexpr std::uint64_t kSector = 512;

  /// Counts from 1; 0 is never. The operation at which the power goes fails with kUnavailable and
  /// so does every call after it: a write or a change of names may still have reached the disk, a
  /// sync has done nothing.
  struct Plan {
    std::uint64_t crash_at_operation = 0;  ///< a write, resize, sync, or change of names
    std::uint64_t crash_at_write = 0;
    std::uint64_t crash_at_sync = 0;  ///< of a file or a directory
    /// Writes beyond this many bytes in all files fail with kResourceExhausted, partly done.
    std::uint64_t bytes_max = std::numeric_limits<std::uint64_t>::max();
  };
  struct Counts {
    std::uint64_t operations = 0, writes = 0, syncs = 0;
  };

  /// An empty disk: "/" is there. Relative paths are below "/". FileInfo::modified counts
  /// operations.
  SimDisk() : SimDisk(Plan()) {}
  explicit SimDisk(Plan plan);
  ~SimDisk() override;

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<FileInfo> stat(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<void> make_directories(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> exchange(const std::string& a, const std::string& b) override;
  Result<void> remove(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, bool exclusive) override;

  /// A state that the disk may be found in if the power went now; this disk stays as it is, so many
  /// can be drawn. On the new disk everything is synced, no lock is held, and `plan` applies.
  std::unique_ptr<SimDisk> crash(Random& random, Plan plan) const;
  std::unique_ptr<SimDisk> crash(Random& random) const { return crash(random, Plan()); }

  /// True once the plan's crash has come.
  bool crashed() const;
  Counts counts() const;

 private:
  struct State;
  explicit SimDisk(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  ///< shared with open files and locks, which may outlive the disk
};

}  // namespace solvent
