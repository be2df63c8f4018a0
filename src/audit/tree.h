/// A source tree on a disk, as checks see it: regular files, bounded in number, size and depth;
/// symlinks are never followed. Read once at the start; texts on demand. Thread-safe once read.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/files.h"
#include "base/threads.h"
#include "check/check.h"
#include "scm/git.h"

namespace solvent::audit {

struct TreeLimits {
  std::uint64_t file_bytes_max = 4u << 20;   ///< larger files are listed without digest or text
  std::uint64_t texts_bytes_max = 1u << 30;  ///< of all texts asked for
  std::int64_t files_max = 200'000;
  std::int64_t depth_max = 64;
  std::int64_t files_per_s = 0;  ///< read, or looked at by a check; 0: as many as can be
};

/// What an audit of a tree would look at, named and not read: for whoever takes it elsewhere. Paths
/// are as the disk has them.
struct TreeNames {
  std::vector<std::string> files;
  std::vector<std::string> folders;  ///< that are there, with nothing in them to look at
};
Result<TreeNames> name_tree(FileSystem& files, const std::string& root,
                            const scm::Repository* repository, std::int64_t depth_max,
                            std::span<const std::string> wanted, const CancelToken& cancel);

class DiskTree final : public check::SourceTree {
 public:
  /// `repository` may be null; `cancel` outlives the tree, whose texts end with it. `wanted`: paths
  /// that are listed, too, where they lie on the disk and git leaves them out. kNotFound,
  /// kInvalidArgument (not a folder), kResourceExhausted.
  static Result<std::unique_ptr<DiskTree>> read(FileSystem& files, const std::string& root,
                                                const scm::Repository* repository,
                                                const TreeLimits& limits,
                                                std::span<const std::string> wanted,
                                                const CancelToken& cancel);

  std::span<const check::SourceFile> files() const override { return files_; }
  Result<std::string_view> text(const check::SourceFile& file) const override;
  bool is_git() const override { return is_git_; }

  Digest digest() const override { return digest_; }
  /// A file or folder of this tree, or the tree itself ("" and ".").
  bool has(std::string_view subject) const;
  /// That, or something on the disk that was left out of the tree: ignored, too deep, or where
  /// nobody may look.
  bool is_there(const std::string& subject) const;
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  class Reader;
  DiskTree(FileSystem& files, std::string root, const TreeLimits& limits, const CancelToken& cancel)
      : disk_(files), root_(std::move(root)), limits_(limits), cancel_(cancel) {}

  /// Waits until the next file may be looked at; kCancelled.
  Result<void> take_turn() const;

  FileSystem& disk_;
  std::string root_;
  TreeLimits limits_;
  const CancelToken& cancel_;
  bool is_git_ = false;
  std::vector<check::SourceFile> files_;  ///< in byte order of path
  std::vector<std::string> real_paths_;   ///< as the disk has them; `path` is always valid UTF-8
  std::vector<std::string> notes_;
  Digest digest_;
  mutable std::mutex turn_mutex_;
  mutable std::chrono::steady_clock::time_point next_turn_;
  mutable std::mutex mutex_;
  mutable std::deque<std::string> texts_;
  mutable std::unordered_map<std::string, const std::string*> by_path_;
  mutable std::uint64_t texts_bytes_ = 0;
};

}  // namespace solvent::audit
