/// What an asset's name stands for: which tree, file or data set. A second one under the name is
/// refused, because an audit of it would retire the debts of the first as gone. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "check/check.h"
#include "sql/database.h"

namespace solvent::audit {

struct Root {
  std::string kind;  ///< "tree", "file", "dataset" or "estate"
  /// Where it lies: an absolute path in process, the path as typed where a client uploaded it;
  /// empty for what lies nowhere.
  std::string place;
  std::string history;  ///< scm::Repository::history; empty without git
  /// The smallest digests of (path, content), as many as kSketch: two trees are as alike as their
  /// sketches are (Broder, On the resemblance and containment of documents, 1997).
  std::vector<std::string> sketch;
};
inline constexpr std::size_t kSketch = 128;

/// The place of what was given as `given` and is read at `root`.
std::string place_of(const std::string& given, const std::string& root);
std::vector<std::string> sketch_of(std::span<const check::SourceFile> files);
/// Share of equal members among the kSketch smallest of both; 0 when either is empty.
double likeness(std::span<const std::string> a, std::span<const std::string> b);

/// Whether both are one thing. Git histories decide where both are known. Else the place does,
/// unless nothing in it is as it was; and a tree elsewhere that is at least half alike has moved.
bool same_root(const Root& recorded, const Root& now);

/// kAlreadyExists when a name is taken by another one than is recorded, unless `moved` says that
/// the asset is here from now on.
Result<void> check_roots(sql::Tx& tx, const std::map<std::string, Root>& roots, bool moved);
/// That, and records what is now.
Result<void> bind_roots(sql::Tx& tx, const std::map<std::string, Root>& roots, bool moved);

/// The table behind it.
extern const char kRootTable[];

}  // namespace solvent::audit
