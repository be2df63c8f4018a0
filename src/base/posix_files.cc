#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/files.h"

namespace solvent {
namespace {

Code code_of(int error) {
  switch (error) {
    case ENOENT: return Code::kNotFound;
    case EEXIST: return Code::kAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS: return Code::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM: return Code::kResourceExhausted;
    case EINVAL:
    case ENAMETOOLONG: return Code::kInvalidArgument;
    case ENOTDIR:
    case EISDIR:
    case ENOTEMPTY:
    case ELOOP:
    case EXDEV:
    case ETXTBSY: return Code::kFailedPrecondition;
    case EBUSY:
    case EAGAIN: return Code::kUnavailable;
    case EIO: return Code::kDataLoss;
    case ENOSYS:
    case EOPNOTSUPP: return Code::kUnimplemented;
    default: return Code::kUnavailable;
  }
}

std::string hint_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT: return "free some space and run it again; nothing half done was kept";
    case EACCES:
    case EPERM: return "check who owns it, or run as that user";
    case ENOENT:
    case ENOTDIR: return "check the path's spelling";
    case EISDIR: return "name a file, not a folder";
    case ENAMETOOLONG: return "give a shorter name";
    case EIO: return "check the disk; what was acknowledged before is safe";
    case EROFS: return "the disk is mounted read-only; choose another directory";
    case EMFILE:
    case ENFILE: return "raise the limit on open files (ulimit -n)";
    default: return {};
  }
}

Unexpected posix_error(int error, std::string_view act, const std::string& path) {
  char text[128];
  const char* reason = ::strerror_r(error, text, sizeof text);
  return fail(code_of(error), "cannot " + std::string(act) + ": " + reason + ": " + path,
              hint_of(error), path);
}

/// A NUL would silently cut the path short.
Result<void> check_path(const std::string& path) {
  if (path.empty()) return fail(Code::kInvalidArgument, "a path must not be empty");
  if (path.find('\0') != std::string::npos)
    return fail(Code::kInvalidArgument, "a path must not contain a NUL byte");
  return {};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

int open_retrying(const char* path, int flags) {
  int fd;
  do fd = ::open(path, flags | O_CLOEXEC, 0666);
  while (fd < 0 && errno == EINTR);
  return fd;
}

class PosixFile final : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t got = ::pread(fd_.get(), out.data() + done, out.size() - done,
                                  static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return posix_error(errno, "read", path_);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t put = ::pwrite(fd_.get(), bytes.data() + done, bytes.size() - done,
                                   static_cast<off_t>(offset + done));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return posix_error(errno, "write", path_);
      if (put == 0) return posix_error(ENOSPC, "write", path_);
      done += static_cast<std::size_t>(put);
    }
    return {};
  }

  Result<std::uint64_t> size() override {
    struct stat info{};
    if (::fstat(fd_.get(), &info) != 0) return posix_error(errno, "look at", path_);
    return static_cast<std::uint64_t>(info.st_size);
  }

  Result<void> truncate(std::uint64_t size) override {
    int done;
    do done = ::ftruncate(fd_.get(), static_cast<off_t>(size));
    while (done != 0 && errno == EINTR);
    if (done != 0) return posix_error(errno, "resize", path_);
    return {};
  }

  Result<void> sync() override {
    // Not retried: after a failed sync the kernel may have dropped the dirty pages, and a second
    // call that succeeds would be a lie.
    if (::fdatasync(fd_.get()) != 0) return posix_error(errno, "sync", path_);
    return {};
  }

 private:
  Descriptor fd_;
  std::string path_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(int fd) : fd_(fd) {}
  int get() const { return fd_.get(); }

 private:
  Descriptor fd_;  // closing it releases the lock
};

FileInfo info_of(const struct stat& from) {
  FileInfo info;
  if (S_ISREG(from.st_mode))
    info.kind = FileInfo::Kind::kFile;
  else if (S_ISDIR(from.st_mode))
    info.kind = FileInfo::Kind::kDirectory;
  else if (S_ISLNK(from.st_mode))
    info.kind = FileInfo::Kind::kSymlink;
  else
    info.kind = FileInfo::Kind::kOther;
  info.size = static_cast<std::uint64_t>(from.st_size);
  info.modified =
      static_cast<TimeUs>(from.st_mtim.tv_sec) * kSecondUs + from.st_mtim.tv_nsec / 1000;
  info.inode = from.st_ino;
  info.executable = (from.st_mode & S_IXUSR) != 0;
  return info;
}

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead: return O_RDONLY;
    case OpenMode::kReadWrite: return O_RDWR;
    case OpenMode::kCreate: return O_RDWR | O_CREAT;
    case OpenMode::kCreateNew: return O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::kTruncate: return O_RDWR | O_CREAT | O_TRUNC;
  }
  return O_RDONLY;
}

class PosixFiles final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    TRY(check_path(path));
    // O_NONBLOCK: opening a pipe must not wait for its other end. Regular files ignore it.
    const int fd = open_retrying(path.c_str(), flags_of(mode) | O_NONBLOCK);
    if (fd < 0) return posix_error(errno, "open", path);
    auto file = std::make_unique<PosixFile>(fd, path);
    struct stat info{};
    if (::fstat(fd, &info) != 0) return posix_error(errno, "open", path);
    if (S_ISDIR(info.st_mode)) return posix_error(EISDIR, "open", path);
    return file;
  }

  Result<FileInfo> stat(const std::string& path) override {
    TRY(check_path(path));
    struct stat info{};
    if (::lstat(path.c_str(), &info) != 0) return posix_error(errno, "look at", path);
    return info_of(info);
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    TRY(check_path(directory));
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), &::closedir);
    if (!dir) return posix_error(errno, "list", directory);
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(dir.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return posix_error(errno, "list", directory);
    std::ranges::sort(names);
    return names;
  }

  Result<void> make_directories(const std::string& path) override {
    TRY(check_path(path));
    for (std::size_t at = 0; at != std::string::npos;) {
      at = path.find('/', at + 1);
      const std::string prefix = path.substr(0, at);
      if (::mkdir(prefix.c_str(), 0777) == 0) continue;
      const int error = errno;
      // A prefix that exists may answer EEXIST, or EACCES, EPERM or EROFS before it.
      struct stat info{};
      if (::stat(prefix.c_str(), &info) == 0) {
        if (S_ISDIR(info.st_mode)) continue;
        return posix_error(ENOTDIR, "make the directory", prefix);
      }
      return posix_error(error, "make the directory", prefix);
    }
    return {};
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    TRY(check_path(from));
    TRY(check_path(to));
    if (::rename(from.c_str(), to.c_str()) != 0) return posix_error(errno, "rename", from);
    return {};
  }

  Result<void> exchange(const std::string& a, const std::string& b) override {
    TRY(check_path(a));
    TRY(check_path(b));
    if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return {};
    // EINVAL is what a file system says that does not know the flag (renameat2(2)).
    return posix_error(errno == EINVAL ? EOPNOTSUPP : errno, "exchange", a);
  }

  Result<void> remove(const std::string& path) override {
    TRY(check_path(path));
    if (::remove(path.c_str()) != 0) return posix_error(errno, "remove", path);
    return {};
  }

  Result<void> sync_directory(const std::string& path) override {
    TRY(check_path(path));
    const Descriptor fd(open_retrying(path.c_str(), O_RDONLY | O_DIRECTORY));
    if (fd.get() < 0) return posix_error(errno, "open the directory", path);
    if (::fsync(fd.get()) != 0) return posix_error(errno, "sync the directory", path);
    return {};
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path, bool exclusive) override {
    TRY(check_path(path));
    int fd = open_retrying(path.c_str(), O_RDWR | O_CREAT);
    // On a read-only disk an existing lock file can still be locked.
    if (fd < 0 && (errno == EACCES || errno == EROFS)) fd = open_retrying(path.c_str(), O_RDONLY);
    if (fd < 0) return posix_error(errno, "open the lock", path);
    auto lock = std::make_unique<PosixLock>(fd);
    int done;
    do done = ::flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB);
    while (done != 0 && errno == EINTR);
    if (done != 0 && errno == EWOULDBLOCK)
      return fail(Code::kUnavailable, "the lock is held by another process: " + path,
                  "wait for it to end, or stop it", path);
    if (done != 0) return posix_error(errno, "lock", path);
    return lock;
  }
};

}  // namespace

FileSystem& posix_files() {
  static PosixFiles files;
  return files;
}

}  // namespace solvent
