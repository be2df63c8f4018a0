#include "check/memory_tree.h"

#include <algorithm>

namespace solvent::check {

MemoryTree& MemoryTree::add(std::string path, std::string text, bool tracked) {
  SourceFile file{.path = path, .size = text.size(), .tracked = tracked, .digest = digest_of(text)};
  const auto at =
      std::lower_bound(files_.begin(), files_.end(), file,
                       [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  ASSERT(at == files_.end() || at->path != file.path);
  files_.insert(at, std::move(file));
  texts_.emplace_back(std::move(path), std::move(text));
  return *this;
}

Result<std::string_view> MemoryTree::text(const SourceFile& file) const {
  for (const auto& [path, text] : texts_) {
    if (path == file.path) return std::string_view(text);
  }
  return fail(Code::kNotFound, "no such file in the tree: " + file.path, {}, file.path);
}

Digest MemoryTree::digest() const {
  Hasher hasher;
  hasher.field(is_git_ ? "git" : "");
  for (const SourceFile& file : files_) {
    hasher.field(file.path).field(file.tracked ? "tracked" : "");
    hasher.field(as_text(file.digest.view()));
  }
  return hasher.finish();
}

}  // namespace solvent::check
