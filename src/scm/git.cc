#include "scm/git.h"

#include <dlfcn.h>
#include <git2.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "base/files.h"
#include "base/text.h"

namespace solvent::scm {
namespace {

/// libgit2 brings TLS, SSH and Kerberos along, which nothing here uses and --help should not wait
/// for, so it is opened when the first repository is.
struct Library {
  // clang-format off
#define SOLVENT_GIT_FUNCTIONS(X) \
  X(blame_file) X(blame_free) X(blame_get_hunk_byline) X(blame_options_init) X(blob_free) \
  X(blob_lookup) X(blob_rawcontent) X(blob_rawsize) X(commit_author) X(commit_free) \
  X(commit_lookup) X(commit_parent) X(commit_parentcount) X(commit_tree) X(diff_free) \
  X(diff_get_delta) X(diff_num_deltas) X(diff_options_init) X(diff_tree_to_tree) X(error_last) \
  X(ignore_path_is_ignored) X(index_entry_stage) X(index_entrycount) X(index_free) \
  X(index_get_byindex) X(libgit2_init) X(libgit2_opts) X(odb_free) X(odb_hash) \
  X(odb_read_header) X(oid_equal) X(oid_fromstr) X(oid_tostr) X(reference_name_to_id) \
  X(repository_commondir) X(repository_free) X(repository_index) X(repository_is_shallow) \
  X(repository_odb) \
  X(repository_open_ext) X(repository_path) X(repository_workdir) X(revparse_single) \
  X(revwalk_free) X(revwalk_new) X(revwalk_next) X(revwalk_push) \
  X(revwalk_simplify_first_parent) X(revwalk_sorting) X(tree_entry_bypath) X(tree_entry_free) \
  X(tree_entry_id) X(tree_free)
// clang-format on
#define SOLVENT_DECLARE(name) decltype(&::git_##name) name = nullptr;
  SOLVENT_GIT_FUNCTIONS(SOLVENT_DECLARE)
#undef SOLVENT_DECLARE

  static Result<Library> load();
};

Result<Library> Library::load() {
  // Its structs are laid out for the version whose header this was built with.
  constexpr const char* kName = "libgit2.so." LIBGIT2_SOVERSION;
  void* handle = ::dlopen(kName, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    return fail(Code::kUnavailable, std::string("libgit2 cannot be opened: ") + ::dlerror(),
                "install it: apt-get install libgit2-" LIBGIT2_SOVERSION, kName);
  Library library;
#define SOLVENT_RESOLVE(name)                                                               \
  library.name = reinterpret_cast<decltype(library.name)>(::dlsym(handle, "git_" #name));   \
  if (library.name == nullptr)                                                              \
    return fail(Code::kUnavailable, "libgit2 lacks git_" #name,                             \
                "install it again: apt-get install --reinstall libgit2-" LIBGIT2_SOVERSION, \
                kName);
  SOLVENT_GIT_FUNCTIONS(SOLVENT_RESOLVE)
#undef SOLVENT_RESOLVE
  // No system, global, XDG or program-data configuration; ownership is no concern of a reader that
  // runs nothing.
  library.libgit2_init();
  for (const int level : {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                          GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL})
    library.libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
  library.libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  library.libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, static_cast<std::size_t>(1) << 30);
  return library;
}

/// Once a process, and for as long as it lives.
const Result<Library>& loaded() {
  static const Result<Library> library = Library::load();
  return library;
}

/// The functions, wherever a Repository exists: open() has looked that they are there.
const Library& git() {
  return *loaded();
}

template <class T, auto kFree>
struct Freer {
  void operator()(T* pointer) const { (git().*kFree)(pointer); }
};
template <class T, auto kFree>
using Owned = std::unique_ptr<T, Freer<T, kFree>>;
using RepositoryPtr = Owned<git_repository, &Library::repository_free>;
using IndexPtr = Owned<git_index, &Library::index_free>;
using WalkPtr = Owned<git_revwalk, &Library::revwalk_free>;
using CommitPtr = Owned<git_commit, &Library::commit_free>;
using TreePtr = Owned<git_tree, &Library::tree_free>;
using TreeEntryPtr = Owned<git_tree_entry, &Library::tree_entry_free>;
using DiffPtr = Owned<git_diff, &Library::diff_free>;
using BlamePtr = Owned<git_blame, &Library::blame_free>;
using OdbPtr = Owned<git_odb, &Library::odb_free>;
using BlobPtr = Owned<git_blob, &Library::blob_free>;

constexpr std::string_view kHint =
    "git fsck says what is wrong; without .git the tree is read as files";

Unexpected failed(std::string_view act, const std::string& subject) {
  const git_error* error = git().error_last();
  std::string message = "git cannot " + std::string(act);
  if (error != nullptr && error->message != nullptr) {
    message += ": " + sanitize_utf8(error->message);
  }
  return fail(Code::kDataLoss, std::move(message), std::string(kHint), subject);
}

std::string real_path(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return {};
  std::string out(resolved);
  std::free(resolved);
  return out;
}

Author author_of(const git_signature* signature) {
  if (signature == nullptr) return {};
  Author author{sanitize_utf8(trim(signature->name == nullptr ? "" : signature->name)),
                sanitize_utf8(trim(signature->email == nullptr ? "" : signature->email))};
  if (author.name.empty()) author.name = author.email;
  return author;
}

TimeUs time_of(const git_signature* signature) {
  constexpr std::int64_t kYear9999 = 253'402'300'799;
  return signature == nullptr
             ? 0
             : std::clamp<std::int64_t>(signature->when.time, 0, kYear9999) * kSecondUs;
}

}  // namespace

struct Repository::State {
  RepositoryPtr repository;
  GitLimits limits;
  std::string prefix;  ///< of the opened folder in the work tree, ending in '/', or empty
  std::string head;
  git_oid head_id{};
  std::vector<std::string> tracked;

  Result<void> read_head(const std::string& folder);
  Result<void> read_index(const std::string& folder);
  /// kNotFound when HEAD has no such path.
  Result<TreeEntryPtr> in_head(const std::string& path) const;
};

Repository::Repository(std::unique_ptr<State> state) : state_(std::move(state)) {}
Repository::~Repository() = default;

Result<void> Repository::State::read_head(const std::string& folder) {
  const int code = git().reference_name_to_id(&head_id, repository.get(), "HEAD");
  if (code == GIT_ENOTFOUND || code == GIT_EUNBORNBRANCH) return {};
  if (code != 0) return failed("read HEAD", folder);
  char text[GIT_OID_HEXSZ + 1];
  head = git().oid_tostr(text, sizeof text, &head_id);
  return {};
}

Result<void> Repository::State::read_index(const std::string& folder) {
  const std::string path = std::string(git().repository_path(repository.get())) + "index";
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return {};  // no index: nothing is tracked
  if (!S_ISREG(info.st_mode)) {
    return fail(Code::kDataLoss, "git's index is not a file", std::string(kHint), path);
  }
  if (static_cast<std::uint64_t>(info.st_size) > limits.index_bytes_max) {
    return fail(Code::kResourceExhausted,
                "git's index is over the limit of " + format_bytes(limits.index_bytes_max),
                "audit a smaller part, or a copy without .git", path);
  }
  git_index* raw = nullptr;
  if (git().repository_index(&raw, repository.get()) != 0) return failed("read the index", folder);
  const IndexPtr index(raw);
  for (std::size_t i = 0, n = git().index_entrycount(index.get()); i < n; ++i) {
    const git_index_entry* entry = git().index_get_byindex(index.get(), i);
    if (entry == nullptr || entry->path == nullptr || git().index_entry_stage(entry) > 1) continue;
    const bool is_file =
        entry->mode == GIT_FILEMODE_BLOB || entry->mode == GIT_FILEMODE_BLOB_EXECUTABLE;
    const std::string_view name = entry->path;
    if (!is_file || !name.starts_with(prefix)) continue;
    // A hostile index may name what lies outside; such a path is nobody's.
    const std::string relative(name.substr(prefix.size()));
    if (relative.empty() || !path_below("/", relative)) continue;
    tracked.push_back(relative);
  }
  std::sort(tracked.begin(), tracked.end());
  tracked.erase(std::unique(tracked.begin(), tracked.end()), tracked.end());
  return {};
}

Result<std::unique_ptr<Repository>> Repository::open(const std::string& folder, GitLimits limits) {
  if (const auto& library = loaded(); !library) return Unexpected(library.error());
  const std::string real = real_path(folder);
  if (real.empty()) {
    return fail(Code::kNotFound, "no such folder: " + sanitize_utf8(folder), "check the path",
                folder);
  }
  git_repository* raw = nullptr;
  const int code =
      git().repository_open_ext(&raw, real.c_str(), GIT_REPOSITORY_OPEN_CROSS_FS, nullptr);
  if (code == GIT_ENOTFOUND) return std::unique_ptr<Repository>();
  if (code != 0) return failed("open the repository", folder);
  auto state = std::make_unique<State>();
  state->repository.reset(raw);
  state->limits = limits;
  const char* work_tree = git().repository_workdir(raw);
  if (work_tree == nullptr) return std::unique_ptr<Repository>();  // bare: no files here
  std::string top = real_path(work_tree);
  if (!top.ends_with('/')) top += '/';
  const std::string here = real.ends_with('/') ? real : real + "/";
  if (!here.starts_with(top))
    return std::unique_ptr<Repository>();  // core.worktree points elsewhere
  state->prefix = here.substr(top.size());
  TRY(state->read_head(folder));
  TRY(state->read_index(folder));
  // A folder that a parent's repository ignores or does not know is no part of it.
  if (state->tracked.empty() && !state->prefix.empty()) return std::unique_ptr<Repository>();
  return std::unique_ptr<Repository>(new Repository(std::move(state)));
}

Result<std::map<std::string, std::string>> Repository::contents() const {
  auto& files = posix_files();
  // A work tree that was added has its own HEAD and index; the rest is shared.
  const std::string own = git().repository_path(state_->repository.get());
  const std::string shared = git().repository_commondir(state_->repository.get());
  std::map<std::string, std::string> out;
  const auto add = [&](const std::string& from, const std::string& name) {
    const auto info = files.stat(join_path(from, name));
    if (info && info->kind == FileInfo::Kind::kFile) out[name] = join_path(from, name);
  };
  for (const char* name : {"HEAD", "index"}) add(own, name);
  for (const char* name : {"config", "packed-refs", "shallow", "info/exclude"}) add(shared, name);
  for (const char* folder : {"objects", "refs"}) {
    const std::string path = join_path(shared, folder);
    TRY(walk(files, path, [&](const std::string& name, const FileInfo& info) -> Result<void> {
      const bool passing = base_name(name).starts_with("tmp_") || name.ends_with(".lock");
      if (info.kind == FileInfo::Kind::kFile && !passing)
        out[join_path(folder, name)] = join_path(path, name);
      return {};
    }));
  }
  return out;
}

const std::string& Repository::prefix() const {
  return state_->prefix;
}
const std::vector<std::string>& Repository::tracked() const {
  return state_->tracked;
}
const std::string& Repository::head() const {
  return state_->head;
}

bool Repository::ignored(const std::string& path) const {
  int ignored = 0;
  const std::string full = state_->prefix + path;
  return git().ignore_path_is_ignored(&ignored, state_->repository.get(), full.c_str()) == 0 &&
         ignored != 0;
}

std::string Repository::history() const {
  git_repository* repository = state_->repository.get();
  if (state_->head.empty() || git().repository_is_shallow(repository) != 0) return {};
  git_revwalk* raw = nullptr;
  if (git().revwalk_new(&raw, repository) != 0) return {};
  const WalkPtr walk(raw);
  git().revwalk_simplify_first_parent(walk.get());
  if (git().revwalk_push(walk.get(), &state_->head_id) != 0) return {};
  git_oid id, first;
  std::int64_t walked = 0;
  int code = 0;
  while ((code = git().revwalk_next(&id, walk.get())) == 0) {
    if (++walked > state_->limits.history_max) return {};
    first = id;
  }
  if (code != GIT_ITEROVER || walked == 0) return {};
  char text[GIT_OID_HEXSZ + 1];
  return std::string(git().oid_tostr(text, sizeof text, &first)) + ":" +
         sanitize_utf8(state_->prefix);
}

Result<TreeEntryPtr> Repository::State::in_head(const std::string& path) const {
  git_object* object = nullptr;
  const std::string full = prefix + path;
  if (git().revparse_single(&object, repository.get(), "HEAD^{tree}") != 0) {
    return failed("read HEAD", path);
  }
  const TreePtr tree(reinterpret_cast<git_tree*>(object));
  git_tree_entry* entry = nullptr;
  if (git().tree_entry_bypath(&entry, tree.get(), full.c_str()) != 0) {
    return fail(Code::kNotFound, "no such file in HEAD: " + sanitize_utf8(path), {}, path);
  }
  return TreeEntryPtr(entry);
}

bool Repository::in_head(const std::string& path, std::string_view bytes) const {
  if (state_->head.empty()) return false;
  const auto entry = state_->in_head(path);
  git_oid id;
  return entry && git().odb_hash(&id, bytes.data(), bytes.size(), GIT_OBJECT_BLOB) == 0 &&
         git().oid_equal(&id, git().tree_entry_id(entry->get())) != 0;
}

Result<Blame> Repository::blame(const std::string& path, std::int64_t line,
                                const std::string& oldest) const {
  if (line < 1 || state_->head.empty()) {
    return fail(Code::kNotFound, "no such line in git: " + std::to_string(line), {}, path);
  }
  const std::string full = state_->prefix + path;
  const TreeEntryPtr entry = TRY(state_->in_head(path));
  git_odb* raw_odb = nullptr;
  if (git().repository_odb(&raw_odb, state_->repository.get()) != 0) {
    return failed("read objects", path);
  }
  const OdbPtr odb(raw_odb);
  std::size_t size = 0;
  git_object_t type{};
  const git_oid* id = git().tree_entry_id(entry.get());
  if (git().odb_read_header(&size, &type, odb.get(), id) != 0) return failed("read the file", path);
  if (type != GIT_OBJECT_BLOB || size > state_->limits.blame_bytes_max) {
    return fail(Code::kResourceExhausted, "not a file that can be blamed: " + sanitize_utf8(path),
                {}, path);
  }
  git_blob* raw_blob = nullptr;
  if (git().blob_lookup(&raw_blob, state_->repository.get(), id) != 0) {
    return failed("read the file", path);
  }
  const BlobPtr blob(raw_blob);
  // libgit2 answers for lines that are not there, too.
  const std::string_view content(static_cast<const char*>(git().blob_rawcontent(blob.get())),
                                 static_cast<std::size_t>(git().blob_rawsize(blob.get())));
  if (line > static_cast<std::int64_t>(split_lines(content).size())) {
    return fail(Code::kNotFound, "no such line in git: " + std::to_string(line), {}, path);
  }
  git_blame_options options;
  git().blame_options_init(&options, GIT_BLAME_OPTIONS_VERSION);
  options.min_line = options.max_line = static_cast<std::size_t>(line);
  if (!oldest.empty() && git().oid_fromstr(&options.oldest_commit, oldest.c_str()) != 0) {
    return failed("read a commit's id", path);
  }
  git_blame* raw = nullptr;
  if (git().blame_file(&raw, state_->repository.get(), full.c_str(), &options) != 0) {
    const git_error* error = git().error_last();
    if (error != nullptr &&
        error->klass == GIT_ERROR_INVALID) {  // a line that the file does not have
      return fail(Code::kNotFound, "no such line in git: " + std::to_string(line), {}, path);
    }
    return failed("blame the file", path);
  }
  const BlamePtr blame(raw);
  const git_blame_hunk* hunk =
      git().blame_get_hunk_byline(blame.get(), static_cast<std::size_t>(line));
  if (hunk == nullptr) {
    return fail(Code::kNotFound, "no such line in git: " + std::to_string(line), {}, path);
  }
  if (!oldest.empty() && hunk->boundary != 0) {
    return fail(Code::kNotFound, "the line is older than what is read: " + std::to_string(line), {},
                path);
  }
  char text[GIT_OID_HEXSZ + 1];
  return Blame{author_of(hunk->final_signature), time_of(hunk->final_signature),
               git().oid_tostr(text, sizeof text, &hunk->final_commit_id)};
}

namespace {

/// Paths that a commit changed against its only parent (or nothing). Empty for merges.
Result<std::vector<std::string>> changed_paths(git_repository* repository, git_commit* commit,
                                               std::int64_t files_max) {
  std::vector<std::string> paths;
  if (git().commit_parentcount(commit) > 1) return paths;
  git_tree* raw = nullptr;
  if (git().commit_tree(&raw, commit) != 0) return failed("read a commit's tree", "");
  const TreePtr tree(raw);
  TreePtr parent_tree;
  if (git().commit_parentcount(commit) == 1) {
    git_commit* raw_parent = nullptr;
    if (git().commit_parent(&raw_parent, commit, 0) != 0)
      return failed("read a commit's parent", "");
    const CommitPtr parent(raw_parent);
    git_tree* raw_tree = nullptr;
    if (git().commit_tree(&raw_tree, parent.get()) != 0) return failed("read a commit's tree", "");
    parent_tree.reset(raw_tree);
  }
  git_diff_options options;
  git().diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.flags = GIT_DIFF_SKIP_BINARY_CHECK;
  git_diff* raw_diff = nullptr;
  if (git().diff_tree_to_tree(&raw_diff, repository, parent_tree.get(), tree.get(), &options) !=
      0) {
    return failed("compare two commits", "");
  }
  const DiffPtr diff(raw_diff);
  const std::size_t count = git().diff_num_deltas(diff.get());
  if (static_cast<std::int64_t>(count) > files_max) return paths;
  for (std::size_t i = 0; i < count; ++i) {
    const git_diff_delta* delta = git().diff_get_delta(diff.get(), i);
    if (delta->status != GIT_DELTA_DELETED && delta->new_file.path != nullptr) {
      paths.emplace_back(delta->new_file.path);
    }
  }
  return paths;
}

}  // namespace

namespace {

void count(std::vector<Authorship::Share>& shares, const Author& author, TimeUs at) {
  auto share = std::find_if(shares.begin(), shares.end(), [&](const Authorship::Share& s) {
    return s.author.email == author.email && s.author.name == author.name;
  });
  if (share == shares.end()) share = shares.insert(shares.end(), {author, 0, 0});
  ++share->commits;
  share->last = std::max(share->last, at);
}

void order(std::vector<Authorship::Share>& shares) {
  std::stable_sort(shares.begin(), shares.end(), [](const auto& a, const auto& b) {
    return a.commits != b.commits ? a.commits > b.commits : a.last > b.last;
  });
}

}  // namespace

Result<Authorship> Repository::authorship() const {
  Authorship out;
  if (state_->head.empty()) return out;
  git_revwalk* raw = nullptr;
  if (git().revwalk_new(&raw, state_->repository.get()) != 0) return failed("walk history", "");
  const WalkPtr walk(raw);
  git().revwalk_sorting(walk.get(), GIT_SORT_TIME);
  if (git().revwalk_push(walk.get(), &state_->head_id) != 0) return failed("walk history", "");
  git_oid id;
  int code = 0;
  std::string last;
  while ((code = git().revwalk_next(&id, walk.get())) == 0) {
    if (out.commits == state_->limits.commits_max) {
      out.complete = false;
      out.oldest = last;
      break;
    }
    char text[GIT_OID_HEXSZ + 1];
    last = git().oid_tostr(text, sizeof text, &id);
    git_commit* raw_commit = nullptr;
    if (git().commit_lookup(&raw_commit, state_->repository.get(), &id) != 0) break;
    const CommitPtr commit(raw_commit);
    ++out.commits;
    const auto paths =
        changed_paths(state_->repository.get(), commit.get(), state_->limits.diff_files_max);
    if (!paths) {  // a shallow clone's edge, or damage: what is known so far stands
      out.complete = false;
      continue;
    }
    const Author author = author_of(git().commit_author(commit.get()));
    const TimeUs at = time_of(git().commit_author(commit.get()));
    bool here = false;
    for (const std::string& path : *paths) {
      if (!path.starts_with(state_->prefix)) continue;
      count(out.by_path[path.substr(state_->prefix.size())], author, at);
      here = true;
    }
    if (here) count(out.all, author, at);
  }
  if (code != 0 && code != GIT_ITEROVER) out.complete = false;
  for (auto& [path, shares] : out.by_path) order(shares);
  order(out.all);
  return out;
}

}  // namespace solvent::scm
