#include "store/reader.h"

#include <algorithm>
#include <cstring>

#include "store/tree.h"

namespace solvent::store {
namespace {

class BlobReader final : public Reader {
 public:
  BlobReader(PackSet& packs, Recipe recipe) : packs_(packs), recipe_(std::move(recipe)) {
    ends_.reserve(recipe_.pieces.size());
    std::uint64_t end = 0;
    for (const Recipe::Piece& piece : recipe_.pieces) ends_.push_back(end += piece.length);
    ASSERT(end == recipe_.size);
  }

  std::uint64_t size() const override { return recipe_.size; }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    std::size_t done = 0;
    while (done < out.size() && offset + done < recipe_.size) {
      const std::uint64_t at = offset + done;
      const auto piece = static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), at) -
                                                  ends_.begin());
      TRY(load(piece));
      const std::uint64_t start = ends_[piece] - recipe_.pieces[piece].length;
      const std::size_t part =
          std::min<std::size_t>(out.size() - done, static_cast<std::size_t>(ends_[piece] - at));
      std::memcpy(out.data() + done, chunk_.data() + (at - start), part);
      done += part;
    }
    return done;
  }

 private:
  Result<void> load(std::size_t piece) {
    if (piece == loaded_) return {};
    loaded_ = kNone;
    auto chunk = packs_.read(recipe_.pieces[piece].chunk, Kind::kChunk);
    if (!chunk && chunk.error().code == Code::kNotFound)
      return fail(Code::kDataLoss,
                  "a chunk of a stored file is missing: " + recipe_.pieces[piece].chunk.hex(),
                  "run `solvent store verify`, then restore from a backup");
    chunk_ = TRY(std::move(chunk));
    if (chunk_.size() != recipe_.pieces[piece].length)
      return fail(Code::kDataLoss,
                  "a file recipe and its chunk disagree on the length: " +
                      recipe_.pieces[piece].chunk.hex(),
                  "run `solvent store verify`, then restore from a backup");
    loaded_ = piece;
    return {};
  }

  static constexpr std::size_t kNone = ~std::size_t{0};
  PackSet& packs_;
  Recipe recipe_;
  std::vector<std::uint64_t> ends_;  ///< of each piece
  std::size_t loaded_ = kNone;       ///< the piece in chunk_
  std::string chunk_;
};

}  // namespace

Result<std::unique_ptr<Reader>> open_blob(PackSet& packs, const Digest& digest) {
  if (const auto whole = packs.find(digest, Kind::kChunk)) {
    Recipe recipe{.size = whole->entry.length};
    if (recipe.size > 0) recipe.pieces.push_back({digest, whole->entry.length});
    return std::make_unique<BlobReader>(packs, std::move(recipe));
  }
  auto record = packs.read(digest, Kind::kRecipe);
  if (record) return std::make_unique<BlobReader>(packs, TRY(parse_recipe(as_bytes(*record))));
  if (record.error().code != Code::kNotFound) return Unexpected(std::move(record).error());
  // That look has refreshed the picture: another process may have published the file as one chunk.
  if (packs.find(digest, Kind::kChunk)) return open_blob(packs, digest);
  return Unexpected(std::move(record).error());
}

Result<std::string> read_blob(PackSet& packs, const Digest& digest, std::uint64_t bytes_max) {
  const auto reader = TRY(open_blob(packs, digest));
  if (reader->size() > bytes_max)
    return fail(Code::kResourceExhausted,
                "stored file is larger than the limit of " + std::to_string(bytes_max) +
                    " bytes: " + std::to_string(reader->size()),
                "read it in ranges", digest.hex());
  std::string bytes(reader->size(), '\0');
  TRY(reader->read_at(0, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()}));
  if (digest_of(bytes) != digest)
    return fail(Code::kDataLoss, "stored file does not match its digest: " + digest.hex(),
                "run `solvent store verify`, then restore from a backup", digest.hex());
  return bytes;
}

Result<std::vector<TreeEntry>> load_tree(PackSet& packs, const Digest& tree) {
  const std::string bytes = TRY(read_blob(packs, tree, kTreeBytesMax));
  return parse_tree(as_bytes(bytes));
}

}  // namespace solvent::store
