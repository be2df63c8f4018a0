#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "identity/secrets.h"
#include "identity/state.h"

namespace solvent::identity {
namespace {

Unexpected file_error(const char* doing, const std::string& path) {
  const Code code = errno == EACCES || errno == EPERM ? Code::kPermissionDenied
                    : errno == ENOSPC                 ? Code::kResourceExhausted
                                                      : Code::kUnavailable;
  return fail(
      code, std::string("could not ") + doing + " the owner's token file: " + std::strerror(errno),
      "check the workspace's folder and its rights", path);
}

struct Descriptor {
  int fd = -1;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

/// The file's text; empty when there is none. Refuses what other users could read or have made.
Result<std::string> read_private(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (file.fd < 0) {
    if (errno == ENOENT) return std::string();
    return file_error("open", path);
  }
  struct stat info = {};
  if (::fstat(file.fd, &info) != 0) return file_error("look at", path);
  if (!S_ISREG(info.st_mode) || info.st_uid != ::geteuid() || (info.st_mode & 077) != 0)
    return fail(Code::kFailedPrecondition, "the owner's token file is not private to its owner",
                "chmod 600 it if it is yours, or delete it: a new one is made", path);
  char text[128];
  const ssize_t size = ::read(file.fd, text, sizeof text);
  if (size < 0) return file_error("read", path);
  return std::string(trim(std::string_view(text, static_cast<std::size_t>(size))));
}

/// Written whole under another name, then renamed: never seen half. Not synced: a token that a
/// power failure took is made anew, and the old one is worth nothing from then on.
Result<void> write_private(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());
  {
    const Descriptor file{
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (file.fd < 0) return file_error("create", path);
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t wrote = ::write(file.fd, text.data() + at, text.size() - at);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return file_error("write", path);
      at += static_cast<std::size_t>(wrote);
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return file_error("rename", path);
  return {};
}

}  // namespace

Result<std::string> Identity::owner_token(const std::string& path) {
  State& state = *state_;
  std::string secret = TRY(read_private(path));
  const bool usable = secret_hash(secret).has_value();
  if (usable && authenticate(secret)) return secret;
  if (!usable) secret = make_secret(state.random);
  const std::string id = make_uuid(state.clock, state.random).text();
  const AuditStamp stamp = audit_stamp(state.clock, state.random);
  const op::Caller owner = op::local_owner();
  if (!usable) TRY(write_private(path, secret + "\n"));
  TRY(state.database.write([&](sql::Tx& tx) -> Result<void> {
    // One owner, one token: the one in the file.
    TRY(tx.execute("DELETE FROM identity_tokens WHERE kind = $1",
                   {static_cast<std::int64_t>(TokenKind::kOwner)}));
    TRY(state.insert_token(tx, id, secret, owner.principal, TokenKind::kOwner, op::Role::kAdmin,
                           {"*"}, "owner", stamp.at, 0));
    return audit_row(tx, stamp, owner, "token create", owner.principal, JsonObject());
  }));
  state.forget_tokens();
  return secret;
}

}  // namespace solvent::identity
