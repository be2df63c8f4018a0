#include "store/pack.h"

#include <algorithm>

#include "store/chunker.h"
#include "store/wire.h"

namespace solvent::store {
namespace {

constexpr std::string_view kHeaderMagic = "SLVPACK1";
constexpr std::string_view kFooterMagic = "SLVPKEND";
constexpr std::string_view kRecipeMagic = "SLVFILE1";
constexpr std::size_t kPieceBytes = 36;
constexpr std::size_t kRecipeFixedBytes = 8 + 8 + 4 + 32;

Unexpected damaged(const std::string& what, std::uint64_t offset) {
  return fail(Code::kDataLoss, "pack is damaged: " + what + " at offset " + std::to_string(offset),
              "run `solvent store verify`, then restore the pack from a backup");
}

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
}

bool ordered(const PackEntry& a, const PackEntry& b) {
  return a.digest != b.digest ? a.digest < b.digest : a.kind < b.kind;
}

Digest tail_digest(std::string_view index, std::uint64_t index_offset, std::uint64_t entries) {
  std::string numbers;
  append_int(numbers, index_offset);
  append_int(numbers, entries);
  return Hasher().update(index).update(std::string_view(numbers)).finish();
}

/// Every record is in bounds, none overlap, none leave a gap.
Result<void> check_coverage(std::vector<PackEntry> entries, std::uint64_t index_offset) {
  std::sort(entries.begin(), entries.end(), [](const PackEntry& a, const PackEntry& b) {
    return a.offset != b.offset ? a.offset < b.offset : a.length < b.length;
  });
  std::uint64_t at = kPackHeaderBytes;
  for (const PackEntry& entry : entries) {
    if (entry.offset != at) return damaged("records do not join", at);
    if (entry.length > index_offset - at) return damaged("record leaves its space", at);
    at += entry.length;
  }
  if (at != index_offset) return damaged("bytes belong to no record", at);
  return {};
}

}  // namespace

std::string pack_header() {
  std::string out(kHeaderMagic);
  out.append(kPackHeaderBytes - out.size(), '\0');
  return out;
}

std::string pack_tail(std::vector<PackEntry>& entries, std::uint64_t index_offset, Digest& digest) {
  std::sort(entries.begin(), entries.end(), ordered);
  std::string out;
  out.reserve(entries.size() * kPackEntryBytes + kPackFooterBytes);
  for (const PackEntry& entry : entries) {
    append_digest(out, entry.digest);
    append_int(out, entry.offset);
    append_int(out, entry.length);
    append_int(out, static_cast<std::uint8_t>(entry.kind));
    out.append(3, '\0');
  }
  digest = tail_digest(out, index_offset, entries.size());
  append_int(out, index_offset);
  append_int(out, static_cast<std::uint64_t>(entries.size()));
  append_digest(out, digest);
  out.append(8, '\0');
  out.append(kFooterMagic);
  return out;
}

Result<void> check_pack_header(ByteView first) {
  if (first.size() < kPackHeaderBytes || as_text(first.first(kPackHeaderBytes)) != pack_header())
    return damaged("not a pack header", 0);
  return {};
}

Result<PackFooter> parse_pack_footer(ByteView last, std::uint64_t pack_bytes) {
  if (pack_bytes < kPackHeaderBytes + kPackFooterBytes || pack_bytes > kPackBytesCeiling ||
      last.size() != kPackFooterBytes)
    return damaged("no room for a footer", pack_bytes);
  const std::uint64_t footer_offset = pack_bytes - kPackFooterBytes;
  WireReader in(last);
  PackFooter footer;
  footer.index_offset = in.integer<std::uint64_t>();
  footer.entries = in.integer<std::uint64_t>();
  footer.index_digest = in.digest();
  if (!all_zero(in.take(8)) || as_text(in.take(8)) != kFooterMagic)
    return damaged("not a pack footer", footer_offset);
  // The order of these tests keeps the arithmetic within 64 bits.
  if (footer.index_offset < kPackHeaderBytes || footer.index_offset > footer_offset ||
      footer.entries != (footer_offset - footer.index_offset) / kPackEntryBytes ||
      (footer_offset - footer.index_offset) % kPackEntryBytes != 0)
    return damaged("footer does not fit the file", footer_offset);
  return footer;
}

Result<std::vector<PackEntry>> parse_pack_index(ByteView index, const PackFooter& footer) {
  const std::uint64_t start = footer.index_offset;
  if (index.size() / kPackEntryBytes != footer.entries || index.size() % kPackEntryBytes != 0)
    return damaged("index has the wrong size", start);
  if (tail_digest(as_text(index), start, footer.entries) != footer.index_digest)
    return damaged("index does not match its digest", start);
  std::vector<PackEntry> entries;
  entries.reserve(footer.entries);
  WireReader in(index);
  while (in.left() > 0) {
    const std::uint64_t at = start + in.at();
    PackEntry entry;
    entry.digest = in.digest();
    entry.offset = in.integer<std::uint64_t>();
    entry.length = in.integer<std::uint32_t>();
    const auto kind = in.integer<std::uint8_t>();
    if (!all_zero(in.take(3)) || kind < 1 || kind > 3) return damaged("unknown record kind", at);
    entry.kind = static_cast<Kind>(kind);
    if (entry.kind == Kind::kChunk && entry.length > kChunkMax) return damaged("long chunk", at);
    if (entry.kind == Kind::kTreeMark && entry.length != 0)
      return damaged("tree mark with a payload", at);
    if (!entries.empty() && !ordered(entries.back(), entry))
      return damaged("index is not in order", at);
    entries.push_back(entry);
  }
  TRY(check_coverage(entries, footer.index_offset));
  return entries;
}

std::string encode_recipe(const Recipe& recipe) {
  std::string out(kRecipeMagic);
  out.reserve(kRecipeFixedBytes + recipe.pieces.size() * kPieceBytes);
  append_int(out, recipe.size);
  append_int(out, static_cast<std::uint32_t>(recipe.pieces.size()));
  for (const Recipe::Piece& piece : recipe.pieces) {
    append_digest(out, piece.chunk);
    append_int(out, piece.length);
  }
  append_digest(out, digest_of(out));
  return out;
}

Result<Recipe> parse_recipe(ByteView record) {
  const auto broken = [](const char* what) {
    return fail(Code::kDataLoss, std::string("file recipe is damaged: ") + what,
                "run `solvent store verify`, then restore the pack from a backup");
  };
  if (record.size() < kRecipeFixedBytes || record.size() > kRecipeBytesMax) return broken("size");
  const ByteView body = record.first(record.size() - 32);
  if (digest_of(body) != WireReader(record.subspan(body.size())).digest()) return broken("digest");
  WireReader in(body);
  if (as_text(in.take(kRecipeMagic.size())) != kRecipeMagic) return broken("kind");
  Recipe recipe;
  recipe.size = in.integer<std::uint64_t>();
  const auto count = in.integer<std::uint32_t>();
  if (in.left() / kPieceBytes != count || in.left() % kPieceBytes != 0) return broken("count");
  recipe.pieces.reserve(count);
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    Recipe::Piece piece{in.digest(), in.integer<std::uint32_t>()};
    if (piece.length == 0 || piece.length > kChunkMax) return broken("piece length");
    sum += piece.length;
    recipe.pieces.push_back(piece);
  }
  if (sum != recipe.size || count < 2) return broken("lengths do not add up");
  return recipe;
}

}  // namespace solvent::store
