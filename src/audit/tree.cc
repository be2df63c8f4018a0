#include "audit/tree.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <thread>

#include "base/text.h"

namespace solvent::audit {
namespace {

/// A cancelled audit is noticed within it.
constexpr std::chrono::milliseconds kCancelNoticed{50};

/// Never anybody's own source.
constexpr std::array<std::string_view, 14> kSkipped = {
    ".git", ".hg",  ".svn", ".solvent",    "__pycache__", "node_modules",       ".venv",
    "venv", ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".ipynb_checkpoints", ".pytest_cache"};

/// Valid UTF-8 as it is; else each foreign byte as \xNN, so that names stay apart.
std::string shown(const std::string& path) {
  if (is_valid_utf8(path)) return path;
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

/// The bytes behind what `shown` made of them.
std::string hidden(const std::string& text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' &&
                        digit(text[i + 2]) >= 0 && digit(text[i + 3]) >= 0;
    if (!escape) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(digit(text[i + 2]) * 16 + digit(text[i + 3]));
    i += 3;
  }
  return out;
}

/// A regular file at a path that no symlink and no foreign folder is part of.
std::optional<FileInfo> plain_file(FileSystem& disk, const std::string& root,
                                   const std::string& path) {
  if (path.empty() || !path_below("/", path)) return {};
  std::string at;
  for (const auto part : split(path, '/')) {
    if (part.empty() || part == "." || part == ".git" || part == ".solvent") return {};
    at += (at.empty() ? "" : "/") + std::string(part);
    const auto info = disk.stat(join_path(root, at));
    if (!info) return {};
    if (at == path)
      return info->kind == FileInfo::Kind::kFile ? std::optional(*info) : std::nullopt;
    if (info->kind != FileInfo::Kind::kDirectory) return {};
  }
  return {};
}

}  // namespace

namespace {

/// Who hears what a walk comes by. Paths are as the disk has them.
class Walked {
 public:
  virtual ~Walked() = default;
  virtual Result<void> file(const std::string& path, const FileInfo& info, bool tracked) = 0;
  /// A folder that is entered and has nothing in it, or one that lies too deep.
  virtual void bare(const std::string& path) = 0;
  virtual void note(std::string text) = 0;
};

class Walker {
 public:
  Walker(FileSystem& disk, std::string root, const scm::Repository* repository,
         std::int64_t depth_max, const CancelToken& cancel, Walked& walked)
      : disk_(disk),
        root_(std::move(root)),
        repository_(repository),
        depth_max_(depth_max),
        cancel_(cancel),
        walked_(walked) {}

  Result<void> walk(const std::string& relative, std::int64_t depth) {
    TRY(cancel_.check());
    if (depth > depth_max_) {
      walked_.note("left out, deeper than " + std::to_string(depth_max_) +
                   " folders: " + shown(relative));
      walked_.bare(relative);
      return {};
    }
    const auto names = disk_.list(join_path(root_, relative));
    if (!names) {
      if (relative.empty()) return Unexpected(names.error());
      walked_.note("left out, cannot be read: " + shown(relative));
      return {};
    }
    if (names->empty() && !relative.empty()) walked_.bare(relative);
    for (const std::string& name : *names) {
      TRY(cancel_.check());
      const std::string path = relative.empty() ? name : relative + "/" + name;
      const auto info = disk_.stat(join_path(root_, path));
      if (!info) continue;  // gone since it was listed
      if (info->kind == FileInfo::Kind::kDirectory) {
        if (enters(name, path)) TRY(walk(path, depth + 1));
      } else if (info->kind == FileInfo::Kind::kFile) {
        TRY(add(path, *info));
      }
    }
    return {};
  }

  /// What lies on the disk, git leaves out, and debts are about: they can be looked at again.
  Result<void> add_wanted(std::span<const std::string> wanted) {
    if (repository_ == nullptr) return {};
    for (const std::string& path : wanted) {
      if (seen_.contains(path)) continue;
      const auto info = plain_file(disk_, root_, path);
      if (info) TRY(add(path, *info, true));
    }
    return {};
  }
  bool has_seen(const std::string& path) const { return seen_.contains(path); }

 private:
  bool tracks_below(const std::string& folder) const {
    if (repository_ == nullptr) return false;
    const auto& tracked = repository_->tracked();
    const std::string prefix = folder + "/";
    const auto at = std::lower_bound(tracked.begin(), tracked.end(), prefix);
    return at != tracked.end() && at->starts_with(prefix);
  }

  bool enters(const std::string& name, const std::string& path) const {
    if (name == ".git" || name == ".solvent") return false;
    if (tracks_below(path)) return true;
    if (std::find(kSkipped.begin(), kSkipped.end(), name) != kSkipped.end()) return false;
    return repository_ == nullptr || !repository_->ignored(path + "/");
  }

  Result<void> add(const std::string& path, const FileInfo& info, bool even_ignored = false) {
    const bool tracked =
        repository_ == nullptr ||
        std::binary_search(repository_->tracked().begin(), repository_->tracked().end(), path);
    if (!tracked && !even_ignored && repository_->ignored(path)) return {};
    seen_.insert(path);
    return walked_.file(path, info, tracked);
  }

  FileSystem& disk_;
  const std::string root_;
  const scm::Repository* repository_;
  const std::int64_t depth_max_;
  const CancelToken& cancel_;
  Walked& walked_;
  std::set<std::string> seen_;
};

}  // namespace

/// Reads what it hears of into a tree.
class DiskTree::Reader final : public Walked {
 public:
  explicit Reader(DiskTree& tree) : tree_(tree) {}

  Result<void> file(const std::string& path, const FileInfo& info, bool tracked) override {
    if (static_cast<std::int64_t>(tree_.files_.size()) >= tree_.limits_.files_max) {
      return fail(Code::kResourceExhausted,
                  "the tree has more than " + std::to_string(tree_.limits_.files_max) + " files",
                  "audit a part of it, or raise audit.files_max", tree_.root_);
    }
    TRY(tree_.take_turn());
    check::SourceFile file{.path = shown(path), .size = info.size, .tracked = tracked};
    if (info.size <= tree_.limits_.file_bytes_max) {
      const auto bytes =
          read_file(tree_.disk_, join_path(tree_.root_, path), tree_.limits_.file_bytes_max);
      if (bytes) file.digest = digest_of(*bytes);
    }
    tree_.files_.push_back(std::move(file));
    tree_.real_paths_.push_back(path);
    return {};
  }
  void bare(const std::string&) override {}
  void note(std::string text) override { tree_.notes_.push_back(std::move(text)); }

 private:
  DiskTree& tree_;
};

Result<TreeNames> name_tree(FileSystem& files, const std::string& root,
                            const scm::Repository* repository, std::int64_t depth_max,
                            std::span<const std::string> wanted, const CancelToken& cancel) {
  struct Names final : Walked {
    TreeNames out;
    Result<void> file(const std::string& path, const FileInfo&, bool) override {
      out.files.push_back(path);
      return {};
    }
    void bare(const std::string& path) override { out.folders.push_back(path); }
    void note(std::string) override {}
  } names;
  Walker walker(files, root, repository, depth_max, cancel, names);
  TRY(walker.walk("", 0));
  TRY(walker.add_wanted(wanted));
  // Of what an audit only looks whether it is still there, the name is enough.
  for (const std::string& subject : wanted) {
    for (const std::string& path : {subject, hidden(subject)}) {
      if (path.empty() || path == "." || walker.has_seen(path) || !path_below("/", path)) continue;
      const auto info = files.stat(join_path(root, path));
      if (info && (info->kind == FileInfo::Kind::kFile || info->kind == FileInfo::Kind::kDirectory))
        names.out.folders.push_back(path);
    }
  }
  std::ranges::sort(names.out.folders);
  const auto twice = std::ranges::unique(names.out.folders);
  names.out.folders.erase(twice.begin(), twice.end());
  return std::move(names.out);
}

Result<std::unique_ptr<DiskTree>> DiskTree::read(FileSystem& files, const std::string& root,
                                                 const scm::Repository* repository,
                                                 const TreeLimits& limits,
                                                 std::span<const std::string> wanted,
                                                 const CancelToken& cancel) {
  std::unique_ptr<DiskTree> tree(new DiskTree(files, root, limits, cancel));
  tree->is_git_ = repository != nullptr;
  Reader reader(*tree);
  Walker walker(files, root, repository, limits.depth_max, cancel, reader);
  TRY(walker.walk("", 0));
  TRY(walker.add_wanted(wanted));
  // In byte order of the path that checks see, whatever the order of folders was.
  std::vector<std::size_t> order(tree->files_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return tree->files_[a].path < tree->files_[b].path;
  });
  std::vector<check::SourceFile> sorted;
  std::vector<std::string> real;
  Hasher hasher;
  hasher.field("solvent tree v1").field(tree->is_git_ ? "git" : "files");
  for (const std::size_t i : order) {
    const check::SourceFile& file = tree->files_[i];
    hasher.field(file.path).field(std::to_string(file.size)).field(file.tracked ? "t" : "u");
    hasher.field(as_text(file.digest.view()));
    sorted.push_back(file);
    real.push_back(std::move(tree->real_paths_[i]));
  }
  tree->files_ = std::move(sorted);
  tree->real_paths_ = std::move(real);
  tree->digest_ = hasher.finish();
  return tree;
}

Result<void> DiskTree::take_turn() const {
  TRY(cancel_.check());
  if (limits_.files_per_s <= 0) return {};
  using Steady = std::chrono::steady_clock;
  Steady::time_point turn;
  {
    const std::lock_guard lock(turn_mutex_);
    turn = std::max(next_turn_, Steady::now());
    next_turn_ = turn + std::chrono::nanoseconds(1'000'000'000 / limits_.files_per_s);
  }
  for (auto now = Steady::now(); now < turn; now = Steady::now()) {
    TRY(cancel_.check());
    std::this_thread::sleep_for(std::min<Steady::duration>(turn - now, kCancelNoticed));
  }
  return cancel_.check();
}

Result<std::string_view> DiskTree::text(const check::SourceFile& file) const {
  TRY(take_turn());
  const std::lock_guard lock(mutex_);
  if (const auto known = by_path_.find(file.path); known != by_path_.end()) {
    return std::string_view(*known->second);
  }
  const auto at = std::lower_bound(
      files_.begin(), files_.end(), file.path,
      [](const check::SourceFile& a, const std::string& path) { return a.path < path; });
  if (at == files_.end() || at->path != file.path) {
    return fail(Code::kNotFound, "no such file in the tree: " + file.path, {}, file.path);
  }
  if (at->size > limits_.file_bytes_max || texts_bytes_ + at->size > limits_.texts_bytes_max) {
    return fail(Code::kResourceExhausted,
                "file is over the audit's limit: " + format_bytes(at->size),
                "raise audit.file_bytes_max", file.path);
  }
  const std::string& real = real_paths_[static_cast<std::size_t>(at - files_.begin())];
  texts_.push_back(TRY(read_file(disk_, join_path(root_, real), limits_.file_bytes_max)));
  texts_bytes_ += texts_.back().size();
  by_path_[file.path] = &texts_.back();
  return std::string_view(texts_.back());
}

bool DiskTree::has(std::string_view subject) const {
  if (subject.empty() || subject == ".") return true;
  const auto at = std::lower_bound(
      files_.begin(), files_.end(), subject,
      [](const check::SourceFile& a, std::string_view path) { return a.path < path; });
  if (at != files_.end() && at->path == subject) return true;
  std::string folder(subject);
  if (!folder.ends_with('/')) folder += '/';
  const auto below = std::lower_bound(
      files_.begin(), files_.end(), folder,
      [](const check::SourceFile& a, const std::string& path) { return a.path < path; });
  return below != files_.end() && below->path.starts_with(folder);
}

bool DiskTree::is_there(const std::string& subject) const {
  if (has(subject)) return true;
  // As it is shown, and as the disk may have it.
  for (const std::string& path : {subject, hidden(subject)}) {
    if (!path_below("/", path)) continue;
    const auto info = disk_.stat(join_path(root_, path));
    if (info) {
      if (info->kind == FileInfo::Kind::kFile || info->kind == FileInfo::Kind::kDirectory)
        return true;
      continue;
    }
    const Code code = info.error().code;
    if (code == Code::kPermissionDenied || code == Code::kDataLoss || code == Code::kUnavailable)
      return true;  // nobody can say
  }
  return false;
}

}  // namespace solvent::audit
