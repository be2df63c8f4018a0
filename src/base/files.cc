#include "base/files.h"

#include <stdlib.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "base/random.h"
#include "base/sync_site.h"

namespace solvent {
namespace {

/// Deep enough for any real tree, shallow enough for the stack.
constexpr std::size_t kWalkDepthMax = 512;

using Visit = std::function<Result<void>(const std::string&, const FileInfo&)>;

Result<void> walk_below(FileSystem& files, const std::string& root, const std::string& relative,
                        std::size_t depth, const Visit& visit) {
  const std::string directory = relative.empty() ? root : join_path(root, relative);
  if (depth > kWalkDepthMax)
    return fail(Code::kResourceExhausted, "directories nest too deeply: " + directory,
                "leave this directory out", directory);
  auto names = files.list(directory);
  if (!names) {
    // What vanished meanwhile is not an error, unless it is the root itself.
    if (names.error().code == Code::kNotFound && !relative.empty()) return {};
    return Unexpected(std::move(names).error());
  }
  for (const std::string& name : *names) {
    const std::string path = relative.empty() ? name : relative + "/" + name;
    const auto info = files.stat(join_path(root, path));
    if (!info && info.error().code == Code::kNotFound) continue;
    if (!info) return Unexpected(info.error());
    TRY(visit(path, *info));
    if (info->kind == FileInfo::Kind::kDirectory)
      TRY(walk_below(files, root, path, depth + 1, visit));
  }
  return {};
}

Result<void> write_new_file(FileSystem& files, const std::string& path, ByteView bytes) {
  const auto file = TRY(files.open(path, OpenMode::kCreateNew));
  TRY(file->write_at(0, bytes));
  return sync_file(*file, "files/write_bytes");
}

}  // namespace

Result<std::string> read_file(FileSystem& files, const std::string& path, std::uint64_t bytes_max) {
  const auto too_large = [&] {
    return fail(Code::kResourceExhausted,
                "file is larger than the limit of " + std::to_string(bytes_max) + " bytes: " + path,
                {}, path);
  };
  const auto file = TRY(files.open(path, OpenMode::kRead));
  const std::uint64_t size = TRY(file->size());
  if (size > bytes_max) return too_large();
  // One byte more than the size: files in /proc say 0, and a file may grow while it is read.
  std::string text;
  std::size_t done = 0;
  std::size_t want = static_cast<std::size_t>(size) + 1;
  for (;;) {
    text.resize(done + want);
    const std::size_t got =
        TRY(file->read_at(done, {reinterpret_cast<std::uint8_t*>(text.data()) + done, want}));
    done += got;
    if (done > bytes_max) return too_large();
    if (got < want) break;
    want = std::max<std::size_t>(done, 4096);
  }
  text.resize(done);
  return text;
}

Result<void> write_file_durably(FileSystem& files, const std::string& path, ByteView bytes) {
  const std::string temporary = path + ".tmp-" + std::to_string(system_random().next());
  auto done = write_new_file(files, temporary, bytes);
  if (done) done = files.rename(temporary, path);
  if (!done) {
    (void)files.remove(temporary);
    return done;
  }
  return sync_directory(files, std::string(parent_path(path)), "files/write_name");
}

Result<void> walk(FileSystem& files, const std::string& root, const Visit& visit) {
  return walk_below(files, root, "", 0, visit);
}

std::string join_path(std::string_view directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  if (name.empty()) return std::string(directory);
  std::string path(directory);
  if (!path.ends_with('/')) path.push_back('/');
  return path.append(name);
}

std::string_view base_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const std::size_t at = path.rfind('/');
  return at == std::string_view::npos || path.size() == 1 ? path : path.substr(at + 1);
}

std::string_view parent_path(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const std::size_t at = path.rfind('/');
  if (at == std::string_view::npos) return ".";
  return at == 0 ? "/" : path.substr(0, at);
}

Result<std::string> path_below(std::string_view root, std::string_view relative) {
  const auto refuse = [&](const char* why) {
    return fail(Code::kInvalidArgument, std::string("path ") + why,
                "give a path below the root, without a leading /", std::string(relative));
  };
  if (relative.find('\0') != std::string_view::npos) return refuse("contains a NUL byte");
  if (relative.starts_with('/')) return refuse("must be relative");
  std::vector<std::string_view> parts;
  while (!relative.empty()) {
    const std::size_t at = relative.find('/');
    const std::string_view part = relative.substr(0, at);
    relative.remove_prefix(at == std::string_view::npos ? relative.size() : at + 1);
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      return refuse("leaves its root");
    } else {
      parts.pop_back();
    }
  }
  std::string path(root);
  for (const std::string_view part : parts) path = join_path(path, part);
  return path;
}

Result<TempDirectory> TempDirectory::create(std::string_view prefix) {
  const char* base = ::getenv("TMPDIR");
  const std::string directory = base != nullptr && *base != '\0' ? base : "/tmp";
  std::string path = join_path(directory, std::string(prefix) + "-XXXXXX");
  if (::mkdtemp(path.data()) == nullptr)
    return fail(
        Code::kUnavailable,
        std::string("cannot make a temporary directory: ") + std::strerror(errno) + ": " + path,
        "set TMPDIR to a writable directory", directory);
  return TempDirectory(std::move(path));
}

TempDirectory::TempDirectory(TempDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TempDirectory& TempDirectory::operator=(TempDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TempDirectory::~TempDirectory() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace solvent
