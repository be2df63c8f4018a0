#include "store/marker.h"

#include "store/tree.h"

namespace solvent::store {

void Marker::restart() {
  live_.clear();
  index_ = Index();
}

void Marker::know(const PackRow& row, std::vector<PackEntry> entries) {
  ASSERT(live_.empty());
  index_.add(row, std::move(entries));
}

Result<void> Marker::mark(const Digest& root) {
  std::vector<Digest> open{root};
  while (!open.empty()) {
    const Digest digest = open.back();
    open.pop_back();
    if (!live_.insert(digest).second) continue;
    if (index_.find(digest, Kind::kRecipe)) {
      const Needs* needs = TRY(recipe_needs(digest));
      open.insert(open.end(), needs->begin(), needs->end());
    }
    if (index_.find(digest, Kind::kTreeMark)) {
      const Needs* needs = TRY(tree_needs(digest));
      open.insert(open.end(), needs->begin(), needs->end());
    }
  }
  return {};
}

Result<const Marker::Needs*> Marker::recipe_needs(const Digest& digest) {
  if (const auto known = recipes_.find(digest); known != recipes_.end()) return &known->second;
  const std::string record = TRY(read(digest, Kind::kRecipe));
  Needs needs;
  for (const Recipe::Piece& piece : TRY(parse_recipe(as_bytes(record))).pieces)
    needs.push_back(piece.chunk);
  return &(recipes_[digest] = std::move(needs));
}

Result<const Marker::Needs*> Marker::tree_needs(const Digest& digest) {
  if (const auto known = trees_.find(digest); known != trees_.end()) return &known->second;
  const std::string bytes = TRY(read_file(digest));
  Needs needs;
  for (const TreeEntry& entry : TRY(parse_tree(as_bytes(bytes))))
    needs.push_back(entry.blob.digest);
  return &(trees_[digest] = std::move(needs));
}

Result<std::string> Marker::read(const Digest& digest, Kind kind) {
  const auto at = index_.find(digest, kind);
  if (!at)
    return fail(Code::kDataLoss, "a stored file lacks a chunk: " + digest.hex(),
                "run `solvent store verify`, then restore from a backup", digest.hex());
  const auto file = TRY(handles_.open(at->pack));
  return read_record(*file, *at);
}

Result<std::string> Marker::read_file(const Digest& digest) {
  if (!index_.find(digest, Kind::kRecipe)) return read(digest, Kind::kChunk);
  std::string bytes;
  for (const Digest& chunk : *TRY(recipe_needs(digest))) bytes += TRY(read(chunk, Kind::kChunk));
  return bytes;
}

}  // namespace solvent::store
