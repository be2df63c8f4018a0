/// A FileSystem that fails on demand, over another one. Thread-safe like what it wraps.
///
/// A test runs its work once with an empty Plan and reads operations(); then, for each n, runs it
/// again with Plan{.fail_at = n} and checks that the error is reported and nothing is half done.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "base/files.h"

namespace solvent {

class FaultFiles final : public FileSystem {
 public:
  struct Plan {
    std::uint64_t fail_at = 0;  ///< this call fails, counted from 1 over all calls; 0 is never
    bool stay_failed = false;   ///< and so does every call after it
    Code code = Code::kUnavailable;
    /// Writes beyond this many bytes, in all, fail with kResourceExhausted, partly done.
    std::uint64_t bytes_max = std::numeric_limits<std::uint64_t>::max();
    bool exchanges = true;  ///< false: a file system that cannot exchange names
  };

  /// `under` outlives this object and every file opened through it.
  FaultFiles(FileSystem& under, Plan plan);
  ~FaultFiles() override;

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<FileInfo> stat(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<void> make_directories(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> exchange(const std::string& a, const std::string& b) override;
  Result<void> remove(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, bool exclusive) override;

  /// Calls so far, of the disk and of its files, failed ones included.
  std::uint64_t operations() const;

 private:
  struct State;
  FileSystem& under_;
  std::shared_ptr<State> state_;  ///< shared with open files
};

}  // namespace solvent
