/// The file layer, injected, so that a simulated disk can drop, tear and reorder what was not
/// synced. Paths are bytes. FileSystem is thread-safe; a File is thread-compatible except
/// positional reads, which may run in parallel. Sizes and offsets are bytes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace solvent {

enum class OpenMode : std::uint8_t {
  kRead,       ///< must exist
  kReadWrite,  ///< must exist
  kCreate,     ///< created when absent, kept when present
  kCreateNew,  ///< kAlreadyExists when present
  kTruncate,   ///< created or emptied
};

struct FileInfo {
  enum class Kind : std::uint8_t { kFile, kDirectory, kSymlink, kOther };
  Kind kind = Kind::kFile;
  std::uint64_t size = 0;
  TimeUs modified = 0;
  std::uint64_t inode = 0;
  bool executable = false;
};

class File {
 public:
  virtual ~File() = default;
  /// Reads up to out.size() bytes; fewer only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) = 0;
  /// Writes all of it. kResourceExhausted when the disk is full.
  virtual Result<void> write_at(std::uint64_t offset, ByteView bytes) = 0;
  virtual Result<std::uint64_t> size() = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
  /// Bytes and size are durable when this returns (fdatasync); the name is not, see sync_directory.
  virtual Result<void> sync() = 0;
};

/// Held while alive; released by destruction or death of the process.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<FileInfo> stat(const std::string& path) = 0;  ///< does not follow a last symlink
  /// Names (not paths) in byte order, without "." and "..".
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  virtual Result<void> make_directories(const std::string& path) = 0;
  /// Atomic replacement.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  /// Two names that are there change places, at once. kUnimplemented where the file system cannot.
  virtual Result<void> exchange(const std::string& a, const std::string& b) = 0;
  virtual Result<void> remove(const std::string& path) = 0;  ///< file or empty directory
  virtual Result<void> sync_directory(const std::string& path) = 0;
  /// OS lock on the file, created when absent. kUnavailable when held the other way.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path, bool exclusive) = 0;
};

/// The machine's disk; lives as long as the process.
FileSystem& posix_files();

/// Whole-file reads bounded by `bytes_max` (kResourceExhausted beyond).
Result<std::string> read_file(FileSystem& files, const std::string& path,
                              std::uint64_t bytes_max = 256u << 20);
/// Writes to a temporary name, syncs it, renames it over `path`, syncs the directory.
Result<void> write_file_durably(FileSystem& files, const std::string& path, ByteView bytes);
/// Depth-first in byte order; `visit` gets the path relative to `root`. Symlinks are not followed.
Result<void> walk(FileSystem& files, const std::string& root,
                  const std::function<Result<void>(const std::string&, const FileInfo&)>& visit);

std::string join_path(std::string_view directory, std::string_view name);
std::string_view base_name(std::string_view path);
std::string_view parent_path(std::string_view path);
/// `relative` joined below `root`; kInvalidArgument when it is absolute or leaves root.
Result<std::string> path_below(std::string_view root, std::string_view relative);

/// A fresh directory under $TMPDIR, removed with all its content by the destructor.
class TempDirectory {
 public:
  static Result<TempDirectory> create(std::string_view prefix);
  TempDirectory(TempDirectory&& other) noexcept;
  TempDirectory& operator=(TempDirectory&& other) noexcept;
  ~TempDirectory();
  const std::string& path() const { return path_; }

 private:
  explicit TempDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace solvent
