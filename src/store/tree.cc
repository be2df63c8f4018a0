#include "store/tree.h"

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "store/wire.h"

namespace solvent::store {
namespace {

constexpr std::string_view kTreeMagic = "SLVTREE1";
constexpr std::size_t kEntryFixedBytes = 4 + 1 + 8 + 32;
constexpr std::uint8_t kExecutable = 1;

Unexpected bad_path(const std::string& what, std::string_view path) {
  const std::string shown = sanitize_utf8(path.substr(0, 200));
  return fail(Code::kInvalidArgument, "cannot store this path: " + what + ": " + shown,
              "rename the file or leave it out", shown);
}

/// A path that another path needs as a directory cannot be checked out.
Result<void> check_no_file_is_directory(std::span<const TreeEntry> entries) {
  std::unordered_set<std::string_view> files;
  files.reserve(entries.size());
  for (const TreeEntry& entry : entries) files.insert(entry.path);
  std::string_view checked;  // entries are sorted: siblings share their parent, test it once
  for (const TreeEntry& entry : entries) {
    const std::string_view path = entry.path;
    const std::size_t slash = path.rfind('/');
    if (slash == path.npos || path.substr(0, slash) == checked) continue;
    checked = path.substr(0, slash);
    for (std::string_view parent = checked; !parent.empty();) {
      if (files.contains(parent)) return bad_path("also used as a directory", parent);
      const std::size_t up = parent.rfind('/');
      parent = up == parent.npos ? std::string_view() : parent.substr(0, up);
    }
  }
  return {};
}

Result<void> check_entries(std::span<const TreeEntry> entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    TRY(check_tree_path(entries[i].path));
    if (i > 0 && entries[i - 1].path == entries[i].path)
      return bad_path("given twice", entries[i].path);
  }
  return check_no_file_is_directory(entries);
}

}  // namespace

Result<void> check_tree_path(std::string_view path) {
  if (path.empty()) return bad_path("empty", path);
  if (path.size() > kTreePathBytesMax) return bad_path("too long", path);
  if (path.front() == '/') return bad_path("absolute", path);
  if (path.find('\0') != path.npos) return bad_path("zero byte", path);
  for (const std::string_view part : split(path, '/')) {
    if (part.empty()) return bad_path("empty component", path);
    if (part == "." || part == "..") return bad_path("\".\" or \"..\" component", path);
  }
  return {};
}

Result<std::string> encode_tree(std::vector<TreeEntry>& entries) {
  std::sort(entries.begin(), entries.end(),
            [](const TreeEntry& a, const TreeEntry& b) { return a.path < b.path; });
  TRY(check_entries(entries));
  std::uint64_t bytes = kTreeMagic.size() + 8;
  for (const TreeEntry& entry : entries) bytes += kEntryFixedBytes + entry.path.size();
  if (bytes > kTreeBytesMax)
    return fail(Code::kResourceExhausted,
                "tree has too many paths: " + std::to_string(entries.size()),
                "version its directories as assets of their own");
  std::string out(kTreeMagic);
  out.reserve(bytes);
  append_int(out, static_cast<std::uint64_t>(entries.size()));
  for (const TreeEntry& entry : entries) {
    append_int(out, static_cast<std::uint32_t>(entry.path.size()));
    out += entry.path;
    append_int(out, static_cast<std::uint8_t>(entry.executable ? kExecutable : 0));
    append_int(out, entry.blob.size);
    append_digest(out, entry.blob.digest);
  }
  return out;
}

Result<std::vector<TreeEntry>> parse_tree(ByteView bytes) {
  const auto broken = [](const char* what, std::size_t at) {
    return fail(Code::kDataLoss,
                std::string("not a tree: ") + what + " at offset " + std::to_string(at),
                "check the digest; `solvent store verify` tells whether the store is sound");
  };
  if (bytes.size() > kTreeBytesMax) return broken("too long", 0);
  WireReader in(bytes);
  if (as_text(in.take(kTreeMagic.size())) != kTreeMagic) return broken("kind", 0);
  const auto count = in.integer<std::uint64_t>();
  if (!in.ok() || count > in.left() / kEntryFixedBytes) return broken("count", 8);
  std::vector<TreeEntry> entries;
  entries.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t at = in.at();
    TreeEntry entry;
    entry.path = as_text(in.take(in.integer<std::uint32_t>()));
    const auto flags = in.integer<std::uint8_t>();
    entry.blob.size = in.integer<std::uint64_t>();
    entry.blob.digest = in.digest();
    entry.executable = flags == kExecutable;
    if (!in.ok()) return broken("cut short", at);
    if (flags > kExecutable) return broken("unknown flags", at);
    if (!entries.empty() && !(entries.back().path < entry.path)) return broken("order", at);
    entries.push_back(std::move(entry));
  }
  if (in.left() != 0) return broken("bytes after the end", in.at());
  if (const auto checked = check_entries(entries); !checked) return broken("path", 16);
  return entries;
}

}  // namespace solvent::store
