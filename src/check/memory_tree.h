/// A source tree held in memory: for tests of checks and for trees that never were on a disk.
/// Thread-compatible while built, thread-safe after.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "check/check.h"

namespace solvent::check {

class MemoryTree final : public SourceTree {
 public:
  explicit MemoryTree(bool is_git = false) : is_git_(is_git) {}
  MemoryTree& add(std::string path, std::string text, bool tracked = true);

  std::span<const SourceFile> files() const override { return files_; }
  Result<std::string_view> text(const SourceFile& file) const override;
  bool is_git() const override { return is_git_; }
  Digest digest() const override;

 private:
  bool is_git_;
  std::vector<SourceFile> files_;  ///< in byte order of path
  std::deque<std::pair<std::string, std::string>> texts_;
};

}  // namespace solvent::check
