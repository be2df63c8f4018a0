/// Marks what is needed: a root's chunks, its recipe, and when it is a tree, its files. Expansions
/// are remembered, so marking again after a change reads only what is new. Thread-compatible.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "store/index.h"
#include "store/pack_set.h"

namespace solvent::store {

class Marker {
 public:
  explicit Marker(PackFiles& handles) : handles_(handles) {}

  /// Forgets marks and packs, keeps expansions: what a digest needs never changes.
  void restart();
  /// Makes a pack's records known. Every pack must be known before the first mark.
  void know(const PackRow& row, std::vector<PackEntry> entries);
  /// A digest that is not stored marks nothing else: roots may name what lives elsewhere.
  Result<void> mark(const Digest& root);
  bool live(const Digest& digest) const { return live_.contains(digest); }
  const Index& index() const { return index_; }

 private:
  using Needs = std::vector<Digest>;
  Result<const Needs*> recipe_needs(const Digest& digest);
  Result<const Needs*> tree_needs(const Digest& digest);
  Result<std::string> read(const Digest& digest, Kind kind);
  Result<std::string> read_file(const Digest& digest);

  PackFiles& handles_;
  Index index_;
  /// One set for all kinds: a chunk, a recipe and a tree mark of one digest live and die together.
  std::unordered_set<Digest, DigestHash> live_;
  std::unordered_map<Digest, Needs, DigestHash> recipes_;  ///< chunks of a file
  std::unordered_map<Digest, Needs, DigestHash> trees_;    ///< files of a tree
};

}  // namespace solvent::store
