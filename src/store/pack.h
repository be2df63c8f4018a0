/// The pack file: chunks and recipes, append-only, closed by a sorted index and a footer. Pure:
/// bytes in, values out; every byte handed to a parser may be hostile. Offsets and sizes are bytes.
///
///   header  16  "SLVPACK1", 8 zero bytes
///   records     payloads back to back, in the order they were added
///   index       48 each: digest 32, offset u64, length u32, kind u8, 3 zero bytes;
///               strictly ascending by (digest, kind)
///   footer  64  index offset u64, entries u64, BLAKE3 of (index, index offset, entries) 32,
///               8 zero bytes, "SLVPKEND"
///
/// Integers are little-endian. The records exactly fill the space between header and index, so
/// every byte of a pack is covered by one digest or one fixed value.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"

namespace solvent::store {

/// What a record is. The digest of a chunk is of its bytes; of a recipe, of the file that it
/// describes; a tree mark (no payload) says that the blob of that digest is a tree.
enum class Kind : std::uint8_t { kChunk = 1, kRecipe = 2, kTreeMark = 3 };

struct PackEntry {
  Digest digest;
  Kind kind = Kind::kChunk;
  std::uint32_t length = 0;
  std::uint64_t offset = 0;
};

inline constexpr std::size_t kPackHeaderBytes = 16;
inline constexpr std::size_t kPackEntryBytes = 48;
inline constexpr std::size_t kPackFooterBytes = 64;
/// The largest chunk fits; a pack of recipes is as large as its recipe.
inline constexpr std::uint64_t kPackBytesFloor = std::uint64_t{2} << 20;
/// What a reader accepts; writers stay below StoreOptions::pack_bytes_max.
inline constexpr std::uint64_t kPackBytesCeiling = std::uint64_t{1} << 32;

struct PackFooter {
  std::uint64_t index_offset = 0;
  std::uint64_t entries = 0;
  Digest index_digest;
};

/// The 16 bytes every pack begins with.
std::string pack_header();
/// Index and footer for `entries`, whose records end at `index_offset`. Sorts `entries`.
/// The footer's digest lands in `digest`.
std::string pack_tail(std::vector<PackEntry>& entries, std::uint64_t index_offset, Digest& digest);

/// kDataLoss says what is wrong and at which offset of the pack.
Result<void> check_pack_header(ByteView first);
/// `last` is the final kPackFooterBytes of a pack of `pack_bytes`.
Result<PackFooter> parse_pack_footer(ByteView last, std::uint64_t pack_bytes);
/// The index's bytes, in the order stored. Refuses a wrong digest, unsorted or repeated entries,
/// unknown kinds, over-long chunks, and records that do not exactly fill the record space.
Result<std::vector<PackEntry>> parse_pack_index(ByteView index, const PackFooter& footer);

/// A file of more than one chunk: which chunks, in order. The record ends in a BLAKE3 of itself.
struct Recipe {
  struct Piece {
    Digest chunk;
    std::uint32_t length = 0;
  };
  std::uint64_t size = 0;
  std::vector<Piece> pieces;
};
std::string encode_recipe(const Recipe& recipe);
/// kDataLoss unless the record is whole, canonical, and its lengths add up.
Result<Recipe> parse_recipe(ByteView record);
/// Largest recipe a pack takes: about 400 GiB of file at the mean chunk size.
inline constexpr std::uint64_t kRecipeBytesMax = 48u << 20;

}  // namespace solvent::store
