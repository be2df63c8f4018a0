/// Git, read only. Nothing that a repository carries is run: no hooks, no filters, no file-system
/// monitor, no configuration from outside the repository. Hostile repositories give errors.
/// A Repository belongs to one thread. Paths are bytes, '/'-separated, relative to the folder that
/// was opened. Times are UTC microseconds.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace solvent::scm {

struct GitLimits {
  std::uint64_t index_bytes_max = 256u << 20;
  std::int64_t commits_max = 500;       ///< looked at for authorship, newest first
  std::int64_t diff_files_max = 2'000;  ///< a commit that touches more says little about owners
  std::uint64_t blame_bytes_max = 1u << 20;
  std::int64_t history_max = 200'000;  ///< first parents walked to the first commit
};

struct Author {
  std::string name, email;  ///< valid UTF-8; name falls back to the e-mail address
};

/// Who last wrote a line of HEAD, and when.
struct Blame {
  Author author;
  TimeUs at = 0;
  std::string commit;
};

/// Commits per author of one path, among the newest.
struct Authorship {
  struct Share {
    Author author;
    std::int64_t commits = 0;
    TimeUs last = 0;
  };
  /// Path → authors, most commits first, the latest of equals first.
  std::map<std::string, std::vector<Share>, std::less<>> by_path;
  std::vector<Share> all;  ///< of the folder as a whole, in the same order
  std::string oldest;      ///< where the walk ended, when it was cut by the limit; else empty
  std::int64_t commits = 0;
  bool complete = true;  ///< false when history was cut: by a limit, a shallow clone or damage
};

class Repository {
 public:
  /// The repository that tracks files in `folder`: its own, or a parent's (worktrees included).
  /// Nothing when there is none or it tracks nothing here; an error when it cannot be read.
  static Result<std::unique_ptr<Repository>> open(const std::string& folder, GitLimits limits = {});
  ~Repository();

  /// What of the repository is read here: name below a `.git` of its own → path. With it and
  /// `prefix` the folder may be read elsewhere with the same answers; objects that it borrows from
  /// another repository are not among it.
  Result<std::map<std::string, std::string>> contents() const;
  /// Where in the work tree the folder lies, ending in '/'; empty for all of it.
  const std::string& prefix() const;
  /// Files of the index below the folder, in byte order. Submodules and symlinks are left out.
  const std::vector<std::string>& tracked() const;
  /// Whether .gitignore and the like say so. A folder ends in '/'.
  bool ignored(const std::string& path) const;
  /// Commit of HEAD in hexadecimal; empty before the first commit.
  const std::string& head() const;
  /// What stays the same when the work tree moves or is cloned: the first commit of HEAD's first
  /// parents, and where in the work tree the folder lies. Empty before the first commit, in a
  /// shallow clone, and where history is longer than GitLimits::history_max or damaged.
  std::string history() const;
  /// Whether HEAD holds exactly these bytes under this path, so that its lines are HEAD's lines.
  bool in_head(const std::string& path, std::string_view bytes) const;
  /// Line from 1. kNotFound when the file or line is not in HEAD, or when the line was written
  /// before the commit `oldest` (empty: no bound), beyond which nothing is read.
  Result<Blame> blame(const std::string& path, std::int64_t line,
                      const std::string& oldest = {}) const;
  Result<Authorship> authorship() const;

 private:
  struct State;
  explicit Repository(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace solvent::scm
